"""Several texts that grow at once, as rows of the window: beside each other where each has room, one
under another elsewhere.

It makes rows and paints nothing: `together.py` does that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chat.conversation.events import TEXT, Piece

from ..clean import Cleaner, one_line
from ..spoken import worded
from .drawn import Drawn, cut, fitted
from .painted import Body, WaitClock
from .raw import wrapped
from .remarks import Remark, chunks, spelt
from .styles import BOLD, DIM, coloured
from .widths import STYLES, meant

NARROWEST = 30  # columns that an answer wants beside others
RULE = "  │ "  # two blanks: what follows them is put into its place (widths.placed)


class GrowingText:
    """A text that grows, which may be of several choices: a head, what came, and what is known of it.

    `body` makes what draws a kind of text. `quiet`: nothing is told that could betray who answers.
    """

    def __init__(self, head: str, body: Callable[[str], Body], clock: WaitClock, quiet: bool = False) -> None:
        self.head = one_line(head)
        self.said = ""  # in place of the clock
        self.pieces = 0
        self._body = body
        self._clock = clock
        self._quiet = quiet
        self._drawn: dict[int, Drawn] = {}
        self._cleaners: dict[int, Cleaner] = {}
        self._begun: set[tuple[int, str]] = set()
        self._foot: list[Remark] | None = None

    @property
    def over(self) -> bool:
        return self._foot is not None

    def feed(self, piece: Piece) -> None:
        text = self._cleaners.setdefault(piece.index, Cleaner()).feed(spelt(piece, self._begun))
        self._clock.heard()
        self.said = ""
        self.pieces += 1
        if text:
            self._begun.add((piece.index, piece.kind))
            self._choice(piece.index).feed(piece.kind, text)

    def end(self, foot: Sequence[Remark]) -> None:
        """End the text: nothing more comes, and this is known of it."""
        for index, cleaner in self._cleaners.items():
            if held := cleaner.flush():
                self._choice(index).feed(TEXT, held)
        self._foot = list(foot)

    def _choice(self, index: int) -> Drawn:
        return self._drawn.setdefault(index, Drawn(self._body))

    def titled(self, width: int) -> str:
        """Give the head, at most so wide."""
        return coloured(cut(self.head, width), BOLD)

    def lines(self, width: int) -> list[str]:
        """Give all that came by now, in lines of at most `width`."""
        rows: list[str] = []
        for index, choice in sorted(self._drawn.items()):
            if len(self._drawn) > 1:
                rows += [""] if rows else []
                rows.append(coloured(cut(f"choice {index + 1}", width), DIM))
            rows += choice.lines(width, over=self.over)
        while rows and not STYLES.sub("", rows[-1]).strip():
            rows = rows[:-1]
        return rows

    def foot(self, width: int) -> list[str]:
        """Return what is known of the answer, in lines of at most `width`."""
        if self._foot is not None:
            return [coloured(row, style) for text, style in self._foot for row in facts(text, width)]
        if self._quiet:
            state = "" if self.pieces else self.said or self._clock.status()
        else:
            state = self.said or self._clock.status() or (chunks(self.pieces) if self.pieces else "")
        return [coloured(cut(state or "…", width), DIM)]


def growing(columns: Sequence[GrowingText], width: int, room: int) -> list[str]:
    """Give the rows of texts that still grow: the last rows of each, `room` in all."""
    each = width_of(width, len(columns))
    return _beside(columns, each, room) if each else _piled(columns, width - 1, room)


def finished(columns: Sequence[GrowingText], width: int, spoken: bool = False) -> list[str]:
    """Return the rows of texts that are over, whole: beside each other where there is room, but for those
    that are to be `spoken`."""
    each = 0 if spoken else width_of(width, len(columns))
    if each:
        return _beside(columns, each)
    rows: list[str] = []
    for column in columns:
        rows += [""] if rows else []
        rows += [column.titled(width), *column.lines(width)]
        foot = column.foot(width)
        rows += [worded(STYLES.sub("", row)) for row in foot] if spoken else foot
    return rows


def width_of(columns: int, count: int) -> int:
    """Give how wide each text is beside the others; 0 where there is no room for that."""
    width = (columns - 1 - len(RULE) * (count - 1)) // count
    return width if width >= NARROWEST or count == 1 else 0


def _beside(columns: Sequence[GrowingText], width: int, room: int = 0) -> list[str]:
    """Put all columns beside each other; of each body the last rows, where `room` is not 0."""
    feet = [column.foot(width) for column in columns]
    bodies = [column.lines(width) for column in columns]
    if room:
        left = max(1, room - max(map(len, feet)) - 2)
        bodies = [body[-left:] for body in bodies]
    parts = ([[column.titled(width)] for column in columns], bodies, [[""] for _ in feet], feet)
    return [row for part in parts for row in _rows(part, width)]


def _piled(columns: Sequence[GrowingText], width: int, room: int) -> list[str]:
    """Put the columns one under another, the last rows of each. Remarks stand next to their heads."""
    each = max(1, room // len(columns) - 1)
    rows: list[str] = []
    for column in columns:
        about = cut(STYLES.sub("", " · ".join(["", *column.foot(1 << 16)])), max(0, width // 2))
        rows.append(column.titled(max(4, width - meant(about))) + coloured(about, DIM))
        rows += column.lines(width)[-each:]
    return rows[-room:]


def facts(text: str, width: int) -> list[str]:
    """Break a line of facts, between two facts if possible."""
    rows: list[str] = []
    for part in text.split(" · "):
        if rows and meant(rows[-1]) + 3 + meant(part) <= width:
            rows[-1] += f" · {part}"
        else:
            rows.append(part)
    return fitted([row for part in rows for row in wrapped(part, width)], width)


def _rows(columns: Sequence[Sequence[str]], width: int) -> list[str]:
    """Put columns of lines beside each other, a rule between them."""
    rule = f"  {coloured('│', DIM)} "
    rows = []
    for row in range(max(map(len, columns), default=0)):
        cells = [column[row] if row < len(column) else "" for column in columns]
        rows.append(rule.join(cell + " " * max(0, width - meant(cell)) for cell in cells).rstrip())
    return rows
