"""/compare and /sweep with tools: each column goes on with recorded results, or with those given by hand; nothing runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chat.conversation.experiment import turns_of
from chat.session.state import Session

from ...support.recorder import RecordingScreen
from ...support.server import Server, called, stream
from .conftest import FUNCTIONS

Lines = Callable[..., None]
LATER = ("later", '{"number": 1}')


def answer(server: Server) -> Callable[[Any], None]:
    """A reply that depends on what is asked: a call first, then a text; columns are asked at once."""

    def reply(connection: Any) -> None:
        last = server.requests[-1].body["messages"][-1]
        (stream(f"It gave {last['content']}.") if last["role"] == "tool" else called(LATER))(connection)

    return reply


def last_answers(session: Session) -> list[str]:
    experiment = next(reversed(session.conversation.experiments.values()))
    return [session.turns[place].said for place in turns_of(experiment, session.turns).values()]


def test_columns_go_on_with_what_is_recorded(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the tool gave in this conversation is given to each column, and the tool does not run."""
    server.reply(called(LATER), stream("Done."))
    lines(f"/tools add {FUNCTIONS}:later", "/tools policy later allow", "Go")

    def refuse(*_: object) -> None:
        raise AssertionError("a tool ran")

    monkeypatch.setattr(session.toolbox, "call", refuse)
    server.replies_with(answer(server))
    lines("/compare temperature=0 -- Go again")
    assert last_answers(session) == ["It gave 2.", "It gave 2."]
    assert not screen.questions


def test_columns_go_on_with_what_is_given(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen
) -> None:
    """Where nothing is recorded the person gives it, once for equal calls; Enter leaves the calls as they are."""
    lines(f"/tools add {FUNCTIONS}:later")
    server.replies_with(answer(server))
    screen.answers = ["by hand"]
    lines("/compare temperature=0 -- Go")
    assert last_answers(session) == ["It gave by hand.", "It gave by hand."]
    assert len(screen.questions) == 1
    screen.answers = [""]
    session.begin()
    lines("/compare temperature=0 -- Go")
    assert last_answers(session) == ['later {"number": 1}'] * 2


def test_a_sweep_goes_on_likewise(
    lines: Lines, session: Session, server: Server, screen: RecordingScreen
) -> None:
    """Each cell of a sweep goes on with what is given once for equal calls."""
    lines(f"/tools add {FUNCTIONS}:later")
    server.replies_with(answer(server))
    screen.answers = [True, "by hand"]
    lines("/sweep seed 1,2 -- Go")
    assert last_answers(session) == ["It gave by hand."] * 2
