"""Where files live, and how they are written."""

from __future__ import annotations

import os
import stat
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadFile
from chat.base.places import folder, locked, named, places, write_whole


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_home_holds_everything(tmp_path: Path) -> None:
    """TEMPERA_HOME, where it is set, holds configuration, data and caches."""
    where = places({"TEMPERA_HOME": str(tmp_path)})
    for path in (where.profiles, where.preferences, where.endpoints, where.history, where.log, where.cache):
        assert tmp_path in path.parents


def test_without_it_the_systems_conventions() -> None:
    """Each system's own folders, named after the program."""
    where = places({})
    assert "tempera" in str(where.profiles)
    assert "tempera" in str(where.cache)


def test_folders_are_the_owners_alone(tmp_path: Path) -> None:
    """All that had to be made, down to the last."""
    made = folder(tmp_path / "a" / "b" / "c")
    assert [mode(path) for path in (made, made.parent, made.parent.parent)] == [0o700] * 3


def test_a_file_is_private_and_whole(tmp_path: Path) -> None:
    """0600 from the beginning, the old content until the new is complete, nothing left over."""
    path = tmp_path / "x" / "file"
    write_whole(path, "old")
    write_whole(path, "new ☃")
    assert path.read_text(encoding="utf-8") == "new ☃"
    assert mode(path) == 0o600
    assert os.listdir(path.parent) == ["file"]


def test_a_write_that_fails_leaves_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk: a sentence, the file as it was, no temporary file left."""
    path = tmp_path / "file"
    write_whole(path, "old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadFile, match="no space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    """What is read and written under the lock is not lost to another writer."""
    path = tmp_path / "count"
    path.write_text("0")

    def count() -> None:
        for _ in range(50):
            with locked(path):
                path.write_text(str(int(path.read_text()) + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() == "200"


def test_nobodys_folder() -> None:
    """~person of a person there is not is a sentence."""
    with pytest.raises(BadFile, match="a person there is not"):
        named("~nobody-of-that-name/x")


@given(st.text(st.sampled_from("a~/\0\ud800\udcff.")))
def test_any_text_is_a_path_or_a_sentence(name: str) -> None:
    """A NUL or half a character is no part of a name, which is said before a system call fails on it."""
    with suppress(BadFile):
        assert named(name).exists() in (True, False)
