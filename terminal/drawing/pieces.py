"""Tokens of a text as lines of the window, broken between words, and in no case inside a token that
fits a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..cells import get_cwidth
from ..clean import clean

Styled = tuple[str, str]  # (text, style)
BREAK: Styled = ("\n", "")
_TAB = 8


def lines(pieces: Sequence[Styled], width: int, between: str = "") -> Iterator[Styled]:
    """Give the pieces with the line breaks that `width` columns want; `between` two of them stands a
    sign of its own."""
    column = 0
    for word in _words(pieces, between):
        wide = sum(_width(text) for text, _ in word)
        if column and column + wide > width >= wide:
            yield BREAK
            column = 0
        for text, style in word:
            for number, part in enumerate(text.split("\n")):
                if number:
                    yield BREAK
                    column = 0
                wide = _width(part)
                if column and column + wide > width:
                    yield BREAK
                    column = 0
                if part:
                    yield part, style
                column = column + wide if column + wide <= width else (column + wide) % width


def _words(pieces: Sequence[Styled], between: str) -> Iterator[list[Styled]]:
    """Give together the pieces that have no blank between them."""
    word: list[Styled] = []
    for text, style in ((clean(text), style) for text, style in pieces):
        if word and (text[:1].isspace() or word[-1][0][-1:].isspace()):
            yield word
            word = [(between + text, style)]
        else:
            word.append(((between if word else "") + text, style))
    yield word


def _width(text: str) -> int:
    return sum(_TAB if sign == "\t" else max(0, get_cwidth(sign)) for sign in text if sign != "\n")
