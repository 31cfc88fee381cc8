"""Open the database of conversations, and handle its failures."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from ..base.errors import BadFile, StoreFailed
from ..base.files import free, locked, make, reason, write_whole
from ..base.short import several
from . import log
from .schema import STEPS, TooNew, as_text, lacking, migrate

#: Seconds to wait for another shell's writing.
BUSY = 5.0

#: What SQLite says, as an error of no kind, of a file that is not as its own head says.
_AT_FAULT = (
    *(" already exists", "duplicate column", "unsupported file format", "malformed"),
    *("vtable constructor failed", "unknown tokenizer"),
)

T = TypeVar("T")


class Database:
    """Opened when it is first needed. `path` None is a database in memory. `steps` make its tables. `what`
    it holds is named where it is damaged; only conversations are saved from what is left then. `quick`: what
    is written outlives the program, whatever ends it, but the last of it may be lost with the machine's
    power."""

    def __init__(
        self,
        path: Path | None,
        steps: tuple[str, ...] = STEPS,
        what: str = "conversation",
        quick: bool = False,
    ) -> None:
        self.path = path
        self._steps = steps
        self._what = what
        self._quick = quick
        self.complaints: list[StoreFailed] = []
        self._db: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None  # which file was opened, whatever bears its name now
        self._newer = False  # a newer Tempera wrote it: it is read, and not written
        self._lacking = False  # it could not be opened for what it lacks
        self._cut_short = b""  # a log that is damaged
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
                if self.mended(error):
                    raise _Mended(str(error)) from error
                raise self.failed(error) from error

    def read(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        """Ask a state that stays as it is meanwhile; again where what was damaged has been mended. Raises
        StoreFailed."""
        try:
            with self.reading() as db:
                return ask(db)
        except _Mended:
            with self.reading() as db:
                return ask(db)

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction. Raises sqlite3.Error, OSError, TooNew."""
        with self._lock:
            db = self._open()
            if self._newer:
                raise TooNew
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise

    def write(self, do: Callable[[sqlite3.Connection], T]) -> T:
        """Write in a transaction; again where what was damaged has been mended. Raises as `writing`."""
        try:
            with self.writing() as db:
                return do(db)
        except (sqlite3.Error, OSError) as error:
            if not self.mended(error):
                raise
        with self.writing() as db:
            return do(db)

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
                db.text_factory = as_text
                _keep_log(db)
                self._check_log(db)
                db.execute("PRAGMA foreign_keys = ON")
                if self._quick:
                    db.execute("PRAGMA synchronous = NORMAL")
                db.execute("PRAGMA secure_delete = ON")  # what is deleted is gone from the file, too
                self._newer = False
                try:
                    migrate(db, self._steps)
                except TooNew:
                    if lacking(db, self._steps):
                        raise
                    self._newer = True  # it can be read
            except BaseException as error:
                self._lacking = _lacks(db, error, self._steps)
                db.close()
                raise
            self._db = db
        return self._db

    def _check_log(self, db: sqlite3.Connection) -> None:
        """Raise sqlite3.DatabaseError where a shell that was killed left a log of which SQLite does not read
        all; it is kept then, for SQLite takes it away."""
        found = self._log()
        if self._reads_less(db, found):
            # another shell may be about to say that it has written: its transaction ends first
            db.execute("BEGIN IMMEDIATE")
            db.execute("ROLLBACK")
            if self._reads_less(db, found):
                self._cut_short = found
                raise sqlite3.DatabaseError("its log is damaged")

    def _reads_less(self, db: sqlite3.Connection, found: bytes) -> bool:
        """Tell whether SQLite has read less of its log than there was."""
        if not found:
            return False
        busy, read, _ = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        same = self._log()[: log.HEAD] == found[: log.HEAD]  # else another shell has begun it anew
        return same and not busy and read >= 0 and log.cut_short(found, read)

    def _log(self) -> bytes:
        with contextlib.suppress(OSError):
            if self.path is not None:
                return self.path.with_name(self.path.name + log.ENDING).read_bytes()
        return b""

    def close(self) -> None:
        with self._lock, contextlib.suppress(sqlite3.Error):
            if self._db is not None:
                self._db.close()
        self._db = None

    def mended(self, error: Exception) -> bool:
        """Put the database aside and begin a new one with what can be read of it, where it is at fault for
        this error. Tell whether that was so."""
        if not (
            damaged(error) or self._lacking or (self._db is not None and _lacks(self._db, error, self._steps))
        ):
            return False
        self._lacking = False
        self.put_aside()
        return True

    def put_aside(self) -> None:
        """Begin anew beside what is damaged, unless another shell has done so meanwhile."""
        import tempfile  # late: little is damaged

        from .salvage import salvage

        assert self.path is not None
        self.close()
        path = Path(os.path.realpath(self.path))
        with contextlib.suppress(BadFile), locked(path):
            if self._file is None or _identity(path) != self._file:
                return
            aside = free(path.with_name(f"{path.stem}-damaged-{time.strftime('%Y%m%d-%H%M%S')}.db"))
            with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as folder:
                new, count = Path(folder) / "new.db", 0
                try:
                    if self._steps == STEPS:
                        count = salvage(path, self._cut_short or self._log(), new)
                except (sqlite3.Error, OSError) as error:
                    if isinstance(error, OSError) or "full" in str(error):  # for want of room nothing is lost
                        told = f"the database of {self._what}s is damaged, and can't be mended now"
                        self.complaints.append(StoreFailed(told, f"it is left as it is: {error}"))
                        return
                if self._cut_short:
                    write_whole(path.with_name(path.name + log.ENDING), self._cut_short)
                    self._cut_short = b""
                for ending in (log.ENDING, "-shm"):
                    part = path.with_name(path.name + ending)
                    if part.exists():
                        part.rename(aside.with_name(aside.name + ending))
                path.rename(aside)
                if count:
                    new.chmod(0o600)
                    new.rename(path)
            what = "nothing of it could be read"
            if count:
                what = f"what could be read of it is in the new one: {several(count, self._what)}"
            told = f"the database of {self._what}s was damaged; it was put aside as {aside}"
            self.complaints.append(StoreFailed(told, what))

    def failed(self, error: Exception) -> StoreFailed:
        if isinstance(error, TooNew):
            return StoreFailed(
                f"{self.path} was written by a newer Tempera",
                "it is left as it is: what is said now is not stored",
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


def _lacks(db: sqlite3.Connection, error: BaseException, steps: tuple[str, ...]) -> bool:
    """Tell whether that error comes of a database that is not as it says it is: a table of it is missing, or
    one that is to be made is there."""
    if not isinstance(error, sqlite3.OperationalError):
        return False
    if any(words in str(error) for words in _AT_FAULT):
        return True
    try:
        return "no such" in str(error) and lacking(db, steps)
    except sqlite3.Error:
        return False


class _Mended(StoreFailed):
    """What was damaged has been put aside, and a new one stands in its place."""


def damaged(error: Exception) -> bool:
    """Tell whether the file itself is at fault: SQLite's general error, not one of a kind."""
    return type(error) is sqlite3.DatabaseError
