"""The connection: transactions, other shells, and a file that is damaged, full or out of reach."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import StoreFailed
from chat.store.database import Database, damaged
from chat.store.schema import migrate

from ...support.examples import times


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.db"


@pytest.fixture
def database(path: Path) -> Database:
    return Database(path)


def add(database: Database, number: int) -> None:
    with database.writing() as db:
        db.execute("INSERT INTO conversations (id, updated) VALUES (?, 0)", (number,))


def count(database: Database) -> int:
    with database.reading() as db:
        found: int = db.execute("SELECT count(*) FROM conversations").fetchone()[0]
        return found


def test_the_files_are_their_owners_alone(database: Database, path: Path) -> None:
    """The database, its log and its index are 0600, the folder made for it is 0700, whatever the
    umask would let through."""
    before = os.umask(0)
    try:
        add(database, 1)
    finally:
        os.umask(before)
    files = list(path.parent.iterdir())
    assert {file.name for file in files} == {path.name, f"{path.name}-wal", f"{path.name}-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    database.close()


def test_nothing_is_made_before_it_is_needed(database: Database, path: Path) -> None:
    """A database that nobody used leaves no file."""
    database.close()
    assert not path.parent.exists()


def test_a_transaction_is_whole_or_nothing(database: Database) -> None:
    """What fails in the middle leaves nothing, and the next transaction works."""
    add(database, 1)
    with pytest.raises(ZeroDivisionError), database.writing() as db:
        db.execute("DELETE FROM conversations")
        raise ZeroDivisionError
    assert count(database) == 1
    add(database, 2)
    assert count(database) == 2
    database.close()


def test_what_is_read_stays_as_it_is_meanwhile(database: Database, path: Path) -> None:
    """While one shell reads, another may write: the reader sees one state, and neither waits."""
    add(database, 1)
    other = Database(path)
    with database.reading() as db:
        before = db.execute("SELECT count(*) FROM conversations").fetchone()[0]
        add(other, 2)
        assert db.execute("SELECT count(*) FROM conversations").fetchone()[0] == before == 1
    assert count(database) == 2
    database.close()
    other.close()


def test_it_can_be_used_again_after_it_was_closed(database: Database) -> None:
    """Closing twice is no matter, and what is asked later opens it anew."""
    add(database, 1)
    database.close()
    database.close()
    assert count(database) == 1
    database.close()


def test_an_error_of_the_reader_is_not_swallowed(database: Database) -> None:
    """What goes wrong while reading is told as it is, a sentence of the database's as such."""
    with pytest.raises(ZeroDivisionError), database.reading():
        raise ZeroDivisionError
    with pytest.raises(StoreFailed, match="no such table"), database.reading() as db:
        db.execute("SELECT * FROM nowhere")
    assert count(database) == 0
    database.close()


# ---- damage


