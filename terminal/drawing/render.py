"""Markdown's tokens as lines for a terminal, drawn by rich."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console
from rich.markdown import Markdown
from rich.segment import Segment
from rich.style import Style

from ..clean import clean

#: The narrowest window that is drawn for; a narrower one cuts the lines off.
NARROWEST = 12


def parser() -> MarkdownIt:
    """What rich reads, but HTML is text: rich leaves it out, and an answer about HTML would lose
    what it is about."""
    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough").enable("table")


class Renderer:
    """Draws groups of tokens as rich's Markdown draws a whole document."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._console = Console(
            file=io.StringIO(), force_terminal=True, legacy_windows=False, _environ={**environ}
        )
        self._markdown = Markdown("", hyperlinks=False)

    def lines(self, tokens: Sequence[Token], width: int, after: bool) -> list[str]:
        """The lines of these blocks, with their styles. `after`: blocks stand above, so that
        rich would leave a line free where it parts blocks."""
        # An element that draws nothing, but after which rich parts the next from it.
        above = [Token("html_block", "", 0)] if after else []
        self._markdown.parsed = [*above, *map(_clean, tokens)]
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


def _clean(token: Token) -> Token:
    """The token with what entities may have brought in (&#x202e;) made visible again."""
    token.content = clean(token.content)
    token.info = clean(token.info)
    for name, value in token.attrs.items():
        if isinstance(value, str):
            token.attrs[name] = clean(value)
    for child in token.children or ():
        _clean(child)
    return token
