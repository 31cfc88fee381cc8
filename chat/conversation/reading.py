"""From an answer's bytes to events: one way for what comes now and for what was recorded.

It raises nothing that a server could cause: what is no answer is the event `Failed`. What the
failure is called is the caller's to say, who knows which endpoint answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ..base.errors import RequestFailed
from ..base.halves import read_json
from ..base.short import several
from . import sse
from .events import Event, Failed, Finished, Notice, read, started
from .wire import Exchange

#: Makes an error of what a server reported in the place of an answer, or of a chunk.
Reported = Callable[[Any], RequestFailed]


def streamed(
    source: Iterator[sse.ServerEvent], reported: Reported, cut_off: Callable[[], RequestFailed]
) -> Iterator[Event]:
    """Read a streamed answer. `[DONE]` ends it, and so does the stream itself once a choice has
    finished; else it was `cut_off`. Chunks that can't be read are left out and told of once."""
    finished = done = False
    first = True
    bad = 0
    for _, kind, data in source:
        if not data:
            continue
        if data.strip() == "[DONE]":
            done = True
            break
        try:
            chunk = read_json(data)
        except (ValueError, RecursionError):
            bad += 1
            continue
        if not isinstance(chunk, dict):
            bad += chunk is not None
            continue
        if chunk.get("error") or kind == "error":
            yield Failed(reported(chunk.get("error") or chunk))
            return
        if first:
            yield started(chunk)
            first = False
        for event in read(chunk):
            finished |= isinstance(event, Finished)
            yield event
    if bad:
        were = "was" if bad == 1 else "were"
        yield Notice(f"{several(bad, 'piece')} of the answer could not be read and {were} left out")
    if not finished and not done:
        yield Failed(cut_off())


def whole(data: bytes, reported: Reported, no_answer: Callable[[str], RequestFailed]) -> Iterator[Event]:
    """Read an answer that came in one piece. `no_answer` is told what came instead of one."""
    try:
        answer = read_json(data)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        yield Failed(no_answer("a web page" if data.lstrip()[:1] == b"<" else "no JSON"))
    elif answer.get("error"):
        yield Failed(reported(answer["error"]))
    elif not isinstance(answer.get("choices"), list):
        yield Failed(no_answer("JSON without choices"))
    else:
        yield replace(started(answer), whole=True)
        yield from read(answer)


def recorded(exchange: Exchange, failure: RequestFailed) -> Iterator[Event]:
    """Read an answer whose bytes were kept, whole or not. `failure` is told where it is none."""

    def failed(*_: Any) -> RequestFailed:
        return failure

    data = (raw for _, raw in exchange.decoded())
    if exchange.streamed:
        return streamed(sse.events(data), failed, failed)
    return whole(b"".join(data), failed, failed)
