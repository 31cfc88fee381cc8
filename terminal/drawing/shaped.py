"""An answer in JSON, drawn while it comes: laid out, as a block of code. What turns out to be prose is
drawn as prose."""

from __future__ import annotations

from collections.abc import Callable

from chat.shape.growing import Growing

from .painted import Body, as_written
from .raw import Undrawn

#: So long that no line of an answer closes it by chance.
_FENCE = "`" * 12 + "json\n"


class Shaped:
    """One text, fed in pieces; `drawn` makes what draws Markdown."""

    def __init__(self, drawn: Callable[[], Body]) -> None:
        self._drawn = drawn
        self._body: Body | None = None
        self._growing: Growing | None = None
        self._held = ""  # blanks before it begins

    def feed(self, text: str) -> None:
        if self._body is None:
            self._held += text
            begun = self._held.lstrip()
            if not begun:
                return
            self._body, text, self._held = self._drawn(), self._held, ""
            if begun[0] in "{[":
                self._growing = Growing()
                self._body.feed(_FENCE)
        self._body.feed(self._growing.feed(text) if self._growing else text)

    def lines(self, width: int, room: int) -> tuple[list[str], list[str]]:
        if self._body is None:
            return [], []
        try:
            return self._body.lines(width, room)
        except Undrawn as error:
            finished, live = self._plainly(error).lines(width, room)
            return [*error.finished, *finished], live

    def close(self, width: int) -> list[str]:
        if self._body is None:
            return []
        try:
            return self._body.close(width)
        except Undrawn as error:
            return [*error.finished, *self._plainly(error).close(width)]

    def _plainly(self, error: Undrawn) -> Body:
        """Go on with the text in lines of its own, where it can't be drawn as code: without the line that
        opened the block."""
        self._body = as_written(Undrawn([], error.rest.removeprefix(_FENCE)))
        return self._body
