"""Hold one request and its answer, as values."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import RequestFailed
from .body import Body, Carried, in_order, messages
from .branch import Branch, new_id
from .content import CALLS, ToolCall, calls_form, calls_of
from .events import (
    TokenLogprob,
)
from .message import Message, answer
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
    def calls(self) -> tuple[ToolCall, ...]:
        """Return the tools that it calls, with the numbers by which results name them."""
        if found := calls_of(self.beside):
            return found
        return tuple(ToolCall(f"call_{at}", *call) for at, call in enumerate(self.tool_calls, 1))

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


def estimated(answer: Answer, prompt: int, completion: int) -> Answer:
    """Add tokens counted here to an answer, if the server reported none."""
    if answer.usage is not None:
        return answer
    return replace(answer, usage=Usage(prompt, completion, estimated=True))
