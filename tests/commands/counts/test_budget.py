"""/budget: a limit for the conversation, and what stops a request that could exceed it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadValue
from chat.conversation.tree import Conversation
from chat.conversation.turn import FAILED, INTERRUPTED, Answer, Choice, Turn, Usage
from chat.session import budget as limits
from chat.session import sending
from chat.session.budget import Budget
from chat.session.state import Session
from chat.session.worst_case import Worst, worst_case
from chat.store.conversations import Store
from commands.counts.budget import within
from commands.declare import Action, Send
from commands.message import exchange

from ...support.recorder import RecordingScreen
from ...support.server import Server, chunk, chunked, sse, stream, usage
from ...support.turns import a_turn

Type = Callable[[str], Action | None]


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("$0.50", Budget(dollars=0.5)),
        ("$ 1,000", Budget(dollars=1000.0)),
        ("0.5$", Budget(dollars=0.5)),
        ("2 usd", Budget(dollars=2.0)),
        (".25 dollars", Budget(dollars=0.25)),
        ("20000 tokens", Budget(tokens=20000)),
        ("20,000 tokens", Budget(tokens=20000)),
        ("20k tokens", Budget(tokens=20000)),
        ("1.5M tok", Budget(tokens=1_500_000)),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, budget: Budget) -> None:
    """Dollars before or after, thousands with commas or k."""
    assert limits.read(text) == budget


@pytest.mark.parametrize(
    "text", ["20000", "$0", "0 tokens", "-5 tokens", "$-1", "lots", "$", "1.5", "$1e5", "k tokens"]
)
def test_what_is_no_budget_is_refused(text: str) -> None:
    """A bare number is neither dollars nor tokens; nothing, and less, is no budget."""
    with pytest.raises(BadValue, match="is not a budget"):
        limits.read(text)


@given(st.text(max_size=30))
def test_reading_is_total(text: str) -> None:
    """Whatever is typed, it is a budget above nothing or refused."""
    try:
        found = limits.read(text)
    except BadValue:
        return
    assert (found.tokens or 0) >= 1 or (found.dollars or 0) > 0


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_tokens_are_stopped_exactly_where_they_could_exceed(
    limit: int, spent: int, prompt: int, out: int
) -> None:
    """What is spent and the worst case together may reach the limit, and no token more."""
    conversation = Conversation(turns=[a_turn(usage=Usage(spent, 0))], budget_tokens=limit)
    told = limits.obstacle(conversation, Worst(1, prompt, out, None), "m")
    assert bool(told) == (spent + prompt + out > limit)


def test_unknown_prices_stop_a_budget_in_dollars() -> None:
    """Neither a request without a price nor a past without one lets dollars be counted."""
    conversation = Conversation(budget_cost=1.0)
    assert "no price is known for m" in limits.obstacle(conversation, Worst(1, 5, 5, None), "m")
    assert "nothing limits the answer" in limits.obstacle(conversation, Worst(1, 5, None, None), "m")
    assert limits.obstacle(conversation, Worst(1, 5, 5, 0.5), "m") == ""
    conversation.cost = None
    assert "not known" in limits.obstacle(conversation, Worst(1, 5, 5, 0.5), "m")


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    session = here(model="gpt-4o")
    session.store = Store(session.places.conversations, session.secrets)
    return session


def sent(session: Session, screen: RecordingScreen, text: str) -> Any:
    return exchange(session, screen, Send(text))


def test_a_request_that_could_exceed_it_is_stopped(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """The arithmetic is shown, and nothing is sent unless the person says so."""
    server.reply(stream("ok", used=usage(10, 2)))
    typed("/budget 100 tokens")
    typed("/set max_tokens=80")
    assert sent(session, screen, "hello")
    assert sent(session, screen, "hello") is None
    assert len(server.requests) == 1
    assert screen.questions == ["send all the same?"]
    assert "one request could take ≈" in screen.warned[-1]
    assert "+ 80 out" in screen.warned[-1]
    assert "88 of 100 tokens are left" in screen.warned[-1]
    screen.answers = [True]
    assert sent(session, screen, "hello")
    assert len(server.requests) == 2


def test_every_choice_counts(typed: Type, session: Session, screen: RecordingScreen, server: Server) -> None:
    """n answers may take n times the limit of one."""
    server.reply(stream("ok"))
    typed("/budget 100 tokens")
    typed("/set max_tokens=40 n=3")
    assert sent(session, screen, "hello") is None
    assert "+ 120 out" in screen.warned[-1]


def test_where_n_may_be_refused_the_prompt_counts_for_each_choice(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A server that refuses n is asked once a choice, and each time the prompt is paid for; one that has
    given several choices in this conversation is not suspected."""
    asked = session.asked("hello")
    session.settings = session.settings.set("max_tokens", 5)
    alone = worst_case(session, [sending.prepare(session, session.target(), asked)]).prompt
    session.settings = session.settings.set("n", 3)
    assert worst_case(session, [sending.prepare(session, session.target(), asked)]).prompt == 3 * alone
    parts = [chunk({"content": "a"}, index, "stop") for index in range(3)]
    server.reply(chunked(sse(*parts, chunk(usage=usage(alone, 3)))))
    assert sent(session, screen, "hello")
    assert worst_case(session, [sending.prepare(session, session.target(), asked)]).prompt == alone


