"""Read rows: a column for each variable, with what promptfoo's CSV says by names that begin with __."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..base.errors import BadFile, BadInput, BadValue
from ..base.near import nearest
from ..evaluation.suite import Assertion, Case, Column, Suite
from .evals_assertions import number, short
from .evals_files import SuiteFiles

_EXPECTED = re.compile(r"__expected\d*")
_CONFIG = re.compile(r"__config:__expected(\d*):threshold")
_COMMA = re.compile(r"(?<!\\),")
_KNOWN = ("__expected", "__prefix", "__suffix", "__description", "__metric", "__threshold", "__metadata:NAME")
#: Columns of plain tables that say what is expected, the first that is there.
_PLAIN = ("expected", "ideal")


def test_of(row: Mapping[str, str], place: str, beside: SuiteFiles) -> dict[str, Any]:
    """Make a test, as promptfoo's YAML has it, of a row of its CSV; its assertions are read already. Raises
    BadInput."""
    vars_: dict[str, str] = {}
    made: dict[str, Any] = {"vars": vars_, "options": {}, "metadata": {}}
    expected: list[str] = []
    thresholds: dict[int, float] = {}
    metric = row.get("__metric", "")
    for key, value in row.items():
        if not key.startswith("__"):
            vars_[key] = value
        elif _EXPECTED.fullmatch(key):
            if value.strip():
                expected.append(value.strip())
        elif key in ("__prefix", "__suffix"):
            made["options"][key[2:]] = value
        elif key == "__description":
            made["description"] = value
        elif key == "__threshold":
            made["threshold"] = number(value.strip() or None, f"{place}.{key}")
        elif key.startswith("__metadata:"):
            if value.strip():
                name = key.removeprefix("__metadata:")
                many = name.endswith("[]")
                parts = [each.strip().replace("\\,", ",") for each in _COMMA.split(value)]
                made["metadata"][name.removesuffix("[]")] = parts if many else value
        elif found := _CONFIG.fullmatch(key):
            held = number(value.strip() or None, f"{place}.{key}")
            if held is not None:
                thresholds[int(found[1] or 1) - 1] = held
        elif key != "__metric" and value:
            near = nearest(key, _KNOWN)
            why = f"no column is named {key}" + (f"; is it {near}?" if near else "")
            beside.note(f"{place.rpartition(':')[0] or place}.{key}", why)
    made["assert"] = [
        _with(short(text, f"{place}.__expected{n + 1}", beside, metric), thresholds.get(n))
        for n, text in enumerate(expected)
    ]
    return made


def _with(assertion: Assertion, threshold: float | None) -> Assertion:
    from dataclasses import replace

    return assertion if threshold is None else replace(assertion, threshold=threshold)


def suite(name: str, rows: Iterable[tuple[int, Any]], beside: SuiteFiles) -> Suite:
    """Make a suite of rows alone: the prompt in force is asked with each. Raises BadFile with the line.
    Rows of `input` and `ideal`, as openai/evals has them, bring what is asked with them."""
    cases: list[Case] = []
    columns: list[Column] = []
    for line, row in rows:
        if not isinstance(row, Mapping):
            raise BadFile(beside.path, "a row is a mapping of names to values", line)
        place = f"{beside.path.name}:{line}"
        try:
            if "input" in row and "ideal" in row:
                columns = columns or [_input_column()]
                cases.append(_old(row, place))
            else:
                cases.append(_plain(row, place, beside))
        except BadInput as error:
            raise BadFile(beside.path, error.message, line, error.hint) from None
    if not cases:
        raise BadFile(beside.path, "has no rows")
    return Suite(name, tuple(columns), tuple(cases), not_understood=tuple(beside.notes))


def _input_column() -> Column:
    return Column("input", ({"item_reference": "input"},), template="plain")


def _old(row: Mapping[str, Any], place: str) -> Case:
    """Read a sample of openai/evals: the answer begins with the ideal one, or with any of several, as its
    `Match` has it."""
    given, ideal = row["input"], row["ideal"]
    if not isinstance(given, str | list):
        raise BadValue("input is a text or a list of messages")
    every = ideal if isinstance(ideal, list) else [ideal]
    if not every or not all(isinstance(each, str | int | float) for each in every):
        raise BadValue("ideal is a text or a list of texts")
    held = tuple(Assertion("starts-with", str(each), place=f"{place}.ideal") for each in every)
    if len(held) > 1:  # any of them: the mean of 1 and 0 reaches the share of one
        held = (Assertion("assert-set", threshold=1 / len(held), inner=held, place=f"{place}.ideal"),)
    rest = {key: value for key, value in row.items() if key not in ("input", "ideal")}
    return Case({"input": given, **rest}, held, place=place)


def _plain(row: Mapping[Any, Any], place: str, beside: SuiteFiles) -> Case:
    texts = {str(key): value for key, value in row.items() if str(key).startswith("__")}
    rest = {str(key): value for key, value in row.items() if not str(key).startswith("__")}
    test = test_of({key: _text(value) for key, value in texts.items()}, place, beside)
    held = tuple(test["assert"])
    expected = next((key for key in _PLAIN if key in rest), None)
    if expected is not None and not held:
        value = rest.pop(expected)
        if value not in ("", None):
            text = value if isinstance(value, str | dict | list) else json.dumps(value)
            held = (Assertion("equals", text, place=f"{place}.{expected}"),)
    metadata = test["metadata"]
    return Case(
        variables=rest,
        assertions=held,
        description=test.get("description", ""),
        threshold=test.get("threshold"),
        group=metadata.pop("group") if isinstance(metadata.get("group"), str) else "",
        prefix=test["options"].get("prefix", ""),
        suffix=test["options"].get("suffix", ""),
        metadata=metadata,
        place=place,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
