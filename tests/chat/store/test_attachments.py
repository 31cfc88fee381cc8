"""Bytes of messages are kept once, by their hash, for as long as something names them."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.conversation.branch import Branch
from chat.conversation.content import audio_part, image_part, text_part
from chat.conversation.data import data_url
from chat.conversation.message import message_of
from chat.conversation.tree import Conversation
from chat.conversation.turn import Choice
from chat.store import attachments
from chat.store.attachments import NAME, Attachments
from chat.store.conversations import Store

from ...support import sdk_types
from ...support.examples import times
from ...support.turns import a_turn, made

PICTURE = os.urandom(300)
AUDIO = os.urandom(400)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


def seen(*parts: dict[str, Any]) -> Branch:
    """A message with a picture."""
    picture = image_part(data_url(PICTURE, "image/png"), "low")
    return Branch().append(
        message_of({"role": "user", "content": [text_part("what is this?"), picture, *parts]})
    )


def asked(*parts: dict[str, Any]) -> Conversation:
    conversation = Conversation()
    conversation.add(made(seen(*parts), "A cat."))
    return conversation


def kept(path: Path) -> list[Path]:
    return sorted((path.parent / "attachments").iterdir())


def test_bytes_are_in_a_file_and_not_in_the_database(path: Path) -> None:
    """A picture is kept once, whole, for its owner alone; the database has its hash; it is sent as it was."""
    store = Store(path)
    first, second = asked(), asked(audio_part(AUDIO, "wav"))
    assert store.add(first) and store.add(second)
    store.close()
    assert sorted(each.read_bytes() for each in kept(path)) == sorted((PICTURE, AUDIO))
    assert {stat.S_IMODE(each.stat().st_mode) for each in kept(path)} == {0o600}
    text = base64.b64encode(PICTURE)[:40]
    assert all(text not in each.read_bytes() for each in path.parent.glob("conversations.db*"))
    store = Store(path)
    for conversation in (first, second):
        there = store.load(conversation.number)
        assert there.turns[0].request.whole == conversation.turns[0].request.whole
    rows = store.attached()
    assert [(row["media"], row["size"], row["numbers"]) for row in rows] == [
        ("audio/wav", 400, "2"),
        ("image/png", 300, "1,2"),
    ]
    store.close()


def test_what_an_answer_says_aloud_is_kept(path: Path) -> None:
    """The bytes of an audio answer are in a file, and back with the answer; requests have its number alone."""
    store = Store(path)
    audio = {"id": "a", "data": base64.b64encode(AUDIO).decode(), "expires_at": 1, "transcript": "Hi."}
    conversation = Conversation()
    choice = Choice(0, "Hi.", beside={"audio": audio})
    conversation.add(a_turn(asked=Branch().add("user", "hello"), choices=(choice,)))
    assert store.add(conversation)
    assert [each.read_bytes() for each in kept(path)] == [AUDIO]
    there = store.load(conversation.number)
    assert there.turns[0].choice == choice
    assert there.head.last and there.head.last.sent() == {"role": "assistant", "audio": {"id": "a"}}
    store.close()


def test_a_file_goes_with_the_last_conversation_that_names_it(path: Path) -> None:
    """Deleting takes away what nothing names any more, and nothing else."""
    store = Store(path)
    first, second = asked(), asked(audio_part(AUDIO, "wav"))
    assert store.add(first) and store.add(second)
    store.delete(second.number)
    assert [each.read_bytes() for each in kept(path)] == [PICTURE]
    store.delete(first.number)
    assert kept(path) == []
    assert store.add(second), "a shell that still has it stores it again"
    assert len(kept(path)) == 2
    store.close()


def test_a_file_goes_after_the_conversation(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that is killed while it deletes leaves a file too many, never one too few."""
    store, other = Store(path), Store(path)
    conversation = asked()
    assert store.add(conversation)
    left: list[int] = []
    monkeypatch.setattr(Attachments, "sweep", lambda *given: left.append(len(other.newest())))
    store.delete(conversation.number)
    assert left == [0]
    for each in (store, other):
        each.close()


