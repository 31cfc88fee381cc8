"""/replay: the same bytes again, and what of the answer is the same."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from chat.base.errors import NoTokenizer
from chat.conversation.events import TokenLogprob
from chat.conversation.experiment import REPLAY
from chat.conversation.turn import FAILED, INTERRUPTED, Answer, Choice
from chat.lab.replay import BY_LOGPROBS, BY_TOKENISER, BY_WORDS, difference
from chat.session import budget
from chat.session.state import Session
from chat.store.conversations import Store
from commands import dispatch, registry
from commands.declare import Send
from commands.message import exchange

from ...support.recorder import RecordingScreen
from ...support.server import Server, chunk, chunked, error, sse, stream, usage, whole
from ...support.turns import changed
from ..conftest import Run


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here("temperature: 0.5", model="gpt-4o")


def fingerprinted(*texts: str, mark: str) -> Any:
    chunks = [chunk({"content": text}, system_fingerprint=mark) for text in texts]
    return chunked(sse(*chunks, chunk({}, finish="stop"), chunk(usage=usage())))


def test_the_same_bytes_and_the_same_answer(
    run: Run, server: Server, session: Session, screen: RecordingScreen
) -> None:
    """Whatever is set by then: the stored request goes out; the answer is a turn below the same message, and
    the conversation stays where it was."""
    server.reply(fingerprinted("Hel", "lo", mark="fp_1"))
    run("Grüß dich")
    before = session.branch
    run("/set temperature=1.5 top_p=0.5")
    run("/system Be someone else")
    run("/replay")
    assert server.requests[1].raw == server.requests[0].raw
    assert f"byte for byte: {len(server.requests[0].raw)} bytes" in screen.transcript
    assert "the same answer as turn 1" in screen.transcript
    assert "fingerprint unchanged: fp_1" in screen.transcript
    first, again = session.turns
    assert again.request.asked == first.request.asked and session.branch == before
    assert session.conversation.experiments[again.request.experiment].kind == REPLAY
    assert again.request.settings == first.request.settings and again.request.whole == first.request.whole
    assert session.settings.get("temperature") == 1.5, "what is set stays"


def test_the_first_token_that_differs(run: Run, server: Server, screen: RecordingScreen) -> None:
    """It is named and shown in its place, with how the texts were cut; a changed fingerprint is said."""
    server.reply(
        fingerprinted("The sky is blue today", mark="fp_1"), fingerprinted("The sky is red", mark="fp_2")
    )
    run("x")
    run("/replay 1")
    assert f'other from token 4 on: " blue" → " red" ({BY_TOKENISER})' in screen.transcript
    assert "The sky is[- blue-]{+ red+}" in screen.transcript
    assert "fingerprint changed: fp_1 → fp_2" in screen.transcript


def test_whole_answers_too(run: Run, server: Server, session: Session, screen: RecordingScreen) -> None:
    """An answer that was not streamed is asked for and compared in the same way, choice by choice."""
    server.reply(whole("one", "two"), whole("one", "too"))
    session.settings = session.settings.set("stream", False).set("n", 2)
    run("x")
    run("/replay")
    assert server.requests[1].raw == server.requests[0].raw
    assert "other from token 1 on: two → too" in screen.transcript
    assert "the server tells no fingerprint" in screen.transcript


def test_how_often_each_answer_came(
    run: Run, server: Server, session: Session, screen: RecordingScreen
) -> None:
    """A row for each that is distinct, the most frequent first, beside the stored one; they are turns."""
    server.reply(*(stream(text) for text in ("heads", "tails", "heads", "tails", "tails", "edge")))
    run("Toss a coin")
    run("/replay 1 5")
    _, rows = screen.tables[-1]
    assert [(row[0], row[2]) for row in rows] == [("3", "tails"), ("1", "heads"), ("1", "edge")]
    assert rows[1][1] == "the same" and rows[0][1] == "other from token 1 on"
    assert {request.raw for request in server.requests} == {server.requests[0].raw}
    assert len(server.requests) == 6
    assert [turn.request.cell for turn in session.turns[1:]] == [0, 1, 2, 3, 4]
    screen.said.clear()
    run("/replay x2")
    assert screen.tables[-1][0][1] == "beside turn 1", "a replay is not what is replayed next"


def test_many_are_asked_about_first(run: Run, server: Server, screen: RecordingScreen) -> None:
    """Ten requests are not sent without a word; no more than a hundred are."""
    server.reply(stream("hi"))
    run("x")
    run("/replay 1 10")
    assert screen.questions[-1] == "send 10 requests?" and len(server.requests) == 1
    run("/replay 1 101")
    assert "from 1 to 100" in screen.failed[-1]
    run("/replay 1 often")
    assert "often is not a number of times" in screen.failed[-1]


def test_the_budget_holds(run: Run, server: Server, session: Session, screen: RecordingScreen) -> None:
    """All replays together are held against what is left of the conversation's budget."""
    server.reply(stream("hi"))
    run("/max_tokens 100")
    run("x")
    budget.put(session.conversation, budget.read("400 tokens"))
    run("/replay 1 5")
    assert len(server.requests) == 1
    assert screen.questions[-1] == "send all the same?"


def test_it_goes_where_it_went(run: Run, server: Server, session: Session, screen: RecordingScreen) -> None:
    """Another endpoint may be in force: the request goes to its own, by the turn's settings; where these
    lead elsewhere by now, that is said and nothing is sent."""
    server.reply(stream("hi"))
    run("x")
    with Server() as other:
        other.reply(stream("wrong"))
        run(f"/set base_url {other.url}")
        run("/replay 1")
        assert not other.requests and len(server.requests) == 2
        session.settings = session.settings.unset("base_url")
    home = session.turns[0]
    session.turns[0] = changed(home, settings={})
    run("/replay 1")
    assert f"it was sent to {server.url}" in screen.failed[-1]
    assert len(server.requests) == 2


