"""/learn: lessons are made of real commands, and leave everything as it was."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable

import pytest

from chat.lab import lesson_evaluate
from chat.session.state import Session
from chat.store.conversations import Store
from commands.declare import Action, Send
from commands.message import exchange

from ...support.recorder import RecordingScreen
from ...support.server import Request, Server, chunk, chunked, error, sse, stream, usage

Type = Callable[[str], Action | None]
GO = ["", "", "", ""]
CAPITALS = [pair.split() for pair in lesson_evaluate.CAPITALS]


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    session = here()
    session.store = Store(session.places.conversations, session.secrets)
    return session


def counted(*words: str, finish: str = "stop") -> Callable[..., None]:
    chunks = [chunk({"content": f"{word} "}) for word in words]
    return chunked(sse(*chunks, chunk({}, finish=finish), chunk(usage=usage(9, len(words)))))


def test_the_lessons_are_listed(typed: Type, screen: RecordingScreen) -> None:
    """With what each is about, and how many requests it takes."""
    typed("/learn")
    ((_, rows),) = screen.tables
    names = [row[0] for row in rows]
    assert (
        names
        == "temperature top_p logit_bias stop penalties n max_tokens seed stream json tools prompts evaluate".split()
    )


def test_a_lesson_runs_real_commands_and_judges_what_came(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """The lines are shown, sent, and their outcome is said; the requests are those of the lines."""
    words = "one two three four five six seven eight".split()
    server.reply(counted(*words), counted(*words[:4]))
    screen.answers = list(GO)
    typed("/learn stop")
    assert '> /stop "five"' in screen.said
    first, second = (request.body for request in server.requests)
    assert (first["temperature"], first.get("stop")) == (0, None)
    assert second["stop"] == ["five"]
    assert second["messages"] == first["messages"]
    assert any(
        said.startswith("Seen: it ends with “two three four”, just before “five”") for said in screen.said
    )


def test_the_lesson_about_evaluations_runs_them(
    typed: Type,
    session: Session,
    screen: RecordingScreen,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its files are written; what is said comes of the figures of its own runs, and these are kept."""

    def answer(request: Request) -> Callable[[socket.socket], None]:
        text = request.body["messages"][-1]["content"]
        capital = next(capital for country, capital in CAPITALS if country in text)
        begun = text.startswith("The capital")
        easy = capital in ("Paris", "Lima", "Cairo", "Vienna")
        knows = easy if begun else capital not in ("Ankara", "Warsaw", "Havana")
        return stream(capital if knows else "nobody knows")

    monkeypatch.setattr(server, "_next", answer)
    screen.answers = ["", True] * 3
    typed("/learn evaluate")
    seen = [each for each in (*screen.said, *screen.warned) if each.startswith(("Seen", "Not as"))]
    assert "question passes 100% (51 to 100) and begun passes 50%" in seen[0]
    assert "of the 7 that differ 7 turn the same way: p = 0.016" in seen[1]
    assert "cases show a difference of" in seen[2]
    assert len(server.requests) == 8 + 28 + 28
    assert (session.places.data / "lessons" / "capitals.yaml").exists()
    assert [run["asked"] for run in session.store.runs.newest()] == [28, 28, 8]


def test_what_is_not_shown_is_said_to_be_not_shown(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A server that ignores the parameter gets no kind words."""
    words = "one two three four five six seven eight".split()
    server.reply(counted(*words))
    screen.answers = list(GO)
    typed("/learn stop")
    assert screen.warned[-1] == "Not as expected: the answer went on beyond “five”."


def test_afterwards_all_is_as_it_was(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Settings, conversation and prefill come back; the lesson's own conversation is kept under its name."""
    server.reply(stream("hello"), counted("a", "b", finish="length"))
    exchange(session, screen, Send("hi"))
    typed("/temperature 0.3")
    before, settings = session.conversation, session.settings
    screen.answers = list(GO)
    typed("/learn max_tokens")
    assert session.conversation is before
    assert session.settings == settings
    kept = session.store.newest()
    assert [row["title"] for row in kept] == ["Lesson: max_tokens", "hi"]
    exchange(session, screen, Send("again"))
    assert [m["content"] for m in server.requests[-1].body["messages"]][:2] == ["hi", "hello"]


def test_what_is_set_does_not_hide_the_effect(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A seed or a system message of one's own is not part of a lesson's requests, and is said to be left out."""
    server.reply(counted("a", "b", finish="length"))
    typed("/set seed=7 temperature=0.3 reasoning_effort=low extra.route=a")
    typed("/system Be terse.")
    settings = session.settings
    screen.answers = list(GO)
    typed("/learn max_tokens")
    body = server.requests[0].body
    assert "seed" not in body and [each["role"] for each in body["messages"]] == ["user"]
    assert (body["reasoning_effort"], body["route"]) == ("low", "a"), "what a request needs stays"
    (left,) = [said for said in screen.said if said.startswith("For the lesson not sent")]
    assert "seed" in left and "system" in left and "temperature" in left
    assert session.settings == settings


def test_what_to_look_for_is_said_before_it_is_to_be_seen(
    typed: Type, screen: RecordingScreen, server: Server
) -> None:
    """Look stands before the question that runs the lines, and each line before what it brings."""
    server.reply(counted("a", "b", finish="length"))
    screen.answers = ["q"]
    typed("/learn max_tokens")
    assert not server.requests
    assert any(said.startswith("Look: What is the finish reason?") for said in screen.said)
    screen.answers, screen.said[:] = list(GO), []
    typed("/learn max_tokens")
    assert screen.said.count("> /retry") == 2, "in the plan, and where it runs"


def test_an_answer_that_is_stopped_ends_the_lesson(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Ctrl-C in the first of four answers does not ask for the other three."""
    main = threading.main_thread().ident
    assert main

    def stop(connection: socket.socket) -> None:
        signal.pthread_kill(main, signal.SIGINT)
        threading.Event().wait(1)
        raise OSError

    server.reply(stop)
    screen.answers = list(GO)
    typed("/learn temperature")
    assert len(server.requests) == 1
    assert "the lesson ends here" in screen.said


@pytest.mark.parametrize("answer", ["q", "Quit", None])
def test_q_ends_it(
    typed: Type, session: Session, screen: RecordingScreen, server: Server, answer: str | None
) -> None:
    """Nothing more is sent, and all is as it was; Ctrl-C at the question, which is no answer, does the same."""
    screen.answers = [answer]
    settings = session.settings
    typed("/learn seed")
    assert not server.requests
    assert "the lesson ends here" in screen.said
    assert session.settings == settings


def test_a_failing_server_ends_in_a_sentence(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """What can't be judged is not judged."""
    server.reply(error("500 Oops", "broken"))
    screen.answers = list(GO)
    typed("/learn max_tokens")
    assert any("broken" in told for told in screen.failed)
    assert any("no answer came" in told for told in screen.warned)


def test_no_such_lesson(typed: Type, screen: RecordingScreen) -> None:
    """The nearest is named."""
    typed("/learn temprature")
    assert screen.failed == ["no lesson temprature; did you mean temperature?"]
