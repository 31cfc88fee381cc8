"""Hold one request and its answer: fold events into a record, and pump them to those that look on."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ..base.errors import RequestFailed
from ..base.interrupts import Interrupts, Unguarded, waited
from .body import Body, Carried, in_order, messages
from .branch import Branch, new_id
from .content import CALLS, Call, calls_form, calls_of
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
from .message import Message, answer
from .spoken import Called, Spoken
from .wire import Exchange

COMPLETE, INTERRUPTED, FAILED = "complete", "interrupted", "failed"


@dataclass(frozen=True)
class Choice:
    """One of the `n` answers. `tool_calls` are (name, arguments); `beside` is what it has beside its texts,
    as the API has it: `tool_calls` or `function_call` with all their fields, `audio`, `annotations`."""

    index: int
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[tuple[str, str], ...] = ()
    finish_reason: str = ""
    logprobs: tuple[TokenLogprob, ...] = ()
    beside: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Return the tools that it calls, with the numbers by which results name them."""
        if found := calls_of(self.beside):
            return found
        return tuple(Call(f"call_{at}", *call) for at, call in enumerate(self.tool_calls, 1))

    def message(self, prefill: str = "", ended: str = COMPLETE) -> Message:
        """Give the message that it becomes, as later requests send it back. A call that broke off was
        none, and is left out."""
        mark = {FAILED: "cut off", INTERRUPTED: "interrupted"}.get(ended, "")
        beside = self.beside
        if self.tool_calls and not calls_of(beside):
            beside = {**calls_form(self.calls), **beside}
        if mark:
            beside = {name: value for name, value in beside.items() if name not in CALLS}
        return answer(prefill + self.text, self.refusal, beside, mark)

    @property
    def said(self) -> str:
        """Return its text, its refusal, or the tools that it calls."""
        return self.text or self.refusal or "\n".join(f"{name} {args}" for name, args in self.tool_calls)


@dataclass(frozen=True)
class Usage:
    """Tokens of a turn; cached ones, sound and images are part of those of the prompt, reasoning and sound
    of those of the completion. `estimated`: counted here, because the server reported none. None is what it
    reported in no way that is understood: unknown, which is neither 0 nor an estimate."""

    prompt: int | None
    completion: int | None
    cached: int | None = None
    reasoning: int | None = None
    estimated: bool = False
    prompt_audio: int | None = None
    prompt_image: int | None = None
    completion_audio: int | None = None

    @property
    def total(self) -> int | None:
        """Return the sum of all tokens, or None where one of the two is unknown."""
        return None if self.prompt is None or self.completion is None else self.prompt + self.completion


@dataclass(frozen=True)
class Request:
    """What is asked, fixed before it is sent.

    `body` is the body but for its messages, which would grow with the square: `asked` is the
    branch that is sent, `carried` what goes with it, `whole` all of it again. `settings` and
    `profile` were in force, `endpoint` is the address as it may be shown, `at` when it was sent,
    in seconds since 1970. `template` names the prompt that the messages were made of, its version and
    the values of its variables; {} for none. `experiment` is what it is part of, `cell` its place
    there, from 0. `order` are the fields of the opened request that it is, () where it is none.
    """

    body: Body = field(default_factory=dict)
    asked: Branch = field(default_factory=Branch)
    carried: Carried = field(default_factory=Carried)
    id: int = field(default_factory=new_id)
    at: float = field(default_factory=time.time)
    profile: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    endpoint: str = ""
    template: Mapping[str, Any] = field(default_factory=dict, hash=False)
    experiment: int = 0
    cell: int = 0
    order: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """Return the model that is asked for."""
        return str(self.body.get("model", ""))

    @property
    def whole(self) -> Body:
        """Return the body as it goes out, with its messages."""
        return in_order({**self.body, "messages": messages(self.asked, self.carried)}, self.order)

    def without(self, fields: Collection[str]) -> Request:
        """Give the same without some fields of the body."""
        if not fields:
            return self
        return replace(self, body={name: v for name, v in self.body.items() if name not in fields})


