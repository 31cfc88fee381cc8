"""Make the pictures of an evaluation's report, of its figures and of how long answers took. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

from ..evaluation.figures import ColumnFigures, Figures
from ..lab.chart import Chart, Ends, Picture, Scatter
from ..statistics.intervals import Estimate

_POINTS = 20  # places across a picture of how long answers took
_THOUSAND = 1000  # answers whose cost is told: that of one has too many noughts


def of_figures(figures: Figures, letters: Sequence[str]) -> list[Picture]:
    """Draw the share that passed and the scores of the columns, with intervals, and cost against them."""
    columns = figures.columns
    labels = tuple(named(letters[at], each.label) for at, each in enumerate(columns))
    found: list[Picture] = []
    for title, estimates in (
        ("share that passed, of what was checked", [each.rate for each in columns]),
        ("mean score", [each.score for each in columns] if scored(figures) else []),
    ):
        if any(estimates):
            values = tuple(each.value if each else None for each in estimates)
            found.append(
                Chart(f"{title}, with intervals at 95%", "column", labels, (("", values),), _ends(estimates))
            )
    priced = [(at, each) for at, each in enumerate(columns) if each.rate and _dear(each) is not None]
    if len(priced) > 1 and any(_dear(each) for _, each in priced):
        points = tuple(
            (_dear(each) or 0.0, each.rate.value if each.rate else 0.0, labels[at]) for at, each in priced
        )
        ends = _ends([each.rate for _, each in priced])
        title = "share that passed by cost: further left is cheaper, further up is better"
        found.append(
            Scatter(title, "dollars for a thousand answers", "share that passed", points, True, ends)
        )
    return found


def of_latency(taken: Sequence[array[float]], labels: Sequence[str]) -> Chart | None:
    """Draw which share of each column's answers was there after so many seconds; None where none is known."""
    known = [(label, sorted(values)) for label, values in zip(labels, taken, strict=True) if len(values)]
    longest = max((values[-1] for _, values in known), default=0.0)
    if longest <= 0:
        return None
    # the slowest hundredth would press all others together
    shown = max(values[min(len(values) - 1, int(len(values) * 0.99))] for _, values in known)
    steps = [shown * place / _POINTS for place in range(1, _POINTS + 1)]
    series = tuple(
        (label, tuple(bisect_right(values, step) / len(values) for step in steps)) for label, values in known
    )
    title = "share of answers that were there in so many seconds"
    return Chart(title, "seconds", tuple(f"{step:.2g}" for step in steps), series)


def named(letter: str, label: str) -> str:
    """Name a column by its letter and its label."""
    return f"{letter} {label}"


def scored(figures: Figures) -> bool:
    """Tell whether scores say more than what passed."""
    return any(
        each.score is not None and (each.rate is None or abs(each.score.value - each.rate.value) > 1e-9)
        for each in figures.columns
    )


def _dear(column: ColumnFigures) -> float | None:
    """Give what a thousand answers cost; None where that is not known of all."""
    total = column.cost.total
    return total / column.answered * _THOUSAND if total is not None and column.answered else None


def _ends(estimates: Sequence[Estimate | None]) -> Ends:
    return tuple(
        (each.low, each.high) if each and each.low is not None and each.high is not None else None
        for each in estimates
    )
