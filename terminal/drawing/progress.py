"""Many requests, some of them at once: a bar with the time that is left, and below it the ends of
the answers that are coming. When all are over, nothing of it stays on the screen.

Where nothing can be painted over, a line now and then says how far it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import field

from chat.base.dataclass import dataclass
from chat.conversation.events import Event, Notice, Piece, Waiting
from chat.conversation.turn import FAILED, Answer

from ..cells import get_cwidth
from ..clean import Cleaner, one_line
from ..streams import Terminal
from .drawn import cut
from .notify import Long
from .raw import wrapped
from .region import Region, Ticker
from .remarks import waiting
from .styles import BOLD, CALLED, DIM, WARNING, coloured
from .widths import meant
from .writer import Writer

_BAR = 30  # columns at most
_LABEL = 26
_TAIL = 2000  # characters of an answer that are kept to be painted
_STEPS = 10  # lines that tell of it where nothing is painted


@dataclass
class _Coming:
    """An answer under way."""

    cell: int
    cleaner: Cleaner = field(default_factory=Cleaner)
    tail: str = ""


class Progress:
    """Shows the cells of an experiment while they are asked: `cells` of all that have `labels`."""

    def __init__(
        self,
        terminal: Terminal,
        labels: Sequence[str],
        cells: Sequence[int],
        *,
        clock: Callable[[], float] = time.monotonic,
        threaded: bool = True,
    ) -> None:
        self._terminal = terminal
        self._labels = [one_line(label) for label in labels]
        self._asked = len(cells)
        self._over = self._failed = self._told = self._pieces = 0
        self._clock = clock
        self._begun = clock()
        self._long = Long(terminal, clock)
        self._last = 0.0  # seconds until an answer was over last, without waits
        self._waited = 0.0  # seconds of all waits for a rate limit that are over
        self._waits: float | None = None  # since when one is waited for
        self._said = ""
        self._notices: set[str] = set()
        self._slots: list[_Coming | None] = []
        self._region = Region(terminal)
        self._aside = Writer(terminal, aside=True)
        self._ticker = Ticker(self._paint, clock)
        self._paints = terminal.paints
        if threaded and self._paints:
            self._ticker.start()

    # ---- what comes

    def feed(self, cell: int, event: Event) -> None:
        with self._ticker.lock:
            coming = self._slot(cell)
            if isinstance(event, Waiting):
                self._wait(event)
            elif isinstance(event, Notice):
                self._tell(one_line(event.text))
            elif isinstance(event, Piece):
                self._pieces += 1
                coming.tail = (coming.tail + coming.cleaner.feed(event.text))[-_TAIL:]
            self._changed()

    def done(self, cell: int, answer: Answer) -> None:
        with self._ticker.lock:
            coming = self._slot(cell)
            self._slots[self._slots.index(coming)] = None
            self._over += 1
            self._failed += answer.ended == FAILED
            self._last = self._active()
            if not self._paints and self._over * _STEPS // self._asked > self._told:
                self._told = self._over * _STEPS // self._asked
                self._aside.told(self._count())
            self._changed()

    def close(self) -> None:
        self._ticker.stop()
        with self._ticker.lock:
            if self._paints:
                self._region.clear()
        self._long.over(f"{self._over} of {self._asked} are there")

    def _changed(self) -> None:
        if self._paints:
            self._ticker.changed()

    def _slot(self, cell: int) -> _Coming:
        """Tell where a cell is shown: it keeps its line, and leaves it to the next."""
        for coming in self._slots:
            if coming and coming.cell == cell:
                return coming
        new = _Coming(cell)
        if None in self._slots:
            self._slots[self._slots.index(None)] = new
        else:
            self._slots.append(new)
        return new

    def _wait(self, event: Waiting) -> None:
        said, self._said = self._said, waiting(event)
        if event.seconds and self._waits is None:
            self._waits = self._clock()
            if not self._paints and not said:
                self._aside.told(self._said)
        elif not event.seconds and self._waits is not None:
            self._waited += self._clock() - self._waits
            self._waits = None

    def _tell(self, text: str) -> None:
        """Tell something worth knowing, once."""
        if text in self._notices:
            return
        self._notices.add(text)
        if self._paints:
            lines = wrapped(text, self._terminal.size()[0])
            self._region.paint([coloured(line, WARNING) for line in lines], ())
        else:
            self._aside.told(text, WARNING)

    # ---- painting

    def _paint(self) -> None:
        columns, rows = self._terminal.size()
        width = columns - 1
        lines = [self._bar(width)]
        if self._said:
            lines.append(coloured(self._said[:width], WARNING))
        shown = [each for each in self._slots if each][: max(0, rows - 4)]
        lines += [self._line(each, width) for each in shown]
        self._region.paint((), lines)

    def _bar(self, width: int) -> str:
        about = f"  {self._count()}"
        room = min(_BAR, width - len(about))
        if room < 8:
            return about.strip()[:width]
        full = room * self._over // max(1, self._asked)
        return coloured("━" * full, CALLED) + coloured("─" * (room - full), DIM) + about

    def _count(self) -> str:
        parts = [f"{self._over} of {self._asked}"]
        if self._failed:
            parts.append(f"{self._failed} failed")
        left = self._left()
        if left is not None and self._over < self._asked:
            parts.append(f"about {duration(left)} left")
        running = self._active()
        if self._pieces and running > 1:
            parts.append(f"{self._pieces / running:.0f} chunks/s")
        return " · ".join(parts)

    def _active(self) -> float:
        """Return the seconds so far, without those spent waiting for a rate limit."""
        now = self._clock()
        return now - self._begun - self._waited - (0.0 if self._waits is None else now - self._waits)

    def _left(self) -> float | None:
        """Estimate the seconds left, if the rest takes as long as the cells so far. Return None while a
        wait holds all up."""
        if not self._over or self._waits is not None:
            return None
        since = self._active() - self._last
        return max(0.0, self._last / self._over * (self._asked - self._over) - since)

    def _line(self, coming: _Coming, width: int) -> str:
        """Give the number and label of an answer, and as much of its end as fits."""
        number = f"{coming.cell + 1:>{len(str(len(self._labels)))}}"
        label = cut(self._labels[coming.cell], _LABEL)
        longest = min(_LABEL, max(map(meant, self._labels)))
        head = f"{number}  {label}{' ' * (longest - meant(label))}  "
        tail = _end(" ".join(coming.tail.split()), width - get_cwidth(head))
        return (coloured(number, BOLD) + coloured(head[len(number) :], DIM) + tail).rstrip()


def _end(text: str, width: int) -> str:
    """Give the end of a text, of at most so many columns."""
    if get_cwidth(text) <= width:
        return text
    out, used = "", 1
    for character in reversed(text[-max(0, width) :]):
        used += max(0, get_cwidth(character))
        if used > width:
            break
        out = character + out
    return "…" + out if width > 1 else ""


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
