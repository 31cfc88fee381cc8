"""Read several requests at once, each in a thread with its own stream, and merge their events into one
stream."""

from __future__ import annotations

import contextlib
import math
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from typing import Generic, Protocol, TypeAlias, TypeVar

from ..base.errors import RequestFailed
from .body import Body
from .counted import total
from .events import (
    Beside,
    Effective,
    Event,
    Failed,
    Finished,
    Interrupted,
    Logprobs,
    Notice,
    Piece,
    Sent,
    Started,
    Used,
    Waiting,
)

E = TypeVar("E")

_INDEXED = (Piece, Beside, Logprobs, Effective, Finished)


class Stop:
    """Ends streams that other threads read: each says how it is hung up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hang_up: list[Callable[[], None]] = []
        self.is_set = False

    def on_stop(self, hang_up: Callable[[], None]) -> None:
        """Call this when it is time; at once, if it has been."""
        with self._lock:
            if not self.is_set:
                self._hang_up.append(hang_up)
                return
        hang_up()

    def set(self) -> None:
        with self._lock:
            self.is_set = True
            waiting, self._hang_up = self._hang_up, []
        for hang_up in waiting:
            hang_up()


class Streaming(Protocol):
    """The part of a client that is needed here."""

    def stream(self, body: Body, stop: Stop | None = None) -> Iterator[Event]: ...


class Gate(Protocol):
    """Says when the next stream may begin."""

    def wait(self, under_way: int) -> float:
        """Give the seconds until then: 0 is now; math.inf is when one of those under way has ended."""


class Slots:
    """Room for so many at once; 0 is no bound. While one of them waits for a rate limit, no other begins."""

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._waiting: set[int] = set()

    def wait(self, under_way: int) -> float:
        full = self._waiting or (self._most and under_way >= self._most)
        return math.inf if full else 0.0

    def heard(self, number: int, event: object) -> None:
        """Take note of an event of a stream; None ends it."""
        if isinstance(event, Waiting) and event.seconds:
            self._waiting.add(number)
        else:
            self._waiting.discard(number)


Stream: TypeAlias = Callable[[Stop], Iterator[E]]


class Streams(Generic[E]):
    """Streams that are read at once, each in a thread. `begin` gives the one of that number when there is
    room for it, None where there is none now; it is asked again whenever something has come. `stops`, one
    for each stream, stop one alone: that one ends with Interrupted. `ready` is called when those that begin
    together are known, before the first of them does; `starting` in each thread that is made. Threads are
    used again: to start one for each of many thousand would cost as much as what it reads."""

    def __init__(
        self,
        begin: Callable[[int], Stream[E] | None],
        gate: Gate,
        stops: Iterable[Stop] = (),
        ready: Callable[[], None] = lambda: None,
        starting: Callable[[], None] = lambda: None,
    ) -> None:
        self._starting = starting
        self._begin = begin
        self._gate = gate
        self._ready = ready
        self._stops = iter(stops)
        self._arrived: queue.SimpleQueue[tuple[int, E | Event | None, float]] = queue.SimpleQueue()
        self._jobs: queue.SimpleQueue[tuple[int, Stream[E], Stop] | None] = queue.SimpleQueue()
        self._threads = 0
        self._number = 0
        self.under_way: dict[int, Stop] = {}

    def next(
        self, timeout: float | None = None, begin: bool = True
    ) -> tuple[int, E | Event | None, float] | None:
        """Give (which stream, event, when it came by time.monotonic), in the order of arrival. An event None
        ends a stream. Give None if nothing comes within `timeout` seconds, or all is over: then none is
        `under_way`. With `begin` false nothing begins before it."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            wait = self._fill() if begin else math.inf
            if not self.under_way and wait == math.inf:
                return None
            left = None if end is None else max(0.0, end - time.monotonic())
            patience = min((each for each in (left, wait) if each not in (None, math.inf)), default=None)
            with contextlib.suppress(queue.Empty):
                number, event, when = self._arrived.get(timeout=patience)
                if event is None:
                    del self.under_way[number]
                return number, event, when
            if left is not None and patience == left:
                return None

    def _fill(self) -> float:
        """Begin what there is room for. Give the seconds until there may be more, math.inf for not before
        something has come."""
        found: list[tuple[int, Stream[E], Stop]] = []
        while not (wait := self._gate.wait(len(self.under_way))):
            stream = self._begin(self._number)
            if stream is None:
                wait = math.inf
                break
            number, self._number = self._number, self._number + 1
            self.under_way[number] = stop = next(self._stops, None) or Stop()
            found.append((number, stream, stop))
        if found:
            self._ready()
        for job in found:
            self._jobs.put(job)
            if self._threads < len(self.under_way):
                self._threads += 1
                threading.Thread(target=self._work, name="stream", daemon=True).start()
        return wait

    def _work(self) -> None:
        self._starting()
        while job := self._jobs.get():
            self._run(*job)

    def _put(self, number: int, event: E | Event | None) -> None:
        self._arrived.put((number, event, time.monotonic()))

    def _run(self, number: int, stream: Stream[E], stop: Stop) -> None:
        try:
            for event in stream(stop):
                if stop.is_set:
                    break
                self._put(number, event)
        except Exception as error:
            self._put(number, Failed(RequestFailed(f"the request failed: {type(error).__name__}")))
        finally:
            if stop.is_set:
                self._put(number, Interrupted())
            self._put(number, None)

    def close(self) -> None:
        """Stop them all."""
        _all(self.under_way.values())
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0


