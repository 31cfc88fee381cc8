"""Markdown's tokens as lines for a terminal, drawn by rich, but for three things: tables never lose
text, images say where they are, and an address that is its own text stands there once."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

from markdown_it.token import Token
from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown, TableElement
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from chat.base.markdown import plain_links

from ..clean import clean

#: The narrowest window that is drawn for; a narrower one cuts the lines off.
NARROWEST = 12


#: Columns of the window that one of a table has to have at least; else its rows are lists.
_CELL = 6


class _Grid(TableElement):
    """A table whose cells are broken where they are too wide, never cut. Where there is no room for its
    columns, each row is a list of what stands in them."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        heads = [cell.content for cell in self.header.row.cells] if self.header and self.header.row else []
        rows = [[cell.content for cell in row.cells] for row in self.body.rows] if self.body else []
        if len(heads) * _CELL > options.max_width:
            yield from self._lists(heads, rows)
            return
        table = Table(
            box=box.SIMPLE,
            pad_edge=False,
            style="markdown.table.border",
            show_edge=True,
            collapse_padding=True,
        )
        for head in heads:
            heading = head.copy()
            heading.stylize("markdown.table.header")
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*row)
        yield table

    def _lists(self, heads: Sequence[Text], rows: Sequence[Sequence[Text]]) -> RenderResult:
        yield Text()
        for row in rows or [[Text() for _ in heads]]:
            for head, cell in zip(heads, row, strict=False):
                heading = head.copy()
                heading.stylize("markdown.table.header")
                yield Text.assemble(heading, ": " if head and cell else "", cell, overflow="fold")
            yield Text()


class _Markdown(Markdown):
    elements = {**Markdown.elements, "table_open": _Grid}  # noqa: RUF012 (rich's own)


class Renderer:
    """Draws groups of tokens as rich's Markdown draws a whole document."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._console = Console(
            file=io.StringIO(), force_terminal=True, legacy_windows=False, _environ={**environ}
        )
        self._markdown = _Markdown("", hyperlinks=False)

    def lines(self, tokens: Sequence[Token], width: int, after: bool) -> list[str]:
        """Return the lines of these blocks, with their styles. `after`: blocks stand above, so that rich
        would leave a line free between them."""
        # An element that draws nothing, but after which rich parts the next from it.
        above = [Token("html_block", "", 0)] if after else []
        self._markdown.parsed = [*above, *map(_drawable, tokens)]
        options = self._console.options.update(width=max(NARROWEST, width))
        drawn = self._console.render(self._markdown, options)
        return [self._line(line) for line in Segment.split_lines(drawn)]

    def _line(self, segments: Iterable[Segment]) -> str:
        parts = [(segment.text, segment.style) for segment in segments if segment.text]
        while parts and not parts[-1][0].rstrip(" ") and not _seen_on_blanks(parts[-1][1]):
            parts.pop()
        if parts and not _seen_on_blanks(parts[-1][1]):
            parts[-1] = (parts[-1][0].rstrip(" "), parts[-1][1])
        colours = self._console._color_system  # None where the terminal has no colours
        return "".join(
            style.render(text, color_system=colours, legacy_windows=False) if style else text
            for text, style in parts
        )


def _seen_on_blanks(style: Style | None) -> bool:
    return bool(style and (style.bgcolor or style.underline or style.reverse or style.strike))


def _drawable(token: Token) -> Token:
    token = _clean(token)
    return token.copy(children=[*plain_links(token.children)]) if token.children else token


def _clean(token: Token) -> Token:
    """Return the token with characters from entities (&#x202e;) made visible again."""
    token.content = clean(token.content)
    token.info = clean(token.info)
    for name, value in token.attrs.items():
        if isinstance(value, str):
            token.attrs[name] = clean(value)
    for child in token.children or ():
        _clean(child)
    return token
