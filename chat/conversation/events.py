"""A turn as it happens: frozen events.

The screen, the record of the turn and whatever else looks at an answer consume these; nothing but
`chunks` reads what the server sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, TypeAlias

from ..base.dataclass import dataclass
from ..base.errors import RequestFailed
from .wire import Exchange


@dataclass(frozen=True)
class Sent:
    """A request goes out; its record is empty until then, and grows until the answer is over.
    `dropped` are the fields of the body that it goes without, since the server refuses them; where it
    asks for one choice of several, `choice` is the index that this has in the turn."""

    exchange: Exchange = field(compare=False)
    dropped: tuple[str, ...] = ()
    choice: int | None = None


@dataclass(frozen=True)
class Started:
    """The answer began; what the server says of itself. Where it says more later, this comes again.
    `whole`: it came in one piece."""

    model: str = ""
    id: str = ""
    fingerprint: str = ""
    service_tier: str = ""
    whole: bool = False

    def filled(self, later: Started) -> Started:
        """Fill in what only `later` says."""
        return Started(*(getattr(self, name) or getattr(later, name) for name in vars(self)))


#: Kinds of pieces: of the answer's text, of reasoning, of a refusal, of a tool call.
TEXT, REASONING, REFUSAL, CALL = "text", "reasoning", "refusal", "call"


@dataclass(frozen=True)
class Piece:
    """A piece of choice `index`. Of a tool call, `text` belongs to its arguments; `call` is its
    number, and its `id` and `name` mostly come with its first piece alone; `tool` says what is called:
    function, custom, or function_call, the API's older form; `extra` are fields of the call that nobody
    here knows."""

    index: int
    text: str
    kind: str = TEXT
    call: int = 0
    id: str = ""
    name: str = ""
    tool: str = "function"
    extra: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Beside:
    """What choice `index` has beside what it says, as the server gives it: a piece of its `audio`, which
    come one after another, or more of its `annotations`."""

    index: int
    name: str
    value: Any = field(hash=False)


@dataclass(frozen=True)
class TokenLogprob:
    """One token with the logarithm of its probability, and the likeliest ones in its place."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Logprobs:
    """Probabilities of the tokens that choice `index` just said."""

    index: int
    tokens: tuple[TokenLogprob, ...]


@dataclass(frozen=True)
class Effective:
    """The settings that a server says it used for choice `index` (llama.cpp's __verbose)."""

    index: int
    settings: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Finished:
    """Choice `index` ended: stop, length, tool_calls, content_filter, or a server's own word."""

    index: int
    reason: str


@dataclass(frozen=True)
class Used:
    """Tokens of the whole request, as the server counts them; None is what it does not tell, or not in
    a way that is understood. Where it reports again, the last report counts."""

    prompt: int | None
    completion: int | None
    cached: int | None = None
    reasoning: int | None = None
    prompt_audio: int | None = None
    prompt_image: int | None = None
    completion_audio: int | None = None

    def over(self, before: Used) -> Used:
        """Fill in what only the report `before` told."""
        values = ((getattr(self, name), getattr(before, name)) for name in vars(self))
        return Used(*(old if new is None else new for new, old in values))


@dataclass(frozen=True)
class Waiting:
    """The client waits before it tries again; `seconds` left."""

    seconds: float
    why: str


@dataclass(frozen=True)
class Notice:
    """Something a person should know of; the turn goes on."""

    text: str


@dataclass(frozen=True)
class Failed:
    """The turn ended with an error; what arrived before it stays."""

    error: RequestFailed = field(compare=False)


@dataclass(frozen=True)
class Interrupted:
    """The person stopped the turn; what arrived before it stays."""


Event: TypeAlias = (
    Sent
    | Started
    | Piece
    | Beside
    | Logprobs
    | Effective
    | Finished
    | Used
    | Waiting
    | Notice
    | Failed
    | Interrupted
)