@dataclass(frozen=True)
class Answer:
    """What came back, and how it ended. Times are seconds, from the moment the request was sent.

    `model` is what the server says answered, "" where it does not. `first_token` is None for an
    answer in one piece: when its first token was made, nobody saw. `arrivals` are the times of the
    pieces. `estimate` is the prompt's tokens as they were expected, `cost` in US dollars, None
    where it is not known. `dropped` are fields of the body that the request went without, since
    the server refused them. `wire` is what went over the connection, a request each; empty where
    it was not made in this run: the store has it then.
    """

    choices: tuple[Choice, ...] = ()
    usage: Usage | None = None
    ended: str = COMPLETE
    error: RequestFailed | None = None
    response_id: str = field(default="", compare=False)  # the server's; it is not stored
    model: str = ""
    fingerprint: str = ""
    service_tier: str = ""
    first_token: float | None = None
    duration: float = 0.0
    arrivals: Sequence[float] = field(default=(), repr=False, hash=False)
    effective: Mapping[str, Any] | None = field(default=None, hash=False)
    estimate: int | None = None
    cost: float | None = None
    dropped: tuple[str, ...] = field(default=(), repr=False, compare=False)
    wire: tuple[Exchange, ...] = field(default=(), repr=False, compare=False)

    @property
    def answered(self) -> bool:
        """Tell whether anything arrived that is worth keeping."""
        return any(
            c.text or c.refusal or c.reasoning or c.tool_calls or c.beside or c.finish_reason
            for c in self.choices
        )

    def at(self, index: int = 0) -> Choice:
        """Return the choice of that index, or an empty one if none came."""
        return next((choice for choice in self.choices if choice.index == index), Choice(index))

    @property
    def speed(self) -> float | None:
        """Return the completion tokens a second, counted from the first token on, or over the whole time
        where all of them came at once."""
        times = self.arrivals
        completion = self.usage.completion if self.usage else None
        if completion is None or (self.first_token is None and not times):
            return None
        at_once = self.first_token is None or (len(times) > 0 and times[-1] - times[0] < 0.001)
        taken = self.duration if at_once else self.duration - (self.first_token or 0.0)
        return None if taken < 0.001 else completion / taken


@dataclass(frozen=True)
class Marks:
    """What the person made of an answer: the choice that was `picked`, by its index; the `rating`,
    1 for good and -1 for bad; and a `note`."""

    picked: int = 0
    rating: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Turn:
    """One request and its answer. `branches` are where the conversation goes on after each choice."""

    request: Request = field(default_factory=Request)
    answer: Answer = field(default_factory=Answer)
    marks: Marks = field(default_factory=Marks)
    branches: tuple[Branch, ...] = ()

    @property
    def id(self) -> int:
        return self.request.id

    @property
    def model(self) -> str:
        """Return the model that answered, or else the one that was asked for."""
        return self.answer.model or self.request.model

    @property
    def estimated(self) -> bool:
        """Tell whether the tokens were counted here, not by the server."""
        return self.answer.usage is not None and self.answer.usage.estimated

    @property
    def choice(self) -> Choice:
        """Return the choice that the conversation goes on with."""
        return self.answer.at(self.marks.picked)

    @property
    def said(self) -> str:
        """Return the whole answer of that choice, with the prefill that was sent along."""
        return self.request.carried.prefill + self.choice.said

    def with_answer(self, **facts: Any) -> Turn:
        """Give the same turn, with other facts of its answer."""
        return replace(self, answer=replace(self.answer, **facts))


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
        self._calls: dict[int, dict[int, Called]] = {}
        self._beside: dict[int, Spoken] = {}
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
            self._beside.setdefault(event.index, Spoken()).feed(event)
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
            call = self._calls.setdefault(piece.index, {}).setdefault(piece.call, Called(piece.tool))
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


def estimated(answer: Answer, prompt: int, completion: int) -> Answer:
    """Add tokens counted here to an answer, if the server reported none."""
    if answer.usage is not None:
        return answer
    return replace(answer, usage=Usage(prompt, completion, estimated=True))
