"""Write a suite as samples of the older openai/evals: what is asked, filled in, and what the answer begins
with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.errors import BadInput
from ..evaluation import filling
from ..evaluation.suite import Assertion, Case, Column, NotUnderstood, Suite
from .evals_left_out import LeftOut

_REFERENCE = {"item_reference": "input"}
_LEFT = "a sample has none: left out"


def written(suite: Suite) -> tuple[str, tuple[NotUnderstood, ...]]:
    """Give (a sample a line, what they do not say). Raises BadInput where nothing says
    what is asked, or what is expected."""
    left = LeftOut()
    left.at_reading(suite)
    left.openais(suite)
    column = _asked(suite)
    for number in range(1, len(suite.columns)):
        left.note(f"columns[{number}]", "a sample is asked in one way, the first: left out")
    for key in ("parameters", "profile", "base_url"):
        if getattr(column, key):
            left.note(f"columns[0].{key}", _LEFT)
    if suite.repeat != 1:
        left.note("repeat", _LEFT)
    rows = []
    for number, case in enumerate(suite.cases):
        place = case.place or f"tests[{number}]"
        row = _row(column, case, place, left)
        if row is not None:
            rows.append(left.line(row, place))
    if not rows:
        raise BadInput("no case expects a text that the answer begins with: there are no samples in it")
    return "".join(rows), tuple(left.notes)


def _asked(suite: Suite) -> Column:
    if suite.columns:
        return suite.columns[0]
    if all(isinstance(case.variables.get("input"), str | list) for case in suite.cases):
        return Column("input", (_REFERENCE,), template="plain")
    raise BadInput(
        "a sample says what is asked, and the file has no prompt", "--prompts NAME takes one of yours"
    )


def _row(column: Column, case: Case, place: str, left: LeftOut) -> dict[str, Any] | None:
    """Write a case; None where it expects no text that an answer may begin with."""
    for key in ("description", "threshold", "group", "transform"):
        if getattr(case, key) not in (None, ""):
            left.note(f"{place}.{key}", _LEFT)
    for key in case.metadata:
        left.note(f"{place}.metadata.{key}", _LEFT)
    ideal: list[str] = []
    for n, each in enumerate(case.assertions):
        where, found = each.place or f"{place}.assert[{n}]", _ideal(each)
        if found is None or ideal:
            left.note(where, f"a sample can't say this {each.name}: left out")
            continue
        ideal = found
        if each.type == "equals":
            left.note(where, "a sample says that the answer begins with it, not that it is equal")
        if each.metric:
            left.note(f"{where}.metric", _LEFT)
    if not ideal:
        left.note(place, "it expects no text that the answer begins with: left out")
        return None
    as_it_is = column.messages == (_REFERENCE,) and not case.prefix and not case.suffix
    if as_it_is and isinstance(case.variables.get("input"), str | list):
        rest: Mapping[str, Any] = case.variables
        asked = case.variables["input"]
    else:
        left.note("vars", "they are filled in: left out")
        rest, asked = {}, filling.fill(column, case)
        made = filling.rendered(ideal, case.variables)
        ideal = [made.get(each, each) for each in ideal]
    return {**rest, "input": asked, "ideal": ideal[0] if len(ideal) == 1 else ideal}


def _ideal(given: Assertion) -> list[str] | None:
    """Give the texts of which any will do, None where an assertion wants something else."""
    if given.negated or given.weight != 1 or given.transform:
        return None
    if given.type == "assert-set":
        inner = [_ideal(each) for each in given.inner]
        several = [each[0] for each in inner if each is not None and len(each) == 1]
        same = len(several) == len(inner) > 1 and given.threshold == 1 / len(inner)
        return several if same and all(each.type == "starts-with" for each in given.inner) else None
    if given.type not in ("equals", "starts-with") or not isinstance(given.value, str):
        return None
    return [given.value]
