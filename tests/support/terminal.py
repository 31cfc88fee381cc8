"""A real terminal: the shell in a pseudo-terminal, and pyte to see what is painted.

Nothing here sleeps for a fixed time: every wait is a wait for something on the screen, and fails
with the screen.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pexpect
import pyte

ROOT = Path(__file__).resolve().parent.parent.parent
SHELL = ROOT / "shell.py"
PATIENCE = 60.0
STORY = "Write a long story of a dragon"  # a message that gets a long answer
GRACE = 5.0  # for a program that a test leaves running: to end when it is told to

#: What a person's environment may hold that would change what a test sees.
_PERSONAL = ("EDITOR", "VISUAL", "PAGER", "NO_COLOR", "LINES", "COLUMNS", "PYTHONPATH", "TIKTOKEN_CACHE_DIR")
_PROMPT_UP = b"\x1b[?2004h"  # prompt-toolkit asks for bracketed paste when a prompt begins
_TOOLBAR = re.compile(r"^ .* · .*tokens\b")
_ABOUT = re.compile(r"^(≈?[\d,]+ in\b|interrupted)", re.MULTILINE)  # the lines after an answer
#: What no person may ever see.
_WRECK = re.compile(rb"Traceback \(most recent|Exception ignored in|Unhandled exception in event loop")


def words(shown: str) -> str:
    """The words of an answer, whether they are shown as they were written or as Markdown draws them."""
    return " ".join(re.findall(r"[^\W_]+", shown))


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without what is personal, and with these changes."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _PERSONAL and not name.startswith("OPENAI_") and not name.lower().endswith("_proxy")
    }
    return {**kept, **changes}


def _text(row: Mapping[int, Any]) -> str:
    """Render one row, without the blanks at its end. Rows hold only the cells that were painted."""
    end = max(row, default=-1) + 1
    return "".join([row[place].data if place in row else " " for place in range(end)]).rstrip()


class Window(pyte.Screen):
    """A screen that keeps the rows that scroll away, and their text.

    A test looks at the screen after each read. So the text of a row is made once when it scrolls
    away, and in the window only when the row has changed. (pyte's own screen with a history costs
    twice as much, for paging that nothing here needs.)
    """

    def __init__(self, columns: int, lines: int) -> None:
        self.gone: list[Mapping[int, Any]] = []
        self.gone_text: list[str] = []
        self._shown: list[str] = []
        super().__init__(columns, lines)

    @property
    def shown(self) -> list[str]:
        """The text of the window's rows."""
        if len(self._shown) != self.lines:
            self._shown = [""] * self.lines
            self.dirty.update(range(self.lines))
        for place in self.dirty:
            if place < self.lines:
                self._shown[place] = _text(self.buffer[place])
        self.dirty.clear()
        return self._shown

    def index(self) -> None:
        """Scroll where the cursor is at the end, and keep the row that goes."""
        top, bottom = self.margins or (0, self.lines - 1)
        if self.cursor.y == bottom:
            self.gone.append(self.buffer[top])
            self.gone_text.append(_text(self.buffer[top]))
        super().index()

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        """Erase; with 3 what had scrolled away, too."""
        super().erase_in_display(how, *args, **kwargs)
        if how == 3:
            self.gone.clear()
            self.gone_text.clear()


