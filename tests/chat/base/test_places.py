"""Where files live."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadFile
from chat.base.places import folder, named, places


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


def test_nobodys_folder() -> None:
    """~person of a person there is not is a sentence."""
    with pytest.raises(BadFile, match="a person there is not"):
        named("~nobody-of-that-name/x")


@given(st.text(st.sampled_from("a~/\0\ud800\udcff.")))
def test_any_text_is_a_path_or_a_sentence(name: str) -> None:
    """A NUL or half a character is no part of a name, which is said before a system call fails on it."""
    with suppress(BadFile):
        assert named(name).exists() in (True, False)
