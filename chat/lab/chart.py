"""Hold pictures, whoever draws them: a measure over the values of one parameter, over those of two, or
two measures of the same answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from ..base.dataclass import dataclass

Series = tuple[str, tuple["float | None", ...]]
Ends = tuple["tuple[float, float] | None", ...]


@dataclass(frozen=True)
class Chart:
    """`title` names the measure, `across` the parameter. Every series has a value for each of `labels`. If
    there are several series, their names say what they show. `ends` are the intervals of the values, where
    there is one series and they are known."""

    title: str
    across: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    ends: Ends = ()

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the lowest and highest value of the axis. It always includes 0, and 1 for a share of one."""
        known = [*self.values(), *(end for pair in self.ends if pair for end in pair)]
        low, high = min((0.0, *known)), max((0.0, *known))
        if low == 0.0 and high <= 1.0:
            return 0.0, 1.0
        return (_rounded(low), _rounded(high)) if low < high else (low, low + 1.0)

    def values(self) -> Iterable[float]:
        return (value for _, values in self.series for value in values if value is not None)

    @property
    def varies(self) -> bool:
        """Tell whether there is anything to see."""
        return len(set(self.values())) > 1


@dataclass(frozen=True)
class Heatmap:
    """A measure over two parameters: a row of `values` for each of `names` (of `down`), a value in it for
    each of `labels` (of `across`)."""

    title: str
    across: str
    labels: tuple[str, ...]
    down: str
    names: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the lowest and highest value that is known; (0, 1) where none is."""
        known = [value for row in self.values for value in row if value is not None]
        return (min(known), max(known)) if known else (0.0, 1.0)

    @property
    def varies(self) -> bool:
        low, high = self.bounds
        return low < high


@dataclass(frozen=True)
class Scatter:
    """Two measures of the same answers: `points` of (across, up, what it is). Where they are few, and each
    is one of a kind, they are `named`; `ends` are the intervals of what goes up, where they are known."""

    title: str
    across: str
    up: str
    points: tuple[tuple[float, float, str], ...]
    named: bool = False
    ends: Ends = ()

    @property
    def varies(self) -> bool:
        return len({(x, y) for x, y, _ in self.points}) > 1

    def axes(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the (low, high) of both axes; they include 0."""
        across, up = tuple(x for x, _, _ in self.points), tuple(y for _, y, _ in self.points)
        return Chart("", "", (), (("", across),)).bounds, Chart("", "", (), (("", up),), self.ends).bounds


Picture: TypeAlias = Chart | Heatmap | Scatter


def _rounded(value: float) -> float:
    """Round away from 0 to a number with one leading digit: 1, 1.5, 2, 3, 4, 5, 6 or 8."""
    if value == 0:
        return 0.0
    size = abs(value)
    power = 1e-6
    while size > power * 10:
        power *= 10
    step = next(each for each in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if size <= each * power * (1 + 1e-9))
    return (step if value > 0 else -step) * power


def number(value: float) -> str:
    """Give a number beside an axis."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
