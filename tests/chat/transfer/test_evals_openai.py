"""OpenAI's evals: the SDK's types are the contract, read and written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import eval_create_params
from openai.types.evals.create_eval_completions_run_data_source_param import (
    InputMessages,
    SamplingParams,
)
from openai.types.graders import MultiGraderParam

from chat.base.errors import BadFile
from chat.evaluation import plan
from chat.evaluation.filling import fill
from chat.evaluation.suite import Assertion, Case, Column, Suite
from chat.transfer import evals, evals_to_openai

from ...support import sdk_types
from ...support.examples import times
from ...support.promptfoo_says import written
from .evaluations import OPENAI

EVALS = sdk_types.typed_dict(
    eval_create_params.EvalCreateParams,
    testing_criteria=st.lists(
        sdk_types.of(eval_create_params.TestingCriterion) | sdk_types.of(MultiGraderParam), max_size=2
    ),
    name=st.text("abc ", min_size=1, max_size=8),
)
ITEMS = st.lists(st.dictionaries(sdk_types.TEXT, sdk_types.JSON, max_size=2), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evals")


def put(folder: Path, eval_: Any, runs: Any, items: list[Any]) -> Path:
    path = folder / "eval.json"
    path.write_text(json.dumps({"eval": eval_, "runs": runs}), encoding="utf-8")
    rows = "".join(json.dumps({"item": item}) + "\n" for item in items)
    path.with_suffix(".jsonl").write_text(rows, encoding="utf-8")
    return path


@times(1)
@given(EVALS, ITEMS)
def test_an_eval_is_written_as_it_was_read(folder: Path, eval_: dict[str, Any], items: list[Any]) -> None:
    """Whatever the API takes as an eval is read, and what is written of it is the same eval, with its rows."""
    suite = evals.read(put(folder, eval_, [], items))
    made = evals_to_openai.written(suite)
    meant = {"name": "eval"} | {key: value for key, value in eval_.items() if value is not None}
    assert made.eval == json.loads(json.dumps(meant))
    assert [each["item"] for each in made.rows] == json.loads(json.dumps(items))


@times(1)
@given(sdk_types.of(InputMessages), sdk_types.of(SamplingParams), ITEMS)
def test_a_run_is_read_as_a_column(
    folder: Path, messages: dict[str, Any], sampling: dict[str, Any], items: list[Any]
) -> None:
    """Whatever the API takes as a run's messages is read; what is written of it means the same."""
    if not messages.get("template", True):
        messages["template"] = [{"role": "user", "content": "x"}]
    source = {"type": "completions", "model": "m", "input_messages": messages, "sampling_params": sampling}
    run = {"name": "r", "data_source": {**source, "source": {"type": "file_id", "id": "none"}}}
    suite = evals.read(put(folder, {"testing_criteria": [], "data_source_config": None}, [run], items))
    (column,) = suite.columns
    assert column.parameters["model"] == "m"
    made = evals_to_openai.written(suite, "eval.jsonl")
    again = evals.read(put(folder, made.eval, made.runs, items))
    assert again.columns == suite.columns


def test_an_eval_with_its_data_file_is_read(tmp_path: Path) -> None:
    """Runs are columns, rows are cases, graders hold each answer; templates are filled from the item."""
    suite = evals.read(written(OPENAI["an eval with its run and rows beside"], tmp_path))
    (column,) = suite.columns
    assert column.parameters == {"model": "gpt-5-mini", "temperature": 0, "max_completion_tokens": 5}
    assert [fill(column, case)[1]["content"] for case in suite.cases] == [
        "My screen is broken",
        "Where is my bill? {{x}}",
    ]
    assert [(each.type, each.threshold) for each in suite.cases[0].assertions] == [
        ("string_check", None),
        ("text_similarity", 0.8),
        ("label_model", None),
    ]
    assert plan.of(suite).answers == 2
    assert not suite.not_understood


def test_exported_items_bring_what_was_asked(tmp_path: Path) -> None:
    """Items of a run are asked again with their own messages; what was answered is kept, and not judged."""
    suite = evals.read(written(OPENAI["exported items of a run"], tmp_path))
    (column,), (case,) = suite.columns, suite.cases
    assert fill(column, case) == [{"role": "user", "content": "1+1"}]
    assert case.metadata["sample"]["output"][0]["content"] == "2"
    assert [note.place for note in suite.not_understood] == ["sample", "results"]


