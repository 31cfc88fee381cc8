"""Open the database of conversations, and handle its failures."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from ..base.errors import BadFile, StoreFailed
from ..base.files import locked, make, reason
from .schema import TooNew, migrate

#: Seconds to wait for another shell's writing.
BUSY = 5.0


class Database:
    """Opened when it is first needed. `path` None is a database in memory."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.complaints: list[StoreFailed] = []
        self._db: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None  # which file was opened, whatever bears its name now
        self._lock = threading.RLock()  # completion asks from a thread of its own

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a snapshot that does not change while it is read. Raises StoreFailed."""
        with self._lock:
            try:
                db = self._open()
                db.execute("BEGIN")
                try:
                    yield db
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):  # the cause is what is told
                        db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")
            except (sqlite3.Error, OSError, TooNew) as error:
                if damaged(error):
                    self.put_aside()
                raise self.failed(error) from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction. Raises sqlite3.Error, OSError, TooNew."""
        with self._lock:
            db = self._open()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            if self.path is not None:
                make(self.path)
                self._file = _identity(self.path)
                if not os.access(self.path.parent, os.W_OK):  # SQLite would not say why
                    raise OSError(errno.EROFS, "its folder can't be written to")
            db = sqlite3.connect(
                self.path or ":memory:", timeout=BUSY, isolation_level=None, check_same_thread=False
            )
            try:
                db.row_factory = sqlite3.Row
                _keep_log(db)
                db.execute("PRAGMA foreign_keys = ON")
                db.execute("PRAGMA secure_delete = ON")  # what is deleted is gone from the file, too
                migrate(db)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db

    def close(self) -> None:
        with self._lock, contextlib.suppress(sqlite3.Error):
            if self._db is not None:
                self._db.close()
        self._db = None

    def put_aside(self) -> None:
        """Put a damaged database aside and begin a new one, unless another shell has done so meanwhile."""
        assert self.path is not None
        self.close()
        with contextlib.suppress(BadFile), locked(self.path):
            if self._file is None or _identity(self.path) != self._file:
                return
            aside = self._free_name()
            for ending in ("-wal", "-shm", ""):
                part = self.path.with_name(self.path.name + ending)
                if part.exists():
                    part.rename(aside.with_name(aside.name + ending))
            self.complaints.append(
                StoreFailed(f"the database of conversations is damaged; it was put aside as {aside}")
            )

    def _free_name(self) -> Path:
        assert self.path is not None
        name = f"{self.path.stem}-damaged-{time.strftime('%Y%m%d-%H%M%S')}"
        numbers = itertools.count(2)
        aside = self.path.with_name(f"{name}.db")
        while aside.exists():
            aside = self.path.with_name(f"{name}-{next(numbers)}.db")
        return aside

    def failed(self, error: Exception) -> StoreFailed:
        if isinstance(error, TooNew):
            return StoreFailed(
                f"{self.path} was written by a newer Tempera", "it is left alone; nothing is stored"
            )
        why = reason(error) if isinstance(error, OSError) else str(error)
        return StoreFailed(f"{self.path}: {why}")

    def forget_log(self) -> None:
        """Write the log into the database, so that deleted rows are in neither."""
        with self._lock, contextlib.suppress(sqlite3.Error, OSError, TooNew):
            self._open().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _keep_log(db: sqlite3.Connection) -> None:
    """Write ahead. Where shells make a database at once, SQLite's own waiting would have them wait
    for one another until it gives up."""
    end = time.monotonic() + BUSY
    db.execute("PRAGMA busy_timeout = 0")
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
        time.sleep(random.uniform(0.001, 0.02))
    db.execute(f"PRAGMA busy_timeout = {int(1000 * BUSY)}")


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def damaged(error: Exception) -> bool:
    """Tell whether the file itself is at fault: SQLite's general error, not one of a kind."""
    return type(error) is sqlite3.DatabaseError
