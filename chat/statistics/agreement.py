"""Say how far answers or judges agree: kappa, the share of the most frequent answer, pass@k and pass^k."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from itertools import combinations
from statistics import fmean

from ..base.dataclass import dataclass
from .distributions import NORMAL
from .intervals import LEVEL, Estimate


def kappa(ours: Sequence[Hashable], theirs: Sequence[Hashable], level: float = LEVEL) -> Estimate | None:
    """Give Cohen's kappa of two judges over the same cases, with the interval of Fleiss, Cohen and Everitt
    (1969). None without cases; no interval where a judge gave one verdict alone, since chance then explains
    everything."""
    count = len(ours)
    if not count:
        return None
    table = Counter(zip(ours, theirs, strict=True))
    mine, other = Counter(ours), Counter(theirs)
    agreed = sum(times for pair, times in table.items() if pair[0] == pair[1]) / count
    chance = sum(mine[word] * other[word] for word in mine) / count**2
    if chance >= 1:
        return Estimate(1.0, None, None, count, count)
    value = (agreed - chance) / (1 - chance)
    if len(mine) < 2 or len(other) < 2:
        return Estimate(value, None, None, count, count)
    first = second = 0.0
    for (left, right), times in table.items():
        share = times / count
        if left == right:
            first += share * ((1 - chance) - (mine[left] + other[right]) / count * (1 - agreed)) ** 2
        else:
            second += share * ((other[left] + mine[right]) / count) ** 2
    second *= (1 - agreed) ** 2
    variance = (first + second - (agreed * chance - 2 * chance + agreed) ** 2) / (1 - chance) ** 4 / count
    half = NORMAL.inv_cdf((1 + level) / 2) * math.sqrt(max(0.0, variance))
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half), count, count)


def pass_at(k: int, passed: int, asked: int) -> float | None:
    """Give the chance that one of k answers passes, without bias (Chen et al. 2021); None for fewer."""
    return None if asked < k else 1 - math.comb(asked - passed, k) / math.comb(asked, k)


def pass_all(k: int, passed: int, asked: int) -> float | None:
    """Give the chance that all of k answers pass (pass^k), without bias; None for fewer than k."""
    return None if asked < k else math.comb(passed, k) / math.comb(asked, k)


def same(verdicts: Sequence[Hashable]) -> float | None:
    """Give the chance that two of the verdicts are the same; None where there are no two."""
    count = len(verdicts)
    if count < 2:
        return None
    first = verdicts.count(verdicts[0])
    if first == count:
        return 1.0
    return sum(times * (times - 1) for times in Counter(verdicts).values()) / (count * (count - 1))


@dataclass(frozen=True)
class Spread:
    """How answers to one case differ: `share` is that of the most frequent one, `similarity` the mean of all
    pairs', both from 0 to 1; None where there are no two answers."""

    share: float
    similarity: float | None


#: Answers to one case that are compared with each other at most: 120 pairs.
_COMPARED = 16


def spread(answers: Sequence[str], similar: Callable[[str, str], float] | None) -> Spread | None:
    """Say how answers differ; `similar` tells how alike two are, 1 where they are equal. Of many answers the
    first are compared, and without `similar` none."""
    if not answers:
        return None
    most = max(Counter(answers).values())
    if len(answers) < 2 or similar is None:
        return Spread(most / len(answers), None)
    pairs = [
        1.0 if left == right else similar(left, right) for left, right in combinations(answers[:_COMPARED], 2)
    ]
    return Spread(most / len(answers), fmean(pairs))
