"""/usage, /history, /pick and /clear: what was said and what it took."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chat.session.state import Session
from commands.declare import Action, Send
from commands.message import exchange

from ...support.recorder import RecordingScreen
from ...support.server import Server, chunk, chunked, sse, stream, usage, whole

Type = Callable[[str], Action | None]


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here(model="gpt-4o")


def two_choices(first: str, second: str) -> Callable[..., None]:
    """A streamed answer of two choices that take turns, the second first."""
    pieces = [chunk({"content": second[:1]}, 1), chunk({"content": first[:1]}, 0)]
    pieces += [chunk({"content": first[1:]}, 0), chunk({"content": second[1:]}, 1)]
    ends = [chunk({}, 1, "stop"), chunk({}, 0, "length"), chunk(usage=usage(5, 4))]
    return chunked(sse(*pieces, *ends))


def carried(server: Server) -> list[tuple[str, str]]:
    """The messages of the last request."""
    return [(message["role"], message["content"]) for message in server.requests[-1].body["messages"]]


# ---- /usage


def test_usage_is_a_table_with_a_row_a_turn_and_totals(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Each turn has its estimate beside the server's count, cached and reasoning tokens, and the sums below."""
    details = {
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 6},
    }
    server.reply(stream("a", used=usage(10, 2)), stream("b", finish="length", used=usage(20, 8, **details)))
    exchange(session, screen, Send("one"))
    exchange(session, screen, Send("two"))
    typed("/usage")
    ((columns, rows),) = screen.tables
    names = list(columns)
    first, second, total = (dict(zip(names, row, strict=True)) for row in rows)
    assert (first["turn"], first["prompt"], first["out"], first["finish"]) == ("1", "10", "2", "stop")
    assert (second["prompt"], second["cached"], second["out"], second["reason."]) == ("20", "4", "8", "6")
    assert second["finish"] == "length"
    assert (total["turn"], total["prompt"], total["cached"], total["out"]) == ("all", "30", "4", "10")
    assert (first["cached"], total["reason."]) == ("", "6")


