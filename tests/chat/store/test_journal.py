"""A turn as it goes on, on the disk: what a shell that is killed leaves, and who takes it up."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.conversation import events
from chat.conversation.body import Carried
from chat.conversation.events import TokenLogprob
from chat.conversation.tree import Conversation
from chat.conversation.turn import COMPLETE, FAILED, Fold, Turn
from chat.store.conversations import Store
from chat.store.journal import Journal, recover

from ...support.examples import shared_fixture
from ...support.turns import a_turn, kill, made, objects, say, texts, values

FED = [
    events.Started("m-2", "id", "fp_1", "flex"),
    events.Piece(0, "Let me ünterstand. ", events.REASONING),
    events.Piece(0, "Hel"),
    events.Logprobs(0, (TokenLogprob("Hel", -0.5, (("Hel", -0.5), ("Yo", -2.0))),)),
    events.Piece(0, "lo\n"),
    events.Piece(0, '{"a":', events.CALL, 0, "call_1", "look"),
    events.Piece(0, "1}", events.CALL, 0, "", ""),
    events.Waiting(1.0, "not written"),
    events.Notice("not written"),
    events.Used(9, 4, 1, 2),
]


def begin(where: Path, conversation: Conversation, text: str = "hi", **facts: Any) -> tuple[Journal, Turn]:
    facts.setdefault("body", {"model": "m", "stream": True})
    turn = a_turn(asked=conversation.head.add("user", text), model="m", **facts)
    return Journal(where, conversation, turn.request, str), turn


def test_what_was_fed_is_recovered(tmp_path: Path) -> None:
    """Text, reasoning, calls, probabilities, usage and what the server said of itself come back."""
    journal, turn = begin(tmp_path / "u", Conversation(), profile="p", settings={"temperature": 0})
    fold = Fold()
    for event in FED:
        journal.feed(event)
        fold.feed(event)
    kill(journal)
    ((head, back, _),) = recover(tmp_path / "u")
    assert back.answer.choices == fold.answer().choices
    assert back.answer.usage == fold.answer().usage
    assert (back.model, back.answer.fingerprint, back.answer.service_tier) == ("m-2", "fp_1", "flex")
    assert (back.id, back.request.at, back.request.profile, back.request.settings) == (
        turn.id,
        turn.request.at,
        "p",
        {"temperature": 0},
    )
    assert back.answer.ended == FAILED
    assert back.answer.error is not None and back.answer.error.message == "the shell was killed"
    assert [message["content"] for message in head["messages"]] == ["hi"]
    assert back.request.asked.last is not None and back.request.asked.last.content == "hi"


def test_every_beginning_of_the_file_is_enough(tmp_path: Path) -> None:
    """Wherever the writing stopped, what had been written whole is recovered, in its order."""
    journal, _ = begin(tmp_path / "u", Conversation())
    words = ["one ", "two ", "drei ü ", "vier"]
    path = journal._path
    ends = [path.stat().st_size]
    for word in words:
        journal.feed(events.Piece(0, word))
        ends.append(path.stat().st_size)
    kill(journal)
    whole = path.read_bytes()
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        found = list(recover(tmp_path / "u"))
        # a line that lacks its newline alone is whole
        written = sum(size >= end - 1 for end in ends) - 1
        if written < 0:
            assert not found
        else:
            ((_, turn, _),) = found
            assert turn.choice.text == "".join(words[:written])


def test_an_answer_that_had_ended_is_complete(tmp_path: Path) -> None:
    """Where all choices had finished, the turn did not fail: the shell was killed after it."""
    journal, _ = begin(tmp_path / "u", Conversation(), body={"n": 2})
    journal.feed(events.Piece(0, "heads"))
    journal.feed(events.Finished(0, "stop"))
    path = journal._path
    half = path.read_bytes()
    journal.feed(events.Piece(1, "tails"))
    journal.feed(events.Finished(1, "length"))
    kill(journal)
    ((_, turn, _),) = recover(tmp_path / "u")
    assert (turn.answer.ended, turn.answer.error) == (COMPLETE, None)
    assert [choice.finish_reason for choice in turn.answer.choices] == ["stop", "length"]
    path.write_bytes(half)
    ((_, turn, _),) = recover(tmp_path / "u")
    assert turn.answer.ended == FAILED, "the second choice never came"


def test_the_file_is_the_owners_and_goes_with_the_turn(tmp_path: Path) -> None:
    """0600 in a folder of 0700; once the turn is over it is deleted, or kept where it is needed."""
    journal, _ = begin(tmp_path / "u", Conversation())
    assert stat.S_IMODE(journal._path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal._path.parent.stat().st_mode) == 0o700
    journal.close()
    journal.close()
    assert not journal._path.exists()
    journal, _ = begin(tmp_path / "u", Conversation())
    journal.close(keep=True)
    assert journal._path.exists()


def test_a_turn_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    """While its shell lives, no other takes a turn up, and its file stays."""
    journal, _ = begin(tmp_path / "u", Conversation())
    assert list(recover(tmp_path / "u")) == []
    journal.feed(events.Piece(0, "more"))
    kill(journal)
    assert len(list(recover(tmp_path / "u"))) == 1


def test_two_shells_do_not_take_up_the_same_turn(tmp_path: Path) -> None:
    """Whoever recovers a turn has it to itself meanwhile."""
    journal, _ = begin(tmp_path / "u", Conversation())
    kill(journal)
    first = recover(tmp_path / "u")
    next(first)
    assert list(recover(tmp_path / "u")) == []
    first.close()
    assert len(list(recover(tmp_path / "u"))) == 1


def test_a_look_at_the_wrong_moment_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that looks between the making of the file and its locking takes nothing up, and what
    is written afterwards is whole."""
    locks = fcntl.flock

    def flock(file: int, how: int) -> None:
        if file_is_journal(file):
            monkeypatch.setattr(fcntl, "flock", locks)
            assert list(recover(tmp_path / "u")) == []
        locks(file, how)

    def file_is_journal(file: int) -> bool:
        return os.readlink(f"/proc/self/fd/{file}").endswith(".jsonl")

    if not Path("/proc/self/fd").exists():
        pytest.skip("it looks into /proc")
    monkeypatch.setattr(fcntl, "flock", flock)
    journal, _ = begin(tmp_path / "u", Conversation())
    journal.feed(events.Piece(0, "all"))
    kill(journal)
    ((_, turn, _),) = recover(tmp_path / "u")
    assert turn.choice.text == "all"


