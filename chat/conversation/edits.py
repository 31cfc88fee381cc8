"""Messages of a branch, changed by hand: each change gives another branch, and the one before stays. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from ..base.errors import BadInput
from ..base.short import several
from .branch import Branch
from .content import ToolCall
from .message import Message, answers


def numbered(head: Branch, number: int) -> Branch:
    """Give the end of a branch's message of that number, counted from 1. Raises BadInput."""
    if not 1 <= number <= head.length:
        there = f"there are messages 1 to {head.length}" if head.length else "there is none yet"
        raise BadInput(f"no message {number}: {there}")
    return next(node for node in head.backwards() if node.length == number)


def replaced(head: Branch, number: int, messages: Iterable[Message]) -> Branch:
    """Give the branch with these in the place of message `number`; none removes it. Raises BadInput."""
    at = numbered(head, number)
    return _joined(at.before or Branch(), chain(messages, _after(head, number)))


def moved(head: Branch, number: int, to: int) -> Branch:
    """Give the branch with message `number` in the place of message `to`. Raises BadInput."""
    message = numbered(head, number).last
    numbered(head, to)
    assert message is not None
    found = list(head)
    del found[number - 1]
    found.insert(to - 1, message)
    same = min(number, to) - 1
    start = numbered(head, same) if same else Branch()
    return _joined(start, found[same:])


def _after(head: Branch, number: int) -> list[Message]:
    return [node.last for node in head.backwards() if node.last and node.length > number][::-1]


def _joined(start: Branch, messages: Iterable[Message]) -> Branch:
    for message in messages:
        start = start.append(message)
    return start


def clashes(messages: Sequence[Message]) -> Iterator[str]:
    """Say what of a conversation's roles the API may refuse: it is allowed, for other servers take it."""
    calls: dict[ToolCall, int] = {}
    for number, message in enumerate(messages, 1):
        if message.role not in ("tool", "function") and calls:
            yield _unanswered(calls)
            calls = {}
        if message.role in ("system", "developer") and any(
            each.role not in ("system", "developer") for each in messages[: number - 1]
        ):
            yield f"message {number}: a {message.role} message that is not at the beginning"
        if message.role == "assistant":
            calls = dict.fromkeys(message.calls, number)
        elif message.role in ("tool", "function"):
            call = next((call for call in calls if answers(message, call)), None)
            if call is None:
                yield f"message {number}: a result without its call before it"
            else:
                del calls[call]


def _unanswered(calls: dict[ToolCall, int]) -> str:
    number = next(iter(calls.values()))
    return f"message {number}: {several(len(calls), 'call')} without a result after it"
