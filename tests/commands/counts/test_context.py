"""The context window: a request that does not fit is not sent, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat.endpoint import servers
from chat.session import overflow
from chat.session.state import Session
from chat.store.conversations import Store
from commands.declare import Action, Send
from commands.message import exchange

from ...support.recorder import RecordingScreen
from ...support.server import Reply, Request, Server, error, models, stream

Type = Callable[[str], Action | None]
WINDOW = 400
LONG = "word " * 100  # about 100 tokens
DROP, SUMMARISE, SEND = 0, 1, 2  # as they are offered


class Small(Server):
    """A server whose model has a small window; its replies are for messages."""

    def _next(self, request: Request) -> Reply:
        if request.path.endswith("/chat/completions"):
            return super()._next(request)
        return (
            models("test-model", max_model_len=WINDOW)
            if request.path.endswith("/models")
            else error("404 No")
        )

    @property
    def asked(self) -> list[Any]:
        return [r.body for r in self.requests if r.path.endswith("/chat/completions")]


@pytest.fixture
def server() -> Iterator[Server]:
    with Small() as running:
        yield running


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    session = here()
    session.store = Store(session.places.conversations, session.secrets)
    session.warm(session.target())
    return session


def say(session: Session, screen: RecordingScreen, *texts: str) -> Any:
    turn = None
    for text in texts:
        turn = exchange(session, screen, Send(text))
    return turn


def contents(body: Any) -> list[str]:
    return [message["content"][:11] for message in body["messages"]]


def test_what_fits_is_sent_without_a_word(session: Session, screen: RecordingScreen, server: Small) -> None:
    """Below the window nothing is asked and nothing left out."""
    server.reply(stream("ok"))
    assert say(session, screen, f"a {LONG}", f"b {LONG}")
    assert not screen.questions
    assert not screen.warned
    assert len(server.asked[-1]["messages"]) == 3


def test_what_does_not_fit_is_not_sent(session: Session, screen: RecordingScreen, server: Small) -> None:
    """It says by how much, offers three ways, and sends nothing where none is taken."""
    server.reply(stream("ok"))
    say(session, screen, f"a {LONG}", f"b {LONG}", f"c {LONG}")
    assert say(session, screen, f"d {LONG}") is None
    assert screen.questions == ["what now?"]
    assert f"more than the {WINDOW} of the model's window" in screen.warned[0]
    assert len(server.asked) == 3
    assert len(session.turns) == 3


def test_the_limit_of_the_answer_counts(session: Session, screen: RecordingScreen, server: Small) -> None:
    """Tokens that the answer may have need room as well."""
    server.reply(stream("ok"))
    session.settings = session.settings.set("max_tokens", 200)
    assert say(session, screen, f"a {LONG}")
    assert say(session, screen, f"b {LONG}") is None
    assert "and 200 for the answer" in screen.warned[0]


def test_the_oldest_turns_can_be_left_out(
    session: Session, screen: RecordingScreen, server: Small, typed: Type
) -> None:
    """As few as it takes; what was said stays in the conversation and the store, and /history and /show
    say what requests leave out."""
    server.reply(stream("ok"))
    say(session, screen, f"a {LONG}", f"b {LONG}", f"c {LONG}")
    screen.answers = [DROP]
    assert say(session, screen, f"d {LONG}")
    assert contents(server.asked[-1]) == ["b word word", "ok", "c word word", "ok", "d word word"]
    assert "requests leave out turn 1" in screen.said[-1]
    assert [m.content[0] for m in session.branch if m.role == "user"] == ["a", "b", "c", "d"]
    loaded = session.store.load(session.conversation.number)
    assert loaded.after == session.conversation.after
    typed("/history")
    assert "[user (turn 1, left out of requests)]" in screen.said[-1]
    assert "[user (turn 2)]" in screen.said[-1]
    typed("/show")
    assert screen.said[-1] == "requests leave out turn 1"
    typed("/context all")
    typed("/show")
    assert "leave out" not in screen.said[-1]


def test_it_can_be_sent_all_the_same(session: Session, screen: RecordingScreen, server: Small) -> None:
    """The person may know better than the count."""
    server.reply(stream("ok"))
    say(session, screen, f"a {LONG}", f"b {LONG}", f"c {LONG}")
    screen.answers = [SEND]
    assert say(session, screen, f"d {LONG}")
    assert len(server.asked[-1]["messages"]) == 7


@pytest.mark.parametrize(
    ("answers", "summary"), [([SUMMARISE, 0], "They spoke."), ([SUMMARISE, 1, "Mine."], "Mine.")]
)
def test_the_model_can_sum_it_up(
    session: Session, screen: RecordingScreen, server: Small, answers: list[object], summary: str
) -> None:
    """The summary is shown, may be edited, and is sent with the system message in the old turns' place; the
    request for it is a turn that /usage shows, and the conversation does not go through it."""
    server.reply(stream("ok"), stream("ok"), stream("ok"), stream("They spoke."), stream("fine"))
    session.settings = session.settings.set("system", "Be kind").set("stop", ("x",))
    say(session, screen, f"a {LONG}", f"b {LONG}", f"c {LONG}")
    screen.answers = list(answers)
    turn = say(session, screen, f"d {LONG}")
    assert turn.choice.text == "fine"
    wish, last = server.asked[-2:]
    assert "Summarise the conversation" in wish["messages"][-1]["content"]
    assert wish["max_tokens"] == overflow.summary_room(WINDOW)
    assert "stop" not in wish and last["stop"] == ["x"]
    assert last["messages"][0]["content"].startswith("Be kind")
    assert last["messages"][0]["content"].endswith(summary)
    assert not any(message["content"].startswith("a ") for message in last["messages"])
    assert [m.content[0] for m in session.branch if m.role == "user"] == ["a", "b", "c", "d"]
    assert len(session.turns) == 5
    assert session.store.load(session.conversation.number).summary == summary


def test_a_summary_that_is_not_wanted_changes_nothing(
    session: Session, screen: RecordingScreen, server: Small
) -> None:
    """Said no to, or failed: nothing is left out and the message is not sent."""
    server.reply(stream("ok"), stream("ok"), stream("ok"), stream("They spoke."), error("500 Oops"))
    say(session, screen, f"a {LONG}", f"b {LONG}", f"c {LONG}")
    for answers in ([SUMMARISE, 2], [SUMMARISE]):
        screen.answers = list(answers)
        assert say(session, screen, f"d {LONG}") is None
        assert not session.conversation.after.length
        assert not session.conversation.summary
    assert any("500" in sentence or "Oops" in sentence for sentence in screen.failed)


def test_a_profile_may_have_a_habit(session: Session, screen: RecordingScreen, server: Small) -> None:
    """With overflow drop, summarise or send nothing is asked, and what is done is said."""
    server.reply(stream("ok"))
    session.settings = session.settings.set("overflow", "drop")
    say(session, screen, *(f"{letter} {LONG}" for letter in "abcdef"))
    assert not screen.questions
    assert contents(server.asked[-1])[0] == "d word word"
    assert "requests leave out turns 1–3;" in screen.said[-1]
    session.settings = session.settings.set("overflow", "summarise")
    say(session, screen, f"g {LONG}")
    assert not screen.questions
    assert session.conversation.summary == "ok"


def test_the_habit_is_chosen_by_its_own_command(typed: Type, session: Session) -> None:
    """/overflow, which the help of /context names, sets it."""
    typed("/overflow drop")
    assert session.settings.get("overflow") == "drop"


def test_where_nobody_can_be_asked_nothing_is_sent(
    session: Session, screen: RecordingScreen, server: Small
) -> None:
    """One-shot, or in a pipe: one sentence, and what to set."""
    server.reply(stream("ok"))
    screen.interactive = False
    say(session, screen, f"a {LONG}", f"b {LONG}", f"c {LONG}")
    assert say(session, screen, f"d {LONG}") is None
    assert "overflow=drop" in screen.failed[0]


def test_a_message_that_is_too_long_by_itself(
    session: Session, screen: RecordingScreen, server: Small
) -> None:
    """Nothing could make room: it is only asked whether to send it all the same."""
    server.reply(stream("ok"))
    assert say(session, screen, LONG * 5) is None
    assert screen.questions == ["send it all the same?"]
    screen.answers = [True]
    assert say(session, screen, LONG * 5)


def test_a_branch_that_does_not_hold_the_beginning_carries_all(
    session: Session, screen: RecordingScreen, server: Small, typed: Type
) -> None:
    """What is left out belongs to its branch: elsewhere in the tree requests carry everything."""
    server.reply(stream("ok"))
    say(session, screen, "one", "two")
    typed("/context drop")
    typed("/undo 2")
    say(session, screen, "other", "more")
    assert contents(server.asked[-1]) == ["other", "ok", "more"]


def test_context_shows_and_decides(
    session: Session, screen: RecordingScreen, server: Small, typed: Type
) -> None:
    """/context says how full the window is; drop n, edit and all do what they say, and wrong words are refused."""
    server.reply(stream("ok"))
    typed("/context drop")
    assert "nothing to leave out" in screen.failed[-1]
    say(session, screen, "one", "two", "three")
    typed("/context")
    assert f"of {WINDOW}" in screen.said[-2]
    assert screen.said[-1] == "nothing is left out"
    typed("/context drop 9")
    assert screen.failed[-1] == "only 3 turns could be left out"
    typed("/context drop 2")
    assert "requests leave out turns 1–2" in screen.said[-1]
    typed("/context edit")
    assert "the summary is as it was" in screen.failed[-1]
    screen.answers = ["They counted."]
    typed("/context edit")
    say(session, screen, "four")
    assert "They counted." in server.asked[-1]["messages"][0]["content"]
    typed("/context nonsense")
    assert "/context does not know nonsense" in screen.failed[-1]


def test_the_server_s_own_count_is_asked_where_there_is_one(
    session: Session, screen: RecordingScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """llama.cpp tells exactly how many tokens its template makes; near the window that decides."""
    monkeypatch.setattr(servers.Server, "tells_settings", True)
    counted: list[Any] = []

    class Exact:
        def count(self, messages: Any) -> int:
            counted.append(messages)
            return WINDOW + 7

    monkeypatch.setattr(session.server, "client", Exact)
    asked = session.asked(LONG * 3)
    fit = overflow.fit(session, session.target(), asked, session.carried(asked))
    assert fit and fit.exact and fit.prompt == WINDOW + 7
    assert fit.over == 8
    short = session.asked("short")
    known = overflow.fit(session, session.target(), short, session.carried(short))
    assert known and not known.exact
    assert len(counted) == 1


def test_a_long_past_is_summed_up_in_parts(session: Session, screen: RecordingScreen, server: Small) -> None:
    """A conversation from a larger model is cut into parts that each fit; each summary goes into the next."""
    server.reply(stream("ok"))
    session.settings = session.settings.set("overflow", "send")
    say(session, screen, *(f"{letter} {LONG}" for letter in "abcdefgh"))
    before = len(server.asked)
    session.settings = session.settings.set("overflow", "summarise")
    assert say(session, screen, f"i {LONG}")
    wishes = server.asked[before:-1]
    assert len(wishes) > 1
    assert "The conversation so far, in short:\nok" in wishes[1]["messages"][0]["content"]
    for body in (*wishes, server.asked[-1]):
        assert sum(len(message["content"]) for message in body["messages"]) < WINDOW * 5
