"""The messages of a conversation. Immutable: adding one gives a new conversation.

A conversation is a linked list from its last message back, so that adding costs the same at
the thousandth message as at the first, and what was counted for a message stays with it.
The system message is a setting, not part of this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """One message: `role` is user or assistant; `mark` says how it ended if not well."""

    role: str
    content: str
    mark: str = ""


@dataclass(frozen=True)
class Conversation:
    """The messages up to `last`; `length` of them."""

    last: Message | None = None
    before: Conversation | None = None
    length: int = 0

    def add(self, role: str, content: str, mark: str = "") -> Conversation:
        return Conversation(Message(role, content, mark), self, self.length + 1)

    def __iter__(self) -> Iterator[Message]:
        """Oldest first."""
        return reversed(list(self.backwards()))

    def backwards(self) -> Iterator[Message]:
        """Newest first."""
        node: Conversation | None = self
        while node is not None and node.last is not None:
            yield node.last
            node = node.before

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        """Equal messages; never by recursion, which a long conversation would exhaust."""
        if self is other:
            return True
        if not isinstance(other, Conversation) or self.length != other.length:
            return False
        return all(a == b for a, b in zip(self.backwards(), other.backwards(), strict=True))
