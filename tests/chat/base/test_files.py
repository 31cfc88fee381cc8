"""How a file is read and written, whatever stands under its name."""

from __future__ import annotations

import os
import socket
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base import files
from chat.base.errors import BadFile
from chat.base.files import decoded, locked, make, read_bytes, read_text, write_whole


def problem(path: Path, most: int = 100) -> str:
    """What is said of a file that can't be read."""
    with pytest.raises(BadFile) as refused:
        read_text(path, most)
    assert refused.value.message == f"{path}: {refused.value.problem}" or refused.value.line
    return refused.value.problem


def test_what_is_no_file_is_named_for_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing, a folder, a pipe, a socket, a device: each has its sentence, and none is waited for."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(tmp_path)  # the name of a socket may have 108 bytes
        listening.bind("socket")
        assert problem(tmp_path / "socket") == "is a socket, not a file"
    assert problem(tmp_path / "none") == "there is no such file"
    assert problem(tmp_path) == "is a folder, not a file"
    assert problem(tmp_path / "pipe") == "is a pipe, not a file"
    assert problem(Path("/dev/zero")) == "is a device, not a file"


def test_what_the_system_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop of links, a file in a file, a name that none has, a forbidden one: the system's own words."""
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    assert problem(tmp_path / "loop") == "can't be read: too many levels of symbolic links"
    assert problem(tmp_path / "file" / "x") == "can't be read: not a directory"
    assert problem(tmp_path / "a\0b") == "can't be read: embedded null byte"

    def forbidden(path: Path, flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)
    assert problem(tmp_path / "file") == "can't be read: permission denied"


def test_a_limit_is_the_last_size_that_is_read(tmp_path: Path) -> None:
    """As many bytes as the limit says are read; one more is too large, which is said in MB."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * files.MB)
    assert read_bytes(path, files.MB) == b"x" * files.MB
    assert files.beginning(path, 3) == b"xxx"
    assert problem(path, files.MB - 1).startswith("is larger than ")
    path.write_bytes(b"x" * (files.MB // 4 + 1))
    assert problem(path, files.MB // 4) == "is larger than 0.25 MB"


def test_a_file_that_changes_meanwhile_is_not_half_of_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is cut, or written over in place, while it is read is refused, with what to do."""
    path = tmp_path / "file"
    whole = os.fstat

    def cut(descriptor: int) -> os.stat_result:
        found = whole(descriptor)
        if found.st_size == 4 and os.lseek(descriptor, 0, os.SEEK_CUR):
            os.truncate(path, 2)
        return whole(descriptor)

    path.write_text("four")
    monkeypatch.setattr(os, "fstat", cut)
    with pytest.raises(BadFile, match="was written to while it was read") as refused:
        read_bytes(path, 100)
    assert refused.value.hint == "try again"


def test_another_thing_under_the_name_is_seen_once_it_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe that takes a file's place between the look and the opening is refused as well."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    looked = os.stat(tmp_path / "file")
    monkeypatch.setattr(os, "stat", lambda path, **_: looked)
    assert problem(tmp_path / "pipe") == "is a pipe, not a file"


def test_a_file_that_may_be_absent(tmp_path: Path) -> None:
    """What is to stand for it does, and only where nothing is there: other faults are told."""
    assert read_text(tmp_path / "none", 100, absent="") == ""
    (tmp_path / "link").symlink_to("none")
    assert read_text(tmp_path / "link", 100, absent="") == ""
    with pytest.raises(BadFile):
        read_text(tmp_path, 100, absent="")


def test_only_utf_8_is_text(tmp_path: Path) -> None:
    """The mark at the beginning is no part of the text; of other encodings is said what they are,
    or the line of the first byte that is none."""
    path = tmp_path / "file"
    path.write_bytes("\ufeffé\ufeff".encode())
    assert read_text(path, 100) == "é\ufeff"
    path.write_bytes("é".encode("utf-16"))
    assert problem(path) == "is UTF-16 text, not UTF-8"
    path.write_bytes(b"a\nb\xff")
    assert problem(path) == "is not UTF-8 text"
    with pytest.raises(BadFile, match="line 2: "):
        read_text(path, 100)


@given(
    st.binary()
    | st.text(st.characters(exclude_categories=())).map(lambda t: t.encode("utf-8", "surrogatepass"))
)
def test_no_half_of_a_character_comes_out_of_a_file(data: bytes) -> None:
    """Whatever the bytes: text that can be encoded, or a sentence."""
    try:
        text = decoded(Path("file"), data)
    except BadFile:
        return
    assert text.encode() == data.removeprefix(b"\xef\xbb\xbf")


# ---- writing


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


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


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """Where the lock can't be made, and where the system refuses what is done under it."""
    (tmp_path / "file").touch()
    with pytest.raises(BadFile, match="can't be written: "), locked(tmp_path / "file" / "x"):
        pass
    with pytest.raises(BadFile, match="can't be written: no space left"), locked(tmp_path / "file"):
        raise OSError(28, "No space left on device")


def test_a_file_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    """An empty one of its owner's where there is none; else what it held stays."""
    make(tmp_path / "new" / "file")
    assert mode(tmp_path / "new" / "file") == 0o600
    (tmp_path / "new" / "file").write_text("held")
    make(tmp_path / "new" / "file")
    assert (tmp_path / "new" / "file").read_text() == "held"
