"""What shows by experiment what an endpoint and model do with a parameter. Pure.

Each trial is one or a few tiny requests whose outcome can't be mistaken: a stop text that must
cut, a bias that leaves one token to say, a limit of one token, the same seed twice. A trial is its
questions, those it compares with included, and a function from their answers to a verdict.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..base.errors import ParameterRefused, RequestFailed
from ..base.short import shorten
from ..conversation.body import Body
from ..conversation.turn import Answer
from ..endpoint.memory import HONOURED, IGNORED, REJECTED, UNCLEAR, Verdict

#: Tokens that one answer may have, and about as many as one question has.
LONGEST, QUESTION = 24, 40

COUNT = "Count from one to twenty in words, separated by spaces."
INVENT = "Invent a dragon. Give its name and tell its story."
REPEAT = "Write the word no, twenty times, separated by spaces."
TEXTS = (COUNT, INVENT, REPEAT)
LIMITS = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True)
class Question:
    """A tiny request. `again` tells the second from the first of the same; `biased` is a text whose
    first token the answer can't but repeat."""

    text: str = COUNT
    again: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict, hash=False)
    biased: str = ""

    def body(self, model: str, limit: str, token: Callable[[str], str]) -> Body:
        """Give the request as it is sent: the answer is bounded by `limit`, and `token` gives the key of
        a text's first token in logit_bias."""
        bounded = {} if any(name in self.fields for name in LIMITS) else {limit: LONGEST}
        bias = {"logit_bias": {token(self.biased): 100}} if self.biased else {}
        asked = [{"role": "user", "content": self.text}]
        return {"model": model, "messages": asked, "stream": False, **bounded, **self.fields, **bias}


def _ask(text: str = COUNT, again: int = 0, **fields: Any) -> Question:
    return Question(text, again, fields)


#: What answers show; or one more question, without whose answer they show nothing.
Judge: TypeAlias = "Callable[[Sequence[Answer]], Verdict | Question]"


@dataclass(frozen=True)
class Trial:
    """How a parameter is tried. `more`: how many questions the judge may ask beyond the first."""

    asks: tuple[Question, ...]
    judge: Judge
    more: int = 0

    @property
    def requests(self) -> int:
        """How many there are at most."""
        return len(self.asks) + self.more


def found(name: str, answers: Sequence[Answer]) -> Verdict | Question:
    """Give what became of a parameter, by the answers so far; or what is to be asked next. A refusal is
    the last of the answers."""
    trial = TRIALS[name]
    if answers and answers[-1].error:
        return _refusal(name, answers[-1].error)
    if len(answers) < len(trial.asks):
        return trial.asks[len(answers)]
    return trial.judge(answers)


def refused(error: RequestFailed) -> bool:
    """Tell whether a failure says something of a parameter, and not of the endpoint as such."""
    return isinstance(error, ParameterRefused) or error.status in (400, 422)


def _refusal(name: str, error: RequestFailed) -> Verdict:
    blames_another = error.param is not None and error.param != name
    unclear = blames_another and not any({name, error.param} <= pair for pair in _TOGETHER)
    return Verdict(UNCLEAR if unclear else REJECTED, error.message)


_TOGETHER = ({"logprobs", "top_logprobs"}, {"tools", "tool_choice"})


def worst_case(names: Sequence[str]) -> tuple[int, int, int]:
    """Give (requests, prompt tokens, completion tokens) at most."""
    requests = sum(TRIALS[name].requests for name in names)
    choices = requests + ("n" in names)
    return requests, requests * QUESTION, choices * LONGEST


# ---- what answers show


def _texts(answers: Sequence[Answer]) -> list[str]:
    return [answer.at().text for answer in answers]


def _limited(answers: Sequence[Answer]) -> Verdict:
    (answer,) = answers
    counted = answer.usage.completion if answer.usage else None
    count = len(answer.at().text.split()) if counted is None else counted
    reason = answer.at().finish_reason
    if count <= 1 or reason == "length":
        return Verdict(HONOURED, f"asked for 1 token, {count} came, finish reason {reason}")
    return Verdict(IGNORED, f"asked for 1 token, {count} came")


