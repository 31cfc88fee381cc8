"""Hold a chart, whoever draws it: a measure over the values of a parameter. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Series = tuple[str, tuple["float | None", ...]]


@dataclass(frozen=True)
class Chart:
    """`title` names the measure, `across` the parameter. Every series has a value for each of `labels`. If
    there are several series, their names say what they show."""

    title: str
    across: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the lowest and highest value of the axis. It always includes 0, and 1 for a share of one."""
        known = list(self.values())
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
