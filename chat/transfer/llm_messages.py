"""Convert the messages of llm's tool calls and their results to the API's own form."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..conversation.body import Body
from ..conversation.message import Message, message_of
from .untrusted import Record, text


class Ids:
    """The ids by which results belong to calls; a call that has none is given one."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str]] = []
        self._given = 0

    def called(self, call: Record) -> str:
        """Give the id of a call."""
        self._given += 1
        own = text(call, "tool_call_id") or text(call, "id") or f"call_{self._given}"
        self._open.append((own, text(call, "name")))
        return own

    def answered(self, result: Record) -> str:
        """Find the call that a result belongs to. Return "" if there is none."""
        own, name = text(result, "tool_call_id") or text(result, "id"), text(result, "name")
        for each in self._open:
            if each[0] == own or (not own and each[1] == name):
                self._open.remove(each)
                return each[0]
        return ""


def assistant(words: str, calls: Iterable[Record], ids: Ids) -> Message:
    """Make a message of the assistant, with the tools that it calls as the API has them."""
    called = [
        {
            "id": ids.called(call),
            "type": "function",
            "function": {"name": text(call, "name"), "arguments": arguments(call)},
        }
        for call in calls
    ]
    form: Body = {"role": "assistant", "content": words or None, "tool_calls": called}
    return message_of(form) if called else Message("assistant", words)


def results(results: Iterable[Record], ids: Ids) -> list[Message]:
    """Make messages of the results of tools. A result without a call becomes a user's note, since no server
    takes it otherwise."""
    made = []
    for each in results:
        own, said = ids.answered(each), text(each, "output") or text(each, "exception")
        if own:
            made.append(message_of({"role": "tool", "tool_call_id": own, "content": said}))
        else:
            made.append(Message("user", f"[{text(each, 'name') or 'tool'}] {said}"))
    return made


def arguments(call: Record) -> str:
    """Give the arguments of a call as the API has them: JSON as text."""
    given = call.get("arguments")
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def key_of(message: Message) -> str:
    """Return a key for a message: all of it."""
    return json.dumps(message.sent(), sort_keys=True)
