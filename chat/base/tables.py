"""Hold tables as values: rows hold numbers and texts, columns say how a number reads and what may be cut.

The same rows are drawn on a screen, put into a page, and written as CSV or JSON.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from enum import Enum
from itertools import chain
from typing import Any, TypeAlias

from .dataclass import dataclass

#: What is shown of a cell: a text, or pieces of one with whether each is marked.
Cell: TypeAlias = "str | Sequence[tuple[str, bool]]"


class Cut(Enum):
    """What happens to a text that is too wide for its column."""

    NEVER = 0
    LONG = 1  # it may be broken, and cut
    REST = 2  # it takes the room that the others leave, on one line, and is cut there


@dataclass(frozen=True)
class Approximate:
    """A number that was counted here, not reported: shown with ≈."""

    number: float


Value: TypeAlias = "Cell | float | Approximate | None"
TableRow: TypeAlias = Sequence[Value]


@dataclass(frozen=True)
class TableColumn:
    """`right`: its cells end where the column does; `number` says how a number reads in it."""

    name: str
    right: bool = False
    cut: Cut = Cut.NEVER
    number: Callable[[Any], str] = str

    def cell(self, value: Value) -> Cell:
        """Write a value as it is shown; None is an empty cell."""
        if value is None:
            return ""
        if isinstance(value, Approximate):
            return f"≈{self.number(value.number)}"
        return self.number(value) if isinstance(value, int | float) else value


def columns(*names: str) -> tuple[TableColumn, ...]:
    """Make columns of texts that are not cut."""
    return tuple(map(TableColumn, names))


#: What is shown of a number that a server told in no way that is understood.
UNKNOWN = "?"


def counted(number: float | None, here: bool) -> Value:
    """Give a number, and whether it was counted `here`; None is unknown."""
    return UNKNOWN if number is None else Approximate(number) if here else number


def filled(
    columns: Sequence[TableColumn], rows: Sequence[TableRow], but: Collection[str] = ()
) -> tuple[list[TableColumn], list[TableRow]]:
    """Give the table without the columns that have nothing to say, and without those of these names."""
    kept = [
        place
        for place, column in enumerate(columns)
        if column.name not in but and any(row[place] not in (None, "") for row in rows)
    ]
    return [columns[place] for place in kept], [[row[place] for place in kept] for row in rows]


# ---- as files

#: Beginnings that spreadsheets take for a formula; a list's "- item" is none.
_FORMULA = re.compile(r"[=+@\t\r]|-(?!\s)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def as_csv(columns: Iterable[TableColumn], rows: Iterable[TableRow]) -> str:
    """Write a table for a spreadsheet: numbers as they are, and no text that the spreadsheet would run as a
    formula."""
    return "".join(csv_rows(columns, rows))


def csv_rows(columns: Iterable[TableColumn], rows: Iterable[TableRow]) -> Iterator[str]:
    """Write a table as `as_csv` does, row by row."""
    for row in chain([[column.name for column in columns]], rows):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)  # a lone CR, too
        writer.writerow([_safe(each) if isinstance(each, str) else each for each in map(_plain, row)])
        yield out.getvalue()


def _plain(value: Value) -> str | float | None:
    """Give a value as a file holds it: without marks."""
    if isinstance(value, Approximate):
        return value.number
    return value if value is None or isinstance(value, int | float) else shown_text(value)


def shown_text(cell: Cell) -> str:
    """Return a cell's text as it is shown, without marks."""
    return cell if isinstance(cell, str) else "".join(text for text, _ in cell)


def _safe(text: str) -> str:
    """Give the text with an apostrophe before it where a spreadsheet would run it as a formula; NUL,
    which ends a text for some readers, is made visible."""
    text = text.replace("\0", "\u2400")
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
