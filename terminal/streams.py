"""The three streams and the environment of one run, and what they allow."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, TextIO, cast

from . import abilities
from .asked import Replies
from .clean import typed


class Terminal:
    """Where text goes and comes from. `interactive`: a person can be asked; `one_shot`: for one
    answer alone; `resumed`: how often the shell was stopped and went on, which leaves nothing of
    what was painted; `answers`: how often answers were shown, while nobody saw what was typed;
    `runs_tools`: what the model calls is not the answer, for some of it runs by itself;
    `replies`: what the terminal has told of itself; `preferred`: gives the person's preferences;
    `accessible`: a screen reader reads it, so that lines follow one another and nothing is painted."""

    def __init__(
        self,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.stdin = stdin or sys.stdin
        self.stdout = stdout or sys.stdout
        self.stderr = stderr or sys.stderr
        self.environ = os.environ if environ is None else environ
        self.one_shot = False
        self.runs_tools = False
        self._terminals: list[TextIO] = []
        self._gone = False
        self.resumed = 0
        self.answers = 0
        self.replies = Replies()
        self.preferred: Callable[[str], Any] = lambda name: None
        self.accessible = self.asked_accessible

    @property
    def asked_accessible(self) -> bool:
        """Tell whether the environment asks for a screen that a screen reader can read."""
        return self.environ.get("ACCESSIBLE", "").lower() not in ("", "0", "false", "no")

    @property
    def notices(self) -> TextIO:
        """Return where everything but the answer goes: aside, if the answer is for a file or pipe, or is
        the only one."""
        return self.stdout if is_tty(self.stdout) and not self.one_shot else self.stderr

    @property
    def interactive(self) -> bool:
        return is_tty(self.stdin) and is_tty(self.notices)

    def prepare(self) -> None:
        """See to it that text which the locale's encoding can't hold is replaced, not an error, and that
        a terminal which is closed is an end, not an error."""
        for stream in (self.stdout, self.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        self._terminals = [each for each in (self.stdin, self.stdout, self.stderr) if is_tty(each)]
        if is_tty(self.stdout):
            self.stdout = cast(TextIO, _Lasting(self.stdout, self._lost))
        if is_tty(self.stderr):
            self.stderr = cast(TextIO, _Lasting(self.stderr, self._lost))

    def let_go(self) -> bool:
        """Tell whether the terminal has been closed. What is written to it then goes nowhere, without an
        error, and nothing is read any more."""
        gone = [stream for stream in self._terminals if not is_tty(stream)]
        for stream in gone:
            self._terminals.remove(stream)
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_RDWR)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
        self._gone = self._gone or bool(gone)
        return self._gone

    def _lost(self) -> None:
        """Take a terminal that can't be written to for closed, as the system says it mostly, by SIGHUP."""
        if self.let_go():
            os.kill(os.getpid(), signal.SIGHUP)

    def with_piped(self, message: str) -> str:
        """Return the message, and below it the piped text, decoded whatever its bytes."""
        raw = getattr(self.stdin, "buffer", None)
        piped = raw.read().decode("utf-8", "replace") if raw else self.stdin.read()
        return "\n\n".join(filter(None, (message, typed(piped).strip("\n"))))

    def piped_bytes(self, most: int) -> bytes:
        """Give what comes through the pipe, as it is; one byte more than `most` where it is longer."""
        raw = getattr(self.stdin, "buffer", None)
        found: bytes = raw.read(most + 1) if raw else self.stdin.read(most + 1).encode()
        return found

    def ask_line(
        self,
        question: str,
        hidden: bool,
        quiet: Quiet,
        hearing: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> str | None:
        """Read one line from a person, without the prompt's machinery. Return None for Ctrl-D. Signals are
        heard inside `hearing`."""
        if self.accessible:
            from .editing.linear import asked

            return asked(question, hidden, quiet, hearing)
        from prompt_toolkit import PromptSession
        from prompt_toolkit.output import create_output

        asking: PromptSession[str] = PromptSession(output=create_output(stdout=self.notices))
        try:
            return asking.prompt(question, is_password=hidden)
        except (EOFError, KeyboardInterrupt):
            return None

    def discard(self) -> None:
        """Discard what is still buffered, since nobody reads any more, so that no error comes up at exit."""
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stdout.fileno())

    def colour(self, stream: TextIO) -> bool:
        """Tell whether styles may be written: by NO_COLOR (https://no-color.org), FORCE_COLOR, and by what
        the terminal knows. The first outdoes the second, as in Python itself."""
        if self.environ.get("NO_COLOR") or self.accessible:
            return False
        forced = abilities.forced(self.environ)
        return is_tty(stream) and not self._dumb if forced is None else forced

    @property
    def depth(self) -> int:
        """Return how many colours the terminal has."""
        return abilities.depth(self.environ)

    @property
    def _dumb(self) -> bool:
        return self.environ.get("TERM") == "dumb"

    @property
    def has_blocks(self) -> bool:
        """Tell whether notices may hold block characters. The terminal must know more than letters, and the
        encoding must have them."""
        encoding = getattr(self.notices, "encoding", None) or "utf-8"
        return self.environ.get("TERM") != "dumb" and "utf" in encoding.lower()

    @property
    def paints(self) -> bool:
        """Tell whether an answer on stdout is painted: styled, and painted over while it grows."""
        return is_tty(self.stdout) and not self._dumb and self.colour(self.stdout)

    def size(self) -> tuple[int, int]:
        """Give (columns, lines) of the window."""
        size = shutil.get_terminal_size()
        return size.columns, size.lines