def test_a_damaged_file_is_mended_by_who_has_the_bytes(path: Path) -> None:
    """A file that was cut short is written again when the same bytes are stored once more."""
    store = Store(path)
    assert store.add(asked())
    kept(path)[0].write_bytes(PICTURE[:10])
    assert store.add(asked())
    assert kept(path)[0].read_bytes() == PICTURE
    store.close()


def test_an_answer_under_way_keeps_what_it_asks_about(path: Path) -> None:
    """What a journal names stays, though no conversation has it yet, and a killed shell's turn has it back."""
    store, other = Store(path), Store(path)
    there = asked(audio_part(AUDIO, "wav"))
    assert other.add(there)
    request = made(seen(), "A cat.").request
    journal = store.journal(Conversation(), request)
    assert journal is not None
    other.delete(there.number)
    assert [each.read_bytes() for each in kept(path)] == [PICTURE]
    (written,) = (path.parent / "unfinished").glob("*.answer")
    assert base64.b64encode(PICTURE)[:40] not in written.read_bytes()
    journal.close(keep=True)
    assert other.recover() == 1
    (row,) = other.newest()
    assert other.load(row["number"]).turns[0].request.whole["messages"] == request.whole["messages"]
    for each in (store, other):
        each.close()


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"other")])
def test_a_missing_file_costs_the_picture_alone(path: Path, damage: Any) -> None:
    """Where a file is missing or another, that is said once, and the conversation reads."""
    store = Store(path)
    conversation = asked()
    assert store.add(conversation)
    damage(kept(path)[0])
    there = store.load(conversation.number)
    assert there.turns[0].choice.text == "A cat."
    assert there.head.before and there.head.before.last
    text, picture = there.head.before.last.parts
    assert text.text == "what is this?" and "is missing" in picture.line
    (complaint,) = store.complaints()
    assert complaint.message.startswith("an attachment")
    store.close()


def test_there_is_a_limit(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit of all bytes one is not kept, which is said, and the turn is stored all the same."""
    monkeypatch.setattr(attachments, "MOST_ALL", len(PICTURE) + len(AUDIO) - 1)
    store = Store(path)
    conversation = asked(audio_part(AUDIO, "wav"))
    assert store.add(conversation)
    assert [each.read_bytes() for each in kept(path)] == [PICTURE]
    assert "is not kept" in store.complaints()[0].message
    assert store.load(conversation.number).turns[0].choice.text == "A cat."
    store.close()


def test_nothing_is_swept_beside_a_database_that_was_put_aside(path: Path) -> None:
    """What a damaged database names can't be told, so that all files stay while there is one."""
    store = Store(path)
    conversation = asked()
    assert store.add(conversation)
    path.with_name("conversations-damaged-20260101-000000.db").write_bytes(b"")
    store.delete(conversation.number)
    assert len(kept(path)) == 1
    store.close()


def test_no_key_is_in_a_file(path: Path) -> None:
    """A key among the bytes is covered before they are written."""
    key = "sk-0123456789abcdefghij"
    store = Store(path, lambda: (key,))
    data = data_url(b"OPENAI_API_KEY=%s\n" % key.encode() * 9, "text/plain")
    assert store.add(asked({"type": "file", "file": {"filename": ".env", "file_data": data}}))
    assert all(key.encode() not in each.read_bytes() for each in kept(path))
    store.close()


LONG = st.binary(min_size=48, max_size=60).map(lambda data: base64.b64encode(data).decode())
FORMS = st.recursive(
    sdk_types.JSON
    | LONG
    | LONG.map(lambda text: f"data:image/png;base64,{text}")
    | LONG.map(lambda t: t[1:]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["data", "file_data", "url", NAME, "prefix", "form"]), inner)
    ),
    max_leaves=6,
)


def test_what_is_taken_out_is_put_back(tmp_path: Path) -> None:
    """Whatever a form holds, also what looks like a reference, comes back as it was."""
    store = Attachments(tmp_path / "attachments")

    @times(4)
    @given(FORMS)
    def law(form: Any) -> None:
        assert store.put_back(store.taken_out(form)[0]) == form

    law()
    assert not store.problems
