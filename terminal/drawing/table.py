"""Draw tables of values, with rich: as wide as the window, numbers whole, and cut where they may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chat.base.tables import Cell, Cut, TableColumn, TableRow

from ..cells import get_cwidth
from ..clean import clean, one_line
from . import narrow
from .styles import worn
from .writer import Writer

_GAP = 2
_MANY = 4  # columns from which on a table that is too wide becomes records
_CUT = 6  # columns that a cell which may be cut has at least

if TYPE_CHECKING:
    from rich.text import Text


def show(
    out: Writer, width: int, columns: Sequence[TableColumn], rows: Sequence[TableRow], title: str = ""
) -> None:
    """Write a table, at most `width` columns wide."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console(
        file=out.stream,
        width=width,
        force_terminal=out.styled,
        no_color=not out.styled,
        highlight=False,
        markup=False,
        emoji=False,
    )
    grid = Table(
        box=SIMPLE_HEAD,
        title=title or None,
        title_justify="left",
        pad_edge=False,
        show_edge=False,
        collapse_padding=True,
        expand=any(column.cut is Cut.REST for column in columns),
    )
    cells = [
        [_cell(column.cell(value), out.styled) for column, value in zip(columns, row, strict=True)]
        for row in rows
    ]
    cuts = any(column.cut is not Cut.NEVER for column in columns)
    heads = [column.name for column in columns]
    if len(columns) >= _MANY and not grid.expand and _least(columns, cells) > width:
        out.end()
        console.print(*_records([one_line(head) for head in heads], cells, title), sep="\n", soft_wrap=True)
        return
    if grid.expand:
        heads, columns, cells = _narrowed(columns, cells, width)
        cuts = any(column.cut is Cut.REST for column in columns)
    for head, column in zip(heads, columns, strict=True):
        grid.add_column(
            head,
            justify="right" if column.right else "left",
            overflow="fold" if column.cut is Cut.NEVER else "ellipsis",
            # where the text was left out, and the rest is too wide, better two lines than a cut number
            no_wrap=cuts if grid.expand else column.right or (cuts and column.cut is Cut.NEVER),
            min_width=None if column.cut is Cut.NEVER else _CUT,
            ratio=1 if column.cut is Cut.REST else None,
        )
    for row in cells:
        grid.add_row(*row)
    out.end()
    console.print(grid)


def _least(columns: Sequence[TableColumn], cells: Sequence[Sequence[Text]]) -> int:
    """Return the columns of the window that a table takes if no number and no word is broken, nor any cell
    that has to stand on one line."""
    each = []
    cuts = any(column.cut is not Cut.NEVER for column in columns)
    for at, column in enumerate(columns):
        texts = [row[at].plain for row in cells]
        whole = column.cut is Cut.NEVER and (column.right or cuts)
        words = [
            *column.name.split(),
            *(texts if whole else (word for text in texts for word in text.split())),
        ]
        longest = max(map(get_cwidth, words), default=0)
        each.append(longest if column.cut is Cut.NEVER else min(longest, _CUT))
    return sum(each) + _GAP * (len(each) - 1)


def _records(heads: Sequence[str], cells: Sequence[Sequence[Text]], title: str) -> list[Text]:
    """Give each row as a record: a line for each of its cells that is not empty, and a free one between two
    rows."""
    from rich.text import Text

    lines = [Text(title, "bold")] if title else []
    widest = max(map(get_cwidth, heads), default=0)
    for number, row in enumerate(cells):
        lines += [Text()] if number else []
        for head, cell in zip(heads, row, strict=True):
            if cell.plain:
                lines.append(Text.assemble(f"{head}{' ' * (widest - get_cwidth(head))}  ", cell))
    return lines


def _narrowed(
    columns: Sequence[TableColumn], cells: Sequence[Sequence[Text]], width: int
) -> tuple[list[str], list[TableColumn], list[list[Text]]]:
    """Give (heads, columns, cells) of a table as they fit the window."""
    widths = [max((row[at].cell_len for row in cells), default=0) for at in range(len(columns))]
    rest = next(at for at, column in enumerate(columns) if column.cut is Cut.REST)
    heads = narrow.fitted([one_line(column.name) for column in columns], widths, width, rest)
    kept = [at for at, head in enumerate(heads) if head]
    return (
        [heads[at] for at in kept],
        [columns[at] for at in kept],
        [[row[at] for at in kept] for row in cells],
    )


def _cell(cell: Cell, styled: bool) -> Text:
    from rich.text import Text

    if isinstance(cell, str):
        return Text(one_line(cell))
    pieces = [(clean(text).replace("\n", " "), marked) for text, marked in cell]
    if not styled:
        return Text("".join(f"*{text}*" if marked else text for text, marked in pieces))
    theme, depth = worn()
    mark = theme.look("mark").rich(depth)
    return Text.assemble(*((text, mark if marked else "") for text, marked in pieces))
