"""One message, as people read it and as the API has it.

What is more than a role and a text (names, parts, tool calls, fields that nobody here knows) is kept in
the API's own form, and is sent back as it came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Message:
    """A message. `content` is its text as people read it; `mark` says how it ended if not well.

    `form` is the message as the API has it, where it is more than its role and a text.
    """

    role: str
    content: str
    mark: str = ""
    form: Mapping[str, Any] | None = field(default=None, repr=False, hash=False)

    def sent(self) -> dict[str, Any]:
        """Give the message as it goes out."""
        return {"role": self.role, "content": self.content} if self.form is None else dict(self.form)


def message_of(form: Mapping[str, Any]) -> Message:
    """Make a message of the API's form of one, which has a role."""
    role, content = str(form["role"]), form.get("content")
    if set(form) == {"role", "content"} and isinstance(content, str):
        return Message(role, content)
    return Message(role, "\n".join(_read(form)), form=dict(form))


def _read(form: Mapping[str, Any]) -> Iterator[str]:
    """Say what a message holds, a line or more for each of its parts."""
    content = form.get("content")
    for part in content if isinstance(content, list) else (content,):
        if said := _part(part):
            yield said
    if isinstance(form.get("refusal"), str) and form["refusal"]:
        yield form["refusal"]
    calls = form.get("tool_calls")
    for call in [*(calls if isinstance(calls, list) else ()), form.get("function_call")]:
        if said := _call(call):
            yield said
    if form.get("audio"):
        yield "[audio]"


def _part(part: Any) -> str:
    """Say what a part holds; what is no text in square brackets."""
    if not isinstance(part, Mapping):
        return "" if part is None else part if isinstance(part, str) else json.dumps(part)
    kind = part.get("type")
    for name in ("text", "refusal"):
        if isinstance(part.get(name), str):
            return str(part[name])
    inner = part.get(str(kind))
    what = {"image_url": "image", "input_audio": "audio", "file": "file"}.get(str(kind), str(kind))
    named = (
        inner.get("url") or inner.get("filename") or inner.get("file_id")
        if isinstance(inner, Mapping)
        else ""
    )
    address = str(named or "")
    return f"[{what}{': ' + address if address and not address.startswith('data:') else ''}]"


def _call(call: Any) -> str:
    """Say which tool is called, with what."""
    if not isinstance(call, Mapping):
        return ""
    inner = call.get("function") or call.get("custom") or call
    if not isinstance(inner, Mapping):
        return ""
    return f"{inner.get('name', '')} {inner.get('arguments') or inner.get('input') or ''}".strip()
