"""A terminal inside a test: what is written to it is drawn by an emulator, and can be looked at."""

from __future__ import annotations

import io

import pyte

from terminal.streams import Terminal


class Tty(io.StringIO):
    """A stream that says it is a terminal, and remembers."""

    def isatty(self) -> bool:
        return True


class Window(Terminal):
    """A terminal of `columns` by `lines`; stdout and stderr are both drawn there."""

    def __init__(self, columns: int = 80, lines: int = 24, **environ: str) -> None:
        super().__init__(Tty(), Tty(), Tty(), {"TERM": "xterm-256color", **environ})
        self.stderr = self.stdout
        self.columns, self.lines = columns, lines
        self.screen = pyte.HistoryScreen(columns, lines, history=100_000, ratio=0.5)
        self._stream = pyte.Stream(self.screen)
        self._drawn = 0

    def size(self) -> tuple[int, int]:
        return self.columns, self.lines

    @property
    def written(self) -> str:
        return self.stdout.getvalue()  # type: ignore[attr-defined, no-any-return]

    def resize(self, columns: int, lines: int) -> None:
        self.draw()
        self.columns, self.lines = columns, lines
        self.screen.resize(lines, columns)

    def draw(self) -> None:
        """Bring the emulator up to date."""
        new, self._drawn = self.written[self._drawn :], len(self.written)
        self._stream.feed(new.replace("\n", "\r\n"))

    @property
    def rows(self) -> list[str]:
        """Every row, those that have scrolled away included, without blanks at the end."""
        self.draw()
        width = self.screen.columns
        painted = [*self.screen.history.top, *(self.screen.buffer[y] for y in range(self.screen.lines))]
        rows = ["".join(row[column].data for column in range(width)).rstrip() for row in painted]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    @property
    def text(self) -> str:
        return "\n".join(self.rows)


class Clock:
    """A clock that goes on when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now
