"""/retry, /edit, /undo, /fork, /branches, /switch, /diff, /continue and /prefill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chat.session.state import Session
from commands.declare import Action, Edit, Send
from commands.message import exchange

from ...support.recorder import RecordingScreen
from ...support.server import Server, chunk, chunked, error, http, models, sse, stream, whole

Type = Callable[[str], Action | None]


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here(model="gpt-4o")


@pytest.fixture
def do(session: Session, screen: RecordingScreen, typed: Type) -> Callable[..., Action | None]:
    """Type lines; what is to be sent is sent, as the shell does it. The last action."""

    def run(*lines: str) -> Action | None:
        action = None
        for line in lines:
            action = typed(line)
            if isinstance(action, Send):
                exchange(session, screen, action)
        return action

    return run


def answers(server: Server, *texts: str, **facts: Any) -> None:
    server.reply(*(stream(text, **facts) for text in texts))


def sent(server: Server, request: int = -1) -> list[str]:
    """What the messages of a request say."""
    return [message["content"] for message in server.requests[request].body["messages"]]


def head(session: Session) -> list[str]:
    return [message.content for message in session.branch]


def stored(session: Session) -> list[str]:
    """The messages where another shell would go on."""
    return [message.content for message in session.store.load(session.conversation.number).head]


# ---- /retry


def test_retry_asks_the_last_message_again(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """The same messages are sent, and the former answer stays as a sibling."""
    answers(server, "one", "two", "three")
    do("first", "second", "/retry")
    assert sent(server) == sent(server, 1) == ["first", "one", "second"]
    assert head(session) == ["first", "one", "second", "three"]
    assert [turn.choice.text for turn in session.turns] == ["one", "two", "three"]
    assert session.conversation.children() == {None: [0], 0: [1, 2]}
    assert stored(session) == head(session)


def test_retry_takes_parameters_for_this_one_request(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """name=value holds for the one request, is said, is recorded with its turn, and is gone after it."""
    answers(server, "one", "two", "three")
    do("/set temperature=1 seed=3", "hello", "/retry temperature=0.2 stop=x", "and now?")
    assert [request.body.get("temperature") for request in server.requests] == [1.0, 0.2, 1.0]
    assert [request.body.get("stop") for request in server.requests] == [None, ["x"], None]
    assert {request.body["seed"] for request in server.requests} == {3}
    assert "for this request: temperature 1.0 → 0.2" in screen.said
    assert session.turns[1].request.settings["temperature"] == 0.2
    assert session.settings.get("temperature") == 1.0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/retry temperature=3", "3.0 is not a number from 0 to 2"),
        ("/retry temprature=1", "did you mean temperature?"),
        ("/retry plain=true", "plain is no part of a request"),
        ("/retry 0.2", "no parameter 0.2"),
    ],
)
def test_retry_refuses_what_can_not_be_sent(
    do: Callable[..., Action], screen: RecordingScreen, server: Server, session: Session, line: str, told: str
) -> None:
    """A wrong value or name is refused before anything is sent, and nothing is changed."""
    answers(server, "one")
    do("hello", line)
    assert told in screen.transcript
    assert len(server.requests) == 1
    assert session.settings.get("temperature") is None


def test_retry_before_the_first_message(typed: Type, screen: RecordingScreen) -> None:
    """There is nothing to answer again yet."""
    assert typed("/retry") is None
    assert screen.failed == ["there is no message yet"]


def test_retry_after_a_failure_asks_in_its_place(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A try that fails leaves the former answer; the next one answers the same message."""
    server.reply(stream("one"), error("500 Oops"), stream("two"))
    do("hello", "/retry")
    assert head(session) == ["hello", "one"]
    do("/retry")
    assert head(session) == ["hello", "two"]
    assert [turn.answer.ended for turn in session.turns] == ["complete", "failed", "complete"]
    assert sent(server) == ["hello"]


