"""Keep runs of evaluations in a database of their own: what was asked, each answer as soon as it is there.

Rows are plain: what they mean is the business of `evaluation.keeping`. A sample is named by its run and by
its number there. It is written when it is sent, when its answer is there, and when that is judged, each in
a transaction, so that a killed program loses no answer that it has shown, and knows which requests it had
sent. Failures raise StoreFailed: a run whose answers can't be kept is not to go on.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..base import files
from ..base.errors import StoreFailed
from ..base.places import folder
from ..base.redact import hide_bytes, spelt
from .batches import BATCHES, Batches
from .database import Database
from .schema import TooNew

if TYPE_CHECKING:
    from filelock import BaseFileLock

#: What of a conversation a run asks that is no evaluation: `kind` is its experiment's, "" of an evaluation.
PARTS = """
ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN conversation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN experiment INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_experiment ON runs (experiment) WHERE experiment;
ALTER TABLE batches ADD COLUMN cost REAL;
"""
STEPS = (
    """
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        file TEXT NOT NULL,
        state TEXT NOT NULL,
        at REAL NOT NULL,
        updated REAL NOT NULL,
        seconds REAL NOT NULL DEFAULT 0,
        asked INTEGER NOT NULL,
        about TEXT NOT NULL,
        suite BLOB NOT NULL,
        figures BLOB
    );
    CREATE TABLE samples (
        id INTEGER PRIMARY KEY,
        state TEXT NOT NULL,
        at REAL NOT NULL DEFAULT 0,
        tries INTEGER NOT NULL DEFAULT 0,
        lost INTEGER NOT NULL DEFAULT 0,
        passed INTEGER,
        score REAL,
        cost REAL,
        judging REAL,
        seconds REAL,
        kind TEXT NOT NULL DEFAULT '',
        flips INTEGER NOT NULL DEFAULT 0,
        turned INTEGER NOT NULL DEFAULT 0,
        rating INTEGER,
        digest BLOB
    );
    CREATE INDEX samples_digest ON samples (digest) WHERE digest IS NOT NULL;
    CREATE TABLE bodies (
        id INTEGER PRIMARY KEY,
        request BLOB,
        answer BLOB,
        verdict BLOB
    );
    """,
    BATCHES,
    PARTS,
)
#: Samples of a run at most: a sample's id is its run's number times this, and its own number.
MOST = 2**32
#: Columns of a sample that a row has, beside its body's.
LIGHT = (
    *("id", "state", "at", "tries", "lost", "passed", "score", "cost", "judging", "seconds", "kind"),
    *("flips", "turned", "rating", "batch"),
)
_LEVEL = 1
_LOOK = 1.0
_SMALL = 1024  # bytes of JSON that are not worth packing
_PAGE = 500  # rows that are read at once
_ROWS = 64  # rows that are written by one statement

T = TypeVar("T")
Fields = Mapping[str, Any]


class Runs:
    """`path` None keeps runs for this run of the program alone. `secrets`: what must not be written."""

    def __init__(self, path: Path | None, secrets: Callable[[], Iterable[str]] = tuple) -> None:
        self._path = path
        self._taken: dict[int, BaseFileLock] = {}
        self._database = Database(path, STEPS, "run", quick=True)
        self._secrets = secrets
        self._spelt: tuple[bytes, ...] = ()
        self._looked = -math.inf
        self.batches = Batches(self._database.read, self._write)

    def close(self) -> None:
        for run in list(self._taken):
            self.let_go(run)
        self._database.close()

    def complaints(self) -> list[StoreFailed]:
        """Return what went wrong since the last call, each fault once."""
        told, self._database.complaints = self._database.complaints, []
        return told

    def _write(self, do: Callable[[sqlite3.Connection], T]) -> T:
        self._look_for_secrets()
        try:
            return self._database.write(do)
        except (sqlite3.Error, OSError, TooNew) as error:
            raise self._database.failed(error) from error

    # ---- runs

    def begin(self, facts: Fields, suite: Any) -> int:
        """Write a new run; give its number."""

        def do(db: sqlite3.Connection) -> int:
            values = {**facts, "about": self._text(facts.get("about") or {}), "suite": self._packed(suite)}
            made = db.execute(_insert("runs", values), values)
            return int(made.lastrowid or 0)

        return self._write(do)

    def change(self, run: int, **facts: Any) -> None:
        """Change facts of a run: state, seconds, figures."""
        if "figures" in facts and facts["figures"] is not None:
            facts["figures"] = self._packed(facts["figures"])
        facts["updated"] = time.time()
        columns = ", ".join(f"{name} = :{name}" for name in facts)
        self._write(
            lambda db: db.execute(
                f"UPDATE runs SET {columns} WHERE number = :number", {**facts, "number": run}
            )
        )

    def take(self, run: int) -> bool:
        """Take a run for this process, until it is let go or the process ends in any way. Tell whether no
        other has it."""
        if self._path is None or run in self._taken:
            return True
        try:
            self._taken[run] = files.lock(folder(self._path.parent) / f".run-{run}.lock", wait=False)
        except OSError:
            return False
        return True

    def let_go(self, run: int) -> None:
        """Let others take a run."""
        if held := self._taken.pop(run, None):
            with contextlib.suppress(OSError):  # first: whoever opened it meanwhile is to find it locked
                os.unlink(held.lock_file)
            held.release()

    def is_taken(self, run: int) -> bool:
        """Tell whether a process has a run, this one or another."""
        if run in self._taken or self._path is None:
            return run in self._taken
        if not (self._path.parent / f".run-{run}.lock").exists() or not self.take(run):
            return (self._path.parent / f".run-{run}.lock").exists()
        self.let_go(run)
        return False

    def delete(self, run: int) -> None:
        """Delete a run with all of its samples."""

        def do(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM runs WHERE number = ?", (run,))
            db.execute("DELETE FROM batches WHERE run = ?", (run,))
            for table in ("samples", "bodies"):
                db.execute(f"DELETE FROM {table} WHERE id >= ? AND id < ?", _range(run))

        self._write(do)
        self._database.forget_log()

    def run(self, number: int) -> dict[str, Any] | None:
        """Give a run with its suite, or None."""

        def ask(db: sqlite3.Connection) -> dict[str, Any] | None:
            row = db.execute("SELECT * FROM runs WHERE number = ?", (number,)).fetchone()
            if row is None:
                return None
            found = dict(row)
            found["suite"], found["figures"] = unpacked(row["suite"]), unpacked(row["figures"])
            found["about"] = unpacked(row["about"])
            return found

        return self._database.read(ask)

    def figures(self, number: int) -> tuple[str, Any] | None:
        """Give (state, figures) of a run, without what takes long to read; None if there is none."""
        select = "SELECT state, figures FROM runs WHERE number = ?"
        row = self._database.read(lambda db: db.execute(select, (number,)).fetchone())
        return row and (row["state"], unpacked(row["figures"]))

    def newest(self, most: int = 1000) -> list[dict[str, Any]]:
        """Give the newest runs of evaluations, the newest first, each with the number of its samples by state
        and of those that passed."""

        def ask(db: sqlite3.Connection) -> list[dict[str, Any]]:
            columns = "number, name, file, state, at, updated, seconds, asked"
            select = f"SELECT {columns} FROM runs WHERE kind = '' ORDER BY number DESC LIMIT ?"
            rows = db.execute(select, (most,)).fetchall()
            counts = (
                "SELECT COUNT(*) AS begun, SUM(state = 'judged') AS judged, SUM(passed = 1) AS passed,"
                " SUM(state = 'failed') AS failed, SUM(cost) AS cost, SUM(cost IS NULL AND state = 'judged')"
                " AS unpriced, SUM(judging) AS judging FROM samples WHERE id >= ? AND id < ?"
            )
            return [
                {**dict(row), **dict(db.execute(counts, _range(row["number"])).fetchone())} for row in rows
            ]

        return self._database.read(ask)

    def parts(self, **of: int) -> list[dict[str, Any]]:
        """Give number, name, state, kind, conversation and experiment of the runs that ask part of a
        conversation: all, or those `of` a conversation or an experiment."""
        where = "".join(f" AND {name} = :{name}" for name in of)
        columns = "number, name, state, kind, conversation, experiment"
        select = f"SELECT {columns} FROM runs WHERE kind <> ''{where}"
        return self._database.read(lambda db: [dict(row) for row in db.execute(select, of)])

    def empty(self, run: int) -> None:
        """Take away the samples of a run, and keep what it was."""

        def do(db: sqlite3.Connection) -> None:
            for table in ("samples", "bodies"):
                db.execute(f"DELETE FROM {table} WHERE id >= ? AND id < ?", _range(run))

        self._write(do)

    # ---- samples

    def put(self, run: int, changes: Iterable[tuple[int, Fields, Fields]]) -> None:
        """Write samples in one transaction: (number, what its row has, what its body has) of each. What is
        not named stays as it was."""

        lights: dict[tuple[str, ...], list[Any]] = {}
        bodies: dict[tuple[str, ...], list[Any]] = {}
        self._look_for_secrets()
        for number, light, body in changes:
            id_ = run * MOST + number
            lights.setdefault(("id", *light), []).append((id_, *light.values()))
            if body:
                packed = (self._packed(value) for value in body.values())
                bodies.setdefault(("id", *body), []).append((id_, *packed))

        def do(db: sqlite3.Connection) -> None:
            for table, rows in (("samples", lights), ("bodies", bodies)):
                for names, values in rows.items():
                    for at in range(0, len(values), _ROWS):
                        some = values[at : at + _ROWS]
                        db.execute(_upsert(table, names, len(some)), [each for row in some for each in row])

        self._write(do)

    def states(self, run: int) -> list[tuple[int, str, int | None]]:
        """Give (number, state, whether it passed) of each sample that was begun."""
        select = "SELECT id, state, passed FROM samples WHERE id >= ? AND id < ?"
        return self._database.read(
            lambda db: [(row[0] % MOST, row[1], row[2]) for row in db.execute(select, _range(run))]
        )

    def sample(self, run: int, number: int) -> dict[str, Any] | None:
        """Give a sample whole, with its body, or None."""
        return next(self.samples(run, number, 1), None)

    def samples(
        self, run: int, first: int = 0, count: int | None = None, bodies: bool = True
    ) -> Iterator[dict[str, Any]]:
        """Yield the samples that were begun, by number, without their bodies or with them."""
        low, high = _range(run)
        low += first
        high = high if count is None else min(high, low + count)
        columns = ", ".join(f"s.{name}" for name in LIGHT)
        more = ", b.request, b.answer, b.verdict" if bodies else ""
        joined = " LEFT JOIN bodies AS b ON b.id = s.id" if bodies else ""
        where = f"WHERE s.id >= ? AND s.id < ? ORDER BY s.id LIMIT {_PAGE}"
        select = f"SELECT {columns}{more} FROM samples AS s{joined} {where}"
        while True:
            rows = self._database.read(lambda db: db.execute(select, (low, high)).fetchall())  # noqa: B023
            for row in rows:
                found = dict(row)
                for name in ("request", "answer", "verdict") if bodies else ():
                    found[name] = unpacked(row[name])
                found["number"] = row["id"] % MOST
                yield found
            if len(rows) < _PAGE:
                return
            low = rows[-1]["id"] + 1

    def answered(self, digest: bytes, run: int, number: int, skip: int = 0) -> Any:
        """Give the body of an answer to a request of that digest, of the runs before this one, for sample
        `number`; None for none. The newest comes first, and none twice: as many are left out as other
        samples of this run have taken. What was taken itself was never sent: its `tries` are 0."""
        low, high = _range(run)
        over = "digest = ? AND state IN ('answered', 'judged')"
        select = (
            f"SELECT b.answer FROM samples AS s JOIN bodies AS b ON b.id = s.id WHERE s.{over}"
            " AND s.id < ? AND s.tries > 0"
            f" ORDER BY s.id DESC LIMIT 1 OFFSET ? + (SELECT COUNT(*) FROM samples WHERE {over}"
            " AND id >= ? AND id < ? AND id <> ? AND tries = 0)"
        )
        values = (digest, low, skip, digest, low, high, low + number)
        row = self._database.read(lambda db: db.execute(select, values).fetchone())
        return unpacked(row["answer"]) if row else None

    # ---- bytes

    def _look_for_secrets(self) -> None:
        """Find out what must not be written: once a second, for thousands of answers may come in one."""
        if time.monotonic() - self._looked > _LOOK:
            self._spelt, self._looked = spelt(self._secrets()), time.monotonic()

    def _text(self, value: Any) -> str:
        return hide_bytes(_json(value), self._spelt).decode()

    def _packed(self, value: Any) -> bytes | None:
        if value is None:
            return None
        data = hide_bytes(_json(value), self._spelt)
        return data if len(data) < _SMALL else zlib.compress(data, _LEVEL)


def unpacked(data: bytes | None) -> Any:
    """Give what was packed. Raises StoreFailed where it is damaged."""
    if data is None:
        return None
    try:
        return json.loads(zlib.decompress(data) if data[:1] == b"x" else data)
    except (zlib.error, ValueError, RecursionError, TypeError) as error:
        raise StoreFailed(f"an evaluation's record is damaged: {error}") from None


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode(
        "utf-8", "replace"
    )


def _range(run: int) -> tuple[int, int]:
    return run * MOST, (run + 1) * MOST


def _insert(table: str, values: Iterable[str]) -> str:
    names = list(values)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"


@lru_cache(maxsize=256)
def _upsert(table: str, names: tuple[str, ...], rows: int) -> str:
    """Write many rows by one statement: between two statements other threads may take their turn."""
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    row = f"({', '.join('?' * len(names))})"
    values = ", ".join([row] * rows)
    columns = ", ".join(names)
    return f"INSERT INTO {table} ({columns}) VALUES {values} ON CONFLICT (id) DO UPDATE SET {changed}"
