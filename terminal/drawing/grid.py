"""Tables of Markdown: cells are broken where they are too wide, never cut; columns of numbers stand right.

Where the columns would have to break words, each row is a list of what stands in them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import TableElement
from rich.table import Table
from rich.text import Text

from ..cells import get_cwidth

#: Columns of the window that one of a table has to have at least; more, if it holds words, but no
#: more than the longest that are worth it.
_CELL, _WORD = 4, 16
_GAP = 2
_NUMBER = re.compile(r"[-+±≈~<>≤≥]? ?[$€£¥]? ?[-+]?\d[\d,.  ' ]*(?: ?(?:%|‰|×|x|ms|s|k|M|[kMG]B))?\Z")


class MarkdownTable(TableElement):
    """Draws a table."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        heads = [cell.content for cell in self.header.row.cells] if self.header and self.header.row else []
        rows = [[cell.content for cell in row.cells] for row in self.body.rows] if self.body else []
        columns = [[row[at] for row in rows if at < len(row)] for at in range(len(heads))]
        if _least([[head, *cells] for head, cells in zip(heads, columns, strict=True)]) > options.max_width:
            yield from self._records(heads, rows)
            return
        table = Table(
            box=box.SIMPLE,
            pad_edge=False,
            style="markdown.table.border",
            show_edge=True,
            collapse_padding=True,
        )
        for head, cells in zip(heads, columns, strict=True):
            heading = head.copy()
            heading.stylize("markdown.table.header")
            if head.justify == "default" and numbers([cell.plain for cell in cells]):
                heading.justify = "right"
                for cell in cells:
                    cell.justify = "right"
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*row)
        yield table

    def _records(self, heads: Sequence[Text], rows: Sequence[Sequence[Text]]) -> RenderResult:
        yield Text()
        for row in rows or [[Text() for _ in heads]]:
            for head, cell in zip(heads, row, strict=False):
                heading = head.copy()
                heading.stylize("markdown.table.header")
                yield Text.assemble(heading, ": " if head and cell else "", cell, overflow="fold")
            yield Text()


def numbers(cells: Sequence[str]) -> bool:
    """Tell whether the cells of a column are numbers. Empty ones and dashes may stand between them."""
    told = [cell.strip() for cell in cells if cell.strip() not in ("", "-", "–", "—", "n/a")]
    return bool(told) and all(_NUMBER.match(cell) for cell in told)


def _least(columns: Sequence[Sequence[Text]]) -> int:
    """Return the columns of the window that a table takes at least without breaking words of usual length."""
    each = (
        max((get_cwidth(word) for cell in column for word in cell.plain.split()), default=0)
        for column in columns
    )
    return sum(max(_CELL, min(_WORD, width)) for width in each) + _GAP * len(columns)
