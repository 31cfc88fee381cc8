"""Several answers at once, painted over while they grow, and printed once, whole, when all have ended:
the scrollback holds the finished answers alone.

`Together` shows answers to several requests, `Choices` the `n` choices of one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from chat.base.manner import USUAL, Manner
from chat.conversation.events import Event, Finished, Notice, Piece, Waiting
from chat.conversation.turn import Answer

from ..clean import one_line
from ..streams import Terminal
from .drawn import cut
from .growing import GrowingText, finished, growing
from .notify import Long
from .painted import WaitClock, body_of
from .pressed import Pressed, give_back
from .raw import wrapped
from .region import Region, Ticker
from .remarks import chunks, outcome, remarks, waiting
from .styles import BOLD, DIM, WARNING, coloured
from .widths import STYLES
from .writer import Writer


class _Painter:
    """Paints columns from a thread of its own, where the terminal can be painted on."""

    def __init__(
        self,
        terminal: Terminal,
        heads: Sequence[str],
        manner: Manner,
        *,
        blind: bool = False,
        clock: Callable[[], float],
        threaded: bool,
    ) -> None:
        self.terminal = terminal
        self.region = Region(terminal)
        self.columns = [
            GrowingText(
                f"[{number}] {head}".rstrip(),
                lambda kind: body_of(kind, terminal, manner, clock),
                WaitClock(clock),
                blind,
            )
            for number, head in enumerate(heads, 1)
        ]
        self.keys_line: Callable[[], str] = lambda: "Ctrl-C stops it"
        self.ticker = Ticker(self._paint, clock)
        self.lock = self.ticker.lock
        if threaded and terminal.paints:
            self.ticker.start()

    def changed(self) -> None:
        if self.terminal.paints:
            self.ticker.changed()

    def tell(self, text: str) -> None:
        """Say something above the answers, for good."""
        lines = wrapped(one_line(text), self.terminal.size()[0])
        if self.terminal.paints:
            self.region.paint([coloured(line, WARNING) for line in lines], ())
        else:
            Writer(self.terminal, aside=True).told("\n".join(lines))

    def print(self, rows: Sequence[str]) -> None:
        """Stop painting, and put these rows in place of what was painted."""
        self.ticker.stop()
        with self.lock:
            if self.terminal.paints:
                self.region.paint(rows, ())
                return
            writer = Writer(self.terminal)
            for row in rows:
                writer.line(STYLES.sub("", row))

    def _paint(self) -> None:
        width, lines = self.terminal.size()
        rows = growing(self.columns, width, max(3, lines - 3))[-max(1, lines - 2) :]
        self.region.paint((), [*rows, coloured(cut(self.keys_line(), width - 1), DIM)])


class Together:
    """Shows the answers to one message; cells are its columns, by their place from 0.

    `stop` is called with the column whose number is pressed, where `keys`, a terminal's descriptor,
    is given. `blind`: nothing is told that could betray who answers.
    """

    def __init__(
        self,
        terminal: Terminal,
        labels: Sequence[str],
        manner: Manner = USUAL,
        *,
        stop: Callable[[int], None] = lambda cell: None,
        keys: int | None = None,
        blind: bool = False,
        clock: Callable[[], float] = time.monotonic,
        threaded: bool = True,
    ) -> None:
        self._terminal = terminal
        self._long = Long(terminal, clock)
        self._blind = blind
        self._stop = stop
        self._stopping: set[int] = set()
        self._painter = _Painter(terminal, labels, manner, blind=blind, clock=clock, threaded=threaded)
        self._labels = labels
        self._columns = self._painter.columns
        self._painter.keys_line = self._keys_line
        self._keys = Pressed(keys, self._pressed, terminal.replies.typed) if keys is not None else None

    def feed(self, cell: int, event: Event) -> None:
        with self._painter.lock:
            if isinstance(event, Piece):
                self._columns[cell].feed(event)
            elif isinstance(event, Waiting):
                self._columns[cell].said = waiting(event)
            elif isinstance(event, Notice):
                self._painter.tell(f"[{cell + 1}] {event.text}")
            else:
                return
            self._said_stopping(cell)
            self._painter.changed()

    def done(self, cell: int, answer: Answer) -> None:
        """Take note that the answer is over."""
        with self._painter.lock:
            self._columns[cell].end(outcome(answer) if self._blind else remarks(answer, failure=True))
            if not self._terminal.paints and not all(column.over for column in self._columns):
                self._painter.tell(f"[{cell + 1}] {one_line(self._labels[cell])} has ended")
            self._painter.changed()

    def close(self) -> None:
        """Close: all answers are over. Replace what was painted by the whole answers."""
        typed = self._keys.stop() if self._keys else []
        shown = any(column.over or column.pieces for column in self._columns)
        rows = finished(self._columns, self._terminal.size()[0], spoken=self._terminal.accessible)
        self._painter.print(rows if shown else ())
        give_back(self._terminal.stdin, typed)
        self._long.over("the answers are there")

    def _pressed(self, number: int) -> None:
        """Handle a number key, in the thread that reads the keys."""
        cell = number - 1
        if cell >= len(self._columns):
            return
        with self._painter.lock:
            if self._columns[cell].over or cell in self._stopping:
                return
            self._stopping.add(cell)
            self._said_stopping(cell)
            self._painter.changed()
        self._stop(cell)

    def _said_stopping(self, cell: int) -> None:
        if cell in self._stopping:
            self._columns[cell].said = "stopping…"

    def _keys_line(self) -> str:
        going = [str(number) for number, column in enumerate(self._columns, 1) if not column.over]
        several = len(self._columns) > 1
        one = f"{'/'.join(going)} stops one · " if self._keys and several and going else ""
        return f"{one}Ctrl-C stops {'all' if several else 'it'}"


class Choices:
    """Shows a turn of several choices on a terminal: they grow together, and stay one after another."""

    def __init__(
        self,
        terminal: Terminal,
        choices: int,
        manner: Manner = USUAL,
        *,
        clock: Callable[[], float] = time.monotonic,
        threaded: bool = True,
    ) -> None:
        self._terminal = terminal
        self._long = Long(terminal, clock)
        self._painter = _Painter(terminal, [""] * choices, manner, clock=clock, threaded=threaded)

    def feed(self, event: Event) -> None:
        columns = self._painter.columns
        with self._painter.lock:
            if isinstance(event, Waiting):
                for column in columns:
                    column.said = waiting(event)
            elif isinstance(event, Notice):
                self._painter.tell(event.text)
            elif isinstance(event, Piece | Finished) and event.index < len(columns):
                column = columns[event.index]
                if isinstance(event, Piece):
                    column.feed(event)
                else:
                    column.end([(f"{one_line(event.reason)} · {chunks(column.pieces)}", DIM)])
            else:
                return
            self._painter.changed()

    def close(self, answer: Answer) -> None:
        """Print each choice whole, under its number, its finish reason and how many chunks it came in."""
        width = self._terminal.size()[0]
        rows: list[str] = []
        for column in self._painter.columns:
            if column.pieces and not column.over:
                column.end([(f"… · {chunks(column.pieces)}", DIM)])
            if column.over:
                about = STYLES.sub("", " · ".join(column.foot(width)))
                rows += [coloured(cut(f"{column.head} {about}", width), BOLD), *column.lines(width)]
        rows += [coloured(row, style) for text, style in remarks(answer) for row in wrapped(text, width)]
        self._painter.print(rows)
        self._long.over("the choices are there")
