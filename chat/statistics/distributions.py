"""Give probabilities and quantiles of the distributions that the standard library lacks."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

NORMAL = NormalDist()


def binomial_tail(most: int, trials: int, chance: float = 0.5) -> float:
    """Give the probability of at most so many successes in so many trials."""
    if most < 0:
        return 0.0
    if most >= trials or chance <= 0:
        return 1.0
    if chance >= 1:
        return 0.0
    each = (
        math.lgamma(trials + 1)
        - math.lgamma(count + 1)
        - math.lgamma(trials - count + 1)
        + count * math.log(chance)
        + (trials - count) * math.log1p(-chance)
        for count in range(most + 1)
    )
    return min(1.0, math.fsum(map(math.exp, each)))


def binomial_rank(trials: int, chance: float, tail: float) -> int:
    """Give the most successes of which at most so many have a probability of at most `tail`, -1 where none
    has."""
    low, high = -1, trials
    while high - low > 1:
        middle = (low + high) // 2
        within = _beta(trials - middle, middle + 1, 1 - chance) <= tail
        low, high = (middle, high) if within else (low, middle)
    return low


def t_tail(t: float, freedom: float) -> float:
    """Give the probability that Student's t is beyond `t` on either side."""
    if abs(t) < 1:  # else the little that is beyond nothing would be lost in rounding
        return 1 - _beta(0.5, freedom / 2, t * t / (freedom + t * t))
    return _beta(freedom / 2, 0.5, freedom / (freedom + t * t))


@lru_cache(maxsize=1024)
def t_quantile(level: float, freedom: float) -> float:
    """Give the t within which, on either side of 0, a share `level` of Student's distribution lies."""
    low, high = 0.0, 2.0
    while 1 - t_tail(high, freedom) < level:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 - t_tail(middle, freedom) < level else (low, middle)
    return (low + high) / 2


def _beta(a: float, b: float, x: float) -> float:
    """Give the regularised incomplete beta function, by Lentz's continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    tiny = 1e-300
    fraction, c, d = 1.0, 1.0, 0.0
    for step in range(1000):
        m = step // 2
        if step == 0:
            numerator = 1.0
        elif step % 2 == 0:
            numerator = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            numerator = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 + numerator * d
        d = 1 / (d if abs(d) > tiny else tiny)
        c = 1 + numerator / (c if abs(c) > tiny else tiny)
        fraction *= c * d
        if abs(1 - c * d) < 1e-15:
            break
    return front * (fraction - 1) / a
