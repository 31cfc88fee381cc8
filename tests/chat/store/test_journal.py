"""A turn as it goes on, on the disk: what a shell that is killed leaves, and who takes it up."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.facts import SPOILT
from chat.conversation.body import Carried
from chat.conversation.folding import pump
from chat.conversation.tree import Conversation
from chat.conversation.turn import COMPLETE, FAILED, Answer, Turn
from chat.endpoint.address import Endpoint
from chat.endpoint.attempts import attempts
from chat.endpoint.client import Client
from chat.store.attachments import Attachments
from chat.store.conversations import Store
from chat.store.journal import Journal, left
from chat.store.records import message_record

from ...support.examples import shared_fixture
from ...support.server import Request, Server, chunk, chunked, error, http, sse, stream, usage, whole
from ...support.turns import Answering, a_turn, kill, made, objects, say, texts, values

#: Everything that a chunk may bring.
CHUNKS = sse(
    chunk({"reasoning_content": "Let me ünterstand. "}, system_fingerprint="fp_1", service_tier="flex"),
    b": a comment\n\n",
    chunk({"content": "Hel"}),
    {
        "choices": [
            {
                "delta": {"content": "lo\n"},
                "logprobs": {"content": [{"token": "lo", "logprob": -0.5, "top_logprobs": []}]},
            }
        ]
    },
    chunk({"tool_calls": [{"index": 0, "id": "call_1", "function": {"name": "look", "arguments": '{"a":'}}]}),
    "no JSON",
    chunk({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}),
    chunk({"content": "heads"}, index=1, finish="stop"),
    chunk(usage=usage(9, 4)),
    done=False,
)


def recover(where: Path) -> Iterator[tuple[dict[str, Any], Turn, Callable[[], None]]]:
    """What each file that a killed shell left holds, and what to call once it is stored."""
    for found in left(where, Attachments(None)):
        with contextlib.suppress(SPOILT):
            yield *found.read(), found.done


def begin(where: Path, conversation: Conversation, text: str = "hi", **facts: Any) -> tuple[Journal, Turn]:
    facts.setdefault("body", {"model": "m", "stream": True})
    turn = a_turn(asked=conversation.head.add("user", text), model="m", **facts)
    return Journal(where, conversation, turn.request, [message_record(turn.request.asked)], ()), turn


def test_what_was_asked_is_recovered(tmp_path: Path) -> None:
    """The request comes back with its settings and messages, and the answer says why it is not whole."""
    journal, turn = begin(tmp_path / "u", Conversation(), profile="p", settings={"temperature": 0})
    Answering(journal).sends(CHUNKS)
    kill(journal)
    ((head, back, _),) = recover(tmp_path / "u")
    assert (back.id, back.request.at, back.request.profile, back.request.settings) == (
        turn.id,
        turn.request.at,
        "p",
        {"temperature": 0},
    )
    assert (back.answer.ended, back.choice.text) == (FAILED, "Hello\n")
    assert back.answer.error is not None and back.answer.error.message == "the shell was killed"
    assert [message["content"] for message in head["messages"]] == ["hi"]
    assert back.request.asked.last is not None and back.request.asked.last.content == "hi"


def zipped(data: bytes) -> bytes:
    return http(gzip.compress(data), kind="text/event-stream", Content_Encoding="gzip")


def by_seed(request: Request) -> Any:
    """An answer to each of several requests for one choice, that names it."""
    body = request.body
    if "n" in body:
        return error("400 Bad Request", "n is not supported", param="n")
    seed = body["seed"]
    return error("500 Oops") if seed == 8 else stream(f"choice of {seed}", used=usage(9, seed))


@pytest.mark.parametrize(
    ("replies", "body"),
    [
        ((chunked(CHUNKS),), {}),
        ((chunked(*(bytes([each]) for each in CHUNKS)),), {}),
        ((chunked(CHUNKS, end=False),), {}),
        ((zipped(CHUNKS),), {}),
        ((whole("one", "two"),), {"stream": False}),
        ((error("429 Slow down", "wait"), error("429 Slow down", "wait"), stream("at last")), {}),
        ((error("400 Bad Request", "no", param="stream_options"), stream("without")), {"stream_options": {}}),
        ((error("400 Bad Request", "no"),), {}),
        ((http(b"<html>", kind="text/html"),), {}),
        ((by_seed,), {"n": 3, "seed": 7}),
    ],
    ids=[
        "stream",
        "bytes",
        "cut off",
        "gzip",
        "whole",
        "waited for",
        "sent without",
        "refused",
        "page",
        "split",
    ],
)
def test_what_came_is_read_as_it_was_live(
    tmp_path: Path, replies: tuple[Any, ...], body: dict[str, Any]
) -> None:
    """Choices, usage and what the server says of itself are those of the answer that was read live,
    however it came, was sent again, or was put together."""
    body = {"model": "m", "stream": True, **body}
    with Server() as server:
        if replies[0] is by_seed:
            server._next = by_seed  # type: ignore[method-assign, assignment]
        else:
            server.reply(*replies)
        journal, turn = begin(tmp_path / "u", Conversation(), body=body)
        client = Client(Endpoint(server.url))
        came = pump(attempts(client, turn.request.whole, sleep=lambda seconds: None), journal)
    kill(journal)
    ((_, back, _),) = recover(tmp_path / "u")
    said: Callable[[Answer], object] = lambda answer: (  # noqa: E731
        answer.choices,
        answer.usage,
        answer.fingerprint,
        answer.service_tier,
        answer.model,
        answer.effective,
        answer.dropped,
    )
    assert said(back.answer) == said(came)
    assert back.request.body == turn.request.without(came.dropped).body
    assert not back.answer.wire


@given(st.lists(st.tuples(st.integers(0, 2), texts, st.floats(0, 1)), max_size=12))
@shared_fixture
def test_requests_for_one_choice_each_keep_their_places(
    tmp_path: Path, said: list[tuple[int, str, float]]
) -> None:
    """Whatever comes in whatever order, cut anywhere, each choice has its own text."""
    journal, _ = begin(tmp_path / "u", Conversation(), body={"model": "m", "stream": True, "n": 3})
    answering = [Answering(journal, choice) for choice in range(3)]
    for choice, text, part in said:
        piece = sse(chunk({"content": text}), done=False)
        cut = int(part * len(piece))
        answering[choice].sends(piece[:cut])
        answering[choice].sends(piece[cut:])
    kill(journal)
    ((_, back, done),) = recover(tmp_path / "u")
    done()
    for choice in range(3):
        assert back.answer.at(choice).text == "".join(text for each, text, _ in said if each == choice)


def test_every_beginning_of_the_file_is_enough(tmp_path: Path) -> None:
    """Wherever the writing stopped, what had been written whole is recovered, in its order."""
    journal, _ = begin(tmp_path / "u", Conversation())
    words = ["one ", "two ", "drei ü ", "vier"]
    path = journal._path
    ends = [path.stat().st_size]
    answering = Answering(journal)
    for word in words:
        answering.says(word)
        ends.append(path.stat().st_size)
    kill(journal)
    data = path.read_bytes()
    for size in range(len(data) + 1):
        path.write_bytes(data[:size])
        found = list(recover(tmp_path / "u"))
        if size < ends[0] - 1:  # a line that lacks its newline alone is whole
            assert not found
            continue
        ((_, turn, _),) = found
        least = sum(size >= end for end in ends) - 1
        assert turn.choice.text in ("".join(words[:least]), "".join(words[: least + 1]))


@given(st.binary(max_size=60))
@shared_fixture
def test_what_follows_the_head_can_be_anything(tmp_path: Path, rest: bytes) -> None:
    """Bytes that no shell wrote cost what comes after them, and nothing before."""
    journal, _ = begin(tmp_path / "u", Conversation())
    Answering(journal).says("sound")
    kill(journal)
    with journal._path.open("ab") as file:
        file.write(rest)
    ((_, turn, done),) = recover(tmp_path / "u")
    done()
    assert turn.choice.text == "sound"


def test_an_answer_that_had_ended_is_complete(tmp_path: Path) -> None:
    """Where all choices had finished, the turn did not fail: the shell was killed after it."""
    journal, _ = begin(tmp_path / "u", Conversation(), body={"n": 2, "stream": True})
    answering = Answering(journal)
    answering.says("heads", finish="stop")
    path = journal._path
    half = path.read_bytes()
    answering.says("tails", 1, finish="length")
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
    assert list((tmp_path / "u").iterdir()) == []
    journal, _ = begin(tmp_path / "u", Conversation())
    journal.close(keep=True)
    assert journal._path.exists()


def test_a_turn_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    """While its shell lives, no other takes a turn up, and its file stays."""
    journal, _ = begin(tmp_path / "u", Conversation())
    assert list(recover(tmp_path / "u")) == []
    Answering(journal).says("more")
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
    """A shell that looks as the file is made, before anything is in it, takes nothing up and takes
    nothing away, and what is written afterwards is whole."""
    made = os.open

    def watched(path: Any, *more: Any, **options: Any) -> int:
        file = made(path, *more, **options)
        if str(path).endswith(".answer"):
            monkeypatch.setattr(os, "open", made)
            assert list(recover(tmp_path / "u")) == []
        return file

    monkeypatch.setattr(os, "open", watched)
    journal, _ = begin(tmp_path / "u", Conversation())
    assert os.open is made, "nobody looked"
    Answering(journal).says("all")
    kill(journal)
    ((_, turn, _),) = recover(tmp_path / "u")
    assert turn.choice.text == "all"


def test_a_shell_that_was_killed_before_the_first_line_leaves_nothing(tmp_path: Path) -> None:
    """An empty file tells of nothing, and goes with its lock."""
    journal, _ = begin(tmp_path / "u", Conversation())
    kill(journal)
    journal._path.write_bytes(b"")
    assert list(recover(tmp_path / "u")) == []
    assert list((tmp_path / "u").iterdir()) == []


def test_a_disk_that_fails_costs_the_journal_alone(tmp_path: Path) -> None:
    """Where the file can't be made or written, feeding and closing go on without a word."""
    (tmp_path / "u").write_text("a file in the way")
    journal, _ = begin(tmp_path / "u", Conversation())
    Answering(journal).says("x")
    journal.close()
    if not Path("/dev/full").exists():
        return
    journal, _ = begin(tmp_path / "v", Conversation())
    assert journal._file is not None
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, journal._file)
    os.close(full)
    answering = Answering(journal)
    answering.says("x")
    answering.says("y")
    journal.close()


