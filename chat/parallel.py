"""Several requests at once, each in a thread with its own stream, their events in one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from .errors import RequestFailed
from .events import (
    Effective,
    Event,
    Failed,
    Finished,
    Interrupted,
    Logprobs,
    Notice,
    Reasoning,
    Refusal,
    Started,
    Text,
    ToolCall,
    Used,
)
from .request import Body

_INDEXED = (Text, Reasoning, Refusal, ToolCall, Logprobs, Effective, Finished)


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
    """What is needed of a client."""

    def stream(self, body: Body, stop: Stop | None = None) -> Iterator[Event]: ...


def merged(
    streams: Sequence[Callable[[Stop], Iterator[Event]]], stops: Sequence[Stop] = ()
) -> Iterator[tuple[int, Event]]:
    """(which stream, event) in the order of arrival. Closing this generator stops them all.

    `stops` are theirs, one each, where somebody wants to stop one alone: that one ends with
    Interrupted.
    """
    stops = stops or [Stop() for _ in streams]
    arrived: queue.SimpleQueue[tuple[int, Event | None]] = queue.SimpleQueue()

    def run(number: int, start: Callable[[Stop], Iterator[Event]], stop: Stop) -> None:
        try:
            for event in start(stop):
                if stop.is_set:
                    break
                arrived.put((number, event))
        except Exception as error:
            arrived.put((number, Failed(RequestFailed(f"the request failed: {type(error).__name__}"))))
        finally:
            if stop.is_set:
                arrived.put((number, Interrupted()))
            arrived.put((number, None))

    for number, (start, stop) in enumerate(zip(streams, stops, strict=True)):
        threading.Thread(target=run, args=(number, start, stop), daemon=True).start()
    try:
        left = len(streams)
        while left:
            number, event = arrived.get()
            if event is None:
                left -= 1
            else:
                yield number, event
    finally:
        _all(stops)


def choices(client: Streams, body: Body, stop: Stop | None = None) -> Iterator[Event]:
    """The events of `n` requests for one choice each, as if they were one request's.

    A seed is counted up from choice to choice, or all would be the same. Prompt tokens add up:
    every request pays for its own. One that fails is a notice, unless all do.
    """
    bodies = [one_choice(body, index) for index in range(body["n"])]
    used: list[Used] = []
    failed: list[Failed] = []
    begun = False
    stops = [Stop() for _ in bodies]
    if stop is not None:
        stop.on_stop(lambda: _all(stops))
    for index, event in merged([_starter(client, each) for each in bodies], stops):
        if isinstance(event, Used):
            used.append(event)
        elif isinstance(event, Failed):
            failed.append(event)
            if len(failed) < len(bodies):
                yield Notice(f"choice {index + 1} failed: {event.error.message}")
        elif isinstance(event, _INDEXED):
            yield replace(event, index=index)
        elif not isinstance(event, Started) or not begun:
            begun = begun or isinstance(event, Started)
            yield event
    if used:
        yield _sum(used)
    if len(failed) == len(bodies):
        yield failed[0]


def _all(stops: Sequence[Stop]) -> None:
    for stop in stops:
        stop.set()


def one_choice(body: Body, index: int) -> Body:
    """The body for choice `index` alone."""
    alone = {name: value for name, value in body.items() if name != "n"}
    if "seed" in alone:
        alone["seed"] += index
    return alone


def _starter(client: Streams, body: Body) -> Callable[[Stop], Iterator[Event]]:
    return lambda stop: client.stream(body, stop)


def _sum(used: list[Used]) -> Used:
    def total(numbers: list[Any]) -> Any:
        known = [number for number in numbers if number is not None]
        return sum(known) if known else None

    return Used(
        sum(each.prompt for each in used),
        sum(each.completion for each in used),
        total([each.cached for each in used]),
        total([each.reasoning for each in used]),
    )
