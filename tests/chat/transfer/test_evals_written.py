"""An evaluation that is written is, read again, what it was, as far as no note says anything else."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from openai.types import eval_create_params
from openai.types.evals.create_eval_completions_run_data_source_param import (
    CreateEvalCompletionsRunDataSourceParam,
    InputMessages,
    SamplingParams,
)
from pydantic import TypeAdapter

from chat.base.errors import BadFile, BadInput
from chat.evaluation.assertions.declaration import NOTHING
from chat.evaluation.deciding import decide
from chat.evaluation.filling import fill
from chat.evaluation.suite import Answered, Assertion, Case, Column, NotUnderstood, Suite
from chat.transfer import bounded, evals, evals_written
from chat.transfer.evals_written import WrittenEval

from ...support import sdk_types
from ...support.examples import times
from ...support.promptfoo_says import written
from .evaluations import OPENAI, PROMPTFOO
from .test_evals_openai import EVALS, ITEMS
from .test_evals_openai import put as put_eval
from .test_evals_promptfoo import SUITES

SAMPLES = {
    "samples of openai/evals": {
        "match.jsonl": '{"input": [{"role": "system", "content": "Add."}, {"role": "user", "content": "2+2"}], "ideal": "4"}\n'
        '{"input": [{"role": "user", "content": "3+3"}], "ideal": ["6", "six"]}\n'
    },
    "texts of openai/evals": {
        "texts.jsonl": '{"input": "2+2", "ideal": "4", "source": "b"}\n{"input": "1+1", "ideal": ["2", "two"]}\n'
    },
    "a table": {
        "rows.csv": 'question,count,__expected,__metadata:group\n"Why, oh why?",2,icontains: so,a\nWho?,,,b\n'
    },
    "lines of a table": {"rows.jsonl": '{"question": "Why?", "deep": {"a": [1]}, "ideal": "so"}\n'},
}
ALL = {**PROMPTFOO, **OPENAI, **SAMPLES}
#: Each form with the endings that are unlike.
FORMS = (
    *(("promptfoo", ending) for ending in ("yaml", "json", "jsonl", "csv", "tsv")),
    *(("openai", ending) for ending in ("json", "jsonl")),
    ("samples", "jsonl"),
)
#: What a note says of its place where that is not written at all.
_OUT = "left out"


class Notes:
    """What was said not to be written, and not to be written as it was."""

    def __init__(self, notes: tuple[NotUnderstood, ...]) -> None:
        self.out = {each.place for each in notes if each.why.endswith(_OUT)}
        self.said = {each.place for each in notes}

    def same(self, place: str, before: Any, after: Any) -> None:
        assert place in self.said or before == after, (place, before, after)


def put(made: WrittenEval) -> Path:
    """Write the files; the one that is read."""
    for path, data in made.files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return list(made.files)[-1]


def written_or_not(suite: Suite, out: Path, form: str) -> WrittenEval | None:
    """Write a suite; None where nothing of it can be said so, which alone is refused."""
    with suppress(BadInput):
        return evals_written.write(suite, out, form)
    with pytest.raises(BadInput, match=r"no case |has no prompt"):
        evals_written.write(suite, out, form)
    return None


def holds(before: Suite, made: WrittenEval, after: Suite) -> None:
    """The law: same cases, columns and assertions, but for what the notes name."""
    notes = Notes(made.notes)
    notes.same("repeat", before.repeat, after.repeat)
    placed = [(each.place or f"tests[{n}]", each) for n, each in enumerate(before.cases)]
    cases = [each for each in placed if each[0] not in notes.out]
    assert len(cases) == len(after.cases)
    for (place, case), again in zip(cases, after.cases, strict=True):
        _same_case(notes, place, case, again)
    columns = [n for n in range(len(before.columns)) if f"columns[{n}]" not in notes.out]
    if not columns:
        return
    assert len(columns) == len(after.columns)
    for number, column in zip(columns, after.columns, strict=True):
        _same_column(notes, number, before.columns[number], column)
        for (place, case), again in zip(cases, after.cases, strict=True):
            around = {f"{place}.prefix", f"{place}.suffix", f"columns[{number}]"}
            if not around & notes.said and (sent := sent_of(before.columns[number], case)) is not None:
                assert sent == sent_of(column, again)


def sent_of(column: Column, case: Case) -> list[dict[str, Any]] | None:
    """What a cell sends; None where it has no messages."""
    with suppress(BadInput):
        return fill(column, case)
    return None


def _same_case(notes: Notes, place: str, case: Case, again: Case) -> None:
    for key in ("description", "threshold", "group", "prefix", "suffix", "transform"):
        notes.same(f"{place}.{key}", getattr(case, key), getattr(again, key))
    for key, value in case.metadata.items():
        notes.same(f"{place}.metadata.{key}", value, again.metadata.get(key))
    there = {**again.variables, **(again.variables.get("item") or {})}
    if "vars" not in notes.said and f"{place}.vars" not in notes.said:
        for name, value in case.variables.items():
            if not {f"vars.{name}", f"{place}.vars.{name}"} & notes.said and name != "item":
                assert (name, value) == (name, there.get(name))
    held = [(each.place or f"{place}.assert[{n}]", each) for n, each in enumerate(case.assertions)]
    held = [each for each in held if each[0] not in notes.out]
    assert len(held) == len(again.assertions)
    for (where, one), other in zip(held, again.assertions, strict=True):
        if where not in notes.said:
            _same_verdicts(one, case, other, again)


def passes(assertion: Assertion, case: Case, answer: str) -> bool | None:
    """Whether an answer passes; None where a model would be asked."""
    deciding = decide(replace(case, assertions=(assertion,), threshold=None), Answered(answer), NOTHING)
    try:
        next(deciding)
    except StopIteration as over:
        passed: bool | None = over.value.passed
        return passed
    return None


def _same_verdicts(one: Assertion, case: Case, other: Assertion, again: Case) -> None:
    """The same assertion, or one that says the same of any answer."""
    if (one.type, one.value, one.threshold, one.negated) == (
        other.type,
        other.value,
        other.threshold,
        other.negated,
    ):
        assert (one.weight, one.transform, one.config) == (other.weight, other.transform, other.config)
        return
    texts = {
        str(each) for value in (case.variables, case.variables.get("item") or {}) for each in value.values()
    }
    for text in {"", "x", str(one.value), *texts}:
        for answer in (text, text.upper(), f"so: {text}."):
            said = [passes(*each, answer) for each in ((one, case), (other, again))]
            assert said[0] == said[1] is not None, (one, other, answer)


def _same_column(notes: Notes, number: int, column: Column, again: Column) -> None:
    place = f"columns[{number}]"
    if f"{place}.parameters" not in notes.said:
        for key, value in column.parameters.items():
            name = key.removeprefix("extra.")
            if not {f"{place}.{key}", f"{place}.{name}", f"{place}.extra"} & notes.said:
                assert (key, value) == (key, again.parameters.get(key))
    for key in ("profile", "base_url"):
        notes.same(f"{place}.{key}", getattr(column, key), getattr(again, key))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("form", "ending"), FORMS)
def test_any_file_is_the_same_in_any_form(name: str, form: str, ending: str, tmp_path: Path) -> None:
    """promptfoo's and OpenAI's, each written as all others: what is read again is what was read first."""
    suite = evals.read(written(ALL[name], tmp_path))
    out = tmp_path / "written" / f"eval.{ending}"
    made = written_or_not(suite, out, form)
    if made is None:
        assert form == "samples"
        return
    holds(suite, made, evals.read(put(made)))
    if name in PROMPTFOO and form == "promptfoo" and ending in ("yaml", "json"):
        again = evals.read(out)
        assert (again.columns, again.cases, again.repeat) == (suite.columns, suite.cases, suite.repeat)
        said = {each.place for each in suite.not_understood}
        assert {each.place for each in made.notes} <= said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@pytest.mark.parametrize(("form", "ending"), FORMS)
@times(0.5)
@given(suite=SUITES)
def test_what_is_written_is_what_was_read(folder: Path, form: str, ending: str, suite: Suite) -> None:
    """Whatever stands in a suite, a file of it says the same, or a note says what it does not."""
    out = folder / f"{form}.{ending}"
    made = written_or_not(suite, out, form)
    if made:
        holds(suite, made, evals.read(put(made)))


@pytest.mark.parametrize(("form", "ending"), FORMS)
@times(0.3)
@given(eval_=EVALS, messages=sdk_types.of(InputMessages), sampling=sdk_types.of(SamplingParams), items=ITEMS)
def test_what_the_api_takes_is_written_in_any_form(
    folder: Path, form: str, ending: str, eval_: Any, messages: Any, sampling: Any, items: list[Any]
) -> None:
    """Any eval with a run and its rows says the same as promptfoo's file or a table, or a note says what not."""
    if not messages.get("template", True):
        messages["template"] = [{"role": "user", "content": "x"}]
    source = {"type": "completions", "model": "m", "input_messages": messages, "sampling_params": sampling}
    suite = evals.read(put_eval(folder, eval_, [{"name": "r", "data_source": source}], items))
    made = written_or_not(suite, folder / "other" / f"{form}.{ending}", form)
    if made:
        holds(suite, made, evals.read(put(made)))


