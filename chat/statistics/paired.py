"""Compare two columns case by case, and say how small a difference so many cases could have shown.

The same cases are asked in both columns, so that a hard case is hard in both: what differs is looked at
within each case. Two rates beside each other with an interval each can't tell what this can.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from ..base.dataclass import dataclass
from .distributions import NORMAL, binomial_tail, t_quantile, t_tail
from .intervals import LEVEL, mean

POWER = 0.8


@dataclass(frozen=True)
class Difference:
    """B less A over `cases`: positive where B is better.

    `p` is the probability of a difference of this size or more where there is none; `visible` the smallest
    difference that would have been seen four times out of five; None where that can't be told.
    `better`, `worse` and `tied` count the cases.
    """

    value: float
    low: float | None
    high: float | None
    p: float
    visible: float | None
    cases: int
    better: int
    worse: int

    @property
    def tied(self) -> int:
        """Count the cases that are equal in both columns."""
        return self.cases - self.better - self.worse


def difference(
    a: Sequence[Sequence[float]],
    b: Sequence[Sequence[float]],
    groups: Sequence[Hashable] | None = None,
    level: float = LEVEL,
) -> Difference | None:
    """Compare two columns. Each has a list of values for each case, in the same order; pass and fail are 1
    and 0. A case that has no value in one of them is left out. None where no case is left.

    One verdict a case in each column: exact McNemar test and Bonett and Price's interval (2012). Scores,
    several answers a case, or cases in groups: the t interval of the cases' differences, by groups, and the
    t test, or for few of them Fisher's test of signs.
    """
    kept = [place for place, pair in enumerate(zip(a, b, strict=True)) if pair[0] and pair[1]]
    if not kept:
        return None
    verdicts = all(len(a[at]) == len(b[at]) == 1 and a[at][0] in (0, 1) and b[at][0] in (0, 1) for at in kept)
    apart = [_middle(b[place]) - _middle(a[place]) for place in kept]
    together = None if groups is None else [groups[place] for place in kept]
    if together is not None and len(set(together)) == len(together):
        together = None
    better, worse = sum(each > 0 for each in apart), sum(each < 0 for each in apart)
    if verdicts and together is None:
        return _of_verdicts(better, worse, len(kept), level)
    found = _of_scores(apart, together, better, worse, level)
    shares = all(0 <= value <= 1 for at in kept for value in (*a[at], *b[at]))
    return _within(found) if shares else found


def _within(found: Difference) -> Difference:
    """Keep the interval to what the difference of two shares can be: no more than 1 either way."""
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(-1.0, found.low), high=min(1.0, found.high))


def _middle(values: Sequence[float]) -> float:
    return values[0] if len(values) == 1 else fmean(values)


def _of_verdicts(better: int, worse: int, cases: int, level: float) -> Difference:
    discordant = better + worse
    p = min(1.0, 2 * binomial_tail(min(better, worse), discordant)) if discordant else 1.0
    # Bonett and Price: one case more each way, which holds the interval's promise for few cases too
    up, down = (better + 1) / (cases + 2), (worse + 1) / (cases + 2)
    z = NORMAL.inv_cdf((1 + level) / 2)
    half = z * math.sqrt((up + down - (up - down) ** 2) / (cases + 2))
    visible = _visible_verdicts(up + down, cases, 1 - level)
    value = (better - worse) / cases
    low, high = max(-1.0, min(up - down - half, value)), min(1.0, max(up - down + half, value))
    return Difference(value, low, high, p, visible, cases, better, worse)


def _visible_verdicts(discordant: float, cases: int, alpha: float) -> float | None:
    """Give the smallest difference that McNemar's test sees with POWER, where this share of cases differ.
    None where even cases that all turn one way would not do."""
    if 2 * 0.5**cases > alpha:
        return None
    z, power = NORMAL.inv_cdf(1 - alpha / 2), NORMAL.inv_cdf(POWER)
    low, high = 0.0, 1.0
    for _ in range(50):  # Connor 1987
        middle = (low + high) / 2
        share = max(discordant, middle)
        reached = middle * math.sqrt(cases) >= z * math.sqrt(share) + power * math.sqrt(share - middle**2)
        low, high = (low, middle) if reached else (middle, high)
    return high if high < 1 else None


def _of_scores(
    apart: Sequence[float], groups: Sequence[Hashable] | None, better: int, worse: int, level: float
) -> Difference:
    found = mean(apart, groups, level)
    assert found is not None
    value, cases, freedom = found.value, len(apart), found.groups - 1
    few = _by_signs(apart, groups) if found.groups <= _FEW else None
    if (
        found.low is None or found.high is None
    ):  # one alone, or all alike: then their signs are all that tells
        p = min(1.0, 2 * 0.5**found.groups) if value else 1.0
        return Difference(value, None, None, p, None, cases, better, worse)
    error = (found.high - value) / t_quantile(level, freedom)
    visible: float | None = (t_quantile(level, freedom) + t_quantile(2 * POWER - 1, freedom)) * error
    if 2 * 0.5**found.groups > 1 - level:
        visible = None
    p = t_tail(value / error, freedom) if few is None else few
    return Difference(value, found.low, found.high, p, visible, cases, better, worse)


#: Cases, or groups, for which all signs are tried.
_FEW = 14


def _by_signs(apart: Sequence[float], groups: Sequence[Hashable] | None) -> float:
    """Give the share of all ways to turn signs that come to a sum of this size or more (Fisher 1935): where
    there is no difference, each is as likely. It is exact, however scores are distributed."""
    totals: dict[Hashable, float] = {}
    for group, each in zip(range(len(apart)) if groups is None else groups, apart, strict=True):
        totals[group] = totals.get(group, 0.0) + each
    sums = [0.0]
    for each in totals.values():
        sums = [total + step for total in sums for step in (each, -each)]
    least = abs(sums[0]) * (1 - 1e-9) - 1e-12
    return sum(abs(each) >= least for each in sums) / len(sums)


def holm(chances: Mapping[Hashable, float]) -> dict[Hashable, float]:
    """Give the p values that several comparisons at once leave (Holm 1979), by the same names."""
    found: dict[Hashable, float] = {}
    largest = 0.0
    ranked = sorted(chances.items(), key=lambda pair: pair[1])
    for rank, (name, p) in enumerate(ranked):
        largest = max(largest, min(1.0, p * (len(ranked) - rank)))
        found[name] = largest
    return found


def verdict(found: Difference, a: str, b: str, level: float = LEVEL, p: float | None = None) -> str:
    """Say in a line what the comparison shows; `p` is the one that several comparisons leave."""
    p = found.p if p is None else p
    cases = f"{found.cases:,} case{'s' * (found.cases != 1)}"
    if found.low is None or found.high is None:
        if p < 1 - level:
            first, second = (b, a) if found.value > 0 else (a, b)
            return f"{first} better than {second} by {_size(found.value)} in each of {cases}, {_p(p)}"
        alike = " no case differs" if not found.better + found.worse else ""
        return f"{b} and {a}: too few cases to say ({cases}{',' if alike else ''}{alike})"
    between = f"({points(found.low)} to {points(found.high)})"
    if p < 1 - level:
        first, second = (b, a) if found.value > 0 else (a, b)
        if found.value < 0:
            between = f"({points(-found.high)} to {points(-found.low)})"
        return f"{first} better than {second} by {_size(found.value)} {between}, {cases}, {_p(p)}"
    seen = (
        "so few could not have shown any difference"
        if found.visible is None
        else f"they would have shown {points(found.visible)} points or more"
    )
    if not found.better + found.worse:
        return f"{b} and {a}: no case differs {between}, {cases}; {seen}"
    value, first, second = found.value, b, a
    if value < 0:
        value, first, second = -value, a, b
        between = f"({points(-found.high)} to {points(-found.low)})"
    value, first, second = found.value, b, a
    if value < 0:
        value, first, second = -value, a, b
        between = f"({points(-found.high)} to {points(-found.low)})"
    return (
        f"too few cases to say whether {first} is better than {second}: {points(value)} points {between}, "
        f"{cases}, {_p(p)}; {seen}"
    )


def _size(value: float) -> str:
    size = points(abs(value))
    return f"{size} point{'s' * (size != '1')}"


def points(value: float) -> str:
    """Write a share of 1 in points of a hundred."""
    found = 100 * value
    text = f"{found:.0f}" if abs(found) >= 9.95 or abs(found - round(found)) < 0.05 else f"{found:.1f}"
    return "0" if text in ("-0", "0.0", "-0.0") else text


def _p(value: float) -> str:
    if value < 0.001:
        return "p < 0.001"
    near = 4 if 0.0495 <= value < 0.05 else 3 if value < 0.1 else 2  # what is less than 0.05 reads so
    return f"p = {value:.{near}f}"
