"""Handle signals: end politely by SIGTERM or SIGHUP, hold Ctrl-C back while it would tear something, and
put the terminal right before and after Ctrl-Z."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import CodeType, FrameType
from typing import Any, TypeVar

from chat.base.exits import Exit

from .streams import Quiet, Terminal

Function = TypeVar("Function", bound=Callable[..., Any])

#: Seconds between two looks for signals while C waits for a line, as CPython's own readline takes with an
#: input hook; and seconds until a signal that was put off comes back.
_TICK = 0.1
_SOON = 0.02
#: The code in which no signal may raise anything: see `deaf`.
_DEAF: set[CodeType] = set()


class Ended(BaseException):
    """The system asked the shell to end, by this signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = Exit(128 + number)


class Signals:
    """While they are `handled`, Ctrl-C raises KeyboardInterrupt while it is heard, and SIGTERM and
    SIGHUP raise Ended, at the prompt through its own exit. While they are `held`, all of them wait:
    see chat.base.interrupts.

    prompt-toolkit runs an event loop that an exception from a handler would tear down with the
    terminal still raw; `at_prompt` is how a prompt that is up wants to be told that it ends, and
    `pause` how it stops: both return False where no prompt is up.
    """

    def __init__(self) -> None:
        self.at_prompt: Callable[[Ended], bool] = lambda ended: False
        self.pause: Callable[[Callable[[], None]], bool] = lambda stop: False
        self._terminal: Terminal | None = None
        self._quiet: Quiet | None = None
        self._holding = False
        self._open = True
        self._interrupted = False
        self._ended: Ended | None = None
        self._late = 0
        self._every = 0.0

    @contextlib.contextmanager
    def handled(self, terminal: Terminal, quiet: Quiet, heard: bool = True) -> Iterator[None]:
        """Handle the system's signals inside this block, also those since `tempera.early.hold_back`. Ctrl-C
        is `heard`."""
        self._terminal, self._quiet, self._open = terminal, quiet, heard
        handlers = {
            "SIGINT": self._come,
            "SIGTERM": self._come,
            "SIGHUP": self._come,
            "SIGTSTP": self._suspend,
            "SIGCONT": self._continue,
            "SIGALRM": self._again,
        }
        with _handling(handlers):
            _let_through()
            try:
                yield
            finally:
                self._late = 0
                self._tick(0)

    def missed(self) -> bool:
        """Tell, once, whether Ctrl-C came while it was not heard."""
        missed, self._interrupted = self._interrupted, False
        return missed

    @contextlib.contextmanager
    def heard(self, heard: bool) -> Iterator[None]:
        """Set whether Ctrl-C is heard inside this block. A prompt hears it by itself, but not while it is
        being built and taken down. There it no longer means anything."""
        before, self._open = self._open, heard
        if heard:
            self._interrupted = False
        try:
            yield
        finally:
            self._open = before
            if before:  # else whoever does not hear it may ask whether it was missed
                self._interrupted = False

    @contextlib.contextmanager
    def awake(self) -> Iterator[None]:
        """Look for signals again and again inside this block, in which C waits for a line. Readline waits
        without an end, and only a signal that comes meanwhile wakes it: one that came just before, while
        another thread had the interpreter, would not be heard before the next key is pressed."""
        self._tick(_TICK)
        try:
            yield
        finally:
            self._tick(0)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Hear Ctrl-C inside this block, in which C waits for a line, and every other signal as well."""
        with self.heard(True), self.awake():
            yield

    # ---- chat.base.interrupts.Interrupts

    @property
    def ending(self) -> bool:
        return self._ended is not None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        self._holding = True
        try:
            with self.heard(False):
                yield
        finally:
            self._holding = False
            self._raise_ended()

    def open(self) -> None:
        self._open = True
        if self._interrupted:
            self._interrupt(0, None)

    def shut(self) -> None:
        self._open = False

    # ---- handlers

    def _come(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal now, or by the next tick where C waits for a line: `input` lets handlers run after
        one has raised an exception, which they would lose. So only the last of them may raise any."""
        if self._every:
            self._put_off(number)
        elif number == signal.SIGINT:
            self._interrupt(number, frame)
        else:
            self._end(number, frame)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """Handle Ctrl-C or a request to end: now, if it can't tear anything, or else when it is time."""
        if self._open and _untouchable(frame):
            self._put_off(signal.SIGINT)
            return
        self._interrupted = not self._open
        if self._open:
            self._open = not self._holding
            raise KeyboardInterrupt

    def _end(self, number: int, frame: FrameType | None) -> None:
        ended = Ended(number)
        if self._terminal and number == getattr(signal, "SIGHUP", None):
            self._terminal.let_go()
        if self._holding:
            self._ended = ended
            self._interrupt(number, frame)
        elif self.at_prompt(ended):
            pass
        elif _untouchable(frame):
            self._put_off(number)
        else:
            raise ended

    def _put_off(self, number: int) -> None:
        """Come back to a signal a little later. An exception in the middle of an import would leave
        Python's import locks taken, and the next import would wait for ever; in what is `deaf` it would be
        lost. No Ctrl-C takes the place of a request to end."""
        if not self._late or number != signal.SIGINT:
            self._late = number
        self._tick(self._every)

    def _tick(self, every: float) -> None:
        """Have `_again` called so often, 0 for never, and soon if a signal was put off."""
        self._every = every
        if hasattr(signal, "setitimer"):
            with contextlib.suppress(ValueError):  # not the main thread: somebody else's program
                signal.setitimer(signal.ITIMER_REAL, _SOON if self._late else every, every)

    def _again(self, number: int, frame: FrameType | None) -> None:
        late, self._late = self._late, 0
        if late and not _untouchable(frame):
            self._tick(0)
        if late == signal.SIGINT:
            self._interrupt(late, frame)
        elif late:
            self._end(late, frame)

    def _raise_ended(self) -> None:
        ended, self._ended = self._ended, None
        if ended:
            raise ended

    def _suspend(self, number: int, frame: FrameType | None) -> None:
        if not self.pause(self._stop):
            self._stop()

    def _stop(self) -> None:
        """Stop, as Ctrl-Z does, and go on here when the system says so."""
        assert self._quiet
        with self._quiet.off():
            before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(0, signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, before)

    def _continue(self, number: int, frame: FrameType | None) -> None:
        """Carry on after a stop, whoever caused it. Without job control nothing could continue the program,
        so the system stops nothing, and nothing was written meanwhile."""
        assert self._terminal
        self._terminal.resumed += 1


def _let_through() -> None:
    """End what `tempera.early.hold_back` began: a Ctrl-C that came since then arrives now."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def interrupts_left() -> AbstractContextManager[None]:
    """Leave Ctrl-C to a program that has the terminal, and hears it as well: less goes back to its
    prompt, ed to its commands."""
    return _handling({"SIGINT": lambda number, frame: None})


def deaf(function: Function) -> Function:
    """Mark a function that C calls, and whose exceptions C drops: signals wait until it is over."""
    _DEAF.add(function.__code__)
    return function


def _untouchable(frame: FrameType | None) -> bool:
    while frame:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>" or frame.f_code in _DEAF:
            return True
        frame = frame.f_back
    return False


@contextlib.contextmanager
def _handling(handlers: Mapping[str, Callable[[int, Any], None]]) -> Iterator[None]:
    before: dict[int, Any] = {}
    with contextlib.suppress(ValueError):  # not the main thread: somebody else's program
        for name, handler in handlers.items():
            if hasattr(signal, name):  # Windows has but a few
                number = getattr(signal, name)
                before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
