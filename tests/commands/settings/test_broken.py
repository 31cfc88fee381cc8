"""A profile that is broken, at the prompt: a clear line, and nothing sent until another is chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.base.errors import BadProfile
from chat.session.state import Session
from commands import dispatch, registry
from commands.declare import Send
from commands.message import exchange

from ...support.recorder import RecordingScreen
from ...support.server import Server, stream

Here = Callable[..., Session]


def do(session: Session, screen: RecordingScreen, *lines: str) -> None:
    """Type lines; what they send is sent."""
    for line in lines:
        action = dispatch.run(line, registry(), session, screen)
        if isinstance(action, Send):
            exchange(session, screen, action)


@pytest.fixture
def broken(here: Here, server: Server) -> Session:
    """A session on the server, beside a profile that is broken."""
    server.reply(stream("Hello"))
    session = here()
    own = session.places.profiles
    own.write_text(
        own.read_text() + "work:\n  temperature: 3\nwork-eu:\n  extends: here\nheir:\n  extends: work\n"
    )
    session.reload_profiles()
    return session


@pytest.mark.parametrize("load", ["/profile work", "/profile load work", "/profile wor", "/profile heir"])
def test_nothing_is_sent_until_another_is_chosen(
    broken: Session, screen: RecordingScreen, server: Server, load: str
) -> None:
    """The profile that was in force does not stand in for it, nor does one that begins so."""
    do(broken, screen, load, "secret plans", "/compare temperature=0 -- secret plans", "/models")
    said = 0 if load.endswith("wor") else 4  # what could be either is not taken at all
    if said:
        assert server.requests == []
        assert len([line for line in screen.failed if "can't be used" in line]) == said
    do(broken, screen, "/profile here", "Hi")
    assert len(server.requests) == 1 if said else server.requests


def test_a_column_is_not_asked_with_another(broken: Session, screen: RecordingScreen, server: Server) -> None:
    """/compare with a broken profile asks nobody."""
    do(broken, screen, "/compare here work -- Hi", "/profile diff work")
    assert server.requests == []
    assert ["can't be used" in line for line in screen.failed] == [True, True]


def test_mended_it_is_taken(broken: Session, screen: RecordingScreen, server: Server) -> None:
    """What was asked for is in force as soon as it can be had."""
    own = broken.places.profiles

    def mend() -> None:
        own.write_text(own.read_text().replace("temperature: 3", "extends: here"))

    screen.answers = [mend]
    do(broken, screen, "/profile work", "/profile edit", "Hi")
    assert broken.settings.profile == "work"
    assert len(server.requests) == 1
    assert screen.edited == [(str(own), 5)]


def test_it_is_not_written_over_unasked(broken: Session, screen: RecordingScreen) -> None:
    """/profile save asks before it replaces what it can't read."""
    before = broken.places.profiles.read_text()
    do(broken, screen, "/profile save work")
    assert broken.places.profiles.read_text() == before
    assert "which can't be read?" in screen.questions[-1]


def test_the_list_has_it(broken: Session, screen: RecordingScreen) -> None:
    """/profile lists what can't be used, and why."""
    do(broken, screen, "/profile")
    assert "can't be used: work: temperature: 3 is not a number" in screen.transcript


def test_a_conversation_goes_on_with_its_own_profile_or_not_at_all(
    here: Here, server: Server, screen: RecordingScreen
) -> None:
    """One whose profile is broken now says so, and sends nothing; one whose profile is gone says so,
    and goes on with what was set then, not with another that begins so."""
    server.reply(stream("Hello"))
    session = here("seed: 7")
    do(session, screen, "Hi")
    own, number = session.places.profiles, session.conversation.number
    sound = own.read_text()
    own.write_text(sound + "  temperature: 3\n")
    session.reload_profiles()
    do(session, screen, "/new", f"/resume {number}", "more")
    assert len(server.requests) == 1
    assert "profile here can't be used" in screen.warned[-1]
    own.write_text(sound.replace("here:", "here-eu:").replace("seed: 7", "seed: 8"))
    session.reload_profiles()
    session.load_profile("here-eu")
    do(session, screen, "/new", f"/resume {number}", "more")
    assert "the profile here is no longer there" in screen.warned[-1]
    assert [request.body["seed"] for request in server.requests] == [7, 7]


def test_a_cell_is_asked_with_its_own_profile_or_not_at_all(broken: Session) -> None:
    """What asks again later finds a profile by its whole name."""
    with pytest.raises(BadProfile):
        broken.profile_settings("work")
    with pytest.raises(Exception, match="no profile work-e"):
        broken.profile_settings("work-e")
