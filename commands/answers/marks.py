"""Say a person's marks on answers in words."""

from __future__ import annotations

from chat.base.short import shorten
from chat.conversation.turn import Turn

GOOD, BAD = 1, -1


def mark(turn: Turn) -> str:
    """Put a person's mark on an answer in a word, or "" for none."""
    return {GOOD: "good", BAD: "bad", None: ""}[turn.marks.rating]


def about(turn: Turn, most: int = 0) -> list[str]:
    """Give the mark and the note, as they stand beside an answer; of the note `most` characters, or all."""
    note = shorten(turn.marks.note, most) if most else turn.marks.note
    return [each for each in (mark(turn), f"note: {note}" if note else "") if each]
