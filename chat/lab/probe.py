"""Find out by experiment what an endpoint and model do with a parameter.

Each experiment is one or a few tiny requests whose outcome can't be mistaken: a stop text that
must cut, a bias that leaves one token to say, a limit of one token, the same seed twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..base.errors import NoTokenizer, ParameterRefused, RequestFailed
from ..conversation.body import Body
from ..conversation.turn import Answer, pump
from ..endpoint.memory import HONOURED, IGNORED, REJECTED, UNCLEAR, Verdict

#: Tokens that one answer may have, and about as many as one question has.
LONGEST, QUESTION = 24, 40

COUNT = "Count from one to twenty in words, separated by spaces."
INVENT = "Invent a dragon. Give its name and tell its story."
REPEAT = "Write the word no, twenty times, separated by spaces."


class Client(Protocol):
    """What is asked."""

    def stream(self, body: Body) -> Any: ...


class Stopped(Exception):
    """The endpoint failed in a way that says nothing of any parameter."""

    def __init__(self, error: RequestFailed) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass
class Lab:
    """Asks the tiny requests; what was asked before with the same fields is not asked again."""

    client: Client
    model: str
    limit: str
    ids: Callable[[str], list[str]]
    sent: int = 0
    _known: dict[str, Answer] = field(default_factory=dict)

    def ask(self, question: str = COUNT, again: int = 0, **fields: Any) -> Answer:
        """One answer. `again` tells the second from the first of the same. Raises ParameterRefused
        for a refusal that names one of the fields, Stopped for any other failure."""
        limit = {} if "max_tokens" in fields or "max_completion_tokens" in fields else {self.limit: LONGEST}
        body: Body = {
            "model": self.model,
            "messages": [{"role": "user", "content": question}],
            "stream": False,
            **limit,
            **fields,
        }
        key = json.dumps([body, again], sort_keys=True)
        if key not in self._known:
            self.sent += 1
            self._known[key] = pump(self.client.stream(body))
        answer = self._known[key]
        if answer.ended == "interrupted":
            raise KeyboardInterrupt
        error = answer.error
        if isinstance(error, ParameterRefused) or (error and error.status in (400, 422)):
            raise ParameterRefused(error.message, error.hint, status=error.status, param=error.param)
        if error:
            raise Stopped(error)
        return answer

    def text(self, question: str = COUNT, again: int = 0, **fields: Any) -> str:
        return self.ask(question, again, **fields).at().text


def _limit(name: str) -> Callable[[Lab], Verdict]:
    def run(lab: Lab) -> Verdict:
        fields: dict[str, Any] = {name: 1}
        answer = lab.ask(**fields)
        counted = answer.usage.completion if answer.usage else None
        count = len(answer.at().text.split()) if counted is None else counted
        if count <= 1 or answer.at().finish_reason == "length":
            return Verdict(
                HONOURED, f"asked for 1 token, {count} came, finish reason {answer.at().finish_reason}"
            )
        return Verdict(IGNORED, f"asked for 1 token, {count} came")

    return run


def _stop(lab: Lab) -> Verdict:
    words = lab.text(temperature=0).split()
    if len(words) < 4:
        return Verdict(UNCLEAR, "the answer is too short to be cut")
    cut = words[len(words) // 2]
    text = lab.text(temperature=0, stop=[cut])
    if cut not in text:
        return Verdict(HONOURED, f"the answer ended before {cut!r}")
    return Verdict(IGNORED, f"the answer went on beyond {cut!r}")


def _logit_bias(lab: Lab) -> Verdict:
    try:
        token = lab.ids(" yes")[0]
    except NoTokenizer as error:
        return Verdict(UNCLEAR, error.message)
    text = lab.text(temperature=0, logit_bias={token: 100})
    words = text.split()
    if words and all(word == "yes" for word in words[:-1] or words):
        return Verdict(HONOURED, f"+100 on ' yes' gave {_short(text)}")
    same = text == lab.text(temperature=0)
    return Verdict(IGNORED if same else UNCLEAR, f"+100 on ' yes' gave {_short(text)}")


def _n(lab: Lab) -> Verdict:
    count = len(lab.ask(n=2).choices)
    return Verdict(HONOURED if count == 2 else IGNORED, f"2 choices were asked for, {count} came")


def _seed(lab: Lab) -> Verdict:
    first, second = (lab.text(INVENT, again, temperature=1, seed=11) for again in (0, 1))
    other = lab.text(INVENT, temperature=1, seed=12)
    if first != second:
        return Verdict(IGNORED, "the same seed gave two answers")
    if first == other:
        return Verdict(UNCLEAR, "two seeds gave the same answer")
    return Verdict(HONOURED, "the same seed gave the same answer, another seed another")


def _temperature(lab: Lab) -> Verdict:
    cold = {lab.text(INVENT, again, temperature=0) for again in (0, 1)}
    hot = {lab.text(INVENT, again, temperature=1.5) for again in (0, 1, 2)}
    if len(hot) == 1:
        return Verdict(IGNORED, "three answers at 1.5 were the same")
    if len(cold) > 1:
        return Verdict(UNCLEAR, "answers varied at 0 as well")
    return Verdict(HONOURED, f"two answers at 0 were the same, {len(hot)} of three at 1.5 differed")


def _top_p(lab: Lab) -> Verdict:
    narrow = {lab.text(INVENT, again, temperature=1.5, top_p=0.0001) for again in (0, 1)}
    wide = {lab.text(INVENT, again, temperature=1.5) for again in (0, 1, 2)}
    if len(wide) == 1:
        return Verdict(UNCLEAR, "answers do not vary without it either")
    if len(narrow) > 1:
        return Verdict(IGNORED, "answers at 0.0001 varied")
    return Verdict(HONOURED, "two answers at 0.0001 were the same, without it they varied")


def _penalty(name: str) -> Callable[[Lab], Verdict]:
    def run(lab: Lab) -> Verdict:
        plain = lab.text(REPEAT, temperature=0)
        text = lab.text(REPEAT, temperature=0, **{name: 2})
        if text != plain:
            return Verdict(HONOURED, f"at 2 {_short(text)} instead of {_short(plain)}")
        return Verdict(IGNORED, f"at 2 the same {_short(text)}")

    return run


def _logprobs(lab: Lab) -> Verdict:
    count = len(lab.ask(logprobs=True).at().logprobs)
    return Verdict(HONOURED if count else IGNORED, f"log probabilities of {count} tokens came")


def _top_logprobs(lab: Lab) -> Verdict:
    tokens = lab.ask(logprobs=True, top_logprobs=3).at().logprobs
    count = len(tokens[0].top) if tokens else 0
    return Verdict(HONOURED if count == 3 else IGNORED, f"3 alternatives were asked for, {count} came")


def _response_format(lab: Lab) -> Verdict:
    schema = {
        "type": "object",
        "properties": {"color": {"type": "string", "enum": ["teal"]}},
        "required": ["color"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "color", "schema": schema, "strict": True}}
    text = lab.text(temperature=0, response_format=form)
    try:
        good = json.loads(text) == {"color": "teal"}
    except ValueError:
        good = False
    return Verdict(HONOURED if good else IGNORED, f"a schema that allows one answer gave {_short(text)}")


def _stream_options(lab: Lab) -> Verdict:
    used = lab.ask(stream=True, stream_options={"include_usage": True}).usage
    return Verdict(
        HONOURED if used else IGNORED, "a stream came with usage" if used else "a stream came without usage"
    )


def _tools(lab: Lab) -> Verdict:
    function = {
        "name": "look",
        "description": "Look around.",
        "parameters": {"type": "object", "properties": {}},
    }
    calls = (
        lab.ask(tools=[{"type": "function", "function": function}], tool_choice="required").at().tool_calls
    )
    return Verdict(HONOURED if calls else IGNORED, f"{len(calls)} calls came where one was required")


def _service_tier(lab: Lab) -> Verdict:
    tier = lab.ask(service_tier="auto").service_tier
    return Verdict(
        HONOURED if tier else UNCLEAR, f"served by {tier}" if tier else "taken; the answer names no tier"
    )


def _taken(name: str, value: Any) -> Callable[[Lab], Verdict]:
    def run(lab: Lab) -> Verdict:
        lab.ask(**{name: value})
        return Verdict(UNCLEAR, f"{value} was taken; no effect can be shown")

    return run


@dataclass(frozen=True)
class Experiment:
    """How a parameter is tried, with how many requests at most."""

    run: Callable[[Lab], Verdict]
    requests: int


EXPERIMENTS: dict[str, Experiment] = {
    "temperature": Experiment(_temperature, 5),
    "top_p": Experiment(_top_p, 5),
    "max_completion_tokens": Experiment(_limit("max_completion_tokens"), 1),
    "max_tokens": Experiment(_limit("max_tokens"), 1),
    "presence_penalty": Experiment(_penalty("presence_penalty"), 2),
    "frequency_penalty": Experiment(_penalty("frequency_penalty"), 2),
    "logit_bias": Experiment(_logit_bias, 2),
    "stop": Experiment(_stop, 2),
    "n": Experiment(_n, 1),
    "seed": Experiment(_seed, 3),
    "reasoning_effort": Experiment(_taken("reasoning_effort", "low"), 1),
    "verbosity": Experiment(_taken("verbosity", "low"), 1),
    "service_tier": Experiment(_service_tier, 1),
    "logprobs": Experiment(_logprobs, 1),
    "top_logprobs": Experiment(_top_logprobs, 1),
    "response_format": Experiment(_response_format, 1),
    "tools": Experiment(_tools, 1),
    "stream_options": Experiment(_stream_options, 1),
}


def run(name: str, lab: Lab) -> Verdict:
    """What became of a parameter. Raises Stopped where the endpoint fails as such."""
    try:
        return EXPERIMENTS[name].run(lab)
    except ParameterRefused as error:
        blames_another = error.param is not None and error.param != name
        verdict = UNCLEAR if blames_another and not _goes_with(name, error.param or "") else REJECTED
        return Verdict(verdict, error.message)


def _goes_with(name: str, other: str) -> bool:
    return {name, other} <= {"logprobs", "top_logprobs"} or {name, other} <= {"tools", "tool_choice"}


def worst_case(names: list[str]) -> tuple[int, int, int]:
    """(requests, prompt tokens, completion tokens) at most."""
    requests = sum(EXPERIMENTS[name].requests for name in names)
    choices = requests + ("n" in names)
    return requests, requests * QUESTION, choices * LONGEST


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 32 else text[:31] + "…")
