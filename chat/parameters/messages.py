"""The kind whose values are messages, as the API has them: few-shot ones of a profile, a prompt's, one that
was edited. Their shape is checked; what is not known of them is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadValue
from . import jsontext
from .kinds import shown
from .structured import check_json, read_json

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_MOST = 1000


def check(given: object) -> list[dict[str, Any]]:
    """Give a list of messages, each with a role. Raises BadValue that says which is none, and why."""
    if not isinstance(given, list) or len(given) > _MOST:
        raise BadValue(f"{shown(given)} is no list of messages, {_MOST:,} at most")
    for number, each in enumerate(given, 1):
        if not isinstance(each, Mapping) or not isinstance(each.get("role"), str):
            raise BadValue(f"message {number} has no role")
        if each["role"] not in ROLES:
            raise BadValue(f"message {number}: {each['role']} is no role: {', '.join(ROLES)}")
        if not isinstance(each.get("content"), str | list | None):
            raise BadValue(f"message {number}: content is neither text nor a list of parts")
    check_json(given)
    return [dict(each) for each in given]


@dataclass(frozen=True)
class Messages:
    """A list of messages, in JSON or YAML."""

    def read(self, text: str) -> list[dict[str, Any]]:
        text = text.strip()
        return check(read_json(text[1:].strip()) if text.startswith("@") else jsontext.parsed(text))

    def check(self, value: object) -> list[dict[str, Any]]:
        return check(value)

    def write(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def describe(self) -> str:
        return "a list of messages, each with role and content, or @file"

    def suggest(self) -> tuple[str, ...]:
        return ()

    def schema(self) -> dict[str, Any]:
        message = {
            "type": "object",
            "required": ["role"],
            "properties": {"role": {"enum": list(ROLES)}, "content": {"type": ["string", "array", "null"]}},
        }
        return {"type": "array", "items": message, "maxItems": _MOST}
