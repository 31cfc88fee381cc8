"""Define a trial of a parameter, and tell how far it has come. Pure.

A trial asks the same tiny request without the parameter, with a field that no server knows, and with
the parameter, each several times: only what comes with the parameter, each time, and with neither of
the others, is its doing. What is to be asked next, or the verdict, follows from the answers so far.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, TypeAlias

from ..base.dataclass import dataclass
from ..base.errors import ParameterRefused, RequestFailed
from ..base.short import shorten
from ..conversation.body import Body
from ..conversation.content import image_part, text_part
from ..conversation.data import data_url
from ..conversation.message import Message, message_of
from ..conversation.turn import Answer
from ..endpoint.memory import REJECTED, UNCLEAR, ProbeVerdict
from ..media import png
from ..tokens.pictures import LOW

#: Tokens that one answer may have, where a trial does not need more of them.
LONGEST = 24
LIMITS = ("max_completion_tokens", "max_tokens")
#: The field that no server knows.
NOBODYS = "x_tempera_probe"

COUNT = "Count from one to twenty in words, separated by spaces."
INVENT = "Invent a dragon. Give its name and tell its story."
REPEAT = "Write the word no, twenty times, separated by spaces."
JSON = "Name a color, as JSON."
LOOK = "Which color is the picture? Say one word: red, green, blue, or none if there is no picture."
#: Pictures of one colour, with what each is called; `SIDE` in pixels.
COLOURS = {"red": (255, 0, 0), "green": (0, 160, 0), "blue": (0, 0, 255)}
SIDE = 64
#: A message that is answered in a few words.
GREET = "Hi"

#: What a question is for: without the parameter, with the field that no server knows, with the
#: parameter, and with what its answers are held against beside those.
PLAIN, UNKNOWN, TRIED, LOOSE = "plain", "unknown", "tried", "loose"


@dataclass(frozen=True)
class Question:
    """A tiny request. `again` tells the second from the first of the same. `biased` is a text whose first
    token the answer has to repeat. `picture` is one of COLOURS, which goes with it. `longest` bounds the
    answer, in tokens."""

    text: str = COUNT
    again: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict, hash=False)
    biased: str = ""
    picture: str = ""
    longest: int = LONGEST

    def message(self) -> Message:
        """Give the message that asks it."""
        if not self.picture:
            return Message("user", self.text)
        url = data_url(png.square(COLOURS[self.picture], SIDE), "image/png")
        return message_of({"role": "user", "content": [text_part(self.text), image_part(url, LOW)]})

    def body(self, model: str, limit: str, token: Callable[[str], str]) -> Body:
        """Give the request as it is sent: the answer is bounded by `limit`, and `token` gives the key
        of a text's first token in logit_bias."""
        bounded = {} if any(name in self.fields for name in LIMITS) else {limit: self.longest}
        bias = {"logit_bias": {token(self.biased): 100}} if self.biased else {}
        return {
            "model": model,
            "messages": [self.message().sent()],
            "stream": False,
            **bounded,
            **self.fields,
            **bias,
        }

    def with_(self, again: int | None = None, /, **fields: Any) -> Question:
        """Give the same question with more fields."""
        return replace(self, again=self.again if again is None else again, fields={**self.fields, **fields})


Ask: TypeAlias = tuple[str, Question]


@dataclass(frozen=True)
class Seen:
    """The answers so far, by the role of their question. `base` is the request without the parameter.
    `refusals` are the server's words against the field that no server knows."""

    base: Question
    plain: list[Answer] = field(default_factory=list)
    unknown: list[Answer] = field(default_factory=list)
    tried: list[Answer] = field(default_factory=list)
    loose: list[Answer] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)  # of those with the parameter, one each

    @property
    def strict(self) -> bool:
        """Tell whether a field that no server knows is refused."""
        return bool(self.refusals) and not self.unknown

    @property
    def controls(self) -> list[Answer]:
        """Give the answers without the parameter."""
        return [*self.plain, *self.unknown]

    @property
    def all(self) -> list[Answer]:
        """Give every answer."""
        return [*self.controls, *self.tried, *self.loose]


#: What answers show; or one more question with the parameter, without whose answer they show nothing.
Rule: TypeAlias = "Callable[[Seen], ProbeVerdict | Question]"


@dataclass(frozen=True)
class Trial:
    """How a parameter is tried. `forms`: what is asked, in this order, a control first; the next form
    where that control is refused. `mild`: a value that a server may take which refuses the one that
    is tried. `more`: how many questions the judge may ask beyond those."""

    forms: tuple[tuple[Ask, ...], ...]
    judge: Rule
    mild: Question | None = None
    more: int = 0

    def __post_init__(self) -> None:
        assert all(form[0][0] == PLAIN for form in self.forms)


