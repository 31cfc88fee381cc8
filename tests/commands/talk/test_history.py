"""/redraw: the last turn once more, in the window as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.session.state import Session
from commands.declare import Action, Send
from commands.message import exchange

from ...support.recorder import RecordingScreen
from ...support.server import Server, stream

Type = Callable[[str], Action | None]


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here(model="gpt-4o")


def test_the_last_turn_is_drawn_again(
    session: Session, screen: RecordingScreen, typed: Type, server: Server
) -> None:
    """The window is cleared, and the last question and answer stand in it; what was said before does not."""
    server.reply(stream("first answer"), stream("second answer"))
    for line in ("one", "two"):
        action = typed(line)
        assert isinstance(action, Send)
        exchange(session, screen, action)
    screen.said.clear()
    typed("/redraw")
    assert screen.said[0] == "cleared"
    assert "two" in screen.said[1] and "second answer" in screen.said[1]
    assert "first answer" not in screen.said[1]


def test_nothing_said_leaves_an_empty_window(screen: RecordingScreen, typed: Type) -> None:
    """Before the first message there is nothing to draw again."""
    typed("/redraw")
    assert screen.said == ["cleared", ""]
