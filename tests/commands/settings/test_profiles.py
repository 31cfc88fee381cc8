"""/profile: named settings are listed, loaded, saved, compared and deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chat.session.state import Session
from commands import dispatch, registry
from commands.declare import Action

from ...support.recorder import RecordingScreen

Type = Callable[[str], Action | None]
OWN = """\
# my own
mine:   # best
  extends: default
  temperature: 0.3   # cool

other:
  seed: 1
"""


@pytest.fixture
def session(make_session: Callable[..., Session]) -> Session:
    return make_session(OWN)


def rows(screen: RecordingScreen) -> dict[str, tuple[str, ...]]:
    return {row[0]: tuple(row[1:]) for row in screen.tables[-1][1]}


def own_text(session: Session) -> str:
    return session.profiles.own.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["/profile", "/profile list"])
def test_profiles_are_listed(typed: Type, session: Session, screen: RecordingScreen, text: str) -> None:
    """The list marks the one in force, tells which are one's own, what each sets, and where they are kept."""
    typed(text)
    listed = rows(screen)
    assert set(listed) == {"*default", "haiku", "precise", "creative", "local", "ollama", "mine", "other"}
    assert listed["mine"] == ("yours", "extends default; temperature 0.3")
    assert listed["*default"][0] == "shipped"
    assert screen.said == [f"yours are in {session.profiles.own}"]


@pytest.mark.parametrize(
    "text", ["/profile load haiku", "/profile haiku", "/profile load hai", "/profile hai"]
)
def test_a_profile_is_loaded_by_name_or_unique_beginning(
    typed: Type, session: Session, screen: RecordingScreen, text: str
) -> None:
    """Loading takes the profile's settings, with those of what it extends, and echoes the differences."""
    typed(text)
    assert session.settings.profile == "haiku"
    assert screen.said[:2] == ["profile haiku", "temperature 1.0 → 1.2"]
    assert session.model == "gpt-5.4-mini"


def test_loading_says_that_changes_are_gone(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """What was set here does not survive another profile, and that is said."""
    typed("/seed 3")
    typed("/profile mine")
    assert "profile mine (what was set here is gone)" in screen.said
    assert session.settings.get("seed") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/profile hiaku", "no profile hiaku; did you mean haiku?"),
        ("/profile load xyzzy", "no profile xyzzy"),
        ("/profile load o", "o could be ollama, other"),
        ("/profile load", "/profile load takes one name"),
        ("/profile load haiku mine", "/profile load takes one name"),
        ("/profile haiku mine", "/profile does not know haiku"),
        ("/profile diff a b c", "/profile diff takes two names at most"),
        ("/profile delete", "/profile delete takes one name"),
        ("/profile delete mi", "/profile delete takes the whole name, not mi"),
        ("/profile delete haiku", "haiku ships with Tempera and can't be deleted"),
        ("/profile save bad/name", "bad/name can't name a profile"),
        ("/profile save ../up", "../up can't name a profile"),
    ],
)
def test_what_profile_refuses(
    typed: Type, session: Session, screen: RecordingScreen, text: str, told: str
) -> None:
    """A line that names no profile, too many or none changes neither settings nor files."""
    before = session.settings
    typed(text)
    assert screen.failed[0].startswith(told)
    assert session.settings is before and own_text(session) == OWN


@pytest.mark.parametrize(
    "text", ["/profile nope", "/profile load nope", "/profile load haikuu", "/profile load"]
)
def test_what_can_not_be_loaded_lists_what_can(
    typed: Type, session: Session, screen: RecordingScreen, text: str
) -> None:
    """Where no profile has that name, all that there are stand beside the refusal."""
    typed(text)
    (failed,) = screen.failed
    assert failed.endswith(f"(there are {', '.join(session.profiles.names)})")


def test_saving_keeps_what_is_set_and_every_other_line(
    typed: Type, session: Session, make_session: Callable[..., Session], screen: RecordingScreen
) -> None:
    """/profile save NAME writes all that is in force; comments and other profiles stay byte for byte."""
    typed("/profile haiku")
    typed(r'/set temperature=0.5 stop="\n"')
    typed("/profile save terse")
    assert not screen.failed
    assert own_text(session).startswith(OWN)
    assert session.settings.profile == "terse" and not session.settings.changed
    later = make_session(profile="terse")
    for name in ("temperature", "stop", "system", "model"):
        assert later.settings.get(name) == session.settings.get(name) is not None


