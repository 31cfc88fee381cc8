"""What is loaded behind the prompt comes in the order in which the first message needs it."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

from chat.conversation.events import Piece, Started
from chat.endpoint.servers import Server
from chat.endpoint.target import Target
from chat.session.state import Session
from commands.shell.warming import Warming

PATIENCE = 30


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    """Leave Python's collector as it was."""
    yield
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def done(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Write down what is warmed."""
    order: list[str] = []
    monkeypatch.setattr(Server, "prepare", lambda server: order.append("sdk"))
    monkeypatch.setattr(Session, "warm", lambda session, target: order.append("counts"))
    session.settings = session.settings.set("base_url", "http://127.0.0.1:1/v1")
    assert isinstance(session.target(), Target)
    return order


def test_what_a_message_needs_comes_first(session: Session, done: list[str]) -> None:
    """The SDK, what draws, then the rest; Python collects garbage again when all is there, and not before."""
    over = threading.Event()
    warming = Warming(lambda: done.append("drawing"), lambda: done.append("commands"), over.set)
    assert not gc.isenabled()
    warming.begin(session)
    assert over.wait(PATIENCE)
    assert done == ["sdk", "drawing", "commands", "counts"] and gc.isenabled()
    warming.begin(session)
    assert done.count("sdk") == 1


def test_what_it_does_not_need_waits_for_its_answer(session: Session, done: list[str]) -> None:
    """While a message waits for its answer's first piece, nothing else takes the machine."""
    drawn, over = threading.Event(), threading.Event()
    warming = Warming(drawn.set, lambda: done.append("commands"), over.set)
    with warming.sending():
        warming.begin(session)
        assert drawn.wait(PATIENCE) and session.hears is warming
        warming.feed(Started("id", "m"))
        assert done == ["sdk"]
        warming.feed(Piece(0, "Hello"))
        assert over.wait(PATIENCE)
    assert done == ["sdk", "commands", "counts"]


def test_an_answer_without_text_holds_nothing_up(session: Session, done: list[str]) -> None:
    """When a message is over, however it ended, the rest is loaded."""
    over = threading.Event()
    warming = Warming(lambda: None, lambda: None, over.set)
    with warming.sending():
        warming.begin(session)
    assert over.wait(PATIENCE) and done[-1] == "counts"
