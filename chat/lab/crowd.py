"""Ask many at once, as fast as the server takes them: whole answers, in the order in which they come.

`runner` shows answers while they grow; this is for the thousands of which nobody watches one. What is asked
next is decided only when there is room for it, so that no list of all requests is ever made.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from ..base.dataclass import dataclass
from ..base.errors import NoConnection, RateLimited, RequestFailed, ServerFailed, StreamBroken, TimedOut
from ..base.interrupts import Interrupts, allowed
from ..conversation.events import Event
from ..conversation.folding import Fold
from ..conversation.parallel import Stop, Streams
from ..conversation.turn import COMPLETE, Answer
from ..session import sending
from ..session.sending import Prepared
from ..session.state import Session
from .pace import Begun, Outcome, Pace

K = TypeVar("K")

#: Seconds after which a program that waits looks whether Ctrl-C was pressed.
_LOOK = 0.1
#: With so many under way, others are waited for so many seconds once one has come: what is done with
#: several at once costs little more than with one, and each time other threads have to be waited for.
_MANY, _GATHER = 8, 0.002


@dataclass(frozen=True)
class Job(Generic[K]):
    """Something to ask: `ask` does it in a thread and gives an answer; `tokens` estimates its size."""

    key: K
    ask: Callable[[Stop], Answer]
    tokens: int = 0


class _Core:
    """One core of the processor, which all threads of a crowd keep to where the system can. One thread of
    Python's runs at a time: on several cores they wake each other in vain, a fourth of the time."""

    def __init__(self) -> None:
        self._before: set[int] = set()
        if hasattr(os, "sched_getaffinity"):
            with contextlib.suppress(OSError):
                self._before = os.sched_getaffinity(0)

    def keep(self) -> None:
        """Keep the thread that calls this to it."""
        if self._before:
            cores = sorted(self._before)
            with contextlib.suppress(OSError):
                os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})

    def leave(self) -> None:
        """Let the thread that calls this run wherever it could before."""
        if self._before:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(0, self._before)


def job(session: Session, key: K, prepared: Prepared, tokens: int = 0) -> Job[K]:
    """Make a job of a request."""
    return Job(key, lambda stop: answer(session, prepared, stop), tokens)


def answer(session: Session, prepared: Prepared, stop: Stop) -> Answer:
    """Ask, and give the whole answer. Nothing is waited for or tried again: the crowd's pace decides."""
    fold = Fold()
    for event in sending.events(session, prepared, stop):
        fold.feed(event)
    return fold.answer()


class Crowd(Generic[K]):
    """Jobs that are under way. `begin` gives the next one, None where there is none now; it is asked again
    whenever an answer has come. `ready` is called before those that were given last go out."""

    def __init__(
        self, pace: Pace, begin: Callable[[], Job[K] | None], ready: Callable[[], None] = lambda: None
    ) -> None:
        self.pace = pace
        self._begin = begin
        self._core = _Core()
        self._streams: Streams[Answer] = Streams(self._next, self, ready=ready, starting=self._core.keep)
        self._jobs: dict[int, tuple[Job[K], Begun]] = {}
        self._dry = False  # nothing was left to begin when that was last asked
        self.stopping = False

    def wait(self, under_way: int) -> float:
        """Give the seconds until there is room for another."""
        return math.inf if self.stopping else self.pace.wait()

    def _next(self, number: int) -> Callable[[Stop], Iterator[Answer]] | None:
        found = self._begin()
        self._dry = found is None
        if found is None:
            return None
        job = found
        self._jobs[number] = job, self.pace.began(job.tokens)

        def asked(stop: Stop) -> Iterator[Answer]:
            yield job.ask(stop)

        return asked

    def next(self, timeout: float, begin: bool = True) -> tuple[K, Answer] | None:
        """Give an answer that has come, and whose it is; None if none does within so many seconds, or all is
        over: then `busy` is false. With `begin` false nothing begins before it."""
        came = self._streams.next(timeout, begin)
        while came:
            number, event, _ = came
            if event is not None and number in self._jobs:  # else an Interrupted that follows an answer
                self._dry = False  # what has come may make room, or work
                job, begun = self._jobs.pop(number)
                made = event if isinstance(event, Answer) else _failed(event)
                self.pace.ended(begun, outcome(made))
                return job.key, made
            came = self._streams.next(0, begin=False)
        return None

    @property
    def busy(self) -> bool:
        """Tell whether anything is under way."""
        return bool(self._streams.under_way)

    def answers(self, interrupts: Interrupts, together: int) -> Iterator[list[tuple[K, Answer]]]:
        """Yield answers, as many at once as have come, up to `together`; an empty list where none has for a
        moment. Ctrl-C lets those under way end and begins no other; pressed again it raises
        KeyboardInterrupt, and so does a request of the system to end. Whoever takes them calls `close`."""
        self._core.keep()
        while True:
            found = []
            came = self.next(_LOOK)
            if came and len(self._jobs) >= _MANY:
                time.sleep(_GATHER)
            while came:
                found.append(came)
                came = self.next(0, begin=False) if len(found) < together else None
            self.look(interrupts)
            if not found and not self.busy and (self.stopping or self._dry):
                return
            yield found

    def look(self, interrupts: Interrupts) -> None:
        """Look whether Ctrl-C was pressed: the first time nothing more begins. Raises KeyboardInterrupt as
        `answers` does."""
        try:
            with allowed(interrupts):
                pass
        except KeyboardInterrupt:
            if self.stopping or interrupts.ending:
                raise
            self.stopping = True

    def close(self) -> None:
        """Stop all that is under way."""
        self._streams.close()
        self._core.leave()


def _failed(event: Event) -> Answer:
    fold = Fold()
    fold.feed(event)
    return fold.answer()


#: Failures that may pass: the same request may be answered later.
_PASSES = (RateLimited, TimedOut, NoConnection, ServerFailed, StreamBroken)


def passes(made: Answer) -> bool:
    """Tell whether an answer failed in a way that may pass."""
    return isinstance(made.error, _PASSES)


def outcome(made: Answer) -> Outcome:
    """Tell the pace what came of a request."""
    error: RequestFailed | None = made.error
    headers = {name.lower(): value for each in made.wire[-1:] for name, value in each.answer_headers}
    used = made.usage.total if made.usage else None
    return Outcome(
        ok=made.ended == COMPLETE,
        refused=isinstance(error, RateLimited) or (error is not None and error.status == 503),
        unreachable=isinstance(error, NoConnection | TimedOut | ServerFailed),
        retry_after=error.retry_after if error else None,
        seconds=made.duration,
        tokens=used or 0,
        headers=headers,
    )
