"""Put an opened request in force: its messages become the conversation, its parameters settings. What was
set before, and is no part of it, is not sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.errors import BadInput, BadValue
from ..conversation.body import Body
from ..conversation.branch import Branch
from ..conversation.message import message_of
from ..conversation.tree import Conversation
from ..parameters.settings import PROMPT, UNSET, Settings
from ..parameters.table import BY_NAME, extra
from .state import Session


def take(session: Session, body: Body, name: str) -> list[str]:
    """Put a request in force. `name` says where its settings come from. Return sentences on what could not
    be taken as it stands. The conversation that was in force stays in the store."""
    system, messages = _parted(body["messages"])
    values, notes = _values(body)
    values["system"] = system or UNSET
    branch = Branch()
    for message in messages:
        branch = branch.append(message_of(message))
    session.settings = session.settings.with_opened(name, {**values, **_unset(session.settings, values)})
    session.settings = session.settings.with_layer(PROMPT, "", {})
    session.prompt = None
    session.begin(Conversation(head=branch, title=name))
    return notes


def _parted(messages: list[Body]) -> tuple[str, list[Body]]:
    """Separate (the system message, the others). A system message that is a text and comes first becomes a
    setting here."""
    first = messages[0]
    plain = first.get("role") == "system" and list(first) == ["role", "content"]
    if plain and isinstance(first["content"], str) and first["content"]:
        return first["content"], messages[1:]
    return "", messages


def _values(body: Body) -> tuple[dict[str, Any], list[str]]:
    """Return (settings of the fields, notes on those that are taken with another value)."""
    values: dict[str, Any] = {}
    notes: list[str] = []
    for name, value in body.items():
        if name == "messages":
            values[name] = UNSET  # none stand before the conversation's, which stand here
            continue
        if value is None:
            notes.append(f"{name} is null there, which means not set: it is not sent")
            continue
        try:
            parameter = BY_NAME[name] if name in BY_NAME and BY_NAME[name].field else extra(name)
        except BadInput as error:
            notes.append(f"{name} can't be kept: {error.message}")
            continue
        try:
            values[parameter.name] = _as_it_came(value, parameter.kind.check(value))
        except BadValue as error:
            values[parameter.name] = value
            notes.append(f"{name}: {error.message}; it is sent as it stands")
    return values, notes


def _as_it_came(value: Any, checked: Any) -> Any:
    """Prefer the value that came over its meaning: 0 stays 0, not 0.0; duplicates stay; a single text stays
    a text, not a list."""
    if isinstance(value, str) and isinstance(checked, tuple):
        return value
    if (
        isinstance(value, list)
        and isinstance(checked, tuple)
        and all(isinstance(each, str) for each in value)
    ):
        return tuple(value)
    return value if checked == value else checked


def _unset(settings: Settings, values: Mapping[str, Any]) -> dict[str, Any]:
    """Hide settings that would be sent beside the request's own fields. Its model may be the one in force."""
    beside = ("bias", "instruction_role")
    sent = [parameter for parameter, _ in settings if parameter.field or parameter.name in beside]
    return {each.name: UNSET for each in sent if each.name not in values and each.name != "model"}
