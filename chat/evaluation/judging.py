"""Put the verdicts of a case's assertions together, as promptfoo does: by weight, against a threshold.

Where something that has weight was not checked, the case is not checked, unless it has failed already.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import field

from ..base.dataclass import dataclass
from .assertions.checking import check
from .assertions.declaration import NOTHING, Allowed
from .suite import Answered, Assertion, Case, Verdict


@dataclass(frozen=True)
class Judged:
    """What becomes of a case. `passed` is None where it was not checked. `score` is the mean of what was,
    by weight, None where nothing was. `metrics` gathers scores by the names that assertions give them."""

    passed: bool | None
    score: float | None
    why: str
    verdicts: tuple[Verdict, ...] = ()
    metrics: Mapping[str, tuple[float, ...]] = field(default_factory=dict, hash=False)


def judge(case: Case, answered: Answered, allowed: Allowed = NOTHING) -> Judged:
    """Hold an answer against all that a case expects, templates filled. What a model has to judge stays
    unchecked: replace its verdicts by the judges', and call `combined`."""
    return combined(case, tuple(check(each, answered, case, allowed) for each in case.assertions))


def combined(case: Case, verdicts: tuple[Verdict, ...]) -> Judged:
    """Put verdicts together to that of the case."""
    passed, score, why = _mean(verdicts, case.threshold)
    return Judged(passed, score, why, verdicts, gathered(verdicts))


def gathered(verdicts: Iterable[Verdict]) -> dict[str, tuple[float, ...]]:
    """Gather the scores of verdicts by the names that assertions give them."""
    metrics: dict[str, tuple[float, ...]] = {}
    for verdict in _all(verdicts):
        if verdict.assertion.metric and verdict.score is not None:
            name = verdict.assertion.metric
            metrics[name] = (*metrics.get(name, ()), verdict.score)
    return metrics


def together(assertion: Assertion, inner: tuple[Verdict, ...]) -> Verdict:
    """Put the verdicts of an assert-set together."""
    passed, score, why = _mean(inner, assertion.threshold)
    if assertion.negated and passed is not None and score is not None:
        passed, score, why = not passed, 1 - score, "" if not passed else "all of it holds, and should not"
    return Verdict(assertion, passed, score, why, inner)


def _all(verdicts: Iterable[Verdict]) -> Iterable[Verdict]:
    for verdict in verdicts:
        yield verdict
        yield from _all(verdict.inner)


def _mean(verdicts: tuple[Verdict, ...], threshold: float | None) -> tuple[bool | None, float | None, str]:
    """Give whether it passes, the mean score, and why it does not pass."""
    counted = [each for each in verdicts if _weight(each) > 0]
    if not counted:
        return None, None, "nothing is expected of the answer" if not verdicts else "nothing in it has weight"
    known = [each for each in counted if each.passed is not None and each.score is not None]
    weight = math.fsum(_weight(each) for each in known)
    total = math.fsum(_weight(each) * (each.score or 0.0) for each in known)
    score = min(1.0, max(0.0, total / weight)) if known else None
    unknown = [each for each in counted if each.passed is None or each.score is None]
    if threshold:
        open_ = math.fsum(_weight(each) for each in unknown)
        best = (total + open_) / (weight + open_)
        if best < threshold and not math.isclose(best, threshold, rel_tol=1e-12):
            return False, score, f"the score is at most {best:.2f}, less than {threshold:g}"
    else:
        failed = next((each for each in known if not each.passed), None)
        if failed is not None:
            return False, score, f"{failed.assertion.name}: {failed.why}"
    if unknown:
        return None, score, f"not checked: {unknown[0].assertion.name}: {unknown[0].why}"
    return True, score, ""


def _weight(verdict: Verdict) -> float:
    """Give what a verdict counts; a weight that is no weight counts nothing."""
    weight = verdict.assertion.weight
    return float(weight) if math.isfinite(weight) and weight > 0 else 0.0
