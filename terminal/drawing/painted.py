"""An answer that is painted while it grows: Markdown, or its text as it is; a clock below it.

What is finished is written once and stays; only the block that is still open is painted over,
and of that no more than fits the window.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Protocol

from chat.base.manner import USUAL, Manner
from chat.conversation.events import CALL, REASONING, TEXT

from ..abilities import takes_links
from ..streams import Terminal
from . import early
from .called import Called
from .raw import Raw, Undrawn
from .region import Region, Ticker
from .remarks import chunks
from .styles import DIM, STYLE_OF, coloured

log = logging.getLogger("tempera.terminal")

#: Seconds of silence after which a clock is shown, and of an answer after which its speed is.
SILENCE, SLOW = 1.0, 3.0
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Body(Protocol):
    """A text that is being written, as lines."""

    def feed(self, text: str) -> None: ...

    def lines(self, width: int, room: int) -> tuple[list[str], list[str]]:
        """Give (lines finished since the last call, the open lines)."""

    def close(self, width: int) -> list[str]:
        """Give the lines that were left."""


class WaitClock:
    """What is said of time while an answer comes: nothing, as long as it comes quickly."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pieces = 0
        self._begun = self._last = clock()
        self._first: float | None = None

    def heard(self) -> None:
        """Note that a piece came."""
        self._pieces += 1
        self._last = self._clock()
        if self._first is None:
            self._first = self._last

    def status(self) -> str:
        """Say how long nothing has come, or how fast slow text comes."""
        now = self._clock()
        spinner = _SPINNER[int(now / Ticker.PULSE) % len(_SPINNER)]
        if self._first is None:
            waited = now - self._begun
            return f"{spinner} {waited:.0f} s" if waited >= SILENCE else ""
        running, silent = now - self._first, now - self._last
        speed = f"{chunks(self._pieces)} · {self._pieces / running:.0f}/s" if running >= SLOW else ""
        if silent < SILENCE:
            return speed
        return " · ".join(filter(None, (f"{spinner} nothing for {silent:.0f} s", speed)))


class Folded:
    """Reasoning that is counted and not shown."""

    def __init__(self, style: str, clock: Callable[[], float]) -> None:
        self._style = style
        self._clock = clock
        self._begun = clock()
        self._pieces = 0

    def feed(self, text: str) -> None:
        self._pieces += 1

    def lines(self, width: int, room: int) -> tuple[list[str], list[str]]:
        return [], [self._line("thinking", width)]

    def close(self, width: int) -> list[str]:
        return [self._line("thought", width)]

    def _line(self, verb: str, width: int) -> str:
        seconds = f"{self._clock() - self._begun:.0f} s"
        text = f"{verb} for {seconds} ({chunks(self._pieces)}; /raw reasoning shows it)"
        return coloured(text[:width], self._style)


class Painted:
    """Takes pieces of text of several kinds, one after another, and paints them."""

    def __init__(
        self,
        terminal: Terminal,
        manner: Manner = USUAL,
        *,
        clock: Callable[[], float] = time.monotonic,
        threaded: bool = True,
    ) -> None:
        self._terminal = terminal
        self._manner = manner
        self._clock = clock
        self._region = Region(terminal)
        self._body: Body | None = None
        self._kind = ""
        self._above = False  # whether something of this answer stands above
        self._pending: list[str] = []  # finished lines that are not yet painted
        self._waits = WaitClock(clock)
        self._said = ""  # in place of the clock
        self._ticker = Ticker(self._paint, clock)
        if threaded:
            self._ticker.start()

    # ---- what is shown

    def text(self, kind: str, text: str) -> None:
        """Paint a piece of text. Another kind of text begins a new section."""
        with self._ticker.lock:
            if kind != self._kind:
                self._end()
                if self._above:
                    self._pending.append("")
                self._kind, self._above = kind, True
                self._body = body_of(kind, self._terminal, self._manner, self._clock)
            assert self._body
            self._body.feed(text)
            self._waits.heard()
            self._said = ""
            self._ticker.changed()

    def line(self, text: str, style: str = "") -> None:
        """Paint a line of its own, for good."""
        with self._ticker.lock:
            self._end()
            self._pending.append(coloured(text, style))
            self._above = False
            self._ticker.changed()

    def saying(self, text: str) -> None:
        """Say something in place of the clock, until a text comes; "" brings back the clock."""
        with self._ticker.lock:
            self._said = text
            self._ticker.changed()

    def aside(self, write: Callable[[], None]) -> None:
        """Let something be written, above the open text and before what comes next."""
        with self._ticker.lock:
            self._region.clear()
            write()
            self._ticker.changed()

    def end(self) -> None:
        """Finish everything, put it on the screen, and stop painting."""
        self._ticker.stop()
        with self._ticker.lock:
            self._end()
            self._region.paint(self._pending, ())
            self._pending = []

    # ---- painting

    def _end(self) -> None:
        """End the current section."""
        if self._body:
            body, width = self._body, self._terminal.size()[0]
            try:
                self._pending += body.close(width)
            except Undrawn as error:
                self._pending += [*error.finished, *as_written(error).close(width)]
        self._body, self._kind = None, ""

    def _paint(self) -> None:
        columns, rows = self._terminal.size()
        room = max(1, rows - 2)
        finished, self._pending = self._pending, []
        live: list[str] = []
        if self._body:
            try:
                done, live = self._body.lines(columns, room)
            except Undrawn as error:
                self._body = as_written(error)
                done, live = self._body.lines(columns, room)
                done = [*error.finished, *done]
            finished += done
        if len(live) > room:
            hidden = len(live) - room + 1
            live = [coloured(f"⋮ {hidden} more lines above", DIM), *live[hidden:]]
        status = self._said or self._waits.status()
        if status:
            live = [*live, coloured(status[: columns - 1], DIM)]
        self._region.paint(finished, live)


def body_of(kind: str, terminal: Terminal, manner: Manner, clock: Callable[[], float]) -> Body:
    """Return what draws a text of this kind."""
    style = STYLE_OF.get(kind, "")
    if kind == REASONING and manner.fold:
        return Folded(style, clock)
    if kind == TEXT and terminal.paints and not manner.plain:

        def markdown() -> Body:
            from .markdown import Markdown  # late: it loads rich
            from .render import Renderer

            def drawn() -> Body:
                return Markdown(Renderer(takes_links(terminal.environ)))

            if manner.shaped:
                from .shaped import Shaped

                return Shaped(drawn)
            return drawn()

        return markdown() if early.loaded() else early.Early(markdown)
    return Called(style) if kind == CALL else Raw(style)


def as_written(error: Undrawn) -> Raw:
    """Show a text that can't be drawn as Markdown as it was written."""
    log.debug("shown as it is", exc_info=error)
    raw = Raw()
    raw.feed(error.rest)
    return raw
