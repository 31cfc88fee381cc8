"""Write figures as people read them, each with its interval."""

from __future__ import annotations

from collections.abc import Callable

from .intervals import Estimate
from .paired import points
from .strengths import Strength


def percent(found: Estimate | None) -> str:
    """Write a rate: 62% (55 to 69)."""
    return "" if found is None else f"{points(found.value)}% {ends(found, points)}"


def hundredths(found: Estimate | None) -> str:
    """Write a mean of scores: 0.61 (0.55 to 0.67)."""
    return "" if found is None else f"{found.value:.2f} {ends(found, '{:.2f}'.format)}"


def seconds(found: Estimate | None) -> str:
    """Write a time: 1.20 s (1.08 to 1.41), or 240 ms (231 to 262)."""
    if found is None:
        return ""
    if max(found.value, found.high or 0) < 0.9995:
        return f"{1000 * found.value:.0f} ms {ends(found, lambda value: f'{1000 * value:.0f}')}"
    return f"{_seconds(found.value)} s {ends(found, _seconds)}"


def _seconds(value: float) -> str:
    return f"{value:.0f}" if value >= 99.5 else f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def of_a_thousand(found: Estimate | None) -> str:
    """Write the cost of a thousand answers: $1.20 (1.10 to 1.40)."""
    return "" if found is None else f"${_thousand(found.value)} {ends(found, _thousand)}"


def _thousand(value: float) -> str:
    cost = 1000 * value
    return f"{cost:.2f}" if cost >= 0.095 or not cost else f"{cost:.2g}"


def ends(found: Estimate | Strength, write: Callable[[float], str]) -> str:
    """Write the interval alone, or say that there are too few values for one."""
    if found.low is None:
        return "(too few to say)" if found.high is None else f"(up to {write(found.high)})"
    if found.high is None:
        return f"({write(found.low)} or more)"
    return f"({write(found.low)} to {write(found.high)})"
