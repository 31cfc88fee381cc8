"""A turn as it happens: frozen events, and how a server's JSON becomes them.

The screen, the record of the turn and whatever else looks at an answer consume these; nothing
else reads what the server sent. Nothing here trusts the server: every field may be missing,
null or of another type, and what can't be read is skipped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..base.errors import RequestFailed
from .wire import Exchange


@dataclass(frozen=True, slots=True)
class Sent:
    """A request goes out; its record is empty until then, and grows until the answer is over.
    `dropped` are the fields of the body that it goes without, since the server refuses them; where it
    asks for one choice of several, `choice` is the index that this has in the turn."""

    exchange: Exchange = field(compare=False)
    dropped: tuple[str, ...] = ()
    choice: int | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The answer began; what the server says of itself. `whole`: it came in one piece."""

    model: str = ""
    id: str = ""
    fingerprint: str = ""
    service_tier: str = ""
    whole: bool = False


#: Kinds of pieces: of the answer's text, of reasoning, of a refusal, of a tool call.
TEXT, REASONING, REFUSAL, CALL = "text", "reasoning", "refusal", "call"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of choice `index`. Of a tool call, `text` belongs to its arguments; `call` is its
    number, and its `id` and `name` mostly come with its first piece alone."""

    index: int
    text: str
    kind: str = TEXT
    call: int = 0
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """One token with the logarithm of its probability, and the likeliest ones in its place."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Logprobs:
    """Probabilities of the tokens that choice `index` just said."""

    index: int
    tokens: tuple[TokenLogprob, ...]


@dataclass(frozen=True, slots=True)
class Effective:
    """The settings that a server says it used for choice `index` (llama.cpp's __verbose)."""

    index: int
    settings: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """Choice `index` ended: stop, length, tool_calls, content_filter, or a server's own word."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens as the server counts them. `total`: for the whole request, not one choice."""

    prompt: int
    completion: int
    cached: int | None = None
    reasoning: int | None = None
    running: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """The client waits before it tries again; `seconds` left."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know of; the turn goes on."""

    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The turn ended with an error; what arrived before it stays."""

    error: RequestFailed = field(compare=False)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The person stopped the turn; what arrived before it stays."""


Event: TypeAlias = (
    Sent | Started | Piece | Logprobs | Effective | Finished | Used | Waiting | Notice | Failed | Interrupted
)

#: Where compatible servers put reasoning: DeepSeek, vLLM and llama.cpp the first, OpenRouter and
#: newer vLLM the second.
_REASONING = ("reasoning_content", "reasoning")


def started(data: dict[str, Any]) -> Started:
    """What a chunk or a whole answer says of itself."""
    names = ("model", "id", "system_fingerprint", "service_tier")
    model, id_, fingerprint, tier = (_text(data.get(name)) for name in names)
    return Started(model, id_, fingerprint, tier)


def read(data: dict[str, Any]) -> Iterator[Event]:
    """The events of one chunk, or of a whole answer: the two differ only in `delta`/`message`."""
    choices = data.get("choices")
    if isinstance(choices, list):
        for choice in choices:
            if isinstance(choice, dict):
                yield from _choice(choice)
    yield from _effective(data.get("__verbose"))
    usage = data.get("usage")
    if isinstance(usage, dict):
        yield _used(usage, running=bool(choices) and "message" not in _first(choices))


def _first(choices: Any) -> dict[str, Any]:
    return choices[0] if isinstance(choices, list) and isinstance(choices[0], dict) else {}


def _choice(choice: dict[str, Any]) -> Iterator[Event]:
    index = _whole(choice.get("index")) or 0
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        delta = choice.get("message")
    if isinstance(delta, dict):
        yield from _delta(index, delta)
    tokens = tuple(_logprobs(choice.get("logprobs")))
    if tokens:
        yield Logprobs(index, tokens)
    reason = _text(choice.get("finish_reason"))
    if reason:
        yield Finished(index, reason)


def _delta(index: int, delta: dict[str, Any]) -> Iterator[Event]:
    for key in _REASONING:
        if text := _text(delta.get(key)):
            yield Piece(index, text, REASONING)
            break
    if text := _text(delta.get("content")):
        yield Piece(index, text)
    if text := _text(delta.get("refusal")):
        yield Piece(index, text, REFUSAL)
    calls = delta.get("tool_calls")
    if isinstance(calls, list):
        for place, call in enumerate(calls):
            if isinstance(call, dict):
                yield _call(index, place, call)


def _call(index: int, place: int, call: dict[str, Any]) -> Piece:
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    number = _whole(call.get("index"))
    return Piece(
        index,
        _text(function.get("arguments")),
        CALL,
        place if number is None else number,
        _text(call.get("id")),
        _text(function.get("name")),
    )


def _logprobs(logprobs: Any) -> Iterator[TokenLogprob]:
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    for entry in content if isinstance(content, list) else ():
        pair = _token(entry)
        if pair:
            top = entry.get("top_logprobs")
            pairs = [_token(each) for each in top] if isinstance(top, list) else []
            yield TokenLogprob(*pair, tuple(each for each in pairs if each))


def _token(entry: Any) -> tuple[str, float] | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("token"), str):
        return None
    logprob = entry.get("logprob")
    if not isinstance(logprob, int | float) or isinstance(logprob, bool) or math.isnan(logprob):
        return None
    return _spelt(entry) or _text(entry["token"]), float(logprob)


def _spelt(entry: dict[str, Any]) -> str:
    """A token that is a part of a character, by its bytes, as OpenAI spells them; "" for
    every other."""
    raw = entry.get("bytes")
    if not isinstance(raw, list) or not all(isinstance(each, int) and 0 <= each < 256 for each in raw):
        return ""
    data = bytes(raw)
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "backslashreplace")
    return ""


def _effective(verbose: Any) -> Iterator[Effective]:
    settings = verbose.get("generation_settings") if isinstance(verbose, dict) else None
    if isinstance(settings, dict):
        yield Effective(_whole(verbose.get("index")) or 0, settings)


def _used(usage: dict[str, Any], running: bool) -> Used:
    prompt = usage.get("prompt_tokens_details")
    completion = usage.get("completion_tokens_details")
    return Used(
        _whole(usage.get("prompt_tokens")) or 0,
        _whole(usage.get("completion_tokens")) or 0,
        _whole(prompt.get("cached_tokens")) if isinstance(prompt, dict) else None,
        _whole(completion.get("reasoning_tokens")) if isinstance(completion, dict) else None,
        running,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: Any) -> int | None:
    """The number, where it is one that a database can hold: no server counts further."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None
