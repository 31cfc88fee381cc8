"""Fold the events of an answer into a record, and pump them to those that look on."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from ..base.errors import RequestFailed
from ..base.interrupts import Interrupts, Unguarded, waited
from .content import calls_form
from .events import (
    CALL,
    REASONING,
    REFUSAL,
    TEXT,
    Beside,
    Effective,
    Event,
    Failed,
    Finished,
    Interrupted,
    Logprobs,
    Piece,
    Sent,
    Started,
    TokenLogprob,
    Used,
    Waiting,
)
from .spoken import BesidePieces, PartialCall
from .turn import COMPLETE, FAILED, INTERRUPTED, Answer, Choice, Usage
from .wire import Exchange


class Consumer(Protocol):
    """Looks at a turn while it happens."""

    def feed(self, event: Event) -> None: ...


class Fold:
    """Events -> Answer; keeps pieces in lists, so that a long answer costs its length."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sent = clock()
        self._first: float | None = None
        self._arrivals = array("d")
        self._started = Started()
        self._pieces: dict[tuple[int, str], list[str]] = {}
        self._calls: dict[int, dict[int, PartialCall]] = {}
        self._beside: dict[int, BesidePieces] = {}
        self._logprobs: dict[int, list[TokenLogprob]] = {}
        self._effective: Mapping[str, Any] | None = None
        self._finished: dict[int, str] = {}
        self._used: Used | None = None
        self._ended = COMPLETE
        self._error: RequestFailed | None = None
        self._dropped: tuple[str, ...] = ()
        self._wire: list[Exchange] = []
        self._waited_for: Exchange | None = None

    def feed(self, event: Event, when: float | None = None) -> None:
        """Take in an event. `when` is the time that it came, if that was before now."""
        if isinstance(event, Piece):
            self._piece(event, when)
        elif isinstance(event, Beside):
            self._beside.setdefault(event.index, BesidePieces()).feed(event)
        elif isinstance(event, Logprobs):
            self._logprobs.setdefault(event.index, []).extend(event.tokens)
        elif isinstance(event, Effective):
            if event.index == 0 or self._effective is None:
                self._effective = event.settings
        elif isinstance(event, Finished):
            self._finished[event.index] = event.reason
        elif isinstance(event, Used):
            self._used = event
        elif isinstance(event, Started):
            self._started = event
        elif isinstance(event, Sent):
            self._wire.append(event.exchange)
            self._waited_for = event.exchange
            self._dropped = event.dropped
        elif isinstance(event, Waiting):
            self._sent, self._waited_for = self._clock() + event.seconds, None
        elif isinstance(event, Failed):
            self._ended, self._error = FAILED, event.error
        elif isinstance(event, Interrupted):
            self._ended = INTERRUPTED

    def _piece(self, piece: Piece, when: float | None) -> None:
        self._look_when_sent()
        now = (self._clock() if when is None else when) - self._sent
        if self._first is None:
            self._first = now
        self._arrivals.append(now)
        if piece.kind == CALL:
            call = self._calls.setdefault(piece.index, {}).setdefault(piece.call, PartialCall(piece.tool))
            call.id = call.id or piece.id
            call.name += piece.name
            call.arguments.append(piece.text)
            call.extra.update(piece.extra or {})
        else:
            self._pieces.setdefault((piece.index, piece.kind), []).append(piece.text)

    def _look_when_sent(self) -> None:
        """Use the connection's own time of sending, as long as nothing has come."""
        if self._first is None and self._waited_for is not None and self._waited_for.sent is not None:
            self._sent = self._waited_for.sent

    def answer(self, when: float | None = None) -> Answer:
        """Make the answer from what has come so far. `when` is the time that it ended."""
        self._look_when_sent()
        spoken = (*self._calls, *self._beside, *self._finished)
        indices = sorted({*(index for index, _ in self._pieces), *spoken})
        return Answer(
            choices=tuple(self._choice(index) for index in indices),
            usage=self._usage(),
            ended=self._ended,
            error=self._error,
            response_id=self._started.id,
            model=self._started.model,
            fingerprint=self._started.fingerprint,
            service_tier=self._started.service_tier,
            first_token=None if self._started.whole else self._first,
            duration=(self._clock() if when is None else when) - self._sent,
            arrivals=self._arrivals,
            effective=self._effective,
            dropped=self._dropped,
            wire=tuple(each for each in self._wire if each.sent is not None),
        )

    def _choice(self, index: int) -> Choice:
        made = (call.made(number) for number, call in sorted(self._calls.get(index, {}).items()))
        calls = tuple(made)
        spoken = self._beside[index].beside() if index in self._beside else {}
        return Choice(
            index,
            **{kind: "".join(self._pieces.get((index, kind), ())) for kind in (TEXT, REASONING, REFUSAL)},
            tool_calls=tuple((call.name, call.arguments) for call in calls),
            finish_reason=self._finished.get(index, ""),
            logprobs=tuple(self._logprobs.get(index, ())),
            beside={**calls_form(calls), **spoken} if calls else spoken,
        )

    def _usage(self) -> Usage | None:
        used = self._used
        if used is None:
            return None
        return Usage(
            used.prompt,
            used.completion,
            used.cached,
            used.reasoning,
            prompt_audio=used.prompt_audio,
            prompt_image=used.prompt_image,
            completion_audio=used.completion_audio,
        )


def pump(events: Iterator[Event], *consumers: Consumer, interrupts: Interrupts | None = None) -> Answer:
    """Feed each event to the record and to the consumers; Ctrl-C ends the answer, not the program.

    Where nobody holds interrupts back, KeyboardInterrupt may land anywhere, in a consumer too:
    the event at hand has then reached the record, which is fed first.
    """
    fold = Fold()
    try:
        try:
            for event in waited(events, interrupts or Unguarded()):
                fold.feed(event)
                for consumer in consumers:
                    consumer.feed(event)
        finally:
            close = getattr(events, "close", None)
            if close:
                close()
    except KeyboardInterrupt:
        fold.feed(Interrupted())
        for consumer in consumers:
            consumer.feed(Interrupted())
    return fold.answer()