DAMAGE = {
    "no database at all": (lambda data: b"this is no database, and never was one\n" * 200, 0),
    "empty pages": (lambda data: b"\0" * len(data), 0),
    "its head overwritten": (lambda data: b"\0" * 100 + data[100:], 50),
    "its version too low": (lambda data: data[:60] + b"\0\0\0\1" + data[64:], 50),
    "its tables overwritten": (lambda data: data[:100] + b"\xff" * (len(data) - 100), 0),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_is_put_aside_whole(path: Path, how: str) -> None:
    """A file that is damaged is put aside under a name that is told, byte for byte, and a new database begins
    with what could be read of it."""
    database = Database(path)
    for number in range(50):
        add(database, number)
    database.close()
    damage, left = DAMAGE[how]
    bad = damage(path.read_bytes())
    path.write_bytes(bad)
    database = Database(path)
    assert database.read(lambda db: db.execute("SELECT count(*) FROM conversations").fetchone()[0]) == left
    (told,) = database.complaints
    (aside,) = path.parent.glob("*-damaged-*.db")
    assert told.message == f"the database of conversations was damaged; it was put aside as {aside}"
    assert ("50 conversations" if left else "nothing of it could be read") in told.hint
    assert aside.read_bytes() == bad
    assert {stat.S_IMODE(file.stat().st_mode) for file in (aside, path)} == {0o600}
    database.write(lambda db: db.execute("INSERT INTO conversations (id, updated) VALUES (1000, 0)"))
    assert count(database) == left + 1
    database.close()


def test_a_page_that_is_damaged_costs_what_stood_on_it(path: Path) -> None:
    """Whichever page is overwritten, but for those that tell where the tables are: what is on others is there."""
    database = Database(path)
    with database.writing() as db:
        values = ((number, f"{number} " * 100) for number in range(60))
        db.executemany("INSERT INTO conversations (id, updated, title) VALUES (?, 0, ?)", values)
    database.close()
    whole, lost = path.read_bytes(), []
    for start in range(0, len(whole), 4096):
        path.write_bytes(whole[:start] + os.urandom(4096) + whole[start + 4096 :])
        with contextlib.closing(sqlite3.connect(path)) as db, contextlib.suppress(sqlite3.DatabaseError):
            db.execute("SELECT sql FROM sqlite_master").fetchall()
            database = Database(path)
            lost.append(
                60 - len(database.read(lambda db: db.execute("SELECT * FROM conversations").fetchall()))
            )
            database.close()
    *others, _ = sorted(lost)  # the last is the page from which all of the table is found
    assert 0 < max(others) < 20, "some 15 stand on each"


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a shell that was killed leaves: nothing of its log is in the database yet."""
    folder = tmp_path_factory.mktemp("killed")
    living = Database(folder / "living" / "c.db")
    for number in range(9):
        add(living, number)
    shutil.copytree(folder / "living", folder / "left")
    living.close()
    return folder / "left"


@times(0.5)
@given(data=st.data())
def test_what_stands_behind_a_damaged_page_of_the_log_is_there(
    killed: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """SQLite takes a log up to the first wrong bit, and forgets the rest: that is seen, told and mended."""
    folder = tmp_path_factory.mktemp("log") / "home"
    shutil.copytree(killed, folder)
    written_ahead = folder / "c.db-wal"
    content = bytearray(written_ahead.read_bytes())
    # behind those that tell where the tables are, and before the last, which could have been torn as well
    frame = data.draw(st.integers(25, len(content) // 4120 - 5))
    place = 32 + 4120 * frame + 24 + data.draw(st.integers(1000, 4095))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    written_ahead.write_bytes(content)
    database = Database(folder / "c.db")
    assert database.read(lambda db: db.execute("SELECT count(*) FROM conversations").fetchone()[0]) == 9
    assert ["put aside as" in each.message for each in database.complaints] == [True]
    database.close()


@pytest.mark.parametrize(
    "error", [OSError("no space left"), sqlite3.OperationalError("database or disk is full")]
)
def test_without_room_a_damaged_database_stays_where_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Where what can be read of it can't be written, it is not put aside: the next start may have the room."""
    database = Database(path)
    add(database, 1)
    database.close()
    bad = path.read_bytes()[:5000]
    path.write_bytes(bad)

    def full(*_: object) -> int:
        raise error

    monkeypatch.setattr("chat.store.salvage.salvage", full)
    with pytest.raises(StoreFailed, match="malformed"):
        database.read(lambda db: db.execute("SELECT * FROM conversations").fetchall())
    assert path.read_bytes() == bad
    assert {each.hint for each in database.complaints} == {f"it is left as it is: {error}"}
    monkeypatch.undo()
    assert database.read(lambda db: db.execute("SELECT count(*) FROM turns").fetchone()[0]) == 0
    assert list(path.parent.glob("*-damaged-*.db"))
    database.close()


def test_what_was_put_aside_is_never_overwritten(path: Path) -> None:
    """Three damaged databases within one second are three files beside the new one."""
    path.parent.mkdir()
    kept = []
    for number in range(3):
        path.write_bytes(f"damaged {number}\n".encode() * 100)
        kept.append(path.read_bytes())
        database = Database(path)
        with pytest.raises(StoreFailed):
            count(database)
        database.close()
        path.unlink(missing_ok=True)
    assert sorted(file.read_bytes() for file in path.parent.glob("*-damaged-*.db")) == kept


def test_a_new_database_of_another_shell_is_not_put_aside(path: Path) -> None:
    """Two shells that meet the same damage put the damaged file aside alone, and share the new one."""
    first, second = Database(path), Database(path)
    add(first, 1)
    assert count(second) == 1
    first.put_aside()
    add(first, 2)
    add(first, 3)
    second.put_aside()
    assert count(first) == count(second) == 3
    assert len(list(path.parent.glob("*-damaged-*.db"))) == 1
    assert (len(first.complaints), len(second.complaints)) == (1, 0)
    first.close()
    second.close()


def test_only_damage_is_damage(path: Path) -> None:
    """A full disk, a lock, a constraint and a folder that can't be read are no reason to put
    anything aside."""
    assert damaged(sqlite3.DatabaseError("file is not a database"))
    for error in (
        sqlite3.OperationalError("database or disk is full"),
        sqlite3.OperationalError("database is locked"),
        sqlite3.IntegrityError("UNIQUE constraint failed"),
        PermissionError("no"),
    ):
        assert not damaged(error)


def test_a_place_that_can_not_be_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Where the data folder can't be made, reading says which path and why."""
    (tmp_path / "data").write_text("a file in the way")
    database = Database(tmp_path / "data" / "deeper" / "conversations.db")
    with pytest.raises(StoreFailed, match=r"deeper/conversations\.db: (not a directory|file exists)"):
        count(database)
    assert not database.complaints


def test_a_folder_that_has_become_read_only_is_told(
    path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is there, in a folder that can't be written to, says that of its folder."""
    add(database, 1)
    database.close()
    monkeypatch.setattr(os, "access", lambda *_, **__: False)  # root may write wherever there are disks
    with pytest.raises(StoreFailed, match=r"conversations\.db: its folder can't be written to"):
        count(database)
    monkeypatch.undo()
    assert count(database) == 1
    database.close()


def test_what_failed_is_told_where_the_transaction_is_gone(tmp_path: Path) -> None:
    """SQLite takes some transactions back by itself, as on a full disk: what is told is why."""
    database = Database(tmp_path / "c.db")
    with pytest.raises(sqlite3.OperationalError, match="disk is full"), database.writing() as db:
        db.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")
    with pytest.raises(StoreFailed, match="disk I/O error"), database.reading() as db:
        db.execute("ROLLBACK")
        raise sqlite3.OperationalError("disk I/O error")
    database.close()


def test_a_step_that_fails_is_told_with_its_cause(tmp_path: Path) -> None:
    """The same for a database that is brought up to date."""
    db = sqlite3.connect(tmp_path / "c.db", isolation_level=None)
    with pytest.raises(sqlite3.OperationalError, match="no such table: lost"):
        migrate(db, ("ROLLBACK;\nDROP TABLE lost;",))
    db.close()