def test_keys_do_not_reach_the_file(tmp_path: Path) -> None:
    """What a server or a person says of the keys of this run is not written, wherever the bytes are
    cut, and however JSON writes it."""
    store = Store(tmp_path / "c.db", lambda: ["sk-secret-12345", 'and/"another', ""])
    conversation = Conversation()
    turn = a_turn(asked=conversation.head.add("user", "my key is sk-secret-12345"), body={"stream": True})
    piece = sse(chunk({"content": 'so your keys are sk-secret-12345 and/"another!'}), done=False)
    for cut in range(len(piece)):
        journal = store.journal(conversation, turn.request)
        assert journal is not None
        answering = Answering(journal)
        answering.sends(piece[:cut])
        answering.sends(piece[cut:])
        kill(journal)
        written = journal._path.read_bytes()
        assert b"sk-secret" not in written and b"another" not in written and b"[key] [key]!" in written
        ((_, back, done),) = recover(tmp_path / "unfinished")
        assert back.choice.text == "so your keys are [key] [key]!"
        done()


# ---- recovered into the store


def test_a_first_turn_makes_its_conversation(tmp_path: Path) -> None:
    """A shell that was killed in its first answer leaves a conversation with what had arrived."""
    store = Store(tmp_path / "c.db")
    conversation = Conversation()
    turn = a_turn(asked=conversation.head.add("user", "why is the sky blue?"), body={"model": "m"}, model="m")
    journal = store.journal(conversation, turn.request)
    assert journal is not None
    Answering(journal).says("Because")
    kill(journal)
    assert store.recover() == 1
    assert list((tmp_path / "unfinished").iterdir()) == []
    assert store.recover() == 0
    (row,) = store.newest()
    assert (row["title"], row["turns"], row["model"]) == ("why is the sky blue?", 1, "test-model")
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
    store.add(conversation)
    before = conversation.head
    turn = a_turn(
        asked=conversation.head.add("user", "three"),
        carried=Carried(after=conversation.after, summary="one was said"),
        body={"model": "m"},
    )
    journal = store.journal(conversation, turn.request)
    assert journal is not None
    Answering(journal).says("third")
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
    store.add(conversation)
    journal = store.journal(conversation, a_turn(asked=first.request.asked, body={"model": "m"}).request)
    assert journal is not None
    Answering(journal).says("another")
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
    Answering(journal).says("h")
    conversation.add(turn)
    store.add(conversation)
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
    store.add(conversation)
    turn = a_turn(asked=conversation.head.add("user", "two"), body={"model": "m"})
    journal = store.journal(conversation, turn.request)
    assert journal is not None
    Answering(journal).says("second")
    store.delete(1)
    kill(journal)
    assert store.recover() == 1
    (row,) = store.newest()
    assert [m.content for m in store.load(row["number"]).head] == ["two", "second"]
    store.close()


