"""Read what can still be read of a database that is damaged, and write it into a new one.

SQLite refuses a statement as soon as it meets a page that makes no sense. The rows before that page and
after it are sound: reading goes on behind it, from the first number that can be found there.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import log
from .schema import as_text, migrate

_NUMBERED = ("conversations", "messages", "turns", "experiments", "exchanges", "prompts", "picks")
#: The tables, each with the column whose numbers find a row again.
_TABLES = {**dict.fromkeys(_NUMBERED, "rowid"), "choices": "turn", "attachments": "message"}
_FIRST, _LAST = -(2**63), 2**63 - 1

#: Messages of a conversation whose own row is lost: they make one again.
_ADOPT = """
    INSERT OR IGNORE INTO conversations (id, title, updated, turns, head)
    SELECT m.conversation,
        (SELECT substr(content, 1, 60) FROM messages WHERE conversation = m.conversation ORDER BY id LIMIT 1),
        (SELECT coalesce(max(at), 0) FROM turns WHERE conversation = m.conversation),
        (SELECT count(*) FROM turns WHERE conversation = m.conversation),
        max(m.id)
    FROM messages AS m
    WHERE typeof(m.conversation) = 'integer' AND m.conversation NOT IN (SELECT id FROM conversations)
    GROUP BY m.conversation
"""


def salvage(damaged: Path, written_ahead: bytes, new: Path) -> int:
    """Write what can be read of a database, and of its log, into one that is not there yet. Give the number
    of conversations. Raises sqlite3.Error and OSError where it can't be written."""
    copy = new.with_name("damaged.db")  # SQLite may write into what it reads: it is not to be changed
    shutil.copyfile(damaged, copy)
    _apply(copy, written_ahead)
    _mend_head(copy)
    with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as db:
        migrate(db)
        db.execute("BEGIN")
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as source:
            source.text_factory = as_text
            for table in _TABLES:
                _copy(source, db, table)
        adopt(db)
        db.execute("COMMIT")
        count: int = db.execute("SELECT count(*) FROM conversations").fetchone()[0]
        return count


def adopt(db: sqlite3.Connection) -> int:
    """Give messages whose conversation has no row a new one; how many conversations that makes."""
    return db.execute(_ADOPT).rowcount


def _apply(path: Path, written_ahead: bytes) -> None:
    """Write the pages of the log into the database."""
    pages, count = log.pages(written_ahead)
    with open(path, "r+b") as file:
        for number, content in pages.items():
            file.seek((number - 1) * len(content))
            file.write(content)
        if pages:
            file.truncate(count * len(next(iter(pages.values()))))


def _mend_head(path: Path) -> None:
    """Write what every database of ours begins with: without it SQLite takes no look at the rest."""
    size = path.stat().st_size
    with open(path, "r+b") as file:
        head = file.read(100).ljust(100, b"\0")
        page = int.from_bytes(head[16:18], "big")
        if page < 512 or page & (page - 1) or size % page:
            page = 4096
        mended = (
            b"SQLite format 3\0" + page.to_bytes(2, "big") + b"\2\2\0\x40\x20\x20"
            + (1).to_bytes(4, "big") + (size // page).to_bytes(4, "big") + bytes(8)  # no free pages
            + head[40:44] + (4).to_bytes(4, "big") + head[48:52] + bytes(4) + (1).to_bytes(4, "big")
            + head[60:92] + (1).to_bytes(4, "big") + head[96:100]
        )  # fmt: skip
        file.seek(0)
        file.write(mended)


def _copy(source: sqlite3.Connection, db: sqlite3.Connection, table: str) -> None:
    """Copy the rows of a table, whatever columns both have."""
    try:
        there = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
    except sqlite3.Error:
        return
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] in there]
    if not columns:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"
    for row in _rows(source, table, names):
        with contextlib.suppress(sqlite3.IntegrityError):  # of a type that the table does not take
            db.execute(insert, row)


def _rows(source: sqlite3.Connection, table: str, names: str) -> Iterator[tuple[Any, ...]]:
    """Give the rows that can be read; some come twice."""
    key = _TABLES[table]
    select = f"SELECT {key}, {names} FROM {table} WHERE {key} >= ? ORDER BY {key}"
    place: int | None = _FIRST
    while place is not None:
        try:
            for row in source.execute(select, (place,)):
                yield row[1:]
                place = row[0] if isinstance(row[0], int) else place
            break
        except sqlite3.Error:
            place = _behind(source, table, key, max(place, 0))
    with contextlib.suppress(sqlite3.Error):  # what stands behind the last page that can't be read
        for row in source.execute(f"{select} DESC", (_FIRST,)):
            yield row[1:]


def _behind(source: sqlite3.Connection, table: str, key: str, place: int) -> int | None:
    """Give the first number behind a place that can be read from, None where there is none."""
    leap = 1
    while not _readable(source, table, key, place + leap):
        leap *= 2
        if place + leap > _LAST:
            return None
    refused, taken = place + leap // 2, place + leap
    while taken - refused > 1:
        middle = (refused + taken) // 2
        if _readable(source, table, key, middle):
            taken = middle
        else:
            refused = middle
    return taken


def _readable(source: sqlite3.Connection, table: str, key: str, place: int) -> bool:
    try:
        source.execute(f"SELECT * FROM {table} WHERE {key} >= ? ORDER BY {key} LIMIT 1", (place,)).fetchone()
    except sqlite3.Error:
        return False
    return True
