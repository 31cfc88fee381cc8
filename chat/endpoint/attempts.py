"""A request, sent again where that is safe; each time in the open, by an event that says so."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ..base.errors import ParameterRefused, RateLimited
from ..conversation.body import Body
from ..conversation.events import Event, Failed, Notice, Sent, Waiting
from ..conversation.parallel import Stop, Streaming, choices

#: How often a rate limit is waited for, and seconds of the first wait where the server does not
#: say (doubling after that).
MOST_WAITS = 4
FIRST_WAIT = 2.0
#: Seconds that are waited for where nobody sees it.
UNSEEN = 60.0


def attempts(
    client: Streaming,
    body: Body,
    refused: Callable[[ParameterRefused], None] = lambda error: None,
    sleep: Callable[[float], Any] = time.sleep,
    split: bool = False,
    stop: Stop | None = None,
    as_is: bool = False,
    longest: float = math.inf,
) -> Iterator[Event]:
    """Yield the events of a request, and send it again where that is safe, with a notice. That is so in
    three cases: a rate limit that will pass (after a countdown that Ctrl-C ends); a server that refuses
    `stream_options` (sent without it); one that refuses `n` (sent as `n` requests; at once, if `split` says
    that this is known). `refused` is told of the last two. `Sent` tells which fields are left out. Nothing
    is sent again once an answer has begun. `stop` ends it from another thread. `as_is` keeps the body as it
    is: then only rate limits are waited for, none beyond `longest` seconds."""
    waits = 0
    dropped: tuple[str, ...] = ()
    while not split:
        failure: Failed | None = None
        for event in _without(dropped, client.stream(body, stop)):
            if isinstance(event, Failed):
                failure = event
                break
            yield event
        if failure is None:
            return
        error = failure.error
        named = error.param if isinstance(error, ParameterRefused) and not as_is else None
        if isinstance(error, ParameterRefused) and named == "stream_options" and named in body:
            refused(error)
            dropped = ("stream_options",)
            body = {name: value for name, value in body.items() if name != "stream_options"}
            yield Notice("this server takes no stream_options: sent again without, it reports no tokens")
        elif isinstance(error, ParameterRefused) and named == "n" and body.get("n", 1) > 1:
            refused(error)
            split = True
        elif isinstance(error, RateLimited) and waits < MOST_WAITS:
            seconds = FIRST_WAIT * 2**waits if error.retry_after is None else error.retry_after
            if seconds > longest:
                yield failure
                return
            yield from _countdown(seconds, error, sleep, stop)
            waits += 1
            if stop and stop.is_set:
                return
        else:
            yield failure
            return
    yield Notice(f"this server takes no n of {body['n']}: that many requests are sent at once instead")
    yield from _without((*dropped, "n"), choices(client, body, stop))


def _without(dropped: tuple[str, ...], events: Iterator[Event]) -> Iterator[Event]:
    """Give the events of a request that goes without these fields."""
    for event in events:
        yield replace(event, dropped=dropped) if isinstance(event, Sent) else event


def _countdown(
    seconds: float, error: RateLimited, sleep: Callable[[float], Any], stop: Stop | None
) -> Iterator[Event]:
    left = seconds
    while left > 0 and not (stop and stop.is_set):
        yield Waiting(left, error.message)
        step = min(1.0, left)
        sleep(step)
        left -= step
    yield Waiting(0.0, error.message)
