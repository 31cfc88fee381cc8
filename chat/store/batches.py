"""Keep which requests of a run are in which batch, and how far each batch is.

What is about to be done is kept before it is done: so a killed program knows what to look for at the
provider. A sample that is in a batch has its number. What a state means is the business of `batch.remote`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

#: The step that makes the table, and says of a sample which batch it is in.
BATCHES = """
CREATE TABLE batches (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL,
    part INTEGER NOT NULL,
    key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    at REAL NOT NULL,
    updated REAL NOT NULL,
    over INTEGER NOT NULL DEFAULT 0,
    endpoint TEXT NOT NULL DEFAULT '',
    model TEXT NOT NULL DEFAULT '',
    position INTEGER NOT NULL DEFAULT 0,
    asked INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    digest TEXT NOT NULL DEFAULT '',
    path TEXT NOT NULL DEFAULT '',
    file TEXT NOT NULL DEFAULT '',
    remote TEXT NOT NULL DEFAULT '',
    output TEXT NOT NULL DEFAULT '',
    errors TEXT NOT NULL DEFAULT '',
    expires REAL NOT NULL DEFAULT 0,
    said TEXT NOT NULL DEFAULT ''
);
CREATE INDEX batches_run ON batches (run);
ALTER TABLE samples ADD COLUMN batch INTEGER;
"""


class Doing(Protocol):
    """Does something with the database, or in one transaction."""

    def __call__(self, do: Callable[[sqlite3.Connection], T], /) -> T: ...


class Batches:
    """The table of batches. Raises StoreFailed where it can't be written."""

    def __init__(self, read: Doing, write: Doing) -> None:
        self._read, self._write = read, write

    def add(self, **facts: Any) -> int:
        """Write a new batch; give its number."""
        facts["at"] = facts["updated"] = time.time()
        names, marks = ", ".join(facts), ", ".join(f":{name}" for name in facts)

        def do(db: sqlite3.Connection) -> int:
            return int(db.execute(f"INSERT INTO batches ({names}) VALUES ({marks})", facts).lastrowid or 0)

        return self._write(do)

    def change(self, number: int, **facts: Any) -> None:
        """Change what is known of a batch that is not over."""
        facts["updated"] = time.time()
        columns = ", ".join(f"{name} = :{name}" for name in facts)
        self._write(
            lambda db: db.execute(
                f"UPDATE batches SET {columns} WHERE number = :number AND NOT over",
                {**facts, "number": number},
            )
        )

    def end(self, number: int, first: int, after: int, state: str | None, **facts: Any) -> int:
        """End a batch: of its samples, whose ids lie from `first` to before `after`, those without an answer
        get that state and what else is said of them. Tell how many these were. With `state` None the batch
        is forgotten, and its samples are open again."""
        columns = "".join(f", {name} = :{name}" for name in facts)
        values = {
            **facts,
            "number": number,
            "first": first,
            "after": after,
            "state": state or "open",
            "now": time.time(),
        }

        def do(db: sqlite3.Connection) -> int:
            changed = db.execute(
                f"UPDATE samples SET state = :state{columns} WHERE id >= :first AND id < :after"
                " AND batch = :number AND state = 'sent'",
                values,
            )
            if state is None:
                db.execute("UPDATE samples SET batch = NULL WHERE batch = :number AND id >= :first", values)
                db.execute("DELETE FROM batches WHERE number = :number", values)
            else:
                db.execute("UPDATE batches SET over = 1, updated = :now WHERE number = :number", values)
            return changed.rowcount

        return self._write(do)

    def rows(self, run: int | None = None) -> list[dict[str, Any]]:
        """Give the batches of a run, or all, in the order in which they were made."""
        where, values = ("WHERE run = ?", (run,)) if run is not None else ("", ())
        return self._read(
            lambda db: [
                dict(row) for row in db.execute(f"SELECT * FROM batches {where} ORDER BY number", values)
            ]
        )

    def are_open(self, run: int) -> bool:
        """Tell whether a batch of the run is not over."""
        return any(not row["over"] for row in self.rows(run))

    def waiting(self, first: int, after: int) -> set[int]:
        """Give the ids, in that range, of the samples whose answer a batch owes."""
        select = (
            "SELECT s.id FROM samples AS s JOIN batches AS b ON b.number = s.batch"
            " WHERE s.id >= ? AND s.id < ? AND s.state = 'sent' AND NOT b.over"
        )
        return self._read(lambda db: {row[0] for row in db.execute(select, (first, after))})
