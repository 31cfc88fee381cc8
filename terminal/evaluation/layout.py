"""Share out the columns of the window among the name of a case and the cells of its row. Pure."""

from __future__ import annotations

from chat.base.dataclass import dataclass

GAP = 2  # columns between two
_LABEL = 22  # columns of the name of a column, at most
_LEAST = 6  # and at least, where it is cut
_NAME = 16  # columns of the name of a case that are kept free for it, if it has so many


@dataclass(frozen=True)
class Layout:
    """How many columns the number of a case takes, its name, and each cell; `shown` cells have room."""

    number: int
    name: int
    each: int
    shown: int

    @property
    def start(self) -> int:
        """Return where the first cell begins."""
        return self.number + 1 + self.name + GAP

    def column(self, x: int) -> int | None:
        """Tell which of the cells stands there, from 0; None left of them, and right of them the last."""
        return (
            None if x < self.start - GAP else min(self.shown - 1, (x - self.start + GAP) // (self.each + GAP))
        )


def layout(width: int, cases: int, names: int, labels: list[int], cell: int) -> Layout:
    """Share out a width. `names` is how wide the names of cases are at most, `labels` those of columns,
    `cell` what stands in one. A window that is too narrow shows one cell a row, and cuts."""
    number = len(str(cases))
    count = len(labels)
    kept = min(names, max(_NAME, width // 3))
    room = width - number - 1 - kept
    most = max(cell, min(_LABEL, max(labels, default=0)))
    each = max(cell, min(most, max(_LEAST, room // max(1, count) - GAP)))
    shown = max(1, min(count, room // (each + GAP)))
    name = max(0, min(max(names, 4), width - number - 1 - shown * (each + GAP)))
    return Layout(number, name, min(each, max(1, width - number - 1 - name - GAP)), shown)


def follow(first: int, room: int, wanted: int, count: int) -> int:
    """Move what is in view no further than it takes to see what is wanted. Give the first that is seen."""
    first = min(max(first, wanted - room + 1), wanted)
    return max(0, min(first, count - room))
