"""Write the cases of a suite as a table, as promptfoo's CSV has them: a row a case, a column a variable.

A cell of what is expected is read again at once: an assertion that does not come out as it went in is named,
and left out.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..base.errors import BadInput
from ..evaluation.suite import Assertion, Case, NotUnderstood, Suite
from . import evals_assertions
from .evals_files import SuiteFiles
from .evals_left_out import LeftOut
from .evals_to_promptfoo import is_grader, of_grader

_THRESHOLD = "__config:__expected{}:threshold"
#: Columns that say what is expected, where no column of promptfoo's does.
_PLAIN = ("expected", "ideal")
_LEFT = "left out"
_ITEM = re.compile(r"\{\{(\s*)item\.")


def written(suite: Suite, delimiter: str = ",") -> tuple[str, tuple[NotUnderstood, ...]]:
    """Give (the table, what it does not say). Raises BadInput where nothing would stand in it."""
    left = LeftOut()
    left.at_reading(suite)
    left.openais(suite)
    suite = _flat(suite, left)
    rows = [_row(case, case.place or f"tests[{n}]", left) for n, case in enumerate(suite.cases)]
    names = _names(suite, rows, left)
    heads = [*names, *dict.fromkeys(name for row, _ in rows for name in row)]
    lines = [_line(heads, delimiter)]
    for number, (case, (row, _)) in enumerate(zip(suite.cases, rows, strict=True)):
        cells = [_text(case.variables[name]) if name in case.variables else "" for name in names]
        cells += [row.get(name, "") for name in heads[len(names) :]]
        if any(cells):
            lines.append(_line(cells, delimiter))
        else:
            left.note(case.place or f"tests[{number}]", f"all its cells are empty: {_LEFT}")
    if len(lines) == 1:
        raise BadInput("no case has anything that a cell can hold: nothing is written")
    return "".join(lines), tuple(left.notes)


def _line(cells: Sequence[str], delimiter: str) -> str:
    """Write a row. Told that rows end with both signs of a line's end, the writer quotes either in a cell."""
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return made.getvalue().removesuffix("\r\n") + "\n"


def _flat(suite: Suite, left: LeftOut) -> Suite:
    """Give a suite whose variables are the fields of its items, where each case is a row of OpenAI's."""
    if not all(isinstance(case.variables.get("item"), Mapping) for case in suite.cases):
        return suite
    left.note("vars.item", "its fields are columns of their own")
    return replace(suite, cases=tuple(map(_flat_case, suite.cases)))


def _flat_case(case: Case) -> Case:
    variables = {key: value for key, value in case.variables.items() if key != "item"}
    held = tuple(map(_flat_assertion, case.assertions))
    return replace(case, variables={**case.variables["item"], **variables}, assertions=held)


def _flat_assertion(given: Assertion) -> Assertion:
    found = of_grader(given) if is_grader(given) else None
    if found is None or not isinstance(found.value, str):
        return given
    return replace(found, value=_ITEM.sub(r"{{\1", found.value))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _names(suite: Suite, rows: list[tuple[dict[str, str], bool]], left: LeftOut) -> list[str]:
    """Name the variables that columns can have; what becomes of the others is noted once for each."""
    found: dict[str, None] = {}
    every = dict.fromkeys(name for case in suite.cases for name in case.variables)
    for name in every:
        place = f"vars.{name}"
        if not name or name != name.strip() or name.startswith(("__", "\ufeff")):
            left.note(place, f"no column of a table can have that name: {_LEFT}")
            continue
        if name in _PLAIN and not all(held for _, held in rows):
            left.note(place, f"a column of that name says what is expected: {_LEFT}")
            continue
        if name == "ideal" and "input" in every:
            left.note(place, f"beside input it says what is expected: {_LEFT}")
            continue
        found[name] = None
        values = [case.variables[name] for case in suite.cases if name in case.variables]
        if len(values) < len(suite.cases):
            left.note(place, "some cases do not have it: an empty cell is an empty text")
        if not all(isinstance(value, str) for value in values):
            left.note(place, "it is no text in all cases, and cells are texts")
        if any(isinstance(value, str) and "{{" in value and "}}" in value for value in values):
            left.note(place, "promptfoo would fill {{…}} in it")
        if any(isinstance(value, str) and value.startswith("file://") for value in values):
            left.note(place, "promptfoo would read a file there")
    return list(found)


