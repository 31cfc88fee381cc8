"""Compare requests by the bodies that were really sent, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..conversation.turn import Turn
from ..prompts.prompt import shown

NOT_SENT = "—"
_SYSTEM = ("system", "developer")


def differing(turns: Sequence[Turn]) -> list[tuple[str, list[str]]]:
    """Return (field, its value in each request) of the fields that are not the same in all. NOT_SENT stands
    for a field that was not sent. Messages count as two fields: the system message, and the others."""
    each = [_fields(turn) for turn in turns]
    names = list(dict.fromkeys(name for fields in each for name in fields))
    rows = []
    for name in names:
        values = [shown(fields[name]) if name in fields else NOT_SENT for fields in each]
        if len(set(values)) > 1:
            rows.append((name, values))
    return rows


def _fields(turn: Turn) -> dict[str, Any]:
    body = turn.request.whole
    messages = body.pop("messages")
    leading = [message["content"] for message in messages if message["role"] in _SYSTEM]
    fields = {"endpoint": turn.request.endpoint, **body}
    if leading:
        fields["system"] = "\n\n".join(map(str, leading))
    others = [message for message in messages if message["role"] not in _SYSTEM]
    return {**fields, "messages": others}
