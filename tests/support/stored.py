"""What a shell that has ended left in its store."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from chat.store import Store
from chat.turn import Turn


def stored(home: Path) -> list[Turn]:
    """The turns of all conversations, in the order they were sent. The database is sound, and no turn
    is left half-way."""
    path = home / "conversations.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    left = [file.name for file in (home / "unfinished").glob("*")]
    assert not left, f"turns that were never stored: {left}"
    store = Store(path)
    try:
        numbers = [row["number"] for row in store.newest(limit=10_000)]
        turns = [turn for number in numbers for turn in store.load(number).turns]
    finally:
        store.close()
    return sorted(turns, key=lambda turn: turn.request.at)