def test_what_each_case_expects_becomes_a_field_of_its_row() -> None:
    """Cases that differ in what they are compared with share one grader, which names a field."""
    cases = tuple(Case({"q": n}, (Assertion("contains", f"answer {n}"),)) for n in "ab")
    suite = Suite("s", (Column("c", ({"role": "user", "content": "Say {{q}}"},), {"model": "m"}),), cases)
    made = evals_to_openai.written(suite)
    (grader,) = made.eval["testing_criteria"]
    assert (grader["operation"], grader["reference"]) == ("like", "{{item.expected_1}}")
    assert made.rows[1] == {"item": {"q": "b", "expected_1": "answer b"}}
    template = made.runs[0]["data_source"]["input_messages"]["template"]
    assert template == [{"role": "user", "content": "Say {{item.q}}"}]
    assert not made.notes


def test_what_an_eval_can_not_say_is_named() -> None:
    """Parameters, templates and assertions without a counterpart are left out by name."""
    case = Case({"q": 1}, (Assertion("is-json"),), transform="a.b")
    loop = Column("l", ({"role": "user", "content": "{% if q %}x{% endif %}"},))
    plain = Column("p", ({"role": "user", "content": "x"},), {"frequency_penalty": 1}, profile="mine")
    made = evals_to_openai.written(Suite("s", (loop, plain), (case,), repeat=3))
    places = {note.place for note in made.notes}
    assert places == {
        "tests[0].assert[0]",
        "tests[0].transform",
        "columns[0]",
        "columns[1].frequency_penalty",
        "columns[1].profile",
        "repeat",
    }


ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "a.csv": ("q,expected\nwhy,because\n", {"q": "why"}),
    "b.csv": ("q,__expected\nwhy,equals: because\n", {"q": "why"}),
    "c.tsv": ("q\tideal\nwhy\tbecause\n", {"q": "why"}),
    "d.jsonl": ('{"q": {"deep": [1]}, "expected": "because"}\n', {"q": {"deep": [1]}}),
    "e.json": ('[{"q": "why", "ideal": "because"}]', {"q": "why"}),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_table_is_a_case_in_each_row(name: str, tmp_path: Path) -> None:
    """Each column is a variable, and that which says so is what is expected; the prompt in force is asked."""
    text, values = ROWS[name]
    suite = evals.read(written({name: text}, tmp_path))
    (case,) = suite.cases
    assert (suite.columns, case.variables) == ((), values)
    assert case.assertions == (Assertion("equals", "because"),)


def test_samples_of_openai_evals_begin_with_an_ideal_answer(tmp_path: Path) -> None:
    """`input` is what is asked, as messages or a text; any of several ideal answers will do."""
    rows = [
        {"input": [{"role": "system", "content": "Add."}, {"role": "user", "content": "2+2"}], "ideal": "4"},
        {"input": "3+3", "ideal": ["6", "six"]},
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    suite = evals.read(written({"match.jsonl": text}, tmp_path))
    (column,) = suite.columns
    assert fill(column, suite.cases[0]) == rows[0]["input"]
    assert fill(column, suite.cases[1]) == [{"role": "user", "content": "3+3"}]
    assert suite.cases[0].assertions == (Assertion("starts-with", "4"),)
    (either,) = suite.cases[1].assertions
    assert (either.type, either.threshold, [each.value for each in either.inner]) == (
        "assert-set",
        0.5,
        ["6", "six"],
    )


BAD = {
    "a.jsonl": ('{"q": 1}\n{"q": \n', 2, "is not JSON"),
    "b.jsonl": ('{"item": {}}\n{"itm": {}}\n', 2, "has an item"),
    "c.csv": ("q,q\n1,2\n", 1, "two columns"),
    "d.csv": ("q,r\n1,2\n1,2,3\n", 3, "3 cells"),
    "e.jsonl": ('{"input": "x", "ideal": {"a": 1}}\n', 1, "ideal is a text"),
    "f.jsonl": ("", None, "no rows"),
    "g.js": ("module.exports = {}", None, "never run"),
    "h.json": ('{"testing_criteria": [{"name": "x"}]}', None, "testing_criteria[0]"),
    "i.json": ('{"a": NaN}', None, "NaN"),
    "j.txt": ("x", None, "by its name"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_names_its_line(name: str, tmp_path: Path) -> None:
    """What can't be read is told in one sentence, with the line where there is one."""
    text, line, word = BAD[name]
    with pytest.raises(BadFile) as caught:
        evals.read(written({name: text}, tmp_path))
    assert (caught.value.line, "\n" in caught.value.message) == (line, False)
    assert word in caught.value.message