def _row(case: Case, place: str, left: LeftOut) -> tuple[dict[str, str], bool]:
    """Give what promptfoo's columns say of a case, and whether any says what is expected."""
    row = dict(_expected(case, place, left))
    held = bool(row)
    if case.description:
        row["__description"] = case.description
    if case.threshold is not None:
        row["__threshold"] = repr(case.threshold)
    for key in ("prefix", "suffix"):
        if getattr(case, key):
            row[f"__{key}"] = getattr(case, key)
    if case.transform:
        left.note(f"{place}.transform", f"a row of a table has none: {_LEFT}")
    for key, value in _metadata(case).items():
        cell = _metadatum(key, value)
        if cell is None:
            named = "group" if case.group and key == "group" else f"metadata.{key}"
            left.note(f"{place}.{named}", f"a cell can't hold it as it is: {_LEFT}")
        else:
            row[cell[0]] = cell[1]
    return row, held


def _metadata(case: Case) -> Mapping[str, Any]:
    return {**case.metadata, **({"group": case.group} if case.group else {})}


def _metadatum(key: str, value: Any) -> tuple[str, str] | None:
    """Give the column and the cell of an entry of the metadata, None where no cell is read as it."""
    if key != key.strip() or key.endswith("[]"):
        return None
    if isinstance(value, str):
        return (f"__metadata:{key}", value) if value.strip() else None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return None
    if any(each != each.strip() or "\\" in each for each in value):
        return None
    cell = ",".join(each.replace(",", "\\,") for each in value)
    return (f"__metadata:{key}[]", cell) if cell.strip() else None


# ---- what is expected


def _expected(case: Case, place: str, left: LeftOut) -> Iterator[tuple[str, str]]:
    """Give the columns and cells of what a case expects."""
    cells: list[tuple[str, Assertion, tuple[str, float | None]]] = []
    for n, given in enumerate(case.assertions):
        where = given.place or f"{place}.assert[{n}]"
        found = _cell(replace(given, metric=""))
        if found is None:
            left.note(where, f"no cell says this {given.name}: {_LEFT}")
        else:
            cells.append((where, given, found))
    metrics = {given.metric for _, given, _ in cells}
    metric = metrics.pop() if len(metrics) == 1 else ""
    for number, (where, given, (cell, threshold)) in enumerate(cells, 1):
        yield f"__expected{number}", cell
        if threshold is not None:
            yield _THRESHOLD.format(number), repr(threshold)
        if given.metric != metric:
            left.note(f"{where}.metric", f"a row has one for all that it expects: {_LEFT}")
    if metric:
        yield "__metric", metric


def _cell(wanted: Assertion) -> tuple[str, float | None] | None:
    """Give a cell that is read as this assertion, and the threshold that stands beside it, if one has to;
    None where there is no such cell."""
    for cell in _tried(wanted):
        try:
            found = evals_assertions.short(cell.strip(), "", SuiteFiles(Path()))
        except BadInput:
            continue
        if found == wanted and cell.strip():
            return cell, None
        if wanted.threshold is not None and replace(found, threshold=wanted.threshold) == wanted:
            return cell, wanted.threshold
    return None


def _tried(wanted: Assertion) -> Iterator[str]:
    """Give the cells that may be read as an assertion, the plainest first."""
    value, name = wanted.value, wanted.name
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(value)
        texts = [", ".join(value), line.getvalue()]
    elif isinstance(value, str):
        texts = [value]
    elif value is None:
        texts = []
        yield from ([f"{name}({wanted.threshold:g})"] if wanted.threshold is not None else [])
        yield name
    else:
        return
    for text in texts:
        if name == "equals":
            yield text
        if wanted.threshold is not None:
            yield f"{name}({wanted.threshold:g}): {text}"
            yield f"{name}({wanted.threshold:g}):{text}"
        yield f"{name}: {text}"
        yield f"{name}:{text}"
