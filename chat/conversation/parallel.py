"""Read several requests at once, each in a thread with its own stream, and merge their events into one
stream."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from typing import Protocol

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


class Streams(Protocol):
    """The part of a client that is needed here."""

    def stream(self, body: Body, stop: Stop | None = None) -> Iterator[Event]: ...


def merged(
    streams: Iterable[Callable[[Stop], Iterator[Event]]], stops: Iterable[Stop] = (), at_once: int = 0
) -> Generator[tuple[int, Event | None, float], None, None]:
    """Merge streams: yield (which stream, event, when it came by time.monotonic) in the order of arrival.
    None ends a stream. Closing this generator stops them all. Streams are taken from `streams` as they
    begin, at most `at_once` at a time; 0 is no bound. While one of them waits for a rate limit, no other
    begins. `stops`, one for each stream, stop one alone: that one ends with Interrupted."""
    arrived: queue.SimpleQueue[tuple[int, Event | None, float]] = queue.SimpleQueue()

    def put(number: int, event: Event | None) -> None:
        arrived.put((number, event, time.monotonic()))

    def run(number: int, stream: Callable[[Stop], Iterator[Event]], stop: Stop) -> None:
        try:
            for event in stream(stop):
                if stop.is_set:
                    break
                put(number, event)
        except Exception as error:
            put(number, Failed(RequestFailed(f"the request failed: {type(error).__name__}")))
        finally:
            if stop.is_set:
                put(number, Interrupted())
            put(number, None)

    to_begin, own = enumerate(streams), iter(stops)
    under_way: dict[int, Stop] = {}
    waiting: set[int] = set()
    try:
        while True:
            while not waiting and (not at_once or len(under_way) < at_once):
                number, stream = next(to_begin, (-1, None))
                if stream is None:
                    break
                under_way[number] = stop = next(own, None) or Stop()
                threading.Thread(target=run, args=(number, stream, stop), daemon=True).start()
            if not under_way:
                return
            number, event, when = arrived.get()
            if event is None:
                del under_way[number]
                waiting.discard(number)
            elif isinstance(event, Waiting) and event.seconds:
                waiting.add(number)
            else:
                waiting.discard(number)
            yield number, event, when
    finally:
        _all(under_way.values())


def choices(client: Streams, body: Body, stop: Stop | None = None) -> Iterator[Event]:
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


def _starter(client: Streams, body: Body) -> Callable[[Stop], Iterator[Event]]:
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
