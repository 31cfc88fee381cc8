"""Markdown's tokens as lines for a terminal, drawn by rich, in the colours of the theme that is in force.

Other than rich has it: tables never lose text, images say where they are, and an address that is
its own text stands there once. Links can be pressed where the terminal is known to take them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Literal

from markdown_it.token import Token
from pygments.token import string_to_tokentype  # type: ignore[import-untyped]
from rich.console import Console
from rich.markdown import Markdown
from rich.segment import Segment
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, SyntaxTheme
from rich.theme import Theme

from chat.base.markdown import plain_links

from ..abilities import ALL, CUBE, SIXTEEN
from ..clean import clean
from . import links
from .grid import MarkdownTable
from .styles import worn
from .themes import CODE, MARKDOWN
from .themes import Theme as Colours

#: The narrowest window that is drawn for; a narrower one cuts the lines off.
NARROWEST = 12

_DEPTHS: dict[int, Literal["standard", "256", "truecolor"]] = {
    SIXTEEN: "standard",
    CUBE: "256",
    ALL: "truecolor",
}


@cache
def text_colours(theme: Colours, depth: int) -> Theme:
    """Give the colours of Markdown as rich takes them."""
    return Theme({role: theme.look(role).rich(depth) for role in MARKDOWN})


class _Code(ANSISyntaxTheme):
    """Colours of the parts of code, on a background of its own."""

    def get_background_style(self) -> Style:
        return Style(bgcolor=self.style_map[string_to_tokentype("")].bgcolor)


@cache
def code_colours(theme: Colours, depth: int) -> SyntaxTheme:
    """Give the colours of code as rich takes them."""
    parts = {role: string_to_tokentype(role.partition(".")[2]) for role in CODE}
    return _Code({part: Style.parse(theme.look(role).rich(depth)) for role, part in parts.items()})


class _Markdown(Markdown):
    elements = {**Markdown.elements, "table_open": MarkdownTable}  # noqa: RUF012 (rich's own)


class Renderer:
    """Draws groups of tokens as rich's Markdown draws a whole document. `links`: links are written as what
    can be pressed, not with their address."""

    def __init__(self, links: bool = False) -> None:
        theme, depth = worn()
        self._console = Console(
            file=io.StringIO(),
            force_terminal=True,
            legacy_windows=False,
            color_system=_DEPTHS[depth],
            theme=text_colours(theme, depth),
            _environ={},
        )
        self._colours = self._console._color_system
        self._markdown = _Markdown("", hyperlinks=links)
        self._markdown.code_theme = code_colours(theme, depth)  # type: ignore[assignment]  # Syntax takes both
        self._links = links

    def lines(self, tokens: Sequence[Token], width: int, after: bool) -> list[str]:
        """Return the lines of these blocks, with their styles. `after`: blocks stand above, so that rich
        would leave a line free between them."""
        # An element that draws nothing, but after which rich parts the next from it.
        above = [Token("html_block", "", 0)] if after else []
        self._markdown.parsed = [*above, *(self._drawable(token) for token in tokens)]
        options = self._console.options.update(width=max(NARROWEST, width))
        drawn = self._console.render(self._markdown, options)
        return [self._line(line) for line in Segment.split_lines(drawn)]

    def _line(self, segments: Iterable[Segment]) -> str:
        parts = [(segment.text, segment.style) for segment in segments if segment.text]
        while parts and not parts[-1][0].rstrip(" ") and not _seen_on_blanks(parts[-1][1]):
            parts.pop()
        if parts and not _seen_on_blanks(parts[-1][1]):
            parts[-1] = (parts[-1][0].rstrip(" "), parts[-1][1])
        return "".join(self._styled(text, style) if style else text for text, style in parts)

    def _styled(self, text: str, style: Style) -> str:
        if not style.link:
            return style.render(text, color_system=self._colours, legacy_windows=False)
        # rich would give it another number each time it is drawn, and so have it painted again
        inner = style.update_link(None).render(text, color_system=self._colours, legacy_windows=False)
        return links.pressed(inner, style.link)

    def _drawable(self, token: Token) -> Token:
        token = _clean(token)
        if not token.children:
            return token
        children = [*plain_links(token.children)]
        return token.copy(children=links.honest(children) if self._links else children)


def _seen_on_blanks(style: Style | None) -> bool:
    return bool(style and (style.bgcolor or style.underline or style.reverse or style.strike))


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