def is_tty(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (ValueError, AttributeError):  # closed, or none at all
        return False


class _Lasting:
    """A terminal's stream that is there for longer than the terminal: `lost` is told when that goes."""

    def __init__(self, stream: TextIO, lost: Callable[[], None]) -> None:
        self._stream = stream
        self._lost = lost

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            return self._over(error)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._over(error)

    def _over(self, error: OSError) -> int:
        if error.errno != errno.EIO or is_tty(self._stream):
            raise error
        self._lost()
        return 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Quiet:
    """A terminal that shows no typing while nothing reads it.

    For the whole run of the shell: no echo into an answer that streams, Enter stays CR so that
    what is typed ahead is understood as it was meant, and Ctrl-C still makes a signal, but does
    not make the system forget what was typed. Where there is no terminal (or no termios), nothing
    happens.
    """

    def __init__(self, stream: TextIO) -> None:
        self._descriptor: int | None = None
        self._before: list[Any] | None = None
        self._on = False
        with contextlib.suppress(ImportError, OSError, ValueError):
            import termios

            if is_tty(stream):
                self._descriptor = stream.fileno()
                self._before = termios.tcgetattr(self._descriptor)

    def __enter__(self) -> Quiet:
        self._quiet()
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _quiet(self) -> None:
        if self._descriptor is None or self._before is None:
            return
        import termios

        self._on = True
        modes = termios.tcgetattr(self._descriptor)
        modes[0] &= ~termios.ICRNL
        modes[3] &= ~(termios.ECHO | termios.ICANON)
        modes[3] |= termios.NOFLSH
        with contextlib.suppress(termios.error):
            termios.tcsetattr(self._descriptor, termios.TCSANOW, modes)

    def _restore(self) -> None:
        if self._descriptor is None or self._before is None:
            return
        import termios

        self._on = False
        with contextlib.suppress(termios.error):
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    @property
    def keys(self) -> int | None:
        """Return what single keys can be read from as they are pressed, or None if that can't be done."""
        return self._descriptor if self._on else None

    @contextlib.contextmanager
    def off(self) -> Iterator[None]:
        """Give the terminal back as it was found, and make it quiet again afterwards: for a stop."""
        if not self._on:
            yield
            return
        with self.loud():
            yield

    @contextlib.contextmanager
    def loud(self) -> Iterator[None]:
        """Give the terminal back as it was found: for an editor, a pager, an installer."""
        self._restore()
        try:
            yield
        finally:
            self._quiet()
