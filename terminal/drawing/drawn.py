"""Draw a text as lines of a column. When the column becomes narrower, it is drawn again whole."""

from __future__ import annotations

from collections.abc import Callable

from .painted import Body, as_written
from .raw import Undrawn, wrapped
from .widths import STYLES, meant

#: Rows above a column's end from which on a block that is open is no longer drawn again.
_ROOM = 60


class Drawn:
    """One text of several kinds, one after another; `body` makes what draws a kind of text."""

    def __init__(self, body: Callable[[str], Body]) -> None:
        self._new_body = body
        self._pieces: list[tuple[str, str]] = []
        self._begin(0)

    def _begin(self, width: int) -> None:
        self._width = width
        self._fed = 0
        self._kind = ""
        self._body: Body | None = None
        self._finished: list[str] = []

    def feed(self, kind: str, text: str) -> None:
        self._pieces.append((kind, text))

    def lines(self, width: int, over: bool = False) -> list[str]:
        """Return all lines so far, none of them wider than `width`. `over`: nothing more comes."""
        if width != self._width:
            self._begin(width)
        for kind, text in self._pieces[self._fed :]:
            if kind != self._kind:
                self._end()
                self._finished += [""] if self._finished else []
                self._kind, self._body = kind, self._new_body(kind)
            assert self._body
            self._body.feed(text)
        self._fed = len(self._pieces)
        if over:
            self._end()
            return self._finished
        return self._finished + self._open()

    def _open(self) -> list[str]:
        if self._body is None:
            return []
        try:
            finished, live = self._body.lines(self._width, _ROOM)
        except Undrawn as error:
            self._keep(error.finished)
            self._body = as_written(error)
            finished, live = self._body.lines(self._width, _ROOM)
        self._keep(finished)
        return fitted(live, self._width)

    def _end(self) -> None:
        if self._body is None:
            return
        try:
            left = self._body.close(self._width)
        except Undrawn as error:
            left = [*error.finished, *as_written(error).close(self._width)]
        self._keep(left)
        self._body, self._kind = None, ""

    def _keep(self, lines: list[str]) -> None:
        self._finished += fitted(lines, self._width)


def fitted(lines: list[str], width: int) -> list[str]:
    """Return the lines, broken where they are too wide, which costs them their colours."""
    if all("\t" not in line and meant(line) <= width for line in lines):
        return lines
    rows: list[str] = []
    for line in lines:
        if "\t" not in line and meant(line) <= width:
            rows.append(line)
        else:
            rows += _broken(STYLES.sub("", line), width)
    return rows


def _broken(text: str, width: int) -> list[str]:
    """Break rows so that they fit even if a terminal draws a sign wider than its parts."""
    room = width
    while True:
        rows = wrapped(text, room)
        over = max(map(meant, rows)) - width
        if over <= 0 or room == 1:
            return rows
        room = max(1, room - over)


def cut(text: str, width: int) -> str:
    """Return the beginning of a line of text, as far as there is room."""
    if meant(text) <= width:
        return text
    while text and meant(text) >= width:
        text = text[:-1]
    return text + "…" if width > 0 else ""
