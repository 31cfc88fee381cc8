"""(Conversation, Settings) -> the body of a request. Pure: the same in, the same out.

What is not set is not sent. Three fields are the shell's own and stand here in the open:
`stream`, which is true unless it is set to false; `stream_options.include_usage`, without which
a streamed answer reports no tokens, and which is left out where the endpoint refused it; and
`verbose` for llama.cpp's server, which then says which settings were in effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .conversation import Conversation
from .errors import BadInput
from .parameters import EXTRA
from .settings import Settings

Body = dict[str, Any]


def build(
    conversation: Conversation,
    settings: Settings,
    bias: Mapping[str, int] | None = None,
    *,
    usage: bool = True,
    verbose: bool = False,
) -> Body:
    """The body as it goes on the wire.

    `bias` is the word bias already made into what the endpoint takes: ids, or words where the
    server reads words. `usage` False leaves `stream_options` out, `verbose` asks llama.cpp for
    the settings in effect. Raises BadInput where the request can't be made: no model.
    """
    body: Body = {"model": _model(settings), "messages": messages(conversation, settings)}
    for parameter, value in settings:
        if parameter.field and parameter.name not in ("model", "stream", "logit_bias"):
            body[parameter.name.removeprefix(EXTRA)] = list(value) if isinstance(value, tuple) else value
    weights = {**(bias or {}), **dict(settings.get("logit_bias") or ())}
    if weights:
        body["logit_bias"] = weights
    body["stream"] = streams(settings)
    if body["stream"] and usage:
        body["stream_options"] = {"include_usage": True, **body.get("stream_options", {})}
    if verbose:
        body.setdefault("verbose", True)
    return body


def streams(settings: Settings) -> bool:
    """Whether the answer is asked for as a stream: yes, unless set otherwise."""
    return settings.get("stream") is not False


def messages(conversation: Conversation, settings: Settings) -> list[dict[str, str]]:
    """The system message, where there is one, and the conversation's, oldest first."""
    system = settings.get("system")
    first = [{"role": "system", "content": system}] if system else []
    return first + [{"role": message.role, "content": message.content} for message in conversation]


def _model(settings: Settings) -> str:
    model = settings.get("model")
    if not model:
        raise BadInput("no model is set", "/model NAME sets one; /models lists the server's")
    return str(model)
