"""Read OpenAI's evals: the eval object, its runs, rows of `{"item": …}`, exported items of a run.

Each of its graders becomes an assertion, whose value is the grader as it stands. Columns are the runs that
sample from a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..base.errors import BadFile, BadInput, BadValue
from ..base.short import shorten
from ..evaluation.suite import Assertion, Case, Column, Suite
from ..prompts.foreign import parameters_of
from .evals_assertions import number, text, without_secrets
from .evals_files import MOST_ROWS, SuiteFiles

GRADERS = ("string_check", "text_similarity", "score_model", "label_model", "multi", "python")
_RUNS = ("completions", "responses", "jsonl")
#: What the eval and its runs are kept under in a file that has both.
_EVAL, _RUNS_KEY = "eval", "runs"
_MOST_RUNS = 1000
#: Kinds of a part, as the Responses API writes them.
_TEXTS = ("input_text", "output_text", "text")


def looks_like(value: Any) -> bool:
    """Tell whether a value is an eval, a run of one, or a list of its items."""
    if isinstance(value, list):
        return bool(value) and (is_item(value[0]) or looks_like(value[0]))
    if not isinstance(value, Mapping):
        return False
    listed = value.get("object") == "list" and isinstance(value.get("data"), list)
    return (
        "testing_criteria" in value
        or "data_source_config" in value
        or isinstance(value.get("data_source"), Mapping)
        or isinstance(value.get(_EVAL), Mapping)
        or (listed and looks_like(value["data"]))
    )


def is_item(row: Any) -> bool:
    """Tell whether a row is an item of a data source, or of a run."""
    return isinstance(row, Mapping) and (
        isinstance(row.get("item"), Mapping) or isinstance(row.get("datasource_item"), Mapping)
    )


def read(given: Any, data: Path | None, beside: SuiteFiles) -> Suite:
    """Make a suite. Its rows stand in a run, in `data`, or in a file of the same name that ends in .jsonl.
    Raises BadInput, BadFile."""
    if isinstance(given, Mapping) and given.get("object") == "list":
        given = given["data"]
    if isinstance(given, list) and is_item(given[0]):
        return of_items(beside.path.stem, enumerate(given, 1), beside)
    eval_, runs = _parted(given)
    criteria = eval_.get("testing_criteria", [])
    if not isinstance(criteria, list | tuple):
        raise BadValue("testing_criteria: is no list of graders")
    held = tuple(_grader(each, f"testing_criteria[{n}]", beside) for n, each in enumerate(criteria))
    if len(runs) > _MOST_RUNS:
        raise BadValue(f"runs: there are more than {_MOST_RUNS:,}")
    columns = [column for n, run in enumerate(runs) for column in _column(run, f"runs[{n}]", beside)]
    rows = list(_rows(runs, data, beside))
    _check_source(eval_, beside)
    extra = {key: eval_[key] for key in ("data_source_config", "metadata") if eval_.get(key) is not None}
    return Suite(
        name=text(eval_.get("name"), "name") or beside.path.stem,
        columns=tuple(columns),
        cases=tuple(replace(each, assertions=held) for each in rows),
        not_understood=tuple(beside.notes),
        extra=extra if rows or not held else {**extra, "testing_criteria": list(criteria)},
    )


def _parted(given: Any) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """Give the eval and its runs, in whichever way they stand in a file."""
    pieces = given if isinstance(given, list) else [given]
    eval_: Mapping[str, Any] = {}
    runs: list[Mapping[str, Any]] = []
    for each in pieces:
        if not isinstance(each, Mapping):
            raise BadValue("an eval or a run is a mapping")
        inner = each.get(_EVAL, each)
        if not isinstance(inner, Mapping):
            raise BadValue("eval: is no mapping")
        if "testing_criteria" in inner or "data_source_config" in inner:
            if eval_:
                raise BadValue("it holds two evals", "each needs a file of its own")
            eval_ = inner
        more = each.get(_RUNS_KEY, [each] if isinstance(each.get("data_source"), Mapping) else [])
        more = more.get("data", []) if isinstance(more, Mapping) else more
        if not isinstance(more, list) or not all(isinstance(run, Mapping) for run in more):
            raise BadValue("runs: is no list of runs")
        runs += more
    return eval_, runs


def _grader(given: Any, place: str, beside: SuiteFiles) -> Assertion:
    """Make an assertion of a grader. Raises BadValue."""
    if not isinstance(given, Mapping) or not isinstance(given.get("type"), str):
        raise BadValue(f"{place}: a grader is a mapping with a type")
    kind = given["type"]
    if kind not in GRADERS:
        beside.note(place, f"no grader {kind[:80]} is known: it is not checked")
    elif kind == "multi" and not isinstance(given.get("graders"), Mapping | list):
        raise BadValue(f"{place}.graders: is no grader")
    threshold = number(given.get("pass_threshold"), f"{place}.pass_threshold")
    name = text(given.get("name"), f"{place}.name")
    return Assertion(kind, without_secrets(dict(given), beside, place), threshold, metric=name, place=place)


def _check_source(eval_: Mapping[str, Any], beside: SuiteFiles) -> None:
    source = eval_.get("data_source_config")
    if source is None:
        return
    if not isinstance(source, Mapping):
        raise BadValue("data_source_config: is no mapping")
    if source.get("type") != "custom":
        beside.note(
            "data_source_config",
            f"rows of {text(source.get('type'), 'data_source_config.type')} stay at OpenAI: "
            "a file of them is needed",
        )


# ---- rows


def _rows(runs: Iterable[Mapping[str, Any]], data: Path | None, beside: SuiteFiles) -> Iterator[Case]:
    """Give the cases of `data`, else of the first run that has rows, else of the file beside."""
    if data is not None:
        yield from _of_file(data, beside)
        return
    for number_, run in enumerate(runs):
        source = run["data_source"].get("source") if isinstance(run.get("data_source"), Mapping) else None
        place = f"runs[{number_}].data_source.source"
        if not isinstance(source, Mapping):
            continue
        content = source.get("content")
        if source.get("type") == "file_content" and isinstance(content, list | tuple) and content:
            if len(content) > MOST_ROWS:
                raise BadValue(f"{place}: has more than {MOST_ROWS:,} rows")
            yield from (_item(row, f"{place}.content[{n}]", beside) for n, row in enumerate(content))
            return
        if source.get("type") == "file_id":
            name = text(source.get("id"), f"{place}.id")
            for each in (name, f"{name}.jsonl"):
                if name and "/" not in name and (path := beside.path.parent / each).is_file():
                    yield from _of_file(path, beside)
                    return
        elif source.get("type") == "stored_completions":
            beside.note(place, "stored completions are not fetched: a file of them is needed")
    own = beside.path.with_suffix(".jsonl")
    if own.is_file():
        yield from _of_file(own, beside)


def _of_file(path: Path, beside: SuiteFiles) -> Iterator[Case]:
    for line, row in beside.rows(path):
        try:
            yield _item(row, f"{path.name}:{line}", beside)
        except BadInput as error:
            raise BadFile(path, error.message, line, error.hint) from None


def of_items(name: str, rows: Iterable[tuple[int, Any]], beside: SuiteFiles) -> Suite:
    """Make a suite of items alone. Those that a run exported bring the messages that were sent."""
    cases: list[Case] = []
    columns: list[Column] = []
    for line, row in rows:
        try:
            case = _item(row, f"{beside.path.name}:{line}", beside)
        except BadInput as error:
            raise BadFile(beside.path, error.message, line, error.hint) from None
        if "input" in case.variables:
            columns = columns or [Column("input", ({"item_reference": "input"},), template="plain")]
        cases.append(case)
    return Suite(name, tuple(columns), tuple(cases), not_understood=tuple(beside.notes))


def _item(row: Any, place: str, beside: SuiteFiles) -> Case:
    """Make a case of a row. What a model answered before is kept, and not judged. Raises BadValue."""
    if not isinstance(row, Mapping):
        raise BadValue("a row is a mapping with an item")
    exported = isinstance(row.get("datasource_item"), Mapping)
    item = row["datasource_item"] if exported else row.get("item")
    if not isinstance(item, Mapping):
        raise BadValue("a row has an item, which is a mapping", 'such as {"item": {"question": "…"}}')
    values: dict[str, Any] = {"item": dict(item)}
    sample = row.get("sample")
    metadata = {"sample": sample} if isinstance(sample, Mapping) else {}
    if metadata:
        beside.note("sample", "answers that stand in the file are kept, and not judged: each is asked for")
    if exported and isinstance(sample, Mapping) and isinstance(sample.get("input"), list):
        values["input"] = sample["input"]
    if exported and row.get("results"):
        beside.note("results", "an exported item names its graders, but does not say what they check")
    return Case(variables=values, metadata=metadata, place=place)


# ---- columns


def _column(run: Mapping[str, Any], place: str, beside: SuiteFiles) -> list[Column]:
    """Make the column of a run, where it samples from a model."""
    source = run.get("data_source", run)
    if not isinstance(source, Mapping) or source.get("type") not in _RUNS:
        beside.note(place, "it has no source of data that is known: left out")
        return []
    if source["type"] == "jsonl":
        beside.note(place, "its answers stand in a file, and none is asked for: left out")
        return []
    wanted = source.get("input_messages")
    place = f"{place}.data_source"
    if not isinstance(wanted, Mapping):
        raise BadValue(f"{place}.input_messages: are missing")
    if wanted.get("type") == "item_reference":
        reference = text(wanted.get("item_reference"), f"{place}.input_messages.item_reference")
        messages: tuple[Mapping[str, Any], ...] = ({"item_reference": reference},)
    else:
        template = wanted.get("template")
        if not isinstance(template, list | tuple) or not template:
            raise BadValue(f"{place}.input_messages.template: is no list of messages")
        messages = tuple(
            _message(each, f"{place}.input_messages.template[{n}]") for n, each in enumerate(template)
        )
    model = text(source.get("model"), f"{place}.model")
    name = text(run.get("name"), "name") or model or shorten(str(messages[0]))
    found = {"model": model} if model else {}
    return [Column(name, messages, {**found, **_sampling(source, place, beside)}, template="plain")]


def _sampling(source: Mapping[str, Any], place: str, beside: SuiteFiles) -> dict[str, Any]:
    given = source.get("sampling_params")
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise BadValue(f"{place}.sampling_params: is no mapping")
    sent = {key: value for key, value in given.items() if value is not None}
    if isinstance(sent.get("text"), Mapping):  # as the Responses API has it
        form = sent.pop("text").get("format")
        if isinstance(form, Mapping) and form.get("type") == "json_schema":
            inner = {key: value for key, value in form.items() if key != "type"}
            sent["response_format"] = {"type": "json_schema", "json_schema": inner}
        elif form is not None:
            sent["response_format"] = form
    if "max_completions_tokens" in sent:
        sent["max_completion_tokens"] = sent.pop("max_completions_tokens")
    notes: list[str] = []
    found = parameters_of(sent, notes)
    for note in notes:
        beside.note(f"{place}.sampling_params", note)
    return found


def _message(given: Any, place: str) -> dict[str, Any]:
    """Convert a message to the form of Chat Completions."""
    if not isinstance(given, Mapping) or not isinstance(given.get("role"), str):
        raise BadValue(f"{place}: is no message")
    content = given.get("content")
    if not isinstance(content, str):
        parts = content if isinstance(content, list | tuple) else [content]
        content = [_part(each, f"{place}.content") for each in parts]
    return {"role": given["role"], "content": content}


def _part(given: Any, place: str) -> dict[str, Any]:
    if isinstance(given, str):
        return {"type": "text", "text": given}
    if not isinstance(given, Mapping):
        raise BadValue(f"{place}: is no text and no part")
    kind = given.get("type")
    if kind in _TEXTS and isinstance(given.get("text"), str):
        return {"type": "text", "text": given["text"]}
    if kind == "input_image":
        image = {
            key: given[given_key]
            for key, given_key in (("url", "image_url"), ("detail", "detail"))
            if given_key in given
        }
        return {"type": "image_url", "image_url": image}
    return dict(given)
