"""Take an imported conversation into the store: once, whatever numbers it comes with.

What the store has of it already stays as it is. What is new in the file is added, so that an
export that was made again later brings what was said since. Numbers that are taken by another
conversation are replaced.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from ..base.dataclass import dataclass
from ..base.errors import StoreFailed
from ..conversation.tree import Conversation
from ..conversation.turn import Turn
from ..store import archive
from ..store.conversations import Store
from . import untrusted

_AT_ONCE = 500


@dataclass(frozen=True)
class Adopted:
    """`new`: how many of its turns the store did not have; `known`: whether it had others."""

    number: int
    new: int
    known: bool


def adopt(store: Store, conversation: Conversation) -> Adopted:
    """Take in a conversation, or what is new in it. Raises StoreFailed."""
    while rows := store.having("conversations", [conversation.id]):
        number = int(rows[0]["number"])
        there = store.load(number)
        if _same(there, conversation):
            return Adopted(number, _added(store, there, conversation), True)
        # another one that goes by the same number: none is lost for that
        conversation.id = untrusted.conversation_number("another", str(conversation.id))
    if _taken(store, conversation):
        conversation = archive.renumbered(conversation)
    _check(store, store.add(conversation, _last(conversation)))
    return Adopted(conversation.number, len(conversation.turns), False)


def _same(there: Conversation, came: Conversation) -> bool:
    """Tell whether two conversations with the same number are one: messages with the same number must say
    the same, and there must be some."""
    here = {turn.id: _said(turn) for turn in there.turns}
    both = [turn for turn in came.turns if turn.id in here]
    if any(_said(turn) != here[turn.id] for turn in both):
        return False
    return bool(both) or bool(set(here.values()) & {_said(turn) for turn in came.turns})


def _said(turn: Turn) -> tuple[str, str]:
    asked = turn.request.asked.last
    return asked.content if asked else "", turn.choice.said


def _added(store: Store, there: Conversation, came: Conversation) -> int:
    """Add the turns that are new, and return how many there were. If the store knows none of them, they
    were renumbered when they were first imported: then add nothing."""
    known = {turn.id for turn in there.turns}
    new = [turn for turn in came.turns if turn.id not in known]
    if not new or len(new) == len(came.turns) or _taken(store, came, there.id):
        return 0
    for turn in new:
        there.add(turn, move=False)
    further = came.head.goes_through(there.head)
    if further:
        there.move(came.head)
    _check(store, store.add_turn(there, *new, move=further, at=_last(there)))
    return len(new)


def _taken(store: Store, conversation: Conversation, own: int = 0) -> bool:
    """Tell whether a number of it is another conversation's."""
    numbers: dict[str, Iterable[int]] = {
        "messages": archive.message_numbers(conversation),
        "turns": [turn.id for turn in conversation.turns],
        "experiments": conversation.experiments,
    }
    for table, found in numbers.items():
        all_of_them = list(found)
        for start in range(0, len(all_of_them), _AT_ONCE):
            rows = store.having(table, all_of_them[start : start + _AT_ONCE])
            if any(row["conversation"] != own for row in rows):
                return True
    return False


def _last(conversation: Conversation) -> float:
    """Tell when it was last gone on with: imported, it is no newer than it was."""
    last = max((turn.request.at + turn.answer.duration for turn in conversation.turns), default=0.0)
    now = time.time()
    return last if 0 < last < now else now


def _check(store: Store, stored: bool) -> None:
    if not stored:
        told = store.complaints()
        raise told[0] if told else StoreFailed("this can't be stored")