def test_a_disk_that_fails_costs_the_journal_alone(tmp_path: Path) -> None:
    """Where the file can't be made or written, feeding and closing go on without a word."""
    (tmp_path / "u").write_text("a file in the way")
    journal, _ = begin(tmp_path / "u", Conversation())
    journal.feed(events.Piece(0, "x"))
    journal.close()
    if not Path("/dev/full").exists():
        return
    journal, _ = begin(tmp_path / "v", Conversation())
    assert journal._file is not None
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, journal._file)
    os.close(full)
    journal.feed(events.Piece(0, "x"))
    journal.feed(events.Piece(0, "y"))
    journal.close()


def test_keys_do_not_reach_the_file(tmp_path: Path) -> None:
    """What a server or a person says of the key of this run is not written."""
    store = Store(tmp_path / "c.db", lambda: ["sk-secret-12345", ""])
    conversation = Conversation()
    turn = a_turn(asked=conversation.head.add("user", "my key is sk-secret-12345"))
    journal = store.journal(conversation, turn.request)
    assert journal is not None
    journal.feed(events.Piece(0, "so your key is sk-secret-12345!"))
    kill(journal)
    written = journal._path.read_text()
    assert "sk-secret" not in written and "[key]!" in written


# ---- recovered into the store


def test_a_first_turn_makes_its_conversation(tmp_path: Path) -> None:
    """A shell that was killed in its first answer leaves a conversation with what had arrived."""
    store = Store(tmp_path / "c.db")
    conversation = Conversation()
    turn = a_turn(asked=conversation.head.add("user", "why is the sky blue?"), body={"model": "m"}, model="m")
    journal = store.journal(conversation, turn.request)
    assert journal is not None
    journal.feed(events.Piece(0, "Because"))
    kill(journal)
    assert store.recover() == 1
    assert list((tmp_path / "unfinished").iterdir()) == []
    assert store.recover() == 0
    (row,) = store.newest()
    assert (row["title"], row["turns"], row["model"]) == ("why is the sky blue?", 1, "m")
    there = store.load(row["number"])
    assert [(m.role, m.content, m.mark) for m in there.head] == [
        ("user", "why is the sky blue?", ""),
        ("assistant", "Because", "cut off"),
    ]
    assert store.search("because")
    store.close()