def merged(
    streams: Iterable[Stream[Event]], stops: Iterable[Stop] = (), at_once: int = 0
) -> Generator[tuple[int, Event | None, float], None, None]:
    """Merge streams: yield what `Streams` gives until all is over. Closing this generator stops them all.
    Streams are taken from `streams` as they begin, at most `at_once` at a time; 0 is no bound."""
    slots, to_begin = Slots(at_once), iter(streams)
    found: Streams[Event] = Streams(lambda number: next(to_begin, None), slots, stops)
    try:
        while came := found.next():
            slots.heard(came[0], came[1])
            yield came
    finally:
        found.close()


def choices(client: Streaming, body: Body, stop: Stop | None = None) -> Iterator[Event]:
    """Give the events of `n` requests for one choice each, as if they were one request's.

    A seed is counted up from choice to choice, or all would be the same.
    """
    bodies = [one_choice(body, index) for index in range(body["n"])]
    stops = [Stop() for _ in bodies]
    if stop is not None:
        stop.on_stop(lambda: _all(stops))
    arriving = merged([_starter(client, each) for each in bodies], stops)
    return as_one(len(bodies), ((index, event) for index, event, _ in arriving))


def as_one(count: int, source: Iterable[tuple[int, Event | None]]) -> Iterator[Event]:
    """Merge the events of `count` requests into those of one. Each request asks for one choice, whose
    number comes with its events. Prompt tokens add up, since every request pays for its own. A request that
    fails is a notice, unless all fail."""
    used: dict[int, Used] = {}
    failed: list[Failed] = []
    started: Started | None = None
    for index, event in source:
        if isinstance(event, Used):
            used[index] = event
        elif isinstance(event, Failed):
            failed.append(event)
            if len(failed) < count:
                yield Notice(f"choice {index + 1} failed: {event.error.message}")
        elif isinstance(event, Sent):
            yield replace(event, choice=index)
        elif isinstance(event, _INDEXED):
            yield replace(event, index=index)
        elif isinstance(event, Started):
            if started is None or started != started.filled(event):
                started = (started or Started()).filled(event)
                yield started
        elif event is not None:
            yield event
    if used:
        yield _sum(list(used.values()))
    if failed and len(failed) == count:
        yield failed[0]


def _all(stops: Iterable[Stop]) -> None:
    for stop in stops:
        stop.set()


def one_choice(body: Body, index: int) -> Body:
    """Give the body for choice `index` alone."""
    alone = {name: value for name, value in body.items() if name != "n"}
    if "seed" in alone:
        alone["seed"] += index
    return alone


def _starter(client: Streaming, body: Body) -> Callable[[Stop], Iterator[Event]]:
    return lambda stop: client.stream(body, stop)


def _sum(used: list[Used]) -> Used:
    def known(numbers: list[int | None]) -> int | None:
        told = [number for number in numbers if number is not None]
        return sum(told) if told else None

    return Used(
        total([each.prompt for each in used]),
        total([each.completion for each in used]),
        known([each.cached for each in used]),
        known([each.reasoning for each in used]),
    )
