"""Find from duels who is the stronger: Bradley–Terry strengths with intervals."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

from ..base.dataclass import dataclass
from .distributions import NORMAL
from .intervals import LEVEL

#: Wins that each pair that met is given beside its own, both ways: without them whoever never lost would be
#: infinitely strong. Stated in what is shown.
PRIOR = 0.5

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Strength:
    """`value` is on Elo's scale, 0 on average: 400 points more win ten times as often. The ends are None
    where the duels don't tell."""

    value: float
    low: float | None
    high: float | None
    duels: int


def strengths(wins: Mapping[tuple[Name, Name], float], level: float = LEVEL) -> dict[Name, Strength]:
    """Give the strength of everybody in `wins`, which counts for (winner, loser) how often that was; a tie
    counts half each way. By Newton's method on the log-likelihood (Bradley and Terry 1952)."""
    names = sorted({name for pair in wins for name in pair}, key=str)
    number = {name: place for place, name in enumerate(names)}
    size = len(names)
    won = [[0.0] * size for _ in names]
    for (winner, loser), times in wins.items():
        won[number[winner]][number[loser]] += times
    met = [[won[i][j] + won[j][i] for j in range(size)] for i in range(size)]
    duels = [round(sum(row)) for row in met]
    for i in range(size):
        for j in range(size):
            if met[i][j]:
                won[i][j] += PRIOR
                met[i][j] += 2 * PRIOR
    values = [0.0] * size
    covariance: list[list[float]] | None = None
    for _ in range(50):
        slope = [0.0] * size
        # the strengths are told up to a constant: a little of each holds their mean at 0
        bend = [[1e-9 + (1.0 / size if size else 0) for _ in range(size)] for _ in range(size)]
        for i in range(size):
            for j in range(size):
                if i == j or not met[i][j]:
                    continue
                chance = 1 / (1 + math.exp(values[j] - values[i]))
                slope[i] += won[i][j] - met[i][j] * chance
                weight = met[i][j] * chance * (1 - chance)
                bend[i][i] += weight
                bend[i][j] -= weight
        covariance = _inverse(bend)
        if covariance is None:
            break
        step = [sum(row[j] * slope[j] for j in range(size)) for row in covariance]
        step = [max(-1.0, min(1.0, each)) for each in step]
        values = [value + each for value, each in zip(values, step, strict=True)]
        if max(map(abs, step), default=0) < 1e-10:
            break
    scale = 400 / math.log(10)
    middle = math.fsum(values) / size if size else 0.0
    z = NORMAL.inv_cdf((1 + level) / 2)
    found: dict[Name, Strength] = {}
    for name, place in number.items():
        value = (values[place] - middle) * scale
        if covariance is None:
            found[name] = Strength(value, None, None, duels[place])
            continue
        # the constant that was held has a variance of its own, which is nobody's
        error = math.sqrt(max(0.0, covariance[place][place] - 1.0 / size)) * scale
        found[name] = Strength(value, value - z * error, value + z * error, duels[place])
    return found


def _inverse(matrix: list[list[float]]) -> list[list[float]] | None:
    """Invert a small matrix by Gauss and Jordan; None where it has no inverse, as where some never met."""
    size = len(matrix)
    rows = [[*row, *(1.0 if i == j else 0.0 for j in range(size))] for i, row in enumerate(matrix)]
    for place in range(size):
        best = max(range(place, size), key=lambda row: abs(rows[row][place]))
        if abs(rows[best][place]) < 1e-8:
            return None
        rows[place], rows[best] = rows[best], rows[place]
        pivot = rows[place][place]
        rows[place] = [each / pivot for each in rows[place]]
        for other in range(size):
            if other != place and rows[other][place]:
                factor = rows[other][place]
                rows[other] = [x - factor * y for x, y in zip(rows[other], rows[place], strict=True)]
    return [row[size:] for row in rows]
