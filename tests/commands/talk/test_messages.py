"""/messages, /message and /attachments: messages under one's hands."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.conversation.branch import Branch
from chat.conversation.content import image_part, text_part
from chat.conversation.data import data_url
from chat.conversation.message import message_of
from chat.conversation.tree import Conversation
from chat.session.state import Session
from chat.store.conversations import Store
from commands.declare import Action, Send
from commands.message import exchange

from ...support.recorder import RecordingScreen
from ...support.server import Server, chunk, chunked, sse, stream

PICTURE = data_url(os.urandom(3000), "image/png")
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
Do = Callable[..., None]


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here(model="gpt-4o")


@pytest.fixture
def do(session: Session, screen: RecordingScreen, typed: Callable[[str], Action | None]) -> Do:
    """Type lines; what is to be sent is sent, as the shell does it."""

    def run(*lines: str) -> None:
        for line in lines:
            action = typed(line)
            if isinstance(action, Send):
                exchange(session, screen, action)

    return run


def sent(server: Server) -> list[Any]:
    found: list[Any] = server.requests[-1].body["messages"]
    return found


def said(session: Session) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in session.branch]


def seen(session: Session) -> None:
    """Begin with a message that has a picture."""
    parts = [text_part("what is this?"), image_part(PICTURE, "low")]
    head = Branch().append(message_of({"role": "user", "name": "Ann", "content": parts}))
    session.begin(Conversation(head=head))


def test_messages_are_listed_with_what_they_hold(do: Do, session: Session, screen: RecordingScreen) -> None:
    """A row a message: its number, role, tokens, first line, and what it has beside words."""
    seen(session)
    do("/system Be terse.", "/message add assistant A cat.\nA big one.", "/messages")
    _, rows = screen.tables[-1]
    assert [(row[0], row[1], *row[3:]) for row in rows] == [
        ("", "system", "Be terse.", "/system"),
        ("1", "user", "what is this?", "image low image/png 2.9 KB, name Ann"),
        ("2", "assistant", "A cat.", ""),
    ]
    assert all(row[2].startswith("≈") for row in rows)


def test_a_message_is_shown_whole_but_for_bytes(do: Do, session: Session, screen: RecordingScreen) -> None:
    """A text is shown as it is; what is more than a text as YAML, in which bytes are named."""
    seen(session)
    do("/message add assistant two\nlines", "/message 2", "/message 1")
    assert screen.raw[0] == "two\nlines"
    assert "name: Ann" in screen.raw[1] and "detail: low" in screen.raw[1]
    assert "[image/png, 2.9 KB]" in screen.raw[1] and PICTURE[:60] not in screen.raw[1]


def test_messages_are_added_and_answered(do: Do, session: Session, server: Server) -> None:
    """Examples are put before a question by hand, and /retry has the last one answered."""
    server.reply(stream("Four."))
    do("/message add user 1+1", "/message add assistant Two.", "/message add user 2+2", "/retry")
    assert sent(server) == [
        {"role": "user", "content": "1+1"},
        {"role": "assistant", "content": "Two."},
        {"role": "user", "content": "2+2"},
    ]
    assert said(session)[-1] == ("assistant", "Four.")


def test_what_a_tool_says_answers_the_call(do: Do, session: Session, server: Server) -> None:
    """A result that is added by hand names its call, and the next request carries both."""
    calls = chunk({"tool_calls": [{**CALL, "index": 0}]})
    server.reply(chunked(sse(calls, chunk({}, finish="tool_calls"))), stream("Done."))
    do("look", "/message add tool 21 degrees", "/retry")
    used = session.turns[0].answer.usage
    assert used is not None and used.estimated and used.completion, "what is called was written, too"
    assert sent(server) == [
        {"role": "user", "content": "look"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "21 degrees"},
    ]
    do("/undo", "/messages")
    assert said(session)[-1][0] == "assistant"


def test_an_edit_is_a_branch(do: Do, session: Session, screen: RecordingScreen, server: Server) -> None:
    """An answer is changed, what follows goes along, and what was there stays: in the store, and for /undo."""
    server.reply(stream("Lyon"), stream("Yes"))
    do("capital of France?", "sure?")
    before = session.branch
    screen.answers = ["Paris\n"]
    do("/message edit 2")
    after = [("user", "capital of France?"), ("assistant", "Paris"), ("user", "sure?"), ("assistant", "Yes")]
    assert said(session) == after
    there = session.store.load(session.conversation.number)
    assert [(message.role, message.content) for message in there.head] == after
    assert "/switch 2 goes there, too" in screen.said[-2]
    do("/undo")
    assert session.branch == before


def test_what_nothing_leads_back_to_gets_a_name(do: Do, session: Session, screen: RecordingScreen) -> None:
    """Messages that no turn has are named before they are left, and are there for another shell."""
    do("/message add user one", "/message add user two", "/message remove 1")
    assert said(session) == [("user", "two")]
    there = session.store.load(session.conversation.number)
    assert [message.content for message in there.names["before-1"]] == ["one", "two"]
    do("/switch before-1")
    assert said(session) == [("user", "one"), ("user", "two")]


def test_messages_are_moved(do: Do, session: Session) -> None:
    """The order changes, and nothing else."""
    do("/message add user a", "/message add user b", "/message add user c", "/message move 3 1")
    assert [text for _, text in said(session)] == ["c", "a", "b"]
    do("/message move 1 2", "/undo", "/undo")
    assert [text for _, text in said(session)] == ["a", "b", "c"]


def test_parts_are_edited_as_yaml(do: Do, session: Session, screen: RecordingScreen) -> None:
    """A message with parts opens as YAML; its bytes, which are named there, stay what they were."""
    seen(session)
    shown: list[str] = []

    def edit(text: str) -> str:
        shown.append(text)
        return text.replace("what is this?", "and this?").replace("name: Ann", "name: Bob")

    screen.edit = edit  # type: ignore[method-assign]
    do("/message edit 1")
    assert PICTURE[:60] not in shown[0]
    new = session.branch.last
    assert new is not None and new.sent() == {
        "role": "user",
        "name": "Bob",
        "content": [text_part("and this?"), image_part(PICTURE, "low")],
    }


@pytest.mark.parametrize(
    ("edited", "told"),
    [
        ("role: nobody\ncontent: x\n", "nobody is no role"),
        ("content: x\n", "has no role"),
        ("role: [", "stays as it was"),
    ],
)
def test_what_is_no_message_is_refused(
    do: Do, session: Session, screen: RecordingScreen, edited: str, told: str
) -> None:
    """What can't be a message is said, shown so that it is not lost, and changes nothing."""
    do("/message add user one")
    before = session.branch
    screen.answers = [edited]
    do("/message edit 1 yaml")
    assert told in screen.failed[-1] and "stays as it was" in screen.failed[-1]
    assert screen.raw == [edited.rstrip("\n")]
    assert session.branch == before