def test_refusals_change_nothing(run: Run, server: Server, session: Session, screen: RecordingScreen) -> None:
    """A server that now refuses a field is not sent the request without it: that would be another request."""
    server.reply(
        stream("hi"), error("400 Bad Request", "no stream_options", param="stream_options"), stream("no")
    )
    run("x")
    run("/replay")
    assert len(server.requests) == 2
    assert screen.failed
    assert session.turns[1].answer.error


def test_a_request_of_several_is_named(
    run: Run, server: Server, session: Session, screen: RecordingScreen
) -> None:
    """Where a turn took several, the one that was answered is sent; or the one that is named."""
    server.reply(error("400 Bad Request", "no", param="stream_options"), stream("ok"))
    run("x")
    run("/replay 1")
    assert server.requests[2].raw == server.requests[1].raw
    run("/replay 1.1")
    assert server.requests[3].raw == server.requests[0].raw
    assert "had no answer to compare with" in screen.transcript
    session.settings = session.settings.set("n", 2)
    server._replies[:] = [error("400 Bad Request", "no n", param="n"), stream("a")]
    run("y")
    number = len(session.turns)
    run(f"/replay {number}")
    assert "took several requests" in screen.failed[-1] and f"{number}.2, {number}.3" in screen.failed[-1]


def test_ctrl_c_keeps_what_came(run: Run, server: Server, session: Session, screen: RecordingScreen) -> None:
    """Those that are there stay and are told; the rest is not asked."""

    def interrupted(connection: socket.socket) -> None:
        main = threading.main_thread().ident
        assert main
        signal.pthread_kill(main, signal.SIGINT)
        time.sleep(5)

    server.reply(stream("a"), stream("a"), interrupted)
    run("x")
    run("/replay 1 5")
    assert len(server.requests) == 3
    assert [turn.answer.ended for turn in session.turns[2:]] == [INTERRUPTED]
    assert "2 of 5: interrupted" in screen.transcript
    assert screen.tables[-1][1][0][0] == "1"
    assert "1 of them got no answer" in screen.transcript


def test_an_answer_that_was_cut_off_is_compared_as_far_as_it_went(
    run: Run, server: Server, session: Session, screen: RecordingScreen
) -> None:
    """What an interrupted answer lacks is no difference, and is said."""
    slow = [sse(chunk({"content": each}), done=False) for each in ("one", " two", " three")]
    server.reply(chunked(*slow, end=False), stream("one", " two", " three", " four"), stream("one", " TWO"))
    run("Count")
    assert session.turns[0].answer.ended == FAILED
    run("/replay 1")
    assert "the same as far as turn 1 went, which was cut off before token 4" in screen.transcript
    run("/replay 1 2")
    assert "other from token 2 on" in screen.transcript


def test_a_key_that_stood_in_it_is_not_sent_as_it_reads(
    make_session: Callable[..., Session], server: Server, screen: RecordingScreen
) -> None:
    """What is stored is then not what was sent: nothing goes out under its name."""
    own = f"here:\n  base_url: {server.url}\n  model: gpt-4o\n"
    session = make_session(own, profile="here", SOME_KEY="sk-abcdefghijklmnop")
    session.store = Store(None, session.secrets)
    known = registry()
    server.reply(stream("hi"))
    action = dispatch.run("is sk-abcdefghijklmnop a key?", known, session, screen)
    assert isinstance(action, Send)
    exchange(session, screen, action)
    dispatch.run("/replay", known, session, screen)
    assert "a key stood in that request" in screen.failed[-1]
    assert len(server.requests) == 1


# ---- comparing


def cut(text: str) -> list[str]:
    return list(text)


def test_tokens_of_logprobs_come_first() -> None:
    """Where both have them the tokens are the model's own; else the tokeniser's; else words."""

    def said(text: str, *tokens: str) -> Answer:
        probable = tuple(TokenLogprob(token, -1.0) for token in tokens)
        return Answer(choices=(Choice(0, text, finish_reason="stop", logprobs=probable),))

    def none(text: str) -> list[str]:
        raise NoTokenizer("none")

    one, other = said("ab cd", "ab", " cd"), said("ab ce", "ab", " ce")
    found = difference(one, other, cut)
    assert found and (found.how, found.place, found.one, found.other) == (BY_LOGPROBS, 2, " cd", " ce")
    found = difference(said("ab cd"), other, cut)
    assert found and (found.how, found.place, found.one, found.other) == (BY_TOKENISER, 5, "d", "e")
    found = difference(said("ab cd"), said("ab"), none)
    assert found and (found.how, found.place, found.one, found.other) == (BY_WORDS, 2, " cd", "")
    assert difference(one, said("ab cd"), none) is None


def test_what_is_not_text_differs_too() -> None:
    """Reasoning, refusals, calls of tools, finish reasons, and how many choices there are."""

    def turn(**facts: Any) -> Answer:
        return Answer(choices=(Choice(0, "a", finish_reason="stop"), Choice(1, **facts)))

    plain = turn(text="b")
    for what, other in [
        ("reasoning", turn(text="b", reasoning="hm")),
        ("refusal", turn(text="b", refusal="no")),
        ("tool calls", turn(text="b", tool_calls=(("f", "{}"),))),
        ("finish reason", turn(text="b", finish_reason="length")),
        ("choice", Answer(choices=plain.choices[:1])),
    ]:
        found = difference(plain, other, cut)
        assert found and (found.what, found.choice) == (what, 1)
    assert difference(plain, turn(text="b"), cut) is None