def test_saving_over_ones_own_asks(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """An existing profile is written over only after a yes; it goes on extending what it extends."""
    typed("/profile mine")
    typed("/temp 0.9")
    screen.answers = [False, True]
    typed("/profile save")
    assert screen.questions == ["write over your profile mine?"]
    assert screen.failed == ["mine is as it was (save under another name)"] and own_text(session) == OWN
    typed("/profile save mine")
    assert session.profiles.by_name["mine"].extends == "default"
    assert dict(session.profiles.by_name["mine"].values) == {"temperature": 0.9}
    assert "other:\n  seed: 1\n" in own_text(session) and "# my own" in own_text(session)


def test_ones_own_wins_over_a_shipped_one(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """Saving under a shipped name makes one's own of that name; deleting it brings the shipped one back."""
    typed("/profile haiku")
    typed("/temp 0")
    typed("/profile save haiku")
    assert session.profiles.is_own("haiku")
    screen.answers = [True]
    typed("/profile delete haiku")
    assert not session.profiles.is_own("haiku")
    typed("/profile haiku")
    assert session.settings.get("temperature") == 1.2


def test_deleting_asks_and_leaves_the_rest(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """/profile delete takes one profile out of the file after a yes; what is set stays."""
    typed("/profile other")
    screen.answers = [False, True]
    typed("/profile delete other")
    assert screen.failed == ["other is as it was"] and own_text(session) == OWN
    typed("/profile delete other")
    assert "other" not in session.profiles.by_name and "mine:   # best" in own_text(session)
    assert session.settings.get("seed") == 1


def test_a_profile_that_another_extends_is_not_deleted(
    make_session: Callable[..., Session], screen: RecordingScreen
) -> None:
    """Deleting what another builds on is refused, and names the other."""
    session = make_session("base:\n  seed: 1\nheir:\n  extends: base\n")
    screen.answers = [True]
    dispatch.run("/profile delete base", registry(), session, screen)
    assert screen.failed == ["heir extends base; change that first"]
    assert "base" in session.profiles.by_name


def diff(typed: Type, screen: RecordingScreen, text: str) -> tuple[Any, dict[str, tuple[str, ...]]]:
    typed(text)
    return screen.tables[-1][0], rows(screen)


def test_diff_compares_a_profile_with_what_is_set_or_with_another(
    typed: Type, screen: RecordingScreen
) -> None:
    """/profile diff is against the one in force, diff A against A, diff A B between two."""
    typed("/profile haiku")
    typed("/set temperature=0 seed=2")
    assert diff(typed, screen, "/profile diff") == (
        ("setting", "haiku", "set now"),
        {"temperature": ("1.2", "0.0"), "seed": ("—", "2")},
    )
    columns, found = diff(typed, screen, "/profile diff mine")
    assert columns == ("setting", "mine", "set now") and found["temperature"] == ("0.3", "0.0")
    assert diff(typed, screen, "/profile diff default mine") == (
        ("setting", "default", "mine"),
        {"temperature": ("—", "0.3")},
    )
    typed("/profile diff mine mine")
    assert screen.said[-1] == "mine and mine are the same"


def test_a_broken_file_is_told_and_never_written(
    make_session: Callable[..., Session], screen: RecordingScreen
) -> None:
    """What is wrong with the file stands below the list with its line; saving into it is refused."""
    broken = "mine:\n  temperature: 0.3\n   top_p: [\n"
    session = make_session(broken)
    dispatch.run("/profile", registry(), session, screen)
    assert "profiles.yaml, line 3" in screen.warned[0]
    assert rows(screen)["*default"][0] == "shipped"
    dispatch.run("/profile save new", registry(), session, screen)
    assert "profiles.yaml, line 3" in screen.failed[0]
    assert own_text(session) == broken


def test_a_broken_profile_leaves_the_sound_ones(
    make_session: Callable[..., Session], screen: RecordingScreen
) -> None:
    """A value out of range names file, line, profile and key; the profiles beside it load."""
    session = make_session("bad:\n  temperature: 3\ngood:\n  seed: 1\n")
    dispatch.run("/profile", registry(), session, screen)
    assert (
        "line 2" in screen.warned[0] and "bad: temperature: 3 is not a number from 0 to 2" in screen.warned[0]
    )
    assert "seed 1" in rows(screen)["good"][-1]
    assert "can't be used" in rows(screen)["bad"][-1]