def found(name: str, trial: Trial, known: Mapping[Question, Answer]) -> ProbeVerdict | Question:
    """Return what became of a parameter, by what is known so far, or the question to ask next."""
    for asks in trial.forms:
        first = known.get(asks[0][1])
        if first is None:
            return asks[0][1]
        if not first.error:
            return _judged(name, trial, asks, known)
    assert first and first.error
    return ProbeVerdict(UNCLEAR, f"the same request without it fails too: {_words(first.error)}")


def _judged(
    name: str, trial: Trial, asks: Sequence[Ask], known: Mapping[Question, Answer]
) -> ProbeVerdict | Question:
    seen = Seen(asks[0][1])
    for role, question in asks:
        answer = known.get(question)
        if answer is None:
            return question
        if not answer.error:
            getattr(seen, role).append(answer)
            seen.pictures.extend(filter(None, [question.picture]))
        elif NOBODYS in question.fields:
            seen.refusals.append(answer.error.message)
        elif name in question.fields or question.biased or question.picture:
            return _refusal(name, trial, question, answer.error, seen, known)
        else:
            return ProbeVerdict(UNCLEAR, f"without it, too, a request was refused: {_words(answer.error)}")
    while isinstance(next_ := trial.judge(seen), Question):
        answer = known.get(next_)
        if answer is None:
            return next_
        if answer.error:
            return _refusal(name, trial, next_, answer.error, seen, known)
        seen.tried.append(answer)
    return next_


def refused(error: RequestFailed) -> bool:
    """Tell whether a failure is about the question, and not about the endpoint as such. llama.cpp's server
    fails (500) over a picture if its model has no eyes, and says so."""
    says = crashed(error) and "not supported" in error.message
    return isinstance(error, ParameterRefused) or error.status in (400, 422) or says


def crashed(error: RequestFailed) -> bool:
    """Tell whether a server failed by itself, maybe because of the question."""
    return error.status in (500, 501)


_TOGETHER = (
    {"logprobs", "top_logprobs"},
    {"tools", "tool_choice"},
    {"images", "messages"},
    set(LIMITS),
)


def _refusal(
    name: str,
    trial: Trial,
    question: Question,
    error: RequestFailed,
    seen: Seen,
    known: Mapping[Question, Answer],
) -> ProbeVerdict | Question:
    """Judge a refusal: the same once more, then a milder value or the same again, tell one of the
    parameter from chance and from a limit of its values. The same without it was taken."""
    blamed = error.param and re.split(r"[.\[]", error.param)[0]  # messages[0].content is one of messages
    blames_another = blamed is not None and blamed != name
    if blames_another and not any({name, blamed} <= pair for pair in _TOGETHER):
        return ProbeVerdict(UNCLEAR, f"it is {error.param} that was refused beside it: {_words(error)}")
    repeated = replace(question, again=(question.again + 1) % 2)
    for once_more in (repeated, trial.mild or replace(question, again=2)):
        answer = known.get(once_more)
        if answer is None:
            return once_more
        if answer.error:
            continue
        value, other = written(name, question), written(name, once_more)
        if value == other:
            return ProbeVerdict(UNCLEAR, f"{value} was refused, and taken at another time: {_words(error)}")
        return ProbeVerdict(UNCLEAR, f"{value} was refused, {other} was taken: {_words(error)}")
    if not refused(error):
        return ProbeVerdict(
            UNCLEAR, f"the server fails with it, 3 of 3 times, not without it: {_words(error)}"
        )
    if seen.refusals and seen.unknown:
        return ProbeVerdict(UNCLEAR, f"requests without it are refused at times, too: {_words(error)}")
    ending = ", as a field is that it does not know" if seen.strict else ""
    return ProbeVerdict(REJECTED, f"refused 3 of 3 times, taken without it{ending}: {_words(error)}")


def _words(error: RequestFailed) -> str:
    """Give the server's words, as many as fit into a line of evidence; /raw has all of them."""
    return shorten(error.message, 90)


def written(name: str, question: Question) -> str:
    """Give the value that a question has of a parameter, on a few columns."""
    if name == "response_format" and name in question.fields:
        return str(question.fields[name]["type"])
    if name == "tools":
        return "tool_choice " + str(question.fields.get("tool_choice", "auto"))
    if question.picture:
        return f"a {question.picture} picture"
    if question.biased:
        return f"+100 on {question.biased!r}"
    return shorten(json.dumps(question.fields.get(name)), 24)
