"""Several choices at once: all of them grow in a region that is painted over, and are printed
once, whole, when they have ended. The scrollback holds the finished text alone.

The region never fills the window, is repainted a dozen times a second at most, and shows the
last lines of each choice: side by side where each has room, one under another elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from prompt_toolkit.utils import get_cwidth

from chat.events import Event, Finished, Notice, Reasoning, Refusal, Text, ToolCall, Waiting
from chat.turn import Turn

from .answer import BOLD, DIM, StreamedAnswer, Writer
from .clean import Cleaner, one_line
from .streams import Terminal

NARROWEST = 30  # columns that a choice wants beside others
_PERIOD = 0.08  # seconds between two paintings
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

    def __init__(self, terminal: Terminal, choices: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._terminal = terminal
        self._clock = clock
        self._writer = Writer(terminal)
        self._final = StreamedAnswer(terminal, choices)
        self._choices = {index: _Growing() for index in range(choices)}
        self._events: list[Event] = []
        self._painted = 0
        self._next = 0.0

    def feed(self, event: Event) -> None:
        if isinstance(event, Waiting | Notice):
            self._erase()
            self._final.feed(event)
            return
        if not isinstance(event, Text | Reasoning | Refusal | ToolCall | Finished):
            return
        self._events.append(event)
        growing = self._choices.setdefault(event.index, _Growing())
        if isinstance(event, Finished):
            growing.ended = one_line(event.reason)
        else:
            growing.pieces += 1
            text = event.arguments if isinstance(event, ToolCall) else event.text
            growing.tail = (growing.tail + growing.cleaner.feed(text))[-4000:]
        if self._clock() >= self._next:
            self._paint()
            self._next = self._clock() + _PERIOD

    def close(self, turn: Turn) -> None:
        """Put the whole choices in the region's place, each with its finish reason and tokens."""
        self._erase()
        for index, growing in self._choices.items():
            self._final.head(index, self._about(growing))
        for event in sorted(self._events, key=lambda event: getattr(event, "index", 0)):
            self._final.feed(event)
        self._final.close(turn)

    @staticmethod
    def _about(growing: _Growing) -> str:
        state = growing.ended or "…"
        return f"{state} · ≈{growing.pieces} tokens"

    def _paint(self) -> None:
        columns, lines = self._terminal.size()
        room = max(2, min(lines - 4, 24))
        count = len(self._choices)
        width = (columns - 1 - len(_GAP) * (count - 1)) // count
        painted = self._beside(width, room) if width >= NARROWEST else self._below(columns - 1, room)
        self._erase()
        stream = self._terminal.stdout
        stream.write("\n".join(painted) + "\n")
        stream.flush()
        self._painted = len(painted)

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
        plain = number + about
        padding = " " * max(0, width - get_cwidth(plain))
        if not self._writer.styled:
            return plain + padding
        return f"{BOLD}{number}\x1b[0m{DIM}{about}\x1b[0m{padding}"

    def _erase(self) -> None:
        if self._painted:
            self._terminal.stdout.write(f"\x1b[{self._painted}A\r\x1b[J")
            self._terminal.stdout.flush()
            self._painted = 0


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken between words where they can be."""
    lines: list[str] = []
    for paragraph in text.expandtabs(4).split("\n"):
        line, used = "", 0
        for character in paragraph:
            wide = max(0, get_cwidth(character))
            if used + wide > width:
                kept, space, carried = line.rpartition(" ")
                if not space or max(get_cwidth(carried) * 2, get_cwidth(carried) + wide) > width:
                    kept, carried = line, ""
                lines.append(kept)
                line, used = carried, get_cwidth(carried)
            line += character
            used += wide
        lines.append(line)
    return lines


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - get_cwidth(text))