def _stopped(answers: Sequence[Answer]) -> Verdict | Question:
    plain, *stopped = _texts(answers)
    words = plain.split()
    if len(words) < 4:
        return Verdict(UNCLEAR, "the answer is too short to be cut")
    cut = words[len(words) // 2]
    if not stopped:
        return _ask(temperature=0, stop=[cut])
    if cut not in stopped[0]:
        return Verdict(HONOURED, f"the answer ended before {cut!r}")
    return Verdict(IGNORED, f"the answer went on beyond {cut!r}")


def _biased(answers: Sequence[Answer]) -> Verdict | Question:
    text, *plain = _texts(answers)
    words = text.split()
    told = f"+100 on ' yes' gave {shorten(text, 32)!r}"
    if words and all(word == "yes" for word in words[:-1] or words):
        return Verdict(HONOURED, told)
    if not plain:
        return _ask(temperature=0)
    return Verdict(IGNORED if text == plain[0] else UNCLEAR, told)


def _several(answers: Sequence[Answer]) -> Verdict:
    count = len(answers[0].choices)
    return Verdict(HONOURED if count == 2 else IGNORED, f"2 choices were asked for, {count} came")


def _seeded(answers: Sequence[Answer]) -> Verdict:
    first, second, other = _texts(answers)
    if first != second:
        return Verdict(IGNORED, "the same seed gave two answers")
    if first == other:
        return Verdict(UNCLEAR, "two seeds gave the same answer")
    return Verdict(HONOURED, "the same seed gave the same answer, another seed another")


def _heated(answers: Sequence[Answer]) -> Verdict:
    texts = _texts(answers)
    cold, hot = set(texts[:2]), set(texts[2:])
    if len(hot) == 1:
        return Verdict(IGNORED, "three answers at 1.5 were the same")
    if len(cold) > 1:
        return Verdict(UNCLEAR, "answers varied at 0 as well")
    return Verdict(HONOURED, f"two answers at 0 were the same, {len(hot)} of three at 1.5 differed")


def _narrowed(answers: Sequence[Answer]) -> Verdict:
    texts = _texts(answers)
    narrow, wide = set(texts[:2]), set(texts[2:])
    if len(wide) == 1:
        return Verdict(UNCLEAR, "answers do not vary without it either")
    if len(narrow) > 1:
        return Verdict(IGNORED, "answers at 0.0001 varied")
    return Verdict(HONOURED, "two answers at 0.0001 were the same, without it they varied")


def _penalised(answers: Sequence[Answer]) -> Verdict:
    plain, text = _texts(answers)
    if text != plain:
        return Verdict(HONOURED, f"at 2 {shorten(text, 32)!r} instead of {shorten(plain, 32)!r}")
    return Verdict(IGNORED, f"at 2 the same {shorten(text, 32)!r}")


def _weighed(answers: Sequence[Answer]) -> Verdict:
    count = len(answers[0].at().logprobs)
    return Verdict(HONOURED if count else IGNORED, f"log probabilities of {count} tokens came")


def _with_others(answers: Sequence[Answer]) -> Verdict:
    tokens = answers[0].at().logprobs
    count = len(tokens[0].top) if tokens else 0
    return Verdict(HONOURED if count == 3 else IGNORED, f"3 alternatives were asked for, {count} came")


def _shaped(answers: Sequence[Answer]) -> Verdict:
    (text,) = _texts(answers)
    try:
        good = json.loads(text) == {"color": "teal"}
    except ValueError:
        good = False
    said = f"a schema that allows one answer gave {shorten(text, 32)!r}"
    return Verdict(HONOURED if good else IGNORED, said)


def _counted(answers: Sequence[Answer]) -> Verdict:
    used = answers[0].usage
    return Verdict(
        HONOURED if used else IGNORED, "a stream came with usage" if used else "a stream came without usage"
    )


def _called(answers: Sequence[Answer]) -> Verdict:
    calls = answers[0].at().tool_calls
    return Verdict(HONOURED if calls else IGNORED, f"{len(calls)} calls came where one was required")


def _served(answers: Sequence[Answer]) -> Verdict:
    tier = answers[0].service_tier
    return Verdict(
        HONOURED if tier else UNCLEAR, f"served by {tier}" if tier else "taken; the answer names no tier"
    )


# ---- the trials

_HOT = tuple(_ask(INVENT, again, temperature=1.5) for again in (0, 1, 2))
_TEAL = {
    "type": "object",
    "properties": {"color": {"type": "string", "enum": ["teal"]}},
    "required": ["color"],
    "additionalProperties": False,
}
_FORM = {"type": "json_schema", "json_schema": {"name": "color", "schema": _TEAL, "strict": True}}
_LOOK = {"name": "look", "description": "Look around.", "parameters": {"type": "object", "properties": {}}}
_TOOLS = [{"type": "function", "function": _LOOK}]


def _penalty(name: str) -> Trial:
    return Trial((_ask(REPEAT, temperature=0), _ask(REPEAT, temperature=0, **{name: 2})), _penalised)


def _taken(name: str, value: Any) -> Trial:
    told = f"{value} was taken; no effect can be shown"
    return Trial((_ask(**{name: value}),), lambda answers: Verdict(UNCLEAR, told))


TRIALS: dict[str, Trial] = {
    "temperature": Trial((*(_ask(INVENT, again, temperature=0) for again in (0, 1)), *_HOT), _heated),
    "top_p": Trial(
        (*(_ask(INVENT, again, temperature=1.5, top_p=0.0001) for again in (0, 1)), *_HOT), _narrowed
    ),
    "max_completion_tokens": Trial((_ask(max_completion_tokens=1),), _limited),
    "max_tokens": Trial((_ask(max_tokens=1),), _limited),
    "presence_penalty": _penalty("presence_penalty"),
    "frequency_penalty": _penalty("frequency_penalty"),
    "logit_bias": Trial((Question(fields={"temperature": 0}, biased=" yes"),), _biased, more=1),
    "stop": Trial((_ask(temperature=0),), _stopped, more=1),
    "n": Trial((_ask(n=2),), _several),
    "seed": Trial(
        (
            *(_ask(INVENT, again, temperature=1, seed=11) for again in (0, 1)),
            _ask(INVENT, temperature=1, seed=12),
        ),
        _seeded,
    ),
    "reasoning_effort": _taken("reasoning_effort", "low"),
    "verbosity": _taken("verbosity", "low"),
    "service_tier": Trial((_ask(service_tier="auto"),), _served),
    "logprobs": Trial((_ask(logprobs=True),), _weighed),
    "top_logprobs": Trial((_ask(logprobs=True, top_logprobs=3),), _with_others),
    "response_format": Trial((_ask(temperature=0, response_format=_FORM),), _shaped),
    "tools": Trial((_ask(tools=_TOOLS, tool_choice="required"),), _called),
    "stream_options": Trial((_ask(stream=True, stream_options={"include_usage": True}),), _counted),
}