def test_a_later_turn_hangs_where_it_belongs(tmp_path: Path) -> None:
    """The turn goes on from the stored ones, with what it left out; the branch's name goes along."""
    store = Store(tmp_path / "c.db")
    conversation = Conversation()
    say(conversation, "one", "first")
    say(conversation, "two", "second")
    conversation.fork("main")
    conversation.after = conversation.turns[0].branches[0]
    store.save(conversation)
    before = conversation.head
    turn = a_turn(
        asked=conversation.head.add("user", "three"),
        carried=Carried(after=conversation.after, summary="one was said"),
        body={"model": "m"},
    )
    journal = store.journal(conversation, turn.request)
    assert journal is not None
    journal.feed(events.Piece(0, "third"))
    kill(journal)
    assert store.recover() == 1
    there = store.load(1)
    assert [m.content for m in there.head] == ["one", "first", "two", "second", "three", "third"]
    assert there.head.before is not None and there.head.before.before == before
    assert (there.on, there.names) == ("main", {"main": there.head})
    assert there.turns[2].request.whole["messages"] == [
        {"role": "system", "content": "The conversation so far, in short:\none was said"},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": "second"},
        {"role": "user", "content": "three"},
    ]
    store.close()


def test_asking_again_leaves_the_named_branch(tmp_path: Path) -> None:
    """A turn that began elsewhere than at the end of the named branch is not on it."""
    store = Store(tmp_path / "c.db")
    conversation = Conversation()
    first = say(conversation, "one", "first")
    conversation.fork("main")
    store.save(conversation)
    journal = store.journal(conversation, a_turn(asked=first.request.asked, body={"model": "m"}).request)
    assert journal is not None
    journal.feed(events.Piece(0, "another"))
    kill(journal)
    assert store.recover() == 1
    there = store.load(1)
    assert there.on == ""
    assert [m.content for m in there.names["main"]] == ["one", "first"]
    assert [m.content for m in there.head] == ["one", "another"]
    assert len(there.turns) == 2
    store.close()


def test_what_was_stored_is_not_recovered_again(tmp_path: Path) -> None:
    """A turn whose journal outlived its storing is there once, and nobody is told of a killed shell."""
    store = Store(tmp_path / "c.db")
    conversation = Conversation()
    turn = made(conversation.head.add("user", "hello"), "hi")
    journal = store.journal(conversation, turn.request)
    assert journal is not None
    journal.feed(events.Piece(0, "h"))
    conversation.add(turn)
    store.save(conversation)
    kill(journal)
    assert store.recover() == 0
    assert list((tmp_path / "unfinished").iterdir()) == []
    assert [turn.choice.text for turn in store.load(1).turns] == ["hi"]
    store.close()


def test_a_turn_of_a_conversation_that_is_gone(tmp_path: Path) -> None:
    """Where the conversation was deleted meanwhile, the turn begins one of its own."""
    store = Store(tmp_path / "c.db")
    conversation = Conversation()
    say(conversation, "one", "first")
    store.save(conversation)
    turn = a_turn(asked=conversation.head.add("user", "two"), body={"model": "m"})
    journal = store.journal(conversation, turn.request)
    assert journal is not None
    journal.feed(events.Piece(0, "second"))
    store.delete(1)
    kill(journal)
    assert store.recover() == 1
    (row,) = store.newest()
    assert [m.content for m in store.load(row["number"]).head] == ["two", "second"]
    store.close()


@given(st.lists(values, max_size=4), objects, texts)
@shared_fixture
def test_strange_files_stay_where_they_are(
    tmp_path: Path, lines: list[Any], head: dict[str, Any], name: str
) -> None:
    """A file that no shell wrote is not taken up, is not deleted, and keeps nobody from starting."""
    store = Store(tmp_path / "c.db")
    folder = tmp_path / "unfinished"
    folder.mkdir(exist_ok=True)
    path = folder / "strange.jsonl"
    heads = [head, {"messages": [], "turn": head}, {"messages": [head], "turn": {}, "conversation": 1}]
    for first in heads:
        path.write_text("\n".join(json.dumps(line) for line in (first, *lines)))
        assert store.recover() == 0
        assert path.exists()
    store.close()
