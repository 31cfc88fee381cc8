"""Hold one message, as people read it and as the API has it.

What is more than a role and a text (names, parts, tool calls, fields that nobody here knows) is kept in
the API's own form, and is sent back as it came. `content` has the declarations of what it may hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from .content import CALLS, Part, ToolCall, answer_form, calls_of, lines_of, parts_of


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

    @property
    def plain(self) -> bool:
        """Tell whether it is a role and a text, and no more."""
        form = self.form
        return form is None or (set(form) == {"role", "content"} and isinstance(form["content"], str))

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return its content, part by part."""
        return parts_of(self.sent())

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """Return the tools that it calls."""
        return () if self.form is None else calls_of(self.form)

    @property
    def words(self) -> str:
        """What it says as people read it, beside its calls."""
        if self.form is None or not calls_of(self.form):
            return self.content
        return "\n".join(lines_of({k: v for k, v in self.form.items() if k not in CALLS}))


def waiting(messages: Iterable[Message]) -> tuple[ToolCall, ...]:
    """Give the calls of the last answer that have no result yet, in their order: what the API wants before
    it goes on. None where the messages end otherwise."""
    calls: list[ToolCall] = []
    for message in messages:
        if message.role == "assistant":
            calls = list(message.calls)
        elif message.role in ("tool", "function"):
            answered = next((call for call in calls if answers(message, call)), None)
            if answered is not None:
                calls.remove(answered)
        else:
            calls = []
    return tuple(calls)


def answers(message: Message, call: ToolCall) -> bool:
    """Tell whether a message of a tool is the result of this call."""
    form = message.form or {}
    if call.kind == "function_call":
        return message.role == "function" and form.get("name") == call.name
    return message.role == "tool" and form.get("tool_call_id") == call.id


def message_of(form: Mapping[str, Any]) -> Message:
    """Make a message of the API's form of one, which has a role."""
    role, content = str(form["role"]), form.get("content")
    if list(form) == ["role", "content"] and isinstance(content, str):
        return Message(role, content)
    return Message(role, "\n".join(lines_of(form)), form=dict(form))


def answer(text: str, refusal: str = "", beside: Mapping[str, Any] | None = None, mark: str = "") -> Message:
    """Make the message that an answer becomes: what a later request sends back of it."""
    form = answer_form(text, refusal, beside or {}) if refusal or beside else None
    if form is None:
        return Message("assistant", text, mark)
    if "content" not in form:  # the audio says it
        return Message("assistant", text, mark, form)
    return Message("assistant", "\n".join(lines_of(form)), mark, form)
