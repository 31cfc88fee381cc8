"""Make text whole that comes in pieces: halves of characters, and reasoning between marks."""

from __future__ import annotations

from collections.abc import Iterator

from ..base.halves import whole
from .events import REASONING, TEXT

#: Marks between which an answer begins with reasoning: of most open models, of Mistral's and of Gemini.
_MARKS = {"<think>": "</think>", "[THINK]": "[/THINK]", "<thought>": "</thought>"}
_BLANKS = 1_000  # characters of white space that are held back at most, for a mark that may follow
_START, _INSIDE, _BEHIND, _TEXT = range(4)


class Halves:
    """Join the halves of characters that JSON wrote in two pieces."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """Take the next piece. Return the part that is whole."""
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return whole(text)

    def flush(self) -> str:
        """Return U+FFFD for a half that stayed alone, else nothing."""
        half, self._half = self._half, ""
        return "\ufffd" if half else ""


class Thinking:
    """Separate the reasoning between marks at the beginning of a text from the answer after it. Blanks around
    both are left out. A text that begins otherwise comes through as it is.

    Blanks around both are left out. A text that begins otherwise comes through as it is.
    """

    def __init__(self) -> None:
        self._state = _START
        self._held = ""
        self._end = ""
        self._begun = False  # whether reasoning has come that is not blank

    def feed(self, text: str) -> Iterator[tuple[str, str]]:
        """Take the next piece. Return (kind, text) of the part that is decided."""
        if self._state == _TEXT:
            yield TEXT, text
            return
        self._held += text
        if self._state == _START:
            yield from self._start()
        if self._state == _INSIDE:
            yield from self._inside()
        if self._state == _BEHIND:
            self._held = self._held.lstrip()
            if self._held:
                self._state = _TEXT
                yield TEXT, self._taken(len(self._held))

    def flush(self) -> Iterator[tuple[str, str]]:
        """Return what was held back. Nothing more comes."""
        held = self._taken(len(self._held))
        if held and self._state == _START:
            yield TEXT, held
        elif held.strip() and self._state == _INSIDE:
            yield REASONING, held

    def _start(self) -> Iterator[tuple[str, str]]:
        begins = self._held.lstrip()
        mark = next((mark for mark in _MARKS if begins.startswith(mark)), "")
        if mark:
            self._state, self._end, self._held = _INSIDE, _MARKS[mark], begins.removeprefix(mark)
        elif len(self._held) > _BLANKS or not any(mark.startswith(begins) for mark in _MARKS):
            self._state = _TEXT
            yield TEXT, self._taken(len(self._held))

    def _inside(self) -> Iterator[tuple[str, str]]:
        if not self._begun:
            self._held = self._held.lstrip()
        place = self._held.find(self._end)
        ready = self._taken(self._open() if place < 0 else len(self._held[:place].rstrip()))
        if ready:
            self._begun = True
            yield REASONING, ready
        if place >= 0:
            self._state, self._held = _BEHIND, self._held.lstrip().removeprefix(self._end)

    def _open(self) -> int:
        """Give how much is surely reasoning: neither the beginning of the end's mark nor blanks before."""
        part = next(
            (n for n in range(len(self._end) - 1, 0, -1) if self._held.endswith(self._end[:n])),
            0,
        )
        return len(self._held[: len(self._held) - part].rstrip())

    def _taken(self, length: int) -> str:
        text, self._held = self._held[:length], self._held[length:]
        return text
