"""Ask what may come next, and read it from the answer. Pure.

A request for one token, with the likeliest candidates beside it: 20 from OpenAI and those that do as it
does, as many as wanted from llama.cpp's server, which gives their ids as well.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from ..base.dataclass import dataclass
from ..conversation.body import Body
from ..conversation.events import TokenLogprob
from ..conversation.turn import Answer
from .sampling import LLAMA_CPP, TEMPERATURE_FIRST, Candidate

#: How many candidates are asked for: what OpenAI takes at most, and what is drawn here in time.
OPENAIS, MANY = 20, 500
#: How many of the last tokens llama.cpp's penalties look at, unless it says otherwise.
LOOKED_AT = 64

#: What a request for candidates goes without: samplers that would only choose among them, and what would
#: end the answer before its first token, or have more than one.
_LEFT_OUT = (
    "temperature top_p top_k min_p typical_p repeat_penalty repetition_penalty presence_penalty"
    " frequency_penalty logit_bias seed stop n max_tokens max_completion_tokens stream_options n_probs"
    " post_sampling_probs"
).split()
#: Each sampler of llama.cpp that is known here, so that it leaves the probabilities alone.
_OFF: Body = {
    "temperature": 1,
    "top_k": 0,
    "top_p": 1,
    "min_p": 0,
    "typical_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
}
#: The penalty by which the zero of the logits is found (see `sampling.offset`): below 1, so that what was
#: said comes up among the candidates, where a higher one makes it go under.
CALIBRATING = 0.7
#: How often one token is asked for: an answer that ends at once has no candidates.
TRIES = 4


@dataclass(frozen=True)
class TokenPlace:
    """One place of an answer. `before` is the text that stands before it, `taken` the token that came
    there. `said` are the ids that penalties look at, `said_how` how those are known; `zero` what makes logits
    of log-probabilities, None where it was not found. `why` says why there are no candidates."""

    before: str = ""
    taken: str = ""
    candidates: tuple[Candidate, ...] = ()
    said: tuple[int, ...] = ()
    said_how: str = ""
    zero: float | None = None
    bias: Mapping[int, float] = field(default_factory=dict, hash=False)
    why: str = ""
    waiting: bool = False

    @property
    def seen(self) -> float:
        """Tell how much of the model's probability the candidates hold, 0 to 1."""
        return min(1.0, math.fsum(math.exp(each.logit) for each in self.candidates))

    @property
    def logits(self) -> tuple[Candidate, ...]:
        """Give the candidates by their logits, as far as those are known."""
        if not self.zero:
            return self.candidates
        return tuple(Candidate(each.id, each.token, each.logit + self.zero) for each in self.candidates)


def asking(body: Body, limit: str, llamacpp: bool) -> Body:
    """Give a request for one token and its candidates. `limit` is the parameter that bounds the answer."""
    rest = {name: value for name, value in body.items() if name not in _LEFT_OUT}
    own: Body = {"ignore_eos": True} if llamacpp else {}  # else an end would come without candidates
    many = MANY if llamacpp else OPENAIS
    return {**rest, "stream": False, limit: 1, "logprobs": True, "top_logprobs": many, **own}


def calibrating(body: Body) -> Body:
    """Give the request of `asking` once more, for what a penalty makes of its candidates."""
    return {**body, **_OFF, "repeat_penalty": CALIBRATING, "post_sampling_probs": True}


def told(answer: Answer) -> list[dict[str, Any]]:
    """Give the candidates as the server wrote them; none where the answer is not one piece of JSON."""
    try:
        exchange = answer.wire[-1]
        read = json.loads(b"".join(piece for _, piece in exchange.decoded()))
        content = read["choices"][0]["logprobs"]["content"][0]
        found = content.get("top_logprobs") or content.get("top_probs")
        return [each for each in found if isinstance(each, dict)]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return []


def candidates(answer: Answer) -> tuple[Candidate, ...]:
    """Give the candidates of an answer's first token, likeliest first. Without ids of the server's they are
    numbered."""
    found = []
    for each in told(answer):
        number, logprob = each.get("id"), each.get("logprob")
        if not isinstance(number, int) or not isinstance(logprob, int | float) or not math.isfinite(logprob):
            break
        found.append(Candidate(number, _text(each), min(0.0, float(logprob))))
    else:
        if found:
            return tuple({each.id: each for each in found}.values())
    tokens = answer.at().logprobs
    return of_token(tokens[0]) if tokens else ()


def _text(told: Mapping[str, Any]) -> str:
    """Give a candidate's text; bytes that are none by themselves, by their numbers."""
    token, codes = told.get("token"), told.get("bytes")
    if isinstance(codes, list) and all(isinstance(code, int) and 0 <= code < 256 for code in codes):
        try:
            return bytes(codes).decode()
        except UnicodeDecodeError:
            return "".join(f"<{code:02X}>" for code in codes)
    return token if isinstance(token, str) else ""


def of_token(token: TokenLogprob) -> tuple[Candidate, ...]:
    """Give the candidates that came with a token of an answer, numbered."""
    pairs = dict(token.top)
    if not pairs:
        return ()
    pairs.setdefault(token.token, token.logprob)
    sound = [(text, logprob) for text, logprob in pairs.items() if math.isfinite(logprob)]
    sound.sort(key=lambda pair: -pair[1])
    return tuple(Candidate(number, text, min(0.0, logprob)) for number, (text, logprob) in enumerate(sound))


def few(answer: Answer) -> Answer:
    """Give an answer with so many candidates as are worth keeping, and without its bytes."""
    choices = tuple(
        replace(choice, logprobs=tuple(replace(each, top=each.top[:OPENAIS]) for each in choice.logprobs))
        for choice in answer.choices
    )
    return replace(answer, choices=choices, wire=())


def penalised(answer: Answer) -> dict[int, float]:
    """Give the probabilities that the server worked out itself, by id."""
    pairs = ((each.get("id"), each.get("prob")) for each in told(answer))
    return {
        number: float(chance)
        for number, chance in pairs
        if isinstance(number, int) and isinstance(chance, int | float) and math.isfinite(chance)
    }


def order_of(defaults: Mapping[str, Any] | None, wanted: Any = None) -> tuple[tuple[str, ...], bool]:
    """Give the order in which a server runs its samplers, and whether that is its own word: the one that is
    `wanted` of it, where one is."""
    told_ = (
        list(wanted)
        if isinstance(wanted, list | tuple)
        else defaults.get("samplers")
        if defaults is not None
        else None
    )
    if isinstance(told_, list) and told_ and all(isinstance(name, str) for name in told_):
        return tuple(name for name in told_ if name in LLAMA_CPP), True
    return (LLAMA_CPP if defaults is not None else TEMPERATURE_FIRST), False


def matched(candidates: Sequence[Candidate], ids: Mapping[str, int]) -> tuple[Candidate, ...]:
    """Give the candidates with the ids of their texts; those without one keep numbers that nobody has."""
    return tuple(
        Candidate(ids.get(each.token, -1 - number), each.token, each.logit)
        for number, each in enumerate(candidates)
    )
