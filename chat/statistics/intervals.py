"""Say what is measured together with how far it can be trusted: rates, means, medians, percentiles.

Values may come in groups: several answers to one case, or cases that belong together. Answers of one group
resemble each other, so that a hundred of them tell less than a hundred cases; every interval here takes that
into account where it is told the groups.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from statistics import fmean

from ..base.dataclass import dataclass
from .distributions import NORMAL, binomial_rank, t_quantile

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval, both ends included; None where so few values tell no end. `count` is the
    number of values, `groups` the number of what is independent among them."""

    value: float
    low: float | None
    high: float | None
    count: int
    groups: int


def rate(
    passed: Sequence[bool], groups: Sequence[Hashable] | None = None, level: float = LEVEL
) -> Estimate | None:
    """Give a rate with its Wilson interval; None without values.

    In groups, the interval is that of as many independent values as would vary so much: n divided by the
    design effect, the variance between groups over that of independent values (Korn and Graubard 1998),
    with Student's t in place of the normal quantile for the few groups.
    """
    count = len(passed)
    if not count:
        return None
    value = fmean(passed)
    z = NORMAL.inv_cdf((1 + level) / 2)
    effective, number = float(count), count
    if groups is not None and len(set(groups)) < count:
        number = len(set(groups))
        if number < 2:
            return Estimate(value, None, None, count, number)
        plain = value * (1 - value) / (count - 1)
        spread = _clustered_error([float(each) for each in passed], groups) ** 2
        # where all values are equal nothing shows how alike a group is: each counts as one value then
        effect = spread / plain if plain else count / number
        effective = min(float(count), count / effect) if effect else float(count)
        z = t_quantile(level, number - 1)
    low, high = wilson(value, effective, z)
    return Estimate(value, low, high, count, number)


def share(
    values: Sequence[float],
    groups: Sequence[Hashable] | None = None,
    level: float = LEVEL,
    most: float = math.inf,
) -> Estimate | None:
    """Give the mean of values from 0 to 1, with Wilson's interval of as many independent passes and failures
    as would vary so much: it has the width of the t interval, and stays from 0 to 1. None without values.

    Where all values are equal, each group counts as one pass or failure. `most` is the number of independent
    ones that there can be at all, where that is known: few values may vary little by chance.
    """
    if not values:
        return None
    value = fmean(values)
    number = len(values) if groups is None else len(set(groups))
    if number < 2:
        return Estimate(value, None, None, len(values), number)
    square = _clustered_error(values, _belonging(values, groups, number)) ** 2
    plain = value * (1 - value)
    effective = plain / square if square and plain else number
    low, high = wilson(value, min(effective, most), t_quantile(level, number - 1))
    return Estimate(value, low, high, len(values), number)


def wilson(value: float, count: float, z: float) -> tuple[float, float]:
    """Give Wilson's score interval of a rate (Wilson 1927)."""
    middle = (value + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(value * (1 - value) / count + z * z / (4 * count * count))
    low = 0.0 if value == 0 else max(0.0, middle - half)
    high = 1.0 if value == 1 else min(1.0, middle + half)
    return low, high


def mean(
    values: Sequence[float], groups: Sequence[Hashable] | None = None, level: float = LEVEL
) -> Estimate | None:
    """Give a mean with its t interval; None without values.

    In groups, the error is that between groups, and the degrees of freedom are those of the groups.
    Where all values are equal, nothing is known of how they vary: the interval has no ends.
    """
    if not values:
        return None
    number = len(values) if groups is None else len(set(groups))
    value = fmean(values)
    if number < 2:
        return Estimate(value, None, None, len(values), number)
    error = _clustered_error(values, _belonging(values, groups, number))
    if not error:
        return Estimate(value, None, None, len(values), number)
    half = t_quantile(level, number - 1) * error
    return Estimate(value, value - half, value + half, len(values), number)


def quantile(
    values: Sequence[float],
    share: float,
    level: float = LEVEL,
    groups: Sequence[Hashable] | None = None,
) -> Estimate | None:
    """Give a quantile (0.5: the median) with the interval that order statistics give, whatever the
    distribution; an end that so few values don't tell is None. None without values.

    In groups, the interval is that of as many independent values as the share below the quantile varies
    like, by the design effect that `rate` has.
    """
    if not values:
        return None
    found = sorted(values)
    count = number = effective = len(found)
    place = share * (count - 1)
    below = int(place)
    above = min(below + 1, count - 1)
    value = found[below] + (found[above] - found[below]) * (place - below)
    if groups is not None and (number := len(set(groups))) < count:
        effective = _effective([float(each <= value) for each in values], groups, number, level)
    tail = (1 - level) / 2
    # the r-th smallest is above the quantile with the probability of fewer than r values below it
    first = binomial_rank(effective, share, tail)
    last = binomial_rank(effective, 1 - share, tail)
    low = found[first * count // effective] if first >= 0 else None
    high = found[count - 1 - last * count // effective] if last >= 0 else None
    return Estimate(value, low, high, count, number)


def _effective(values: Sequence[float], groups: Sequence[Hashable], number: int, level: float) -> int:
    """Give how many independent values vary as these do, fewer for few groups, and 1 at least."""
    count, middle = len(values), fmean(values)
    if number < 2:
        return 1
    square = _clustered_error(values, groups) ** 2
    plain = middle * (1 - middle) / (count - 1)
    effective = count * plain / square if plain and square else number
    few = NORMAL.inv_cdf((1 + level) / 2) / t_quantile(level, number - 1)
    return max(1, int(min(count, effective) * few**2))


def _belonging(
    values: Sequence[float], groups: Sequence[Hashable] | None, number: int
) -> Sequence[Hashable] | range:
    """Give what values belong to; a range where each is by itself."""
    return range(len(values)) if groups is None or number == len(values) else groups


def _clustered_error(values: Sequence[float], groups: Sequence[Hashable] | range) -> float:
    """Give the standard error of the mean of values that come in groups, by leaving out one group after the
    other (the jackknife): for few groups of unequal size it keeps nearer to its promise than the others."""
    middle = fmean(values)
    if isinstance(groups, range):  # each by itself: the standard error
        square = math.fsum((each - middle) ** 2 for each in values) / (len(values) - 1) / len(values)
        return _sound(math.sqrt(square), middle)
    totals: dict[Hashable, float] = defaultdict(float)
    sizes: Counter[Hashable] = Counter(groups)
    for value, group in zip(values, groups, strict=True):
        totals[group] += value - middle
    number, count = len(totals), len(values)
    # without a group, the mean is away from that of all by its total over the others' number
    away = [-total / (count - sizes[group]) for group, total in totals.items()]
    centre = fmean(away)
    square = math.fsum((each - centre) ** 2 for each in away) * (number - 1) / number
    return _sound(math.sqrt(square), middle)


def _sound(error: float, middle: float) -> float:
    """Give an error, or 0 where it is nothing but rounding."""
    return error if error > 1e-12 * max(1.0, abs(middle)) else 0.0