def test_clashes_are_warned_of_once(do: Do, screen: RecordingScreen) -> None:
    """A role where the API may refuse it is allowed, and said when it comes about, not again."""
    do("/message add user a", "/message add system b", "/message add user c")
    assert screen.warned == ["message 2: a system message that is not at the beginning"]
    do("/message add tool d")
    assert screen.warned[1:] == ["message 4: a result without its call before it"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/message 3", "no message 3: there is none yet"),
        ("/message edit", "takes the number of a message"),
        ("/message add nobody x", "nobody is no role"),
        ("/message remove one", "one is not a number"),
        ("/message turn 1", "does not know turn 1"),
    ],
)
def test_what_can_not_be_done_is_said(do: Do, screen: RecordingScreen, line: str, told: str) -> None:
    """A number that is none, a role that is none, an action that is none: one sentence each."""
    do(line)
    assert told in screen.failed[-1]


def test_edit_leaves_what_is_more_than_text_alone(do: Do, session: Session, screen: RecordingScreen) -> None:
    """/edit puts a text into the prompt; for a picture it says what can change it."""
    seen(session)
    before = session.branch
    do("/edit")
    assert "/message edit 1" in screen.failed[-1]
    assert session.branch == before


def test_attachments_are_listed(
    do: Do, session: Session, screen: RecordingScreen, server: Server, tmp_path: Path
) -> None:
    """/attachments names type, size and conversations of what is kept."""
    session.store = Store(tmp_path / "kept.db")
    do("/attachments")
    assert screen.said[-1] == "no kept conversation has an image, sound or file"
    seen(session)
    server.reply(stream("A cat."))
    do("/retry", "/attachments")
    _, ((_, *facts),) = screen.tables[-1]
    assert facts == ["image/png", "", "2.9 KB", "1"]
    assert "at most 100 MB each, 2 GB in all" in screen.said[-1]
    with contextlib.closing(sqlite3.connect(tmp_path / "kept.db")) as db:
        assert db.execute("SELECT body FROM exchanges").fetchall() == [(None,)], "the turn makes it again"
    (exchange,) = session.store.wire(session.store.load(1).turns[0])
    assert exchange.body == server.requests[-1].raw


def test_a_profile_carries_messages(here: Callable[..., Session], server: Server) -> None:
    """Examples of a profile stand in each request before the conversation, after the system message, and
    are no part of it."""
    examples = 'messages: [{role: user, content: "1+1"}, {role: assistant, content: Two.}]'
    session = here("system: Count.", examples, model="gpt-4o")
    server.reply(stream("Four."))
    exchange(session, RecordingScreen(), Send("2+2"))
    assert sent(server) == [
        {"role": "system", "content": "Count."},
        {"role": "user", "content": "1+1"},
        {"role": "assistant", "content": "Two."},
        {"role": "user", "content": "2+2"},
    ]
    assert said(session) == [("user", "2+2"), ("assistant", "Four.")]
    there = session.store.load(session.conversation.number)
    assert there.turns[0].request.whole["messages"] == sent(server)


def test_messages_by_hand_are_exported(do: Do, screen: RecordingScreen) -> None:
    """Examples that were written by hand, and never sent, can be exported for fine-tuning."""
    do("/message add user 1+1", "/message add assistant Two.", "/export jsonl -")
    assert (
        '{"messages": [{"role": "user", "content": "1+1"}, {"role": "assistant", "content": "Two."}]}'
        in (screen.raw[-1])
    )


def test_history_shows_parts_and_calls(do: Do, session: Session, screen: RecordingScreen) -> None:
    """/history names what is no text, and has calls as code, which is no Markdown."""
    seen(session)
    session.change(session.branch.append(message_of({"role": "assistant", "tool_calls": [CALL]})))
    do("/history")
    assert "what is this?\n[image low image/png 2.9 KB]" in screen.said[-1]
    assert "```\nlook {}\n```" in screen.said[-1]


def test_a_change_is_taken_back_in_its_conversation_alone(
    do: Do, session: Session, screen: RecordingScreen
) -> None:
    """/undo in a new conversation brings nothing of the former one."""
    do("/message add user one", "/message remove 1", "/clear", "/undo")
    assert said(session) == []
    assert screen.failed == ["there is nothing to undo"]
