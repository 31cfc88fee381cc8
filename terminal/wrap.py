"""Text that streams, broken between words at the edge of the window.

A word that turns out too long for its line is taken back from the line's end and written again
on the next; nothing above the line at hand is touched. Fenced code is left to the terminal, so
that it can be copied as it was written.
"""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.utils import get_cwidth


class Wrapper:
    """`feed` gives what is to be written for a piece of text. `width` is asked at each new line."""

    def __init__(self, width: Callable[[], int]) -> None:
        self._ask = width
        self._width = max(8, width())
        self._column = 0
        self._word = ""
        self._line = ""
        self._fenced = False

    def feed(self, text: str) -> str:
        return "".join(map(self._character, text))

    def _character(self, character: str) -> str:
        if character == "\n":
            if self._line.lstrip().startswith("```"):
                self._fenced = not self._fenced
            self._begin("")
            self._line = ""
            return character
        self._line = (self._line + character)[:8]
        if self._fenced or character == "\t":
            self._begin("")
            return character
        wide = max(0, get_cwidth(character))
        before = self._break(character) if self._column + wide >= self._width else ""
        if before and character == " ":
            return before
        self._column += wide
        self._word = "" if character == " " else self._word + character
        return before + character

    def _break(self, character: str) -> str:
        """A new line, with the word at hand taken along where it is not too long for that."""
        word = self._word
        wide = get_cwidth(word)
        if character == " " or not 0 < wide <= self._width // 2:
            self._begin("")
            return "\n"
        self._begin(word)
        return f"\x1b[{wide}D\x1b[K\n{word}"

    def _begin(self, word: str) -> None:
        self._width = max(8, self._ask())
        self._column, self._word = get_cwidth(word), word