class Shell:
    """`python shell.py ARGS` in a window of `columns` by `lines`.

    `type` presses keys, Enter included; `wait` reads until a pattern is on the screen, the part
    that has scrolled away included; `run` types a line and gives what came of it, once the next
    prompt is up. `seen` makes the screen of the emulator wider than the window that the program
    is told of: what is drawn beyond the window is then seen instead of wrapped.
    """

    def __init__(
        self,
        *args: str,
        columns: int = 100,
        lines: int = 40,
        seen: int = 0,
        env: Mapping[str, str] | None = None,
        program: Path = SHELL,
    ) -> None:
        self.child = pexpect.spawn(
            sys.executable,
            [str(program), *args],
            env=environment(**{"TERM": "xterm-256color", **(env or {})}),
            dimensions=(lines, columns),
            encoding=None,
            timeout=PATIENCE,
        )
        self.child.delaybeforesend = None
        self.screen = Window(max(seen, columns), lines)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.prompts_up = 0  # prompts that have come up
        self._prompts = 0  # those that a line was typed at

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the program if it still runs, as a window that is closed does; wait no longer than needed."""
        if self.child.isalive():
            self.child.kill(signal.SIGHUP)
            end = time.monotonic() + GRACE
            while self.child.isalive() and time.monotonic() < end:
                self.read(0.01)
        self.child.ptyproc.delayafterclose = 0.001  # pexpect sleeps, even if the program has ended
        self.child.close(force=True)

    # ---- keys and signals

    def press(self, keys: str) -> None:
        """Keys as they are: \\r is Enter, \\x03 Ctrl-C, \\x04 Ctrl-D."""
        self._prompts = self.prompts_up
        self.child.send(keys.encode())

    def type(self, text: str) -> None:
        """Text, then Enter."""
        self.press(text + "\r")

    def paste(self, text: str) -> None:
        """Text as a terminal sends what is pasted: bracketed, with CR for the ends of lines."""
        self.press("\x1b[200~" + text.replace("\n", "\r") + "\x1b[201~")

    def signal(self, number: int) -> None:
        self.child.kill(number)

    def interrupt(self) -> None:
        self.child.kill(signal.SIGINT)

    def start_afresh(self, columns: int, lines: int) -> None:
        """At an empty prompt: make the window so large, and forget what was painted in it."""
        if (columns, lines) != (self.screen.columns, self.screen.lines):
            self.child.setwinsize(lines, columns)
            self.screen.resize(lines, columns)
        self.press("\x0c")  # Ctrl-L
        self.until(lambda: self.screen.cursor.y == 0 and self.toolbar, "Ctrl-L did not clear the window")
        self.screen.gone.clear()
        self.screen.gone_text.clear()
        self.raw = b""

    # ---- what is painted

    def read(self, seconds: float = 0.05) -> bool:
        """Take what was painted since, all of it; False once the program has ended."""
        data = b""
        with contextlib.suppress(pexpect.TIMEOUT):
            try:
                while len(data) < 65536:  # a program that never stops is looked at, too
                    data += self.child.read_nonblocking(4096, timeout=0 if data else seconds)
            except pexpect.EOF:
                if not data:
                    return False
        before = len(self.raw)
        self.raw += data
        self.prompts_up += self.raw.count(_PROMPT_UP, max(0, before - len(_PROMPT_UP) + 1))
        self._stream.feed(data)
        start = max(0, before - 100)
        assert not _WRECK.search(self.raw, start), f"a traceback:\n{self.text}"
        return True

    @property
    def lines(self) -> list[str]:
        """What the window shows, below what has scrolled away."""
        return [*self.screen.gone_text, *self.screen.shown]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).rstrip()

    @property
    def window(self) -> str:
        """What the window shows now."""
        return "\n".join(self.screen.shown).rstrip()

    @property
    def toolbar(self) -> str:
        """The line below the prompt; "" while no prompt is up."""
        last = self.window.rpartition("\n")[2]
        return last if _TOOLBAR.match(last) else ""

    @property
    def prompt_line(self) -> int:
        """Where the prompt stands in `lines`."""
        lines = self.lines
        line = len(self.screen.gone) + self.screen.cursor.y
        while line > 0 and not lines[line].startswith(">"):
            line -= 1
        return line

    @property
    def typed(self) -> str:
        """What stands at the prompt, the grey suggestion included, without the menu below it."""
        first, *rest = self.lines[self.prompt_line :]
        more = itertools.takewhile(lambda line: line.startswith("·"), rest)
        return "\n".join(line[2:] for line in (first, *more)).rstrip()

    # ---- waiting

    def until(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Read until the condition holds; fails with `what` and the screen."""
        end = time.monotonic() + seconds
        alive = True
        while not condition():
            if not alive or time.monotonic() > end:
                ended = "" if alive else " before the program ended"
                raise AssertionError(f"{what}{ended}; the screen:\n{self.text}")
            alive = self.read()

    def wait(self, pattern: str, seconds: float = PATIENCE, count: int = 1) -> str:
        """Wait until the pattern stands `count` times in `text`; gives `text`."""
        self.until(
            lambda: len(re.findall(pattern, self.text)) >= count,
            f"{pattern!r} did not show {count} time(s)",
            seconds,
        )
        return self.text

    def ready(self, seconds: float = PATIENCE) -> None:
        """Wait for the prompt that follows what was pressed last, its toolbar included."""
        self.until(
            lambda: self.prompts_up > self._prompts and self.toolbar,
            "no new prompt came up",
            seconds,
        )

    def look_on(self, seconds: float) -> None:
        """Read for so long, whatever comes: for moments that are drawn by lot, never to wait for something."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.read(min(0.005, seconds)):
            pass

    def loaded(self) -> None:
        """Wait until the model runs and its tokens can be counted: the toolbar says both."""
        self.until(lambda: re.search(r"\d of \S+ tokens", self.toolbar), "the model did not load")

    def run(self, text: str) -> str:
        """Type a line at a prompt that is up, and wait for the next one; what was shown between."""
        start = self.prompt_line
        self.type(text)
        self.ready()
        # a window that has just changed its size has the prompt begin anew where it is
        self.until(lambda: self.prompt_line > start, "the line was not taken")
        return "\n".join(self.lines[start + 1 : self.prompt_line])

    def ask(self, message: str) -> tuple[str, str]:
        """Send a message: its answer, and the lines about it."""
        shown = self.run(message)
        about = _ABOUT.search(shown)
        assert about, f"no line about the turn; the screen:\n{self.text}"
        return shown[: about.start()].rstrip("\n"), shown[about.start() :]

    def ends(self, seconds: float = PATIENCE) -> int:
        """Wait for the program's end; its exit status, 128 and the number for a signal."""
        end = time.monotonic() + seconds
        while self.read():
            if time.monotonic() > end:
                raise AssertionError(f"the program did not end; the screen:\n{self.text}")
        self.child.wait()
        status = self.child.exitstatus
        return int(status if status is not None else 128 + self.child.signalstatus)


def begin_story(shell: Shell, characters: int = 20) -> str:
    """Ask for a long answer; gives what had arrived when that many characters were there."""
    start = shell.prompt_line

    def arrived() -> str:
        return "\n".join(shell.lines[start + 1 :]).strip()

    shell.type(STORY)
    shell.until(lambda: not shell.toolbar and len(arrived()) >= characters, "no answer began")
    return arrived()