def test_what_an_older_version_left_is_put_aside(tmp_path: Path) -> None:
    """Versions before 0.2.0 wrote events: their file is kept under another name, which is said once."""
    store = Store(tmp_path / "c.db")
    (tmp_path / "unfinished").mkdir()
    (tmp_path / "unfinished" / "7.jsonl").write_text('{"turn": {}}\n["Text", 0, "half an answer"]\n')
    assert store.recover() == 0
    (aside,) = (tmp_path / "unfinished").iterdir()
    assert "half an answer" in aside.read_text()
    (told,) = store.complaints()
    assert str(aside) in told.message
    assert store.recover() == 0
    assert (store.complaints(), aside.exists()) == ([], True)
    store.close()


@given(st.lists(values, max_size=4), objects, texts)
@shared_fixture
def test_strange_files_are_put_aside(
    tmp_path: Path, lines: list[Any], head: dict[str, Any], name: str
) -> None:
    """A file that no shell wrote is not taken up, keeps nobody from starting, and has a name that is told."""
    store = Store(tmp_path / "c.db")
    folder = tmp_path / "unfinished"
    folder.mkdir(exist_ok=True)
    path = folder / "strange.answer"
    heads = [head, {"messages": [], "turn": head}, {"messages": [head], "turn": {}, "conversation": 1}]
    for first in heads:
        path.write_text("\n".join(json.dumps(line) for line in (first, *lines)))
        there = path.read_bytes()
        assert store.recover() == 0
        (told,) = store.complaints()
        assert not path.exists()
        assert Path(told.message.partition(" as ")[2]).read_bytes() == there
    store.close()
