"""Draw an answer in JSON while it comes: laid out, as a block of code. What turns out to be prose is drawn
as prose."""

from __future__ import annotations

from collections.abc import Callable

from chat.shape.growing import Growing

from .painted import Body, as_written
from .raw import Raw, Undrawn
from .widths import STYLES

#: So long that no line of an answer closes it by chance.
_FENCE = "`" * 12 + "json\n"
#: Characters that come at once and are still coloured: a second's work.
_MOST = 20_000


class Shaped:
    """One text, fed in pieces; `drawn` makes what draws Markdown."""

    def __init__(self, drawn: Callable[[], Body]) -> None:
        self._drawn = drawn
        self._body: Body | None = None
        self._growing: Growing | None = None
        self._held = ""  # blanks before it begins
        self._pieces: list[str] = []  # not yet given to what draws it

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
        self._pieces.append(self._growing.feed(text) if self._growing else text)

    def lines(self, width: int, room: int) -> tuple[list[str], list[str]]:
        if self._body is None:
            return [], []
        above = self._given(self._body, width)
        try:
            finished, live = self._body.lines(width, room)
            return [*above, *finished], live
        except Undrawn as error:
            finished, live = self._plainly(error).lines(width, room)
            return [*above, *error.finished, *finished], live

    def close(self, width: int) -> list[str]:
        if self._body is None:
            return []
        above = self._given(self._body, width)
        try:
            return [*above, *self._body.close(width)]
        except Undrawn as error:
            return [*above, *error.finished, *self._plainly(error).close(width)]

    def _given(self, body: Body, width: int) -> list[str]:
        """Give on what came. So much at once is not worth its colours: the block ends then with the line
        that is open, and the rest stands below it as it is; the lines of the block, where that happens."""
        text, self._pieces = "".join(self._pieces), []
        if len(text) <= _MOST or not self._growing:
            body.feed(text)
            return []
        line, _, rest = text.partition("\n")
        body.feed(line)
        try:
            finished = body.close(width)
        except Undrawn as error:
            finished = [*error.finished, *self._plainly(error).close(width)]
        while finished and not STYLES.sub("", finished[-1]).strip():  # the edge of the block
            finished.pop()
        self._body = Raw()
        self._body.feed(rest)
        return finished

    def _plainly(self, error: Undrawn) -> Body:
        """Go on with the text in lines of its own, where it can't be drawn as code: without the line that
        opened the block."""
        self._body = as_written(Undrawn([], error.rest.removeprefix(_FENCE)))
        return self._body
