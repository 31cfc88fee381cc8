"""Several choices at once: all of them grow in a region that is painted over, and are printed
once, whole, when they have ended. The scrollback holds the finished text alone.

The region never fills the window, is repainted a dozen times a second at most, and shows the
last lines of each choice: side by side where each has room, one under another elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from prompt_toolkit.utils import get_cwidth

from chat.conversation.events import Event, Finished, Notice, Reasoning, Refusal, Text, ToolCall, Waiting
from chat.conversation.turn import Answer

from ..clean import Cleaner, one_line
from ..streams import Terminal
from .answer import StreamedAnswer, waiting
from .columns import meant
from .painted import BOLD, DIM, YELLOW, Clock, coloured
from .raw import wrapped
from .region import Region, Ticker

NARROWEST = 30  # columns that a choice wants beside others
_GAP = "  "


@dataclass
class _Growing:
    """One choice while it grows; only its last lines are kept for painting."""

    cleaner: Cleaner = field(default_factory=Cleaner)
    tail: str = ""
    pieces: int = 0
    ended: str = ""


class LiveChoices:
    """Shows a turn of several choices on a terminal."""

    def __init__(
        self,
        terminal: Terminal,
        choices: int,
        *,
        plain: bool = False,
        fold: bool = False,
        clock: Callable[[], float] = time.monotonic,
        threaded: bool = True,
    ) -> None:
        self._terminal = terminal
        self._region = Region(terminal)
        self._clock = Clock(clock)
        self._said = ""
        self._final = partial(StreamedAnswer, terminal, choices, plain=plain, fold=fold)
        self._choices = {index: _Growing() for index in range(choices)}
        self._events: list[Event] = []
        self._ticker = Ticker(self._paint, clock)
        if threaded:
            self._ticker.start()

    def feed(self, event: Event) -> None:
        with self._ticker.lock:
            if isinstance(event, Waiting):
                self._said = waiting(event)
            elif isinstance(event, Notice):
                lines = wrapped(one_line(event.text), self._terminal.size()[0])
                self._region.paint([coloured(line, YELLOW) for line in lines], ())
            elif isinstance(event, Text | Reasoning | Refusal | ToolCall | Finished):
                self._events.append(event)
                self._grow(event)
            else:
                return
            self._ticker.changed()

    def _grow(self, event: Text | Reasoning | Refusal | ToolCall | Finished) -> None:
        growing = self._choices.setdefault(event.index, _Growing())
        if isinstance(event, Finished):
            growing.ended = one_line(event.reason)
            return
        self._clock.heard()
        growing.pieces += 1
        text = event.arguments if isinstance(event, ToolCall) else event.text
        growing.tail = (growing.tail + growing.cleaner.feed(text))[-4000:]

    def close(self, answer: Answer) -> None:
        """Put the whole choices in the region's place, each with its finish reason and tokens."""
        self._ticker.stop()
        with self._ticker.lock:
            self._region.clear()
        final = self._final()
        for index, growing in self._choices.items():
            final.head(index, self._about(growing))
        for event in sorted(self._events, key=lambda event: getattr(event, "index", 0)):
            final.feed(event)
        final.close(answer)

    @staticmethod
    def _about(growing: _Growing) -> str:
        state = growing.ended or "…"
        return f"{state} · ≈{growing.pieces} tokens"

    def _paint(self) -> None:
        columns, lines = self._terminal.size()
        room = max(2, min(lines - 4, 24))
        count = len(self._choices)
        width = (columns - 1 - len(_GAP) * (count - 1)) // count
        painted: list[str] = []
        if any(each.pieces or each.ended for each in self._choices.values()):
            painted = self._beside(width, room) if width >= NARROWEST else self._below(columns - 1, room)
        status = (self._said or self._clock.status())[: columns - 1]
        if status:
            painted.append(coloured(status, DIM))
        self._region.paint((), painted)

    def _beside(self, width: int, room: int) -> list[str]:
        heads = [self._head(index, width) for index in self._choices]
        bodies = [wrapped(each.tail, width)[-(room - 1) :] for each in self._choices.values()]
        tall = max(len(body) for body in bodies)
        rows = [
            [_padded(body[row] if row < len(body) else "", width) for body in bodies] for row in range(tall)
        ]
        return [_GAP.join(heads).rstrip(), *(_GAP.join(row).rstrip() for row in rows)]

    def _below(self, width: int, room: int) -> list[str]:
        each_room = max(1, room // len(self._choices) - 1)
        painted: list[str] = []
        for index, growing in self._choices.items():
            painted += [self._head(index, width), *wrapped(growing.tail, width)[-each_room:]]
        return painted[-room:]

    def _head(self, index: int, width: int) -> str:
        number = f"[{index + 1}]"
        about = f" {self._about(self._choices[index])}"[: max(0, width - len(number))]
        padding = " " * max(0, width - get_cwidth(number + about))
        return coloured(number, BOLD) + coloured(about, DIM) + padding


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - meant(text))
