"""Read the parts that files of results have in common. A value of the wrong type is refused where a verdict
hangs on it, and counts as missing elsewhere."""

from __future__ import annotations

from typing import Any

from ..base.errors import BadValue
from ..evaluation.judging import Judged, gathered
from ..evaluation.suite import Assertion, Verdict
from . import untrusted

#: What is read of a file at most.
MOST_CELLS = 500_000
MOST_CASES = 200_000
MOST_COLUMNS = 1000
DEEPEST = 20  # levels of assert-sets


def mapping(given: Any, place: str) -> dict[str, Any]:
    """Give an object. Raises BadValue for anything else."""
    if not isinstance(given, dict):
        raise BadValue(f"{place} is no object")
    return given


def passed(given: dict[str, Any], name: str, place: str) -> bool | None:
    """Give a verdict: true, false or null. Raises BadValue for anything else, and where there is none."""
    found = given.get(name, 0)
    if found is not None and not isinstance(found, bool):
        raise BadValue(f"{place}.{name} is neither true, false nor null")
    return found


def assertion(given: Any, depth: int = 0) -> Assertion:
    """Read an assertion by promptfoo's names. Raises BadValue."""
    if not isinstance(given, dict) or depth > DEEPEST:
        raise BadValue("an assertion is no object, or nested too deeply")
    name = untrusted.text(given, "type")
    weight = untrusted.number(given, "weight")
    return Assertion(
        type=name.removeprefix("not-"),
        value=given.get("value"),
        threshold=untrusted.number(given, "threshold"),
        weight=1.0 if weight is None else weight,
        metric=untrusted.text(given, "metric"),
        negated=name.startswith("not-"),
        inner=tuple(assertion(each, depth + 1) for each in untrusted.listed(given, "assert")),
    )


def judged(held: bool | None, score: float | None, why: str, verdicts: tuple[Verdict, ...]) -> Judged:
    """Put together what became of a sample."""
    return Judged(held, score, why, verdicts, gathered(verdicts))
