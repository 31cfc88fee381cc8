"""A real terminal: the shell in a pseudo-terminal, and pyte to see what is painted."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from pathlib import Path

import pexpect
import pyte

ROOT = Path(__file__).resolve().parent.parent.parent


class Shell:
    """`python shell.py ARGS` in a window of `columns` by `lines`.

    `type` presses keys, Enter included; `wait` reads until a pattern is on the screen, the part
    that has scrolled away included.
    """

    def __init__(
        self, *args: str, columns: int = 100, lines: int = 40, env: dict[str, str] | None = None
    ) -> None:
        environ = {**os.environ, "TERM": "xterm-256color", **(env or {})}
        self.child = pexpect.spawn(
            sys.executable,
            [str(ROOT / "shell.py"), *args],
            env=environ,
            dimensions=(lines, columns),
            encoding=None,
            timeout=60,
        )
        self.screen = pyte.HistoryScreen(columns, lines, history=5000, ratio=0.5)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)

    def press(self, keys: str) -> None:
        """Keys as they are: \\r is Enter, \\x03 Ctrl-C, \\x04 Ctrl-D."""
        self.child.send(keys.encode())

    def type(self, text: str) -> None:
        """Text, then Enter."""
        self.press(text + "\r")

    def signal(self, number: int) -> None:
        self.child.kill(number)

    def interrupt(self) -> None:
        self.child.kill(signal.SIGINT)

    def read(self, seconds: float = 0.05) -> bool:
        """Take what was painted since; False once the program has ended."""
        try:
            data = self.child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True

    @property
    def lines(self) -> list[str]:
        """What the window shows, below what has scrolled away."""
        top = [
            "".join(row[column].data for column in range(self.screen.columns))
            for row in self.screen.history.top
        ]
        return [line.rstrip() for line in [*top, *self.screen.display]]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).rstrip()

    @property
    def window(self) -> str:
        """What the window shows now."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def wait(self, pattern: str, seconds: float = 30.0, count: int = 1) -> str:
        """Wait until the pattern stands `count` times in `text`; fails with the screen."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            alive = self.read()
            if len(re.findall(pattern, self.text)) >= count:
                return self.text
            if not alive:
                break
        raise AssertionError(f"{pattern!r} did not show {count} time(s); the screen:\n{self.text}")

    def ends(self, seconds: float = 15.0) -> int:
        """Wait for the program's end; its exit status, 128 and the number for a signal."""
        until = time.monotonic() + seconds
        while self.read() and time.monotonic() < until:
            pass
        self.child.wait()
        return int(
            self.child.exitstatus if self.child.exitstatus is not None else 128 + self.child.signalstatus
        )
