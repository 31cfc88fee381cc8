"""The calls of tools that wait for a result, and the results that wait for others.

The API takes what was called only with a result for each call. Those that are there already stand behind
the answer that calls, until the last has come; the conversation itself moves with the next request.
"""

from __future__ import annotations

from ..conversation.branch import Branch
from ..conversation.content import ToolCall
from ..conversation.message import message_of, waiting
from ..tools import arguments
from .state import Session


def head(session: Session) -> Branch:
    """Give where the conversation goes on, with the results so far."""
    if "toolbox" in session.__dict__ and session.toolbox.answered:
        behind, found = session.toolbox.answered
        if behind == session.branch:
            return found
    return session.branch


def calls(session: Session) -> tuple[ToolCall, ...]:
    """Give the calls that wait."""
    last = session.branch.last
    if last is None or not (last.calls or last.role in ("tool", "function")):
        return ()
    return waiting(head(session))


def count(session: Session) -> int:
    """Tell how many calls the answer has that waits, those with a result included."""
    found = head(session)
    return len(calls(session)) + found.length - session.branch.length


def answer(session: Session, call: ToolCall, content: str) -> Branch:
    """Take the result of a call; give where the conversation goes on with it."""
    found = head(session).append(message_of(call.result(content)))
    session.toolbox.answered = (session.branch, found)
    return found


def recorded(session: Session, name: str, text: str | None = None) -> list[str]:
    """Give the results that a tool had in this conversation, the newest first, each once: with these
    arguments, where they are given."""
    found: dict[str, None] = {}
    wanted = None if text is None else arguments.same(text)
    known: dict[str, ToolCall] = {}
    for turn in reversed(session.turns):
        messages = list(turn.request.asked)
        for message in messages:
            known.update({call.id: call for call in message.calls})
        for message in reversed(messages):
            form = message.form or {}
            call = known.get(str(form.get("tool_call_id")))
            content = form.get("content")
            if message.role != "tool" or call is None or call.name != name or not isinstance(content, str):
                continue
            if wanted is None or arguments.same(call.arguments) == wanted:
                found[content] = None
    return list(found)