@times(0.5)
@given(suite=SUITES)
def test_the_api_s_types_take_what_is_written(folder: Path, suite: Suite) -> None:
    """The SDK's own types are the contract of an eval and its runs."""
    made = evals_written.write(suite, folder / "api.json", "openai")
    value = json.loads(made.files[folder / "api.json"])
    TypeAdapter(eval_create_params.EvalCreateParams).validate_python(value["eval"], strict=True)
    for run in value["runs"]:
        TypeAdapter(CreateEvalCompletionsRunDataSourceParam).validate_python(run["data_source"])


@pytest.mark.parametrize("name", ALL)
def test_the_api_s_types_take_each_file(name: str, tmp_path: Path) -> None:
    """Whatever people have is written as the API takes it."""
    suite = evals.read(written(ALL[name], tmp_path))
    made = evals_written.write(suite, tmp_path / "api.json", "openai")
    value = json.loads(made.files[tmp_path / "api.json"])
    TypeAdapter(eval_create_params.EvalCreateParams).validate_python(value["eval"])
    for run in value["runs"]:
        TypeAdapter(CreateEvalCompletionsRunDataSourceParam).validate_python(run["data_source"])


def test_nothing_is_written_that_is_too_much_to_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form that has a limit where it is read refuses more, and names one that has more room."""
    suite = Suite("s", (), tuple(Case({"q": f"number {n}"}) for n in range(100)))
    monkeypatch.setattr(evals_written, "LARGEST_YAML", 1000)
    monkeypatch.setattr(bounded, "MOST_VALUES", 100)
    for ending in ("yaml", "json"):
        with pytest.raises(BadFile, match="would have more than the") as caught:
            evals_written.write(suite, tmp_path / f"s.{ending}", "promptfoo")
        assert caught.value.hint == "as .jsonl or .csv it may have more"
    assert evals_written.write(suite, tmp_path / "s.csv", "promptfoo").files
