"""The messages of a branch: a path through a conversation. Immutable: adding gives a new branch.

A branch is a linked list from its last message back, so that adding costs the same at the
thousandth message as at the first, that branches share what they have in common, and that what
was counted for a message stays with it. Each message of a conversation has a number of its own,
by which it is stored. The system message is a setting, not part of this.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import field

from ..base.dataclass import dataclass
from .message import Message

_RANDOM_BITS = 20
_FARTHEST = 2**62  # in the year 2109
_lock = threading.Lock()
_last = 0


def count_from(number: int) -> None:
    """Make all later numbers greater than this one, whatever the clock says. A conversation is read in the
    order of its numbers, and the clock may have been set back since."""
    global _last
    with _lock:
        _last = max(_last, min(number, _FARTHEST))


def new_id() -> int:
    """Give a number that no other message, turn or conversation has: it counts up with the time, in this
    process without fail, and its last bits are random, for other shells count too. It fits in the 63 bits
    of SQLite's."""
    global _last
    now = time.time_ns() // 1_000_000 << _RANDOM_BITS | int.from_bytes(os.urandom(3), "big") >> 4
    with _lock:
        _last = max(_last + 1, now)
        return _last


def number_at(seconds: float, bits: int) -> int:
    """Give the number that would have been made at that time, in seconds since 1970, with these last bits
    in place of random ones."""
    return int(seconds * 1000) << _RANDOM_BITS | bits & (1 << _RANDOM_BITS) - 1


@dataclass(frozen=True, eq=False)
class Branch:
    """The messages up to `last`; `length` of them. Equal is the one that ends with the same
    message, not with one that reads the same."""

    last: Message | None = None
    before: Branch | None = field(default=None, repr=False)
    length: int = 0
    id: int = 0

    def add(self, role: str, content: str, mark: str = "", number: int = 0) -> Branch:
        """Add a message of text; `number` is that of one that has a number already."""
        return self.append(Message(role, content, mark), number)

    def append(self, message: Message, number: int = 0) -> Branch:
        """Add a message; `number` is that of one that has a number already."""
        return Branch(message, self, self.length + 1, number or new_id())

    def __iter__(self) -> Iterator[Message]:
        """Iterate over the messages, oldest first."""
        return reversed([node.last for node in self.backwards() if node.last])

    def backwards(self) -> Iterator[Branch]:
        """Iterate over this branch and all that it goes on from, newest first, without the empty one."""
        node: Branch | None = self
        while node is not None and node.last is not None:
            yield node
            node = node.before

    def goes_through(self, other: Branch) -> bool:
        """Tell whether the other branch is this one's beginning, or this one."""
        node: Branch | None = self
        while node is not None and node.length > other.length:
            node = node.before
        return node == other

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Branch) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)