def test_what_a_server_counts_beyond_our_count_is_reckoned_with(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A template's own tokens are seen in the first answer's usage, and belong to the worst case from then on."""
    asked = session.asked("hello")
    session.settings = session.settings.set("max_tokens", 5)
    counted = worst_case(session, [sending.prepare(session, session.target(), asked)]).prompt
    server.reply(stream("ok", used=usage(counted + 24, 2)))
    assert sent(session, screen, "hello")
    other = session.settings.set("model", "gpt-4o-mini")
    assert worst_case(session, [sending.prepare(session, session.target(), asked)] * 2).prompt == 2 * (
        counted + 24
    )
    unknown = sending.prepare(session, session.target(other), asked)
    assert worst_case(session, [unknown]).prompt == counted, "another model's is not known"


def test_without_a_limit_of_the_answer_it_can_t_be_said(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """No max_tokens and no known window: the request is stopped, and why."""
    server.reply(stream("ok"))
    typed("/budget 100k tokens")
    assert sent(session, screen, "hello") is None
    assert "nothing limits the answer" in screen.warned[-1]


def test_where_nobody_can_be_asked_it_fails(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """In a script the request is not sent."""
    typed("/budget 100 tokens")
    typed("/set max_tokens=200")
    screen.interactive = False
    assert sent(session, screen, "hello") is None
    assert screen.failed[0].startswith("not sent: one request could take")
    assert not server.requests


def test_interrupted_turns_count_as_estimates(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """What had been asked for is paid for: it is counted here, and marked."""

    def interrupt(connection: Any) -> None:
        chunked(sse(chunk({"content": "some words"}), done=False), pause=0.05)(connection)

    server.reply(interrupt)

    class Impatient(RecordingScreen):
        def answer(self, *args: Any, **more: Any) -> Any:
            shown = super().answer(*args, **more)
            feed = shown.feed

            def impatient(event: Any) -> None:
                feed(event)
                if type(event).__name__ == "Piece":
                    raise KeyboardInterrupt

            shown.feed = impatient  # type: ignore[method-assign]
            return shown

    turn = sent(session, Impatient(), "hello")
    assert turn.answer.ended == INTERRUPTED
    typed("/budget 1000 tokens")
    assert f"spent ≈{turn.answer.usage.prompt + turn.answer.usage.completion} tokens" in screen.said[-1]
    assert turn.answer.usage.estimated and turn.answer.usage.completion > 0


def test_dollars_need_a_price(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """An endpoint without prices takes a budget in tokens alone, and says why."""
    typed("/budget $0.50")
    assert "no price is known for gpt-4o here" in screen.failed[0]
    assert "/budget 20000 tokens" in screen.failed[0]
    assert limits.of(session.conversation) is None


def test_dollars_at_an_endpoint_with_prices(
    make_session: Callable[..., Session], screen: RecordingScreen
) -> None:
    """The worst case is priced as the model is; the toolbar says what of the budget is spent."""
    from commands.shell import status

    session = make_session(OPENAI_API_KEY="sk-x0123456789abcdef")
    session.settings = session.settings.set("model", "gpt-4o").set("max_tokens", 1000)
    limits.put(session.conversation, limits.read("$0.005"))
    prepared = sending.prepare(session, session.target(), session.asked("hello"))
    worst = worst_case(session, [prepared])
    assert worst.cost is not None
    assert 0.009 < worst.cost < 0.02, "1000 tokens of gpt-4o's answer"
    told = limits.obstacle(session.conversation, worst, "gpt-4o")
    assert "$0.0050 of $0.0050 is left" in told
    assert worst_case(session, [prepared] * 3).requests == 3
    session.conversation.turns.append(Turn(prepared.request, Answer(usage=Usage(5, 5), cost=0.001)))
    session.conversation.cost = 0.001
    assert status.cost(session) == "$0.0010 of $0.0050"


def test_the_model_without_a_price_is_named(
    make_session: Callable[..., Session], screen: RecordingScreen
) -> None:
    """Of several that are compared, it is not the one that is set."""
    session = make_session(OPENAI_API_KEY="sk-x0123456789abcdef")
    session.settings = session.settings.set("model", "gpt-4o").set("max_tokens", 10)
    limits.put(session.conversation, limits.read("$1"))
    known = sending.prepare(session, session.target(), session.asked("hello"))
    mystery = session.target(session.settings.set("model", "mystery-1"))
    unknown = sending.prepare(session, mystery, session.asked("hello"))
    assert within(session, screen, [known])
    assert not within(session, screen, [known, unknown])
    assert screen.warned[-1].startswith(
        "no price is known for mystery-1: whether 2 requests would exceed $1.00"
    )


def test_the_budget_is_the_conversation_s(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """It is stored with it, comes back with /resume, and /clear begins without one."""
    server.reply(stream("ok"))
    typed("/set max_tokens=10")
    sent(session, screen, "hello")
    typed("/budget 5000 tokens")
    number = session.conversation.number
    typed("/clear")
    typed("/budget")
    assert screen.said[-1].startswith("no budget is set")
    typed(f"/resume {number}")
    typed("/budget")
    assert screen.said[-1].startswith("budget 5,000 tokens; spent 10 tokens")
    typed("/budget off")
    assert screen.said[-1] == "no budget"


def test_an_answer_that_a_killed_shell_left_counts(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """Nobody had counted its tokens: they are counted when a budget asks for them, once, and kept."""
    left = a_turn(
        body={"model": "test-model"},
        model="test-model",
        asked=session.asked("one two three"),
        choices=(Choice(0, "four five"),),
        ended=FAILED,
    )
    session.take(left)
    typed("/budget 20000 tokens")
    (turn,) = session.turns
    assert turn.answer.usage is not None and turn.answer.usage.estimated and turn.answer.usage.completion == 2
    took = turn.answer.usage.prompt + turn.answer.usage.completion
    assert f"spent ≈{took:,} tokens" in screen.said[-1]
    typed("/budget")
    assert session.turns == [turn] and limits.spent_tokens(session.conversation) == took


def test_a_request_that_can_t_be_made_is_said_before_it_is_counted(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Under a budget a request is made first: what is wrong with it is one sentence, and nothing is sent."""
    limits.put(session.conversation, limits.read("1000 tokens"))
    session.settings = session.settings.set("response_format", {"type": "json"})
    assert sent(session, screen, "hello") is None
    assert "response_format.type" in screen.failed[-1]
    assert not server.requests and not session.turns
