"""(Branch, Settings) -> the body of a request. Pure: the same in, the same out.

What is not set is not sent. Three fields are the shell's own and stand here in the open:
`stream`, which is true unless it is set to false; `stream_options.include_usage`, without which
a streamed answer reports no tokens, and which is left out where the endpoint refused it; and
`verbose` for llama.cpp's server, which then says which settings were in effect. A request that was
opened gets none of them until a person sets `stream`, and keeps the order of its fields: unchanged,
it is the same bytes again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadInput
from ..parameters.settings import Settings
from ..parameters.table import EXTRA, SYSTEM_ROLES
from .branch import Branch
from .message import Message, message_of

Body = dict[str, Any]

#: Fields beside the messages that are put before the model, or say how the messages are; the last
#: three are llama.cpp's and vLLM's.
PROMPT_FIELDS = (
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "functions",
    "function_call",
    "response_format",
    "reasoning_effort",
    "chat_template_kwargs",
    "add_generation_prompt",
    "json_schema",
)


#: What stands first in a body that was not opened: what the SDK itself puts first.
FIRST = ("model", "stream", "messages")


@dataclass(frozen=True)
class Carried:
    """What a request carries beside the messages of a branch, and which of those it does not.

    `system` is the system message, and `role` one of SYSTEM_ROLES; `after` ends what is left out of
    the beginning, for which `summary` stands; `prefill` is the beginning of the answer, which the
    model goes on from; `first` are messages before those of the branch, which are not part of it.
    """

    system: str = ""
    after: Branch = field(default_factory=Branch)
    summary: str = ""
    prefill: str = ""
    role: str = "system"
    first: tuple[Message, ...] = ()

    def head(self) -> str:
        """Give the system message as it is sent: with the summary, for many models take only one."""
        if not self.summary:
            return self.system
        return f"{self.system}\n\nThe conversation so far, in short:\n{self.summary}".strip()


def build(
    branch: Branch,
    settings: Settings,
    bias: Mapping[str, int] | None = None,
    *,
    carried: Carried | None = None,
    usage: bool = True,
    verbose: bool = False,
) -> Body:
    """Build the body as it goes on the wire. `carried` goes with the branch; by default it is the settings'
    system message. `bias` is the word bias in the endpoint's own form: ids, or words if the server reads
    words. `usage` False leaves `stream_options` out. `verbose` asks llama.cpp for the settings in effect.
    Raises BadInput if the request can't be made: no model."""
    carried = carried or Carried(system_of(settings), role=role_of(settings), first=first_of(settings))
    body: Body = {"model": _model(settings), "messages": messages(branch, carried)}
    body.update(_fields(settings))
    by_id = settings.get("logit_bias")
    weights = {**(bias or {}), **dict(by_id or ())}
    if weights or by_id is not None:
        body["logit_bias"] = weights
    if not settings.as_opened or settings.get("stream") is not None:
        body["stream"] = streams(settings)
    if not settings.as_opened:
        if body["stream"] and usage:
            body["stream_options"] = {"include_usage": True, **body.get("stream_options", {})}
        if verbose:
            body.setdefault("verbose", True)
    return in_order(body, order(settings))


def order(settings: Settings) -> tuple[str, ...]:
    """Give the fields of the request that was opened, in its order; () where none was."""
    return () if settings.opened is None else tuple(name.removeprefix(EXTRA) for name in settings.opened)


def in_order(body: Body, names: Sequence[str] = ()) -> Body:
    """Give a body with these fields first, by default FIRST, and all others as they stand."""
    return {**{name: body[name] for name in names or FIRST if name in body}, **body}


def _fields(settings: Settings) -> Body:
    """Give the fields that go as they are set."""
    return {
        parameter.name.removeprefix(EXTRA): list(value) if isinstance(value, tuple) else value
        for parameter, value in settings
        if parameter.field and parameter.name not in ("model", "stream", "logit_bias")
    }


def prompt_fields(given: Settings | Body) -> Body:
    """Pick the fields, of settings or of a body, that a model reads beside the messages."""
    found = given if isinstance(given, dict) else _fields(given)
    return {name: found[name] for name in PROMPT_FIELDS if found.get(name) is not None}


def streams(settings: Settings) -> bool:
    """Tell whether the answer is asked for as a stream. It is, unless it is set otherwise, or not set in a
    request that was opened."""
    asked = settings.get("stream")
    return not settings.as_opened if asked is None else bool(asked)


def system_of(settings: Settings) -> str:
    return str(settings.get("system") or "")


def first_of(settings: Settings) -> tuple[Message, ...]:
    """Give the messages that a profile, or a person, has put before the conversation."""
    return first_messages(settings.get("messages"))


def first_messages(given: Any) -> tuple[Message, ...]:
    return tuple(message_of(each) for each in given) if given else ()


def role_of(settings: Settings) -> str:
    """Give the role that the system message is sent with."""
    return str(settings.get("instruction_role") or SYSTEM_ROLES[0])


def messages(branch: Branch, carried: Carried) -> list[Body]:
    """List the messages to send, oldest first: the system message if there is one, the messages of the
    branch that are not left out, and the answer's beginning if one is given."""
    sent: list[Body] = []
    if carried.prefill:
        sent.append({"role": "assistant", "content": carried.prefill})
    for node in branch.backwards():
        if node == carried.after:
            break
        assert node.last is not None
        sent.append(node.last.sent())
    sent += [message.sent() for message in reversed(carried.first)]
    head = carried.head()
    if head and carried.role == "joined" and sent and sent[-1]["role"] == "user":
        sent[-1]["content"] = _joined(head, sent[-1].get("content"))
    elif head:
        sent.append({"role": "user" if carried.role == "joined" else carried.role, "content": head})
    return sent[::-1]


def _joined(head: str, content: Any) -> Any:
    """Give a message's content with the system message before it."""
    if isinstance(content, list):
        return [{"type": "text", "text": head}, *content]
    return f"{head}\n\n{content or ''}"


def _model(settings: Settings) -> str:
    model = settings.get("model")
    if not model:
        raise BadInput("no model is set", "/model NAME sets one; /models lists the server's")
    return str(model)


def as_sent(body: Body) -> bytes:
    """Give the bytes that the SDK makes of a body: JSON without blanks, in UTF-8. A test holds the two
    together."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