def test_usage_shows_the_estimate_of_the_formula(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """est. is what was counted before the request: 3 a message and its role, 3 to begin the answer."""
    first = chunk({"content": "a"}, finish="stop", model="gpt-4o")
    server.reply(chunked(sse(first, chunk(usage=usage(10, 2)))))
    exchange(session, screen, Send("hello"))
    typed("/usage")
    columns, rows = screen.tables[-1]
    place = columns.index("est.")
    assert rows[0][place] == "≈8", "3 + user + hello + 3"


def test_usage_marks_what_was_counted_here(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Where the server reports no tokens, tiktoken's count stands in, marked ≈, in the sums too."""
    silent = [chunk({"content": "hello world"}), chunk({}, finish="stop")]
    server.reply(chunked(sse(*silent)))
    exchange(session, screen, Send("hello"))
    typed("/usage")
    columns, rows = screen.tables[-1]
    names = list(columns)
    for row in rows:
        assert row[names.index("prompt")] == "≈8"
        assert row[names.index("out")] == "≈2"


def test_an_unknown_price_is_said_to_be_unknown(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """An endpoint that publishes no prices costs "unknown", and is never guessed."""
    server.reply(stream("a"))
    exchange(session, screen, Send("hello"))
    typed("/usage")
    columns, rows = screen.tables[-1]
    place = columns.index("cost")
    assert [row[place] for row in rows] == ["unknown", "unknown"]


def test_usage_lists_failures_too(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A turn that failed is a row without tokens, and says how it ended."""
    from ...support.server import error

    server.reply(error("500 Oops"), stream("a"))
    exchange(session, screen, Send("one"))
    exchange(session, screen, Send("two"))
    typed("/usage")
    columns, rows = screen.tables[-1]
    place = columns.index("finish")
    assert [row[place] for row in rows] == ["failed", "stop", ""]


def test_before_the_first_message_there_is_nothing(typed: Type, screen: RecordingScreen) -> None:
    """/usage and /history say so where nothing was said yet."""
    typed("/usage")
    typed("/history")
    assert screen.said == ["nothing was sent yet", "nothing was said yet"]
    assert not screen.tables


# ---- /history and /clear


def test_history_shows_the_conversation(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """/history pages through the system message and all messages, oldest first."""
    server.reply(stream("Hel", "lo"), whole("Bye"))
    typed("/system Be kind")
    exchange(session, screen, Send("hi"))
    typed("/stream false")
    exchange(session, screen, Send("go"))
    screen.said.clear()
    typed("/history")
    assert screen.said == [
        "[system]\nBe kind\n\n[user (turn 1)]\nhi\n\n[assistant]\nHello\n\n[user (turn 2)]\ngo\n\n[assistant]\nBye",
    ]


def test_history_marks_what_was_cut_off(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """An answer that broke off, or that its limit cut off, stands there with a mark that says so."""
    server.reply(chunked(sse(chunk({"content": "Hal"}), done=False), end=False))
    exchange(session, screen, Send("hi"))
    typed("/history")
    assert "[assistant (cut off)]\nHal" in screen.said[-1]
    server.reply(stream("Hello th", finish="length"))
    typed("/clear")
    server._replies.pop(0)
    exchange(session, screen, Send("hi"))
    typed("/history")
    assert "[assistant (length)]\nHello th" in screen.said[-1]


def test_clear_begins_a_new_conversation(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """After /clear the next request carries nothing of what was said; what is set stays."""
    server.reply(stream("Hello"))
    typed("/set temperature=0.5 system=Short")
    exchange(session, screen, Send("hi"))
    typed("/clear")
    assert screen.said[-1] == "a new conversation"
    exchange(session, screen, Send("again"))
    assert carried(server) == [("system", "Short"), ("user", "again")]
    assert server.requests[-1].body["temperature"] == 0.5
    typed("/usage")
    assert len(screen.tables[-1][1]) == 2, "one turn and the totals"


# ---- /pick


def test_the_first_choice_goes_on_until_another_is_picked(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """With n above 1 the next request carries choice 1; after /pick 2 it carries choice 2; and back."""
    server.reply(two_choices("heads", "tails"), stream("ok"))
    typed("/n 2")
    exchange(session, screen, Send("toss"))
    exchange(session, screen, Send("and?"))
    assert carried(server) == [("user", "toss"), ("assistant", "heads"), ("user", "and?")]


@pytest.mark.parametrize(("picks", "kept"), [(["2"], "tails"), (["2", "1"], "heads"), (["1", "2"], "tails")])
def test_pick_decides_what_the_next_request_carries(
    typed: Type, session: Session, screen: RecordingScreen, server: Server, picks: list[str], kept: str
) -> None:
    """/pick N puts choice N into the conversation in place of the one that stood there."""
    server.reply(two_choices("heads", "tails"), stream("ok"))
    typed("/n 2")
    exchange(session, screen, Send("toss"))
    for number in picks:
        typed(f"/pick {number}")
        assert screen.said[-1] == f"the conversation goes on with choice {number}"
    exchange(session, screen, Send("and?"))
    assert carried(server) == [("user", "toss"), ("assistant", kept), ("user", "and?")]
    assert server.requests[-1].body["n"] == 2


def test_pick_works_on_an_answer_that_came_whole(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """With stream false the choices can be picked from just the same."""
    server.reply(whole("heads", "tails"), whole("ok", "ok"))
    typed("/set n=2 stream=false")
    exchange(session, screen, Send("toss"))
    typed("/pick 2")
    exchange(session, screen, Send("and?"))
    assert ("assistant", "tails") in carried(server)
    assert server.requests[-1].body["stream"] is False


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("3", "the last turn has choices 1 to 2"),
        ("0", "the last turn has choices 1 to 2"),
        ("-1", "-1 is not the number of a choice"),
        ("two", "two is not the number of a choice"),
        ("1.0", "1.0 is not the number of a choice"),
        ("99999", "99999 is not the number of a choice"),
    ],
)
def test_pick_refuses_what_is_no_choice(
    typed: Type, session: Session, screen: RecordingScreen, server: Server, number: str, told: str
) -> None:
    """A number that no choice has is refused, and the conversation stays as it was."""
    server.reply(two_choices("heads", "tails"))
    typed("/n 2")
    exchange(session, screen, Send("toss"))
    before = session.branch
    typed(f"/pick {number}")
    assert screen.failed == [told]
    assert session.branch is before


def test_pick_needs_several_choices(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Before an answer, and after one of a single choice, there is nothing to pick from."""
    told = "there is nothing to pick from (/n 2 asks for two choices, then send a message)"
    typed("/pick 1")
    server.reply(stream("only"))
    exchange(session, screen, Send("hi"))
    typed("/pick 1")
    assert screen.failed == [told, told]


def test_choices_are_offered_by_what_they_say(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Completing /pick shows the beginning of each choice beside its number."""
    from commands import line, registry

    server.reply(two_choices("heads\nup", "tails"))
    typed("/n 2")
    exchange(session, screen, Send("toss"))
    found = [(each.text, each.note) for _, each in line.complete("/pick ", registry(), session)]
    assert found == [("1", "heads up"), ("2", "tails")]


def test_what_is_shown_is_json_safe(session: Session, screen: RecordingScreen, server: Server) -> None:
    """Half a character from a server never reaches the conversation, which must be sent again."""
    server.reply(whole("a\ud800b"), whole("ok"))
    session.settings = session.settings.set("stream", False)
    exchange(session, screen, Send("hi"))
    exchange(session, screen, Send("again"))
    assert carried(server)[1] == ("assistant", "a\ufffdb")
    assert json.dumps(server.requests[-1].body)