def test_retry_asks_what_failed_at_once(
    do: Callable[..., Action], session: Session, server: Server, screen: RecordingScreen
) -> None:
    """A message that got no answer is the last one, for /retry as for /edit, until one goes elsewhere."""
    server.reply(error("500 Oops"), stream("one"), error("500 Oops"), stream("two"), stream("three"))
    do("hello", "/retry")
    assert head(session) == ["hello", "one"]
    action = do("more", "/edit")
    assert isinstance(action, Edit) and action.text == "more"
    assert not any("/switch" in sentence for sentence in screen.said), "/edit went nowhere"
    do("/retry")
    assert head(session) == ["hello", "one", "more", "two"]
    do("/undo", "/retry")
    assert head(session) == ["hello", "three"]
    assert len(screen.failed) == 2


# ---- /edit


def test_edit_puts_the_message_back_and_goes_on_beside_it(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """The last message is at the prompt; what is sent then is a new branch beside the old one."""
    answers(server, "one", "two", "three")
    action = do("first", "secnod", "/edit")
    assert action == Edit("secnod")
    assert screen.said[-1] == "what was said stays: /switch 2 goes back there"
    assert stored(session) == ["first", "one"]
    do("second")
    assert sent(server) == ["first", "one", "second"]
    do("/switch 2")
    assert head(session) == ["first", "one", "secnod", "two"]


@pytest.mark.parametrize("emptied", ["", "  ", "\n"])
def test_an_emptied_edit_is_cancelled(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server, emptied: str
) -> None:
    """Where nothing is left of the message, the conversation is where it was; later blank lines do nothing."""
    answers(server, "one", "two", "three")
    do("first", "second")
    before = session.branch
    do("/edit 1", emptied)
    assert session.branch == before and screen.said[-1] == "the message stays as it was"
    do("/edit", "/show", "third")
    assert session.edited is None and sent(server) == ["first", "one", "third"]


def test_edit_takes_the_number_of_a_turn(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """/edit 1 is the first message, wherever the conversation stands."""
    answers(server, "one", "two", "three")
    assert do("first", "second", "/edit 1") == Edit("first")
    do("other")
    assert sent(server) == ["other"]


@pytest.mark.parametrize("number", ["0", "x", "-1", "1.5", "3", "99999999999", "²"])
def test_edit_refuses_what_is_no_turn(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server, number: str
) -> None:
    """A number that no turn has is refused, and the conversation stays where it is."""
    answers(server, "one")
    do("first", f"/edit {number}")
    assert len(screen.failed) == 1
    assert head(session) == ["first", "one"]


# ---- /undo


def test_undo_and_back(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """/undo steps back, says where that is and how to come back, and another shell goes on there."""
    answers(server, "one", "two", "three")
    do("first", "second", "third", "/undo")
    assert screen.said[-1] == "the conversation goes on after turn 2; /switch 3 goes back there"
    do("/undo 2")
    assert screen.said[-1] == "the conversation goes on at the beginning; /switch 2 goes back there"
    assert stored(session) == []
    do("/undo")
    assert screen.failed == ["there is nothing to undo"]
    do("/switch 3")
    assert head(session)[-1] == "three"
    do("/undo", "/undo")
    assert screen.said[-1] == "the conversation goes on after turn 1; /switch 2 goes back there"
    do("/switch 2")
    assert head(session)[-1] == "two", "there, not to what was said after it"


@pytest.mark.parametrize("steps", ["0", "two", "9", "-1"])
def test_undo_refuses_what_it_can_not(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server, steps: str
) -> None:
    """More steps than messages, and what is no number, are refused."""
    answers(server, "one")
    do("first", f"/undo {steps}")
    assert len(screen.failed) == 1
    assert head(session) == ["first", "one"]


# ---- /fork, /branches, /switch


def test_a_fork_is_come_back_to(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A name stands at its branch's end: going elsewhere and back finds all of it."""
    answers(server, "one", "two", "three")
    do("first", "/fork main", "second", "/undo", "/fork")
    assert screen.said[-1] == "on branch fork-2"
    do("otherwise", "/switch main")
    assert screen.said[-1] == "on branch main, after turn 2: second"
    assert head(session) == ["first", "one", "second", "two"]
    do("/switch fork-2")
    assert stored(session) == ["first", "one", "otherwise", "three"]
    again = session.store.load(session.conversation.number)
    assert (again.on, set(again.names)) == ("fork-2", {"main", "fork-2"})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/fork 12", "12 can't name a branch: letters, digits, - and _, and not digits alone"),
        ("/fork main", "there is a branch main already (/switch main goes there)"),
        ("/switch mian", "no branch mian; did you mean main?"),
        ("/switch 7", "no turn 7: there are turns 1 to 1"),
        ("/switch", "/switch misses name"),
    ],
)
def test_branches_that_can_not_be(
    do: Callable[..., Action], screen: RecordingScreen, server: Server, line: str, told: str
) -> None:
    """Names that can't be, that there are already, or that there are not, are refused with a way out."""
    answers(server, "one")
    do("first", "/fork main", line)
    assert screen.failed and told in screen.failed[0]


def test_the_drawing_of_a_tree(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A line a turn: what was asked, what differs, how it was answered; where it goes on is marked."""
    answers(server, "Paris", "Paris again", "Rome", "Bern", "more")
    do("capital of France?", "/retry temperature=0.2", "of Italy?", "/fork south", "/undo", "of Switzerland?")
    do("/set temperature=1", "/fork", "and more", "/branches")
    (drawn,) = screen.raw
    assert drawn.split("\n") == [
        "├─  1  capital of France? · Paris",
        "└─  2  again, temperature 1.0 → 0.2 · Paris again",
        "  ├─  3 (south)  of Italy? [temperature 0.2 → 1.0 (not sent)] · Rome",
        "  └─  4  of Switzerland? [temperature 0.2 → 1.0 (not sent)] · Bern",
        "    ● 5 (fork-2)  and more [temperature unset → 1.0] · more",
    ]


def test_the_drawing_at_the_beginning(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Before any turn there is nothing to draw; after an undo to the beginning that is marked."""
    do("/branches")
    assert screen.failed == ["nothing was said yet"]
    server.reply(stream("one"), error("500 Oops"))
    do("first", "/undo", "/fork root", "second", "/branches")
    lines = screen.raw[-1].split("\n")
    assert lines[:2] == ["● at the beginning", "(root) at the beginning"]
    assert lines[2:] == ["├─  1  first · one", "└─  2  second · failed"]


def test_branches_are_offered(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Completing /switch offers the names and the turns, with what was asked; each can be run."""
    from commands import line, registry

    answers(server, "one", "two")
    do("first", "/fork main", "second")
    found = [(each.text, each.note) for _, each in line.complete("/switch ", registry(), session)]
    assert found == [("main", "a branch"), ("1", "first"), ("2", "second")]
    for text, _ in found:
        do(f"/switch {text}")
    assert screen.failed == []
    assert [each.text for _, each in line.complete("/edit ", registry(), session)] == ["1", "2"]


# ---- /diff


def test_diff_of_the_last_two_answers(
    do: Callable[..., Action], screen: RecordingScreen, server: Server
) -> None:
    """First what was asked differently, then the text, word by word."""
    answers(server, "the sky is blue today", "the sky is red today")
    do("sky?", "/retry temperature=0.2 seed=4", "/diff")
    assert screen.said[-3:] == [
        "temperature 1.0 → 0.2",
        "seed unset → 4",
        "the sky is [-blue-]{+red+} today",
    ]


def test_diff_of_the_same_message_before_one_of_another(
    do: Callable[..., Action], screen: RecordingScreen, server: Server
) -> None:
    """/diff compares with the answer to the same message, not with what was asked in its place."""
    answers(server, "alpha beta gamma", "alpha beta delta", "something else")
    do("greek?", "/retry", "/edit", "other?", "/switch 2", "/diff")
    assert screen.said[-2:] == ["the same parameters", "alpha beta [-gamma-]{+delta+}"]


def test_diff_of_turns_and_branches(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Numbers compare turns; two names compare all that their branches say since they parted."""
    answers(server, "one", "two", "one", "three")
    do("/fork a", "first", "second", "/undo 2", "/fork b", "first", "third")
    do("/diff 1 3")
    assert screen.said[-2:] == ["the same parameters", "the same text"]
    do("/diff 2 4")
    assert screen.said[-1] == "[-two-]{+three+}"
    do("/diff a b")
    assert screen.said[-1] == (
        "user: first\n\nassistant: one\n\nuser: [-second\n\nassistant: two-]{+third\n\nassistant: three+}"
    )
    do("/diff 1")
    assert screen.said[-1] == "[-one-]{+three+}"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/diff", "there is no other answer here to compare with (/retry makes one; /diff 1 2)"),
        ("/diff 1 2", "no turn 2: there are turns 1 to 1"),
        ("/diff 1 nothing", "no branch nothing"),
        ("/diff 0", "no turn 0: there are turns 1 to 1"),
    ],
)
def test_diff_of_what_there_is_not(
    do: Callable[..., Action], screen: RecordingScreen, server: Server, line: str, told: str
) -> None:
    """What can't be compared is said."""
    answers(server, "one")
    do("first", line)
    assert screen.failed == [told]


def test_diff_before_any_answer(typed: Type, screen: RecordingScreen) -> None:
    """Without an answer there is nothing to compare."""
    typed("/diff")
    assert screen.failed == ["there is no answer yet"]


# ---- /continue


def router(replies: list[Any], listed: bytes) -> Callable[[Server], None]:
    """A server that lists its models beside the answers."""

    def install(server: Server) -> None:
        def by_path(request: Any) -> Any:
            return listed if request.path.endswith("/models") else replies.pop(0)

        server._next = by_path  # type: ignore[method-assign]

    return install


LLAMA = models("gpt-4o", owned_by="llamacpp")
PLAIN = models("gpt-4o", owned_by="somebody")


def bodies(server: Server) -> list[Any]:
    return [request.body for request in server.requests if request.path.endswith("/chat/completions")]


def test_continue_goes_on_in_the_middle_of_the_word(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Where the server takes the beginning of an answer, it is sent, and the answer is both."""
    router([stream("The sk", finish="length"), stream("y is blue.")], LLAMA)(server)
    do("sky?", "/continue")
    assert bodies(server)[1]["messages"] == [
        {"role": "user", "content": "sky?"},
        {"role": "assistant", "content": "The sk"},
    ]
    assert head(session) == ["sky?", "The sky is blue."]
    shown = "".join(event.text for event in screen.shown[-1].events if hasattr(event, "text"))
    assert shown == "The sky is blue."
    assert session.turns[1].choice.text == "y is blue."
    assert stored(session) == ["sky?", "The sky is blue."]


def test_continue_asks_by_a_message_elsewhere(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A server that is not known to take it is asked by a message, and that is said."""
    router([stream("The sk", finish="length"), stream("y is blue.")], PLAIN)(server)
    do("sky?", "/continue")
    assert [m["role"] for m in bodies(server)[1]["messages"]] == ["user", "assistant", "user"]
    assert any("is not known to take the beginning of an answer" in said for said in screen.said)
    assert head(session)[-1] == "y is blue."


def test_continue_goes_on_after_an_answer_that_broke_off(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """What arrived before the connection broke is gone on from, marked no more."""
    broken = chunked(sse(chunk({"content": "half"}), done=False), end=False)
    router([broken, stream(" and whole")], LLAMA)(server)
    do("hello", "/continue")
    assert head(session) == ["hello", "half and whole"]
    assert [message.mark for message in session.branch] == ["", ""]


def test_continue_refuses_an_answer_that_ended(
    do: Callable[..., Action], screen: RecordingScreen, server: Server
) -> None:
    """An answer that ended by itself, or none at all, is not gone on with."""
    do("/continue")
    answers(server, "done")
    do("hello", "/continue")
    assert screen.failed == [
        "there is no answer to go on with",
        "the last answer ended by itself (finish reason stop)",
    ]
    assert len(server.requests) == 1


# ---- /prefill


def test_prefill_begins_the_next_answer_alone(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """The next request ends with the beginning, which is part of the answer; the one after does not."""
    router([stream(" is blue"), stream("plain")], LLAMA)(server)
    do("/prefill The sky")
    assert screen.said[-1] == 'the next answer begins with "The sky"'
    do("sky?", "and?")
    first, second = bodies(server)
    assert first["messages"][-1] == {"role": "assistant", "content": "The sky"}
    assert second["messages"][1] == {"role": "assistant", "content": "The sky is blue"}
    assert second["messages"][-1]["role"] == "user"
    assert session.turns[0].request.whole["messages"] == first["messages"]


def test_prefill_is_kept_where_sending_failed(
    do: Callable[..., Action], session: Session, server: Server
) -> None:
    """A request that failed has not used the beginning up; /prefill clear does away with it."""
    router([error("500 Oops"), stream(" blue")], LLAMA)(server)
    do("/prefill The sky is", "sky?", "sky?")
    assert bodies(server)[1]["messages"][-1]["content"] == "The sky is"
    do("/prefill x", "/prefill clear")
    assert session.prefill == ""


def test_prefill_reads_quotes_and_escapes(
    do: Callable[..., Action], session: Session, server: Server
) -> None:
    """In quotes, escapes are understood; without them the text is as it stands."""
    router([], LLAMA)(server)
    do(r'/prefill "{\n  \"name\":"')
    assert session.prefill == '{\n  "name":'
    do(r"/prefill it's \n")
    assert session.prefill == r"it's \n"


def test_prefill_where_it_is_not_supported(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A server that is not known to take it is not sent it, and the way out is said."""
    router([], PLAIN)(server)
    do("/prefill The sky")
    (told,) = screen.failed
    assert "is not known to take the beginning of an answer" in told
    assert "say in the system message" in told
    assert session.prefill == ""


def test_prefill_of_an_answer_that_comes_whole(
    do: Callable[..., Action], session: Session, server: Server
) -> None:
    """llama.cpp repeats the beginning in whole answers: it stands in the conversation once."""
    router([whole("The sky is blue")], LLAMA)(server)
    do("/set stream=false", "/prefill The sky", "sky?")
    assert head(session) == ["sky?", "The sky is blue"]


def test_vllm_is_told_to_go_on(do: Callable[..., Action], server: Server) -> None:
    """vLLM wants two fields beside the message."""
    router([stream(" x")], models("gpt-4o", owned_by="vllm"))(server)
    do("/prefill The", "go")
    (body,) = bodies(server)
    assert (body["add_generation_prompt"], body["continue_final_message"]) == (False, True)


def test_a_list_that_does_not_come_is_no_support(
    do: Callable[..., Action], screen: RecordingScreen, server: Server
) -> None:
    """Where the server lists no models, nothing is assumed of it."""
    router([], http(b"no", "404 Not Found", "text/plain"))(server)
    do("/prefill The sky")
    assert "is not known to take" in screen.failed[0]


def test_going_on_is_stored_with_a_database_that_takes_it(
    do: Callable[..., Action], session: Session, server: Server, screen: RecordingScreen
) -> None:
    """/pick of the very first turn is where another shell goes on."""
    pieces = [chunk({"content": "heads"}, 0, "stop"), chunk({"content": "tails"}, 1, "stop")]
    server.reply(chunked(sse(*pieces)))
    do("/n 2", "toss", "/pick 2")
    assert stored(session) == ["toss", "tails"]


def test_retry_takes_the_apis_notation(
    do: Callable[..., Action], session: Session, screen: RecordingScreen, server: Server
) -> None:
    """/retry reads JSON, and null leaves a parameter out for this one request."""
    answers(server, "one", "two", "three")
    do("/set temperature 0.5", "first", '/retry {"temperature": null, "stop": ["x", "y"]}')
    body = server.requests[-1].body
    assert "temperature" not in body and body["stop"] == ["x", "y"]
    assert session.settings.get("temperature") == 0.5
