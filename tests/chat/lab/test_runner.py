"""Experiments: one message asked several times, each answer a stored turn of its own."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat.base.errors import UnknownName
from chat.conversation import experiment as experiments
from chat.conversation.events import Event, Interrupted, Piece
from chat.conversation.parallel import Stop
from chat.conversation.turn import COMPLETE, INTERRUPTED, Answer, Turn
from chat.lab import runner
from chat.session.sending import Prepared
from chat.session.state import Session
from chat.store.conversations import Store

from ...support.server import Server, chunk, chunked, error, sse, stream, usage


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def session(server: Server, make_session: Callable[..., Session]) -> Session:
    lines = ["here:", f"  base_url: {server.url}", "  model: m", "  temperature: 0.5"]
    lines += ["warm:", "  extends: here", "  temperature: 1.5", "  system: Be warm"]
    session = make_session("\n".join(lines) + "\n", profile="here")
    session.store = Store(session.places.conversations, session.secrets)
    return session


class Display:
    """Remembers what it is fed."""

    def __init__(self, at: Callable[[Event], None] = lambda event: None) -> None:
        self.events: list[tuple[int, Event]] = []
        self.came: dict[int, Answer] = {}
        self._at = at

    def feed(self, cell: int, event: Event) -> None:
        self.events.append((cell, event))
        self._at(event)

    def done(self, cell: int, answer: Answer) -> None:
        self.came[cell] = answer


def cells() -> list[Any]:
    return [
        runner.cell_of("temperature=0", {"temperature": 0.0}),
        runner.cell_of("warm", {}, "warm"),
        runner.cell_of("no temperature", {"temperature": None}),
    ]


def begun(session: Session, **more: Any) -> experiments.Experiment:
    asked = session.asked("What is it?")
    return runner.keep(session, runner.planned(session, experiments.COMPARE, asked, cells(), **more))


def run(session: Session, experiment: experiments.Experiment, cells: list[int], *who: Any, **how: Any) -> Any:
    """Prepare these cells, and ask them."""
    return runner.run(session, [(cell, prepared(session, experiment, cell)) for cell in cells], *who, **how)


def prepared(session: Session, experiment: experiments.Experiment, cell: int) -> Prepared:
    target = session.target(runner.settings_of(session, experiment, cell))
    return runner.prepare(session, experiment, cell, target)


def test_each_cell_asks_with_its_own_settings(server: Server, session: Session) -> None:
    """Values, a profile, and a parameter that is not sent: each request carries its own, and all the message."""
    server.reply(stream("a"))
    found = run(session, begun(session), [0, 1, 2], Display())
    bodies = [request.body for request in server.requests]
    assert sorted(str(body.get("temperature")) for body in bodies) == ["0.0", "1.5", "None"]
    assert all(body["messages"][-1] == {"role": "user", "content": "What is it?"} for body in bodies)
    assert [len(body["messages"]) for body in bodies if body.get("temperature") == 1.5] == [2]
    assert [found[cell].request.settings.get("temperature") for cell in (0, 1, 2)] == [0.0, 1.5, None]
    assert session.settings.get("temperature") == 0.5, "what is set stays"


def test_answers_are_turns_of_the_conversation(server: Server, session: Session) -> None:
    """Each is stored below the same message, with its cell; the conversation goes on where it was."""
    server.reply(stream("a"))
    experiment = begun(session, about="three", blind=True)
    before = session.branch
    run(session, experiment, [0, 1, 2], Display())
    assert session.branch == before
    loaded = session.store.load(session.conversation.number)
    assert {turn.request.asked for turn in loaded.turns} == {experiment.asked}
    assert sorted(turn.request.cell for turn in loaded.turns) == [0, 1, 2]
    kept = loaded.experiments[experiment.id]
    assert (kept.kind, kept.about, kept.blind, kept.cells) == (
        experiments.COMPARE,
        "three",
        True,
        tuple(cells()),
    )
    assert not experiments.missing(kept, loaded.turns)


def test_what_failed_is_missing_and_can_be_asked_again(server: Server, session: Session) -> None:
    """A cell whose request failed has no answer; asking it again gives it one, and the rest is not asked again."""
    server.reply(stream("a"), error("500 Oops"), stream("c"), stream("b"))
    experiment = begun(session)
    run(session, experiment, [0, 1, 2], Display(), at_once=1)
    assert experiments.missing(experiment, session.turns) == [1]
    again = run(session, experiment, [1], Display())
    assert again[1].choice.text == "b"
    assert not experiments.missing(experiment, session.turns)
    assert len(server.requests) == 4
    places = experiments.turns_of(experiment, session.turns)
    assert session.turns[places[1]].answer.ended == COMPLETE


def test_one_can_be_stopped_and_the_others_go_on(server: Server, session: Session) -> None:
    """What the stopped one had said is kept, marked as interrupted."""
    slow = chunked(*[sse(chunk({"content": "x"}), done=False)] * 400, pause=0.02)
    quick = chunked(sse(chunk({"content": "done"}), chunk({}, finish="stop"), chunk(usage=usage())))
    server._next = lambda request: slow if request.body["temperature"] == 0 else quick  # type: ignore[method-assign]
    stops = [Stop(), Stop()]

    class Stopping(Display):
        def feed(self, cell: int, event: Event) -> None:
            super().feed(cell, event)
            if cell == 0 and isinstance(event, Piece):
                stops[0].set()

    found = run(session, begun(session), [0, 1], Stopping(), stops=stops)
    assert (found[0].answer.ended, found[1].answer.ended) == (INTERRUPTED, COMPLETE)
    assert found[0].choice.text.startswith("x") and found[1].choice.text == "done"


def test_ctrl_c_stops_all_and_keeps_what_came(server: Server, session: Session) -> None:
    """Those under way are kept as interrupted, those that had not begun are still to be asked."""
    server.reply(chunked(*[sse(chunk({"content": "x"}), done=False)] * 400, pause=0.02))
    main = threading.main_thread().ident
    assert main

    def at(event: Event) -> None:
        if isinstance(event, Piece):
            signal.pthread_kill(main, signal.SIGINT)

    experiment = begun(session)
    found = run(session, experiment, [0, 1, 2], Display(at), at_once=2)
    assert {turn.answer.ended for turn in found.values()} == {INTERRUPTED}
    assert any(turn.choice.text for turn in found.values())
    assert len(found) <= 2
    assert experiments.missing(experiment, session.turns) == [0, 1, 2]
    assert len(session.store.load(session.conversation.number).turns) == len(found)


def test_a_profile_that_is_gone_is_said_before_anything_is_sent(server: Server, session: Session) -> None:
    """The sentence names it, and no request goes out."""
    asked = session.asked("x")
    experiment = runner.keep(
        session, runner.planned(session, experiments.COMPARE, asked, [runner.cell_of("gone", {}, "gone")])
    )
    with pytest.raises(UnknownName, match="no profile gone"):
        run(session, experiment, [0], Display())
    assert not server.requests


def test_interrupted_events_reach_the_display(server: Server, session: Session) -> None:
    """Whoever shows the cells learns that they were stopped."""
    server.reply(chunked(*[sse(chunk({"content": "x"}), done=False)] * 400, pause=0.02))
    stops = [Stop()]
    display = Display(lambda event: stops[0].set())
    run(session, begun(session), [0], display, stops=stops)
    assert any(isinstance(event, Interrupted) for _, event in display.events)
    assert display.came[0].ended == INTERRUPTED


def test_turns_stand_in_the_order_of_the_cells(server: Server, session: Session) -> None:
    """Whichever answer is done first, the turns are numbered by cell, now and when they are loaded again."""

    def slow(text: str, pause: float) -> Any:
        pieces = [chunk({"content": text}), chunk({}, finish="stop"), chunk(usage=usage())]
        return chunked(*(sse(piece, done=False) for piece in pieces), sse(), pause=pause)

    def first_is_last(connection: Any) -> None:
        slow("answer", 0.2 if server.requests[-1].body.get("temperature") == 0.0 else 0.0)(connection)

    server.reply(first_is_last)
    experiment = begun(session)
    display = Display()
    run(session, experiment, [0, 1, 2], display)
    assert list(display.came) != [0, 1, 2], "the first was the slowest"
    assert [turn.request.cell for turn in session.turns] == [0, 1, 2]
    conversation = session.conversation
    for place, turn in enumerate(conversation.turns):
        assert [conversation.owner(answer) for answer in turn.branches] == [place]
    assert conversation.children() == {None: [0, 1, 2]}
    loaded = session.store.load(conversation.number)
    assert [turn.id for turn in loaded.turns] == [turn.id for turn in conversation.turns]


def test_whoever_is_told_of_the_answers_may_end_it(server: Server, session: Session) -> None:
    """What somebody has seen enough of is not asked further; what came is kept."""
    server.reply(stream("a"))

    def over(cell: int, turn: Turn) -> None:
        raise runner.Enough

    experiment = begun(session)
    found = run(session, experiment, [0, 1, 2], Display(), over, at_once=1)
    assert list(found) == [0]
    assert experiments.missing(experiment, session.turns) == [1, 2]


def test_requests_are_taken_as_they_go_out(server: Server, session: Session) -> None:
    """Of a stream of requests so many are made as are under way; what is asked next may depend on what came."""
    server.reply(stream("a"))
    experiment = begun(session)
    stored: list[int] = []
    made: list[int] = []

    def requests() -> Iterator[tuple[int, Prepared]]:
        for cell in (0, 1, 2):
            made.append(len(stored))
            yield cell, prepared(session, experiment, cell)

    def over(cell: int, turn: Turn) -> None:
        assert len(session.store.load(session.conversation.number).turns) == len(stored) + 1
        stored.append(cell)

    runner.run(session, requests(), Display(), over, at_once=1)
    assert stored == [0, 1, 2] and made == [0, 1, 2]
    stored.clear(), made.clear()
    runner.run(session, requests(), Display(), lambda cell, turn: stored.append(cell), at_once=2)
    assert made[:2] == [0, 0] and made[2] > 0


def test_what_can_t_be_made_ends_it(server: Server, session: Session) -> None:
    """A stream of requests that fails is told to whoever runs it, and what is under way by then is kept."""
    server.reply(chunked(*[sse(chunk({"content": "x"}), done=False)] * 400, pause=0.02))
    experiment = begun(session)

    def requests() -> Iterator[tuple[int, Prepared]]:
        yield 0, prepared(session, experiment, 0)
        yield 1, prepared(session, experiment, 1)
        raise UnknownName("profile", "gone", [])

    stops = [Stop(), Stop()]
    display = Display(lambda event: stops[0].set() if len(display.events) > 8 else None)
    with pytest.raises(UnknownName, match="no profile gone"):
        runner.run(session, requests(), display, at_once=2, stops=stops)
    assert [turn.answer.ended for turn in session.turns] == [INTERRUPTED, INTERRUPTED]


def test_what_is_planned_is_not_kept(session: Session) -> None:
    """An experiment that was only counted leaves nothing behind."""
    planned = runner.planned(session, experiments.SWEEP, session.asked("x"), cells())
    assert not session.conversation.experiments
    runner.keep(session, planned)
    assert session.conversation.experiments == {planned.id: planned}


def test_what_was_set_here_holds_whatever_the_command_line_says(session: Session) -> None:
    """A value that was set, or unset, after the shell was started with another one is what a cell asks with."""
    session.use({"max_tokens": 40, "seed": 1})
    session.settings = session.settings.set("max_tokens", 400).unset("seed")
    experiment = begun(session)
    settings = runner.settings_of(session, experiment, 0)
    assert (settings.get("max_tokens"), settings.get("seed")) == (400, None)
    assert settings.get("temperature") == 0.0
