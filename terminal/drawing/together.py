"""Several answers at once: each grows in a column of its own where the window is wide enough, and
one under another elsewhere. They are painted over until all have ended, and then printed once,
whole, in the same columns: the scrollback holds the finished answers alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chat.conversation.events import Event, Finished, Notice, Reasoning, Refusal, Text, ToolCall, Waiting
from chat.conversation.turn import COMPLETE, FAILED, INTERRUPTED, Answer

from ..clean import Cleaner, one_line
from ..streams import Terminal
from .answer import Writer, summary, waiting
from .columns import STYLES, meant
from .drawn import Drawn, cut, fitted
from .painted import BOLD, CALL, DIM, REASONING, RED, REFUSAL, TEXT, YELLOW, Clock, body_of, coloured
from .pressed import Pressed, give_back
from .raw import wrapped
from .region import Region, Ticker

NARROWEST = 30  # columns that an answer wants beside others
RULE = "  │ "  # two blanks: what follows them is put into its place (columns.placed)

Piece = Text | Reasoning | Refusal | ToolCall


@dataclass
class _Column:
    """One answer, which may be of several choices."""

    label: str
    clock: Clock
    choices: dict[int, Drawn] = field(default_factory=dict)
    cleaners: dict[int, Cleaner] = field(default_factory=dict)
    begun: set[tuple[int, str]] = field(default_factory=set)
    pieces: int = 0
    said: str = ""
    stopping: bool = False
    answer: Answer | None = None


class Together:
    """Shows the answers to one message; cells are its columns, by their place from 0.

    `stop` is called with the column whose number is pressed, where `keys`, a terminal's descriptor,
    is given. `blind`: nothing is told that could betray who answers.
    """

    def __init__(
        self,
        terminal: Terminal,
        labels: Sequence[str],
        *,
        stop: Callable[[int], None] = lambda cell: None,
        keys: int | None = None,
        plain: bool = False,
        fold: bool = False,
        blind: bool = False,
        clock: Callable[[], float] = time.monotonic,
        threaded: bool = True,
    ) -> None:
        self._terminal = terminal
        self._styled = terminal.paints
        self._blind = blind
        self._stop = stop
        self._body = lambda kind: body_of(kind, terminal, self._styled and not plain, fold, clock)
        self._columns = [_Column(one_line(label), Clock(clock)) for label in labels]
        self._region = Region(terminal)
        self._ticker = Ticker(self._paint, clock)
        self._keys = Pressed(keys, self._pressed) if keys is not None else None
        if threaded and self._styled:
            self._ticker.start()

    # ---- what comes

    def feed(self, cell: int, event: Event) -> None:
        with self._ticker.lock:
            column = self._columns[cell]
            if isinstance(event, Text | Reasoning | Refusal | ToolCall):
                self._piece(column, event)
            elif isinstance(event, Waiting):
                column.said = waiting(event)
            elif isinstance(event, Notice):
                self._tell(f"[{cell + 1}] {event.text}")
            elif not isinstance(event, Finished):
                return
            self._changed()

    def _piece(self, column: _Column, event: Piece) -> None:
        kind, text = _read(event, column.begun)
        text = column.cleaners.setdefault(event.index, Cleaner()).feed(text)
        column.clock.heard()
        column.said = ""
        column.pieces += 1
        if text:
            column.begun.add((event.index, kind))
            column.choices.setdefault(event.index, Drawn(self._body)).feed(kind, text)

    def done(self, cell: int, answer: Answer) -> None:
        """The answer is over."""
        with self._ticker.lock:
            column = self._columns[cell]
            column.answer = answer
            for index, cleaner in column.cleaners.items():
                if held := cleaner.flush():
                    column.choices.setdefault(index, Drawn(self._body)).feed(TEXT, held)
            if not self._styled and any(each.answer is None for each in self._columns):
                self._tell(f"[{cell + 1}] {column.label} has ended")
            self._changed()

    def close(self) -> None:
        """All are over: put the whole answers in the place of what was painted."""
        typed = self._keys.stop() if self._keys else ""
        self._ticker.stop()
        with self._ticker.lock:
            width, count = self._terminal.size()[0], len(self._columns)
            rows: list[str] = []
            if any(column.answer or column.choices for column in self._columns):
                each = width_of(width, count)
                rows = self._beside(each, 0) if each else self._below(width)
            if self._styled:
                self._region.paint(rows, ())
            else:
                self._region.clear()
                writer = Writer(self._terminal)
                for row in rows:
                    writer.line(STYLES.sub("", row))
        if typed and not any(
            column.answer and column.answer.ended == INTERRUPTED for column in self._columns
        ):
            give_back(self._terminal.stdin, typed)

    # ---- keys

    def _pressed(self, number: int) -> None:
        """A number key, in the thread that reads them."""
        if number > len(self._columns):
            return
        with self._ticker.lock:
            column = self._columns[number - 1]
            if column.answer or column.stopping:
                return
            column.stopping = True
            self._changed()
        self._stop(number - 1)

    # ---- painting

    def _changed(self) -> None:
        if self._styled:
            self._ticker.changed()

    def _tell(self, text: str) -> None:
        """A line above the answers, for good."""
        lines = wrapped(one_line(text), self._terminal.size()[0])
        if self._styled:
            self._region.paint([coloured(line, YELLOW) for line in lines], ())
        else:
            Writer(self._terminal, aside=True).line("\n".join(lines))

    def _paint(self) -> None:
        columns, lines = self._terminal.size()
        room = max(3, lines - 3)
        each = width_of(columns, len(self._columns))
        rows = self._beside(each, room) if each else self._piled(columns - 1, room)
        self._region.paint((), [*rows, coloured(cut(self._keys_line(), columns - 1), DIM)])

    def _keys_line(self) -> str:
        going = [str(n) for n, column in enumerate(self._columns, 1) if column.answer is None]
        one = f"{'/'.join(going)} stops one · " if self._keys and len(self._columns) > 1 and going else ""
        return f"{one}Ctrl-C stops {'all' if len(self._columns) > 1 else 'it'}"

    def _beside(self, width: int, room: int) -> list[str]:
        """All columns in rows of at most the window's width; of each body the last rows, as far as
        there is `room`, or all where that is 0."""
        feet = [self._foot(column, width) for column in self._columns]
        tall = max(map(len, feet))
        bodies = [self._lines(column, width) for column in self._columns]
        if room:
            left = max(1, room - tall - 2)
            bodies = [body[-left:] for body in bodies]
        heads = [[self._head(place, width)] for place in range(len(self._columns))]
        return [
            *_rows(heads, width),
            *_rows(bodies, width),
            *_rows([[""] for _ in feet], width),
            *_rows(feet, width),
        ]

    def _piled(self, width: int, room: int) -> list[str]:
        """One under another, the last rows of each."""
        each = max(1, room // len(self._columns) - 1)
        rows: list[str] = []
        for place, column in enumerate(self._columns):
            foot = self._foot(column, 1 << 16)
            about = cut(STYLES.sub("", " · ".join(["", *foot])), max(0, width // 2))
            head = self._head(place, max(4, width - meant(about)))
            rows += [head + coloured(about, DIM), *self._lines(column, width)[-each:]]
        return rows[-room:]

    def _below(self, width: int) -> list[str]:
        """One under another, whole."""
        rows: list[str] = []
        for place, column in enumerate(self._columns):
            rows += [""] if rows else []
            rows += [self._head(place, width), *self._lines(column, width), *self._foot(column, width)]
        return rows

    def _head(self, place: int, width: int) -> str:
        return coloured(cut(f"[{place + 1}] {self._columns[place].label}", width), BOLD)

    def _lines(self, column: _Column, width: int) -> list[str]:
        rows: list[str] = []
        for index, choice in sorted(column.choices.items()):
            if len(column.choices) > 1:
                rows += [""] if rows else []
                rows.append(coloured(cut(f"choice {index + 1}", width), DIM))
            rows += choice.lines(width, over=column.answer is not None)
        while rows and not STYLES.sub("", rows[-1]).strip():
            rows = rows[:-1]
        return rows

    def _foot(self, column: _Column, width: int) -> list[str]:
        """What is known of an answer, in lines of at most `width`."""
        answer = column.answer
        if answer is None:
            state = "stopping…" if column.stopping else column.said or column.clock.status()
            state = state if state or self._blind or not column.pieces else f"≈{column.pieces} tokens"
            return [coloured(cut("…" if self._blind and column.pieces else state or "…", width), DIM)]
        told = (
            [(_outcome(answer) if self._blind else summary(answer), DIM)]
            if answer.usage or self._blind
            else []
        )
        told += _trouble(answer, self._blind)
        return [coloured(row, style) for text, style in told for row in _parts(text, width)]


def width_of(columns: int, count: int) -> int:
    """How wide each answer is beside the others; 0 where there is no room for that."""
    width = (columns - 1 - len(RULE) * (count - 1)) // count
    return width if width >= NARROWEST or count == 1 else 0


def _read(event: Piece, begun: set[tuple[int, str]]) -> tuple[str, str]:
    """(kind of text, what is shown of it)."""
    if isinstance(event, Text):
        return TEXT, event.text
    if isinstance(event, Reasoning):
        return REASONING, event.text
    if isinstance(event, Refusal):
        return REFUSAL, ("" if (event.index, REFUSAL) in begun else "[refuses] ") + event.text
    name = f"[calls {one_line(event.name)}] " if event.name else ""
    gap = "\n" if name and (event.index, CALL) in begun else ""
    return CALL, gap + name + event.arguments


def _outcome(answer: Answer) -> str:
    reasons = "/".join(dict.fromkeys(one_line(c.finish_reason) for c in answer.choices if c.finish_reason))
    return reasons if reasons and answer.ended == COMPLETE else answer.ended


def _trouble(answer: Answer, blind: bool) -> list[tuple[str, str]]:
    """What was not as it should be: (sentence, style)."""
    told: list[tuple[str, str]] = []
    if answer.ended == FAILED and answer.error and not blind:
        told.append((one_line(answer.error.message), RED))
        told += [(one_line(answer.error.hint), DIM)] if answer.error.hint else []
    elif answer.ended == INTERRUPTED and not blind:
        told.append(("stopped" + ("; what arrived is kept" if answer.answered else ""), YELLOW))
    elif answer.ended == COMPLETE and not any(c.text or c.tool_calls or c.refusal for c in answer.choices):
        told.append(("the answer is empty", YELLOW))
    if any(choice.finish_reason == "length" for choice in answer.choices) and not blind:
        told.append(("cut off at the limit of tokens", YELLOW))
    return told


def _parts(text: str, width: int) -> list[str]:
    """A line of facts, broken between two of them where that is possible."""
    rows: list[str] = []
    for part in text.split(" · "):
        if rows and meant(rows[-1]) + 3 + meant(part) <= width:
            rows[-1] += f" · {part}"
        else:
            rows.append(part)
    return fitted([row for part in rows for row in wrapped(part, width)], width)


def _rows(columns: Sequence[Sequence[str]], width: int) -> list[str]:
    """Columns of lines beside each other, a rule between them."""
    rule = f"  {coloured('│', DIM)} "
    rows = []
    for row in range(max(map(len, columns), default=0)):
        cells = [column[row] if row < len(column) else "" for column in columns]
        rows.append(rule.join(_padded(cell, width) for cell in cells).rstrip())
    return rows


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - meant(text))
