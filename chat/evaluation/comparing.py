"""Compare columns case by case, several at once: of one run, or one column of two runs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from ..base.dataclass import dataclass
from ..statistics import paired
from ..statistics.paired import Difference
from .gathered import Measurement


@dataclass(frozen=True)
class Compared:
    """A difference of two columns with the p value that all pairs leave (Holm), and in words."""

    difference: Difference
    p: float
    verdict: str


def scores_tell(columns: Iterable[Iterable[Measurement]]) -> bool:
    """Tell whether scores say more than what passed."""
    return any(
        row.score is not None and (row.passed is None or row.score != row.passed)
        for rows in columns
        for row in rows
    )


def values(
    rows: Iterable[Measurement], cases: int, of: Callable[[Measurement], float | None]
) -> list[tuple[float, ...]]:
    """Give for each case the values of its samples that have one."""
    found: list[tuple[float, ...]] = [()] * cases
    for row in rows:
        value = of(row)
        if value is not None:
            found[row.case] += (float(value),)
    return found


#: What a comparison is known by.
Key = TypeVar("Key", bound=Hashable)
Values = Sequence[Sequence[float]]


def compared(
    given: Mapping[Key, tuple[Values, Values]],
    names: Mapping[Key, tuple[str, str]],
    groups: Sequence[Hashable] | None,
) -> dict[Key, Compared]:
    """Compare columns case by case, several at once. What has no case in both is left out."""
    found = {
        key: difference
        for key, (a, b) in given.items()
        if (difference := paired.difference(a, b, groups)) is not None
    }
    left = paired.holm({key: each.p for key, each in found.items()})
    return {
        key: Compared(each, left[key], paired.verdict(each, *names[key], p=left[key]))
        for key, each in found.items()
    }
