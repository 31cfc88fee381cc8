"""/probe: asked first, sent by the runner, paid for, and beside the conversation."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.conversation.experiment import PROBE
from chat.endpoint.memory import HONOURED, IGNORED, REJECTED, UNCLEAR
from chat.session.state import Session
from chat.store.conversations import Store
from commands.talk.outline import outline

from ...support.recorder import RecordingScreen
from ...support.server import Reply, Request, Server, chunk, chunked, error, models, sse, whole
from ..conftest import Run


class Telling(Server):
    """A server that takes a stop text, gives choices, and nothing else."""

    by: Callable[[Any], Reply | None] = staticmethod(lambda body: None)

    def _next(self, request: Request) -> Reply:
        if request.path.endswith("/models") or not request.raw:
            return models("m")
        if "/tokenize" in request.path:
            return error("404 Not Found")
        return self.by(request.body) or self.sound(request.body)

    @staticmethod
    def sound(body: Any) -> bytes:
        text = "one two three four five six".partition(body.get("stop", ["six"])[0])[0]
        return whole(*[text] * body.get("n", 1))

    @property
    def bodies(self) -> list[Any]:
        return [each.body for each in self.requests if each.path.endswith("/chat/completions")]


@pytest.fixture
def server() -> Iterator[Telling]:
    with Telling() as running:
        yield running


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    session = here("temperature: 0.5", "system: Be terse", model="gpt-4o")
    session.store = Store(session.places.conversations, session.secrets)
    return session


def verdicts(session: Session) -> dict[str, str]:
    known = session.endpoints.verdicts(session.endpoint, session.model)
    return {name: each.verdict for name, each in known.items()}


def test_it_is_said_before_it_is_sent(run: Run, screen: RecordingScreen, server: Telling) -> None:
    """The number of requests and what they can take; a no sends nothing and leaves nothing."""
    screen.answers = [False]
    run("/probe stop n")
    assert screen.said == ["at most 12 requests to gpt-4o, 1776 tokens, cost unknown"]
    assert screen.questions == ["send them?"] and screen.failed == ["nothing was sent"]
    assert not server.bodies


def test_verdicts_come_with_their_evidence(
    run: Run, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """Each is shown and kept; what two trials ask alike is sent once; nothing that is set goes along."""
    screen.answers = [True]
    run("/probe stop n logit_bias")
    ((columns, rows),) = screen.tables
    assert columns == ("parameter", "verdict", "evidence")
    assert rows[0] == ("stop", HONOURED, "2 of 2 answers end before 'three', the 4 without it go on")
    assert rows[1] == ("n", HONOURED, "2 choices were asked for, 2 and 2 came; 1 without it")
    assert rows[2][1] == "ignored"
    assert verdicts(session) == {"stop": HONOURED, "n": HONOURED, "logit_bias": "ignored"}
    assert "10 requests were sent" in screen.transcript and len(server.bodies) == 10
    assert not any(body.get("temperature") == 0.5 or len(body["messages"]) > 1 for body in server.bodies)
    assert sum("x_tempera_probe" in body for body in server.bodies) == 2


def test_it_is_paid_for_in_the_conversation(run: Run, session: Session, screen: RecordingScreen) -> None:
    """/usage has it in a row, and in its sum; so has the conversation when it is loaded again."""
    run("Hi")
    screen.answers = [True]
    run("/probe stop n")
    run("/usage")
    _, rows = screen.tables[-1]
    assert [row[0] for row in rows] == ["1", "2–9", "all"]
    assert any("probe stop n" in cell for cell in rows[1])
    assert [turn.answer.usage.prompt for turn in session.turns if turn.answer.usage] == [9] * 9
    loaded = session.store.load(session.conversation.number)
    assert loaded.cost == session.cost
    (kept,) = loaded.experiments.values()
    assert (kept.kind, kept.about, len(kept.cells)) == (PROBE, "stop n", 8)
    assert [cell.label for cell in kept.cells] == [
        "temperature=0.01",
        "temperature=0.01 x_tempera_probe=1",
        "temperature=0.01 x_tempera_probe=1",
        "temperature=0.01",
        "temperature=0.01 stop=three",
        "temperature=0.01 stop=three",
        "temperature=0.01 n=2",
        "temperature=0.01 n=2",
    ]
    assert [turn.request.cell for turn in loaded.turns[1:]] == list(range(8))


def test_the_budget_is_asked(run: Run, session: Session, screen: RecordingScreen, server: Telling) -> None:
    """What it can take is held against the budget, and what it took is counted to it."""
    session.conversation.budget_tokens = 200
    run("/probe stop n")
    assert "12 requests could take" in screen.warned[0] and screen.questions == ["send all the same?"]
    assert not server.bodies
    session.conversation.budget_tokens = 1800
    screen.answers = [True]
    run("/probe stop n")
    run("/probe stop n")
    assert "1,712 of 1,800 tokens are left" in screen.warned[-1] and len(server.bodies) == 8


def test_the_conversation_goes_on_as_it_was(
    run: Run, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """Its end, its title, what /retry asks, what /pick and /replay mean: a probe is beside all of it."""
    screen.answers = [True]
    run("/probe n")
    assert not session.conversation.title and not session.branch.length
    assert not session.store.load(session.conversation.number).title
    run("/conversations")
    assert screen.tables[-1][1][0][1] == "(no message yet)"
    run("/n 2")
    run("Hi")
    assert session.conversation.title == "Hi"
    assert session.store.load(session.conversation.number).title == "Hi"
    here = session.branch
    screen.answers = [True]
    run("/probe stop")
    assert session.branch == here
    run("/pick 2")
    assert "the conversation goes on with choice 2" in screen.transcript
    run("/replay")
    assert server.bodies[-1]["messages"][-1]["content"] == "Hi"
    run("/compare temperature=0 temperature=1")
    screen.answers = [True]
    run("/probe stop")
    run("/pick 2")
    assert "goes on with answer 2: temperature=1" in screen.transcript
    lines = outline(session.conversation)
    assert sum("probe stop: 6 answers" in each for each in lines) == 2


def test_a_message_that_failed_is_still_the_last(
    run: Run, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """/retry asks it, though a probe was sent since."""
    server.by = lambda body: error("500 Oops") if "dragon" in str(body["messages"]) else None
    run("Why a dragon?")
    server.by = lambda body: None
    screen.answers = [True]
    run("/probe n")
    run("/retry")
    assert server.bodies[-1]["messages"][-1]["content"] == "Why a dragon?"


def test_a_refusal_is_a_verdict(run: Run, session: Session, screen: RecordingScreen, server: Telling) -> None:
    """Nothing is sent again without what was refused: that it is refused is what was to be found out."""
    server.by = lambda body: error("400 Bad Request", "no n here", param="n") if "n" in body else None
    screen.answers = [True]
    run("/probe n stop")
    assert screen.tables[-1][1][0] == ("n", REJECTED, screen.tables[-1][1][0][2])
    assert "no n here" in screen.tables[-1][1][0][2]
    assert verdicts(session) == {"n": REJECTED, "stop": HONOURED} and len(server.bodies) == 9


def test_a_rate_limit_is_waited_for(
    run: Run, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """One refused for now is sent again, in the open."""
    replies: list[Reply] = [error("429 Too Many Requests", "slowly", Retry_After="0.05")]
    server.by = lambda body: replies.pop() if replies else None
    screen.answers = [True]
    run("/probe n")
    assert verdicts(session) == {"n": HONOURED} and len(server.bodies) == 7
    assert any("again in 0 s" in each for each in screen.said)


def test_an_endpoint_that_fails_ends_it(
    run: Run, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """A failure that says nothing of any parameter is told; the verdicts before it stand."""
    server.by = lambda body: error("503 Service Unavailable", "out of order") if "n" in body else None
    screen.answers = [True]
    run("/probe stop n seed")
    assert "out of order" in screen.failed[-1]
    assert [row[0] for row in screen.tables[-1][1]] == ["stop"] and verdicts(session) == {"stop": HONOURED}


def test_a_server_that_fails_at_a_parameter_is_no_end(
    run: Run, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """It answers without it, and fails with it each time: that is told of the parameter, and the next is tried."""
    server.by = lambda body: error("500 Oops", "out of order") if "n" in body else None
    screen.answers = [True]
    run("/probe n stop")
    assert verdicts(session) == {"n": UNCLEAR, "stop": HONOURED} and not screen.failed
    assert "the server fails with it" in screen.tables[-1][1][0][2]


def test_another_limit_bounds_where_one_is_refused(
    run: Run, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """Servers of models that reason refuse max_tokens: what is not about it is asked with the other."""
    server.by = lambda body: (
        error("400 Bad Request", "no", param="max_tokens") if "max_tokens" in body else None
    )
    screen.answers = [True]
    run("/probe n max_tokens")
    assert verdicts(session) == {"n": HONOURED, "max_tokens": REJECTED}
    assert sum("max_tokens" in body for body in server.bodies) == 3


def test_usage_that_was_counted_here_is_not_the_servers(
    run: Run, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """A stream without usage has an estimate in its turn, which is no effect of stream_options."""
    server.by = lambda body: (
        chunked(sse(chunk({"content": "one two"}), chunk({}, finish="stop"))) if body["stream"] else None
    )
    screen.answers = [True]
    run("/probe stream_options")
    assert verdicts(session) == {"stream_options": IGNORED}


def test_ctrl_c_keeps_the_verdicts_that_stand(
    run: Run, session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """What was under way is kept as interrupted, and is no verdict."""
    main = threading.main_thread().ident
    assert main

    def stop(connection: Any) -> None:
        signal.pthread_kill(main, signal.SIGINT)
        threading.Event().wait(1)
        raise OSError

    server.by = lambda body: stop if "n" in body else None
    screen.answers = [True]
    run("/probe stop n seed")
    assert "stopped; 1 of 3 parameters were tried" in screen.transcript
    assert verdicts(session) == {"stop": HONOURED} and len(server.bodies) == 7
    ended = [turn.answer.ended for turn in session.turns]
    assert ended[:6] == ["complete"] * 6 and ended[6:] in ([], ["interrupted"])


def test_what_nobody_can_cut_is_unclear(
    run: Run, here: Callable[..., Session], session: Session, screen: RecordingScreen, server: Telling
) -> None:
    """Where nothing knows a word's token, its bias can't be tried: no request goes out for it."""
    session.settings = session.settings.set("model", "nobody-knows")
    screen.answers = [True]
    run("/probe logit_bias")
    assert screen.tables[-1][1][0][1] == "can't tell" and "not known" in screen.tables[-1][1][0][2]
    assert not server.bodies


def test_a_verdict_that_can_t_be_written_is_shown(
    run: Run, session: Session, screen: RecordingScreen, tmp_path: Path
) -> None:
    """It holds for this run, and what is wrong with the file is said once."""
    session.endpoints.file.path = tmp_path / "nowhere" / "endpoints.yaml"
    (tmp_path / "nowhere").write_text("")
    screen.answers = [True]
    run("/probe stop n")
    assert [row[1] for row in screen.tables[-1][1]] == [HONOURED, HONOURED]
    assert sum("endpoints.yaml" in each for each in screen.warned) == 1


def test_what_there_is_no_trial_for(run: Run, screen: RecordingScreen) -> None:
    """It is named, with what there is."""
    run("/probe metadata")
    assert "there is no experiment for metadata (there are: temperature, top_p" in screen.failed[0]
