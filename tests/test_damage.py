"""Nothing that stands in a file of the shell's own stops it, or costs more than what was damaged."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.conversation.tree import Conversation
from chat.store.conversations import Store
from terminal.editing.history import FileHistory

from .support.examples import times
from .support.kept import FILES, Started, columns, fill, started
from .support.server import Server, stream

#: What no column and no file has by itself.
ODD = (
    *(None, "", "x", "\0", b"", b"\xff\xfe", 0, -1, 2**63 - 1, -(2**63), 1e300, float("inf")),
    *(
        "null",
        "1",
        "NaN",
        "[]",
        "{}",
        "[[1, 2]]",
        '["a"]',
        '{"a": 1}',
        '{"role": 1}',
        '{"n": "x", "stop": {}}',
    ),
    *("9" * 5000, "[" * 100_000, '{"a":' * 500 + "1" + "}" * 500),
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a server that answers."""
    with Server() as running:
        running.reply(stream("Here I am."))
        yield running.url


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, url: str) -> Path:
    """A home with something in each file, made once; `ranks` are unpacked once, too."""
    home = tmp_path_factory.mktemp("whole")
    fill(home, url)
    (home / "cache").mkdir()
    (home / "cache" / "tiktoken").symlink_to(tmp_path_factory.mktemp("ranks"))
    return home


@pytest.fixture(scope="module")
def copied(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Give a home like it, to be damaged."""
    home = tmp_path_factory.mktemp("copies") / "home"

    def copy() -> Path:
        if home.exists():
            shutil.rmtree(home)
        return shutil.copytree(whole, home, symlinks=True)

    return copy


def begin(home: Path, url: str) -> contextlib.AbstractContextManager[Started]:
    return started(home, "--base-url", url, "-m", "test-model")


def use(home: Path, url: str) -> tuple[str, list[str]]:
    """Start, look at most of what is kept, and go on in a new conversation and in one that is there. What was
    said of it, and what the kept conversations said."""
    with begin(home, url) as shell:
        store = shell.run.session.store
        kept = [row["number"] for row in store.newest()]
        for number in kept:
            for line in (f"/resume {number}", "/usage", "/branches", "/wire 1", "/request", "/diff 1 2"):
                shell.type(line)
        found = [text for row in store.newest() for text in _texts(store.load(row["number"]))]
        numbers = []
        for line in (
            "/search one",
            "/arena",
            "/prompt greet",
            "/history",
            "/set plain false",
            "/clear",
            "/resume 3",
        ):
            shell.type(line)
        for line in ("hello", "again"):
            assert "Here I am." in shell.type(line)
            numbers.append(shell.run.session.conversation.number)
            shell.type("/clear")
    store = Store(home / "conversations.db")
    for number in numbers:
        assert _texts(store.load(number))[-1] == "Here I am.", "what was said last is not stored"
    store.close()
    return shell.said, found


def _texts(conversation: Conversation) -> list[str]:
    return [choice.text for turn in conversation.turns for choice in turn.answer.choices]


@pytest.fixture(scope="module")
def said(copied: Callable[[], Path], url: str) -> list[str]:
    """What is said where nothing is damaged."""
    told, found = use(copied(), url)
    assert "can't be read" not in told and len(found) == 14
    return found


#: What is lost at most for a cell of these: what hangs on a turn, or on nothing but its own row.
LOSES = {"messages": 1, "turns": 2, "choices": 1}


@times(0.2)
@given(data=st.data())
def test_a_cell_of_any_kind_costs_its_own_record(
    copied: Callable[[], Path], url: str, said: list[str], data: Any
) -> None:
    """Whatever stands in a cell of a row: the shell starts, shows and goes on, and all that was said elsewhere is
    there."""
    home = copied()
    table, column = data.draw(st.sampled_from(columns(home)))
    odd = data.draw(st.sampled_from(ODD))
    with contextlib.closing(sqlite3.connect(home / "conversations.db", isolation_level=None)) as db:
        place = data.draw(st.integers(0, db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] - 1))
        key, keys = ('(turn, "index")', 'turn, "index"') if table == "choices" else ("rowid", "rowid")
        choose = f"SELECT {keys} FROM {table} LIMIT 1 OFFSET {place}"
        with contextlib.suppress(sqlite3.IntegrityError):  # there can be no such row
            db.execute(f'UPDATE {table} SET "{column}" = ? WHERE {key} = ({choose})', (odd,))
    told, found = use(home, url)
    assert "Traceback" not in told
    lost = Counter(said) - Counter(found)
    assert sum(lost.values()) <= LOSES.get(table, 0), f"lost: {lost}"


def _bytes(data: bytes) -> st.SearchStrategy[bytes]:
    """Bytes like these: one flipped, cut off, put in or overwritten, or something else altogether."""
    places = st.integers(0, max(0, len(data) - 1))
    pieces = st.sampled_from(
        (b"\0", b"\xff", b"{", b"9" * 5000, b"[" * 100_000, b"\n", b"&a *a", b"NaN", b": ")
    )
    other = st.sampled_from([each.encode() for each in ODD if isinstance(each, str)])
    return st.one_of(
        st.builds(
            lambda at, bit: data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :],
            places,
            st.integers(0, 7),
        ),
        st.builds(lambda at: data[:at], places),
        st.builds(lambda at, new: data[:at] + new + data[at:], places, pieces),
        st.builds(
            lambda at, length: data[:at] + os.urandom(length) + data[at + length :], places, st.just(4096)
        ),
        other,
    )


@times(0.1)
@given(data=st.data())
def test_a_file_of_any_kind_stops_nothing(
    copied: Callable[[], Path], url: str, said: list[str], data: Any
) -> None:
    """Whatever stands in a small file, or in its place: the shell starts and goes on, all conversations are there,
    and what can't be read is still on the disk."""
    home = copied()
    path = home / data.draw(st.sampled_from(FILES))
    content = data.draw(_bytes(path.read_bytes()) | st.sampled_from(("folder", "pipe", "link")))
    path.unlink()
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        {"folder": path.mkdir, "pipe": partial(os.mkfifo, path), "link": partial(path.symlink_to, "gone")}[
            content
        ]()
    FileHistory(home / "history").store_string("typed")
    told, found = use(home, url)
    assert "Traceback" not in told
    lost = Counter(said) - Counter(found)
    assert not lost - Counter(["came so far"])
    taken = (
        "was killed: kept" in told
    )  # a bit that has changed within a text makes another text, or another field of it
    assert (
        not lost
        or not content
        or taken
        or any(each.name.startswith(path.name) for each in path.parent.iterdir())
    )


@times(0.1)
@given(data=st.data())
def test_a_database_of_any_bytes_is_put_aside_or_read(
    copied: Callable[[], Path], url: str, data: Any
) -> None:
    """Whatever is done to its bytes: the shell starts, and what is said from then on is stored."""
    home = copied()
    path = home / "conversations.db"
    path.write_bytes(data.draw(_bytes(path.read_bytes())))
    told, found = use(home, url)
    assert "Traceback" not in told
    assert found or "put aside as" in told
