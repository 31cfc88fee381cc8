"""What is kept of conversations: stored, listed, searched, resumed and deleted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import RequestFailed, StoreFailed
from chat.conversation import branch
from chat.conversation.events import TokenLogprob
from chat.conversation.tree import Conversation
from chat.conversation.turn import FAILED, Usage
from chat.conversation.wire import Exchange
from chat.store.conversations import MARKS, Store

from ...support.turns import Answering, changed, made, say, texts, tree

KEY = "sk-very-secret-1234"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


def kept(store: Store, *pairs: tuple[str, str]) -> Conversation:
    conversation = Conversation()
    for text, answer in pairs:
        say(conversation, text, answer)
    assert store.add(conversation), store.complaints()
    return conversation


def titles(store: Store, words: str = "") -> list[str]:
    return [row["title"] for row in store.newest(words)]


# ---- stored and loaded


def test_a_tree_comes_back_with_its_names_and_where_it_was(store: Store) -> None:
    """Branches, names, the branch in force, what is left out and what stands for it: all of it."""
    conversation = Conversation()
    first = say(conversation, "one", "a", "b")
    conversation.fork("main")
    say(conversation, "two", "c")
    conversation.undo()
    say(conversation, "two, otherwise", "d")
    conversation.fork("other")
    conversation.after, conversation.summary = first.branches[0], "one was asked"
    conversation.title = "A title"
    store.add(conversation)
    back = store.load(conversation.number)
    assert tree(back) == tree(conversation)
    assert back.names == conversation.names
    assert (back.on, back.head) == ("other", conversation.head)
    assert (back.after, back.summary, back.title) == (first.branches[0], "one was asked", "A title")
    assert [back.parent(place) for place in range(3)] == [None, 0, 0]
    assert back.cost == conversation.cost == 0.75


def test_what_is_new_is_stored_each_time(store: Store, path: Path) -> None:
    """After each turn, another shell finds all of them."""
    conversation = Conversation()
    other = Store(path)
    for number in range(1, 6):
        assert store.add_turn(conversation, say(conversation, f"question {number}", f"answer {number}"))
        assert [turn.choice.text for turn in other.load(1).turns][-1] == f"answer {number}"
        (row,) = other.newest()
        assert (row["turns"], row["cost"]) == (number, 0.25 * number)
    other.close()


def test_a_turn_that_failed_is_kept_with_its_error(store: Store) -> None:
    """Where nothing was answered, what was asked and what went wrong are there, without an answer."""
    conversation = Conversation()
    asked = conversation.head.add("user", "hello?")
    conversation.add(
        changed(made(asked), ended=FAILED, error=RequestFailed("no answer", "a hint"), usage=None)
    )
    say(conversation, "hello again", "hi")
    store.add(conversation)
    failed, answered = store.load(1).turns
    assert failed.answer.error is not None and failed.answer.error.message == "no answer"
    assert (failed.branches, failed.answer.ended) == ((), FAILED)
    assert failed.request.asked.last is not None and failed.request.asked.last.content == "hello?"
    assert answered.choice.text == "hi"
    assert [m.content for m in store.load(1).head] == ["hello again", "hi"]


def test_a_cost_that_is_unknown_is_not_a_sum(store: Store) -> None:
    """One turn without a price makes the whole unknown; one without tokens does not."""
    conversation = Conversation()
    say(conversation, "a", "b")
    say(conversation, "failed", usage=None, cost=None)
    store.add(conversation)
    assert store.newest()[0]["cost"] == store.load(1).cost == 0.25
    say(conversation, "c", "d", cost=None)
    store.add(conversation)
    assert store.newest()[0]["cost"] is None
    assert store.load(1).cost is None


def test_answers_of_which_no_tokens_are_known_are_not_free(store: Store) -> None:
    """ChatGPT's export has no usage: the list says unknown. What only failed has cost nothing."""
    conversation = Conversation()
    say(conversation, "failed", usage=None, cost=None)
    store.add(conversation)
    assert store.newest()[0]["cost"] == 0
    say(conversation, "a", "b", usage=None, cost=None)
    store.add(conversation)
    assert store.newest()[0]["cost"] is None
    say(conversation, "c", "d")
    store.add(conversation)
    assert store.newest()[0]["cost"] == 0.25


def test_what_changes_of_a_stored_turn_is_stored(store: Store) -> None:
    """Another choice picked, of the first turn too, is what the next shell finds."""
    conversation = Conversation()
    say(conversation, "toss", "heads", "tails")
    store.add(conversation)
    store.pick(conversation, conversation.pick(2))
    back = store.load(1)
    assert back.turns[0].choice.text == "tails"
    assert [m.content for m in back.head] == ["toss", "tails"]
    assert [choice.text for choice in back.turns[0].answer.choices] == ["heads", "tails"]


def test_a_turn_is_stored_whole_or_not_at_all(store: Store) -> None:
    """Where storing fails in the middle, nothing of the turn is there, and all of it next time."""
    conversation = kept(store, ("one", "first"))
    second = say(conversation, "two", "second")
    with store._database.writing() as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON choices BEGIN SELECT RAISE(FAIL, 'full'); END")
    assert not store.add_turn(conversation, second)
    with store._database.writing() as db:
        db.execute("DROP TRIGGER full")
    assert len(store.load(1).turns) == 1
    assert not store.search("second")
    assert store.move_head(conversation), "what could not be stored is, with whatever is stored next"
    assert [turn.choice.text for turn in store.load(1).turns] == ["first", "second"]


def test_an_unknown_number_is_told(store: Store) -> None:
    """There is a sentence for a conversation that is not there, with the way out."""
    with pytest.raises(StoreFailed, match="there is no conversation 7") as caught:
        store.load(7)
    assert caught.value.hint == "/conversations lists them"


@pytest.mark.parametrize(
    ("spoilt", "wrong"),
    [
        ("turns SET settings = '{'", "settings"),
        ("turns SET ended = 'soon'", "ended"),
        ("turns SET arrivals = x'0102'", "arrivals"),
        ("turns SET asked = 12345", "asked"),
        ("turns SET prompt_tokens = 'many'", "prompt_tokens"),
        ("turns SET at = 1e300", "at"),
        ("choices SET logprobs = 'x'", "logprobs"),
        ("messages SET mark = x'ff'", "mark"),
        ("conversations SET names = '[[[[[['", "names"),
        ("conversations SET summary = x'00'", "summary"),
    ],
)
def test_a_cell_that_makes_no_sense_is_put_aside(store: Store, path: Path, spoilt: str, wrong: str) -> None:
    """What of a row can't be read is left out and told, with the file that has it as it was; all the rest is
    there, and goes on."""
    conversation = kept(store, ("one", "first"), ("two", "second"))
    table = spoilt.split()[0]
    number = conversation.turns[0].id if table == "turns" else None
    with store._database.writing() as db:
        db.execute(f"UPDATE {spoilt} {'WHERE id = ?' if number else ''}", [number] if number else [])
    there = store.load(1)
    assert [turn.choice.text for turn in there.turns] == ["first", "second"]
    assert [m.content for m in there.head] == ["one", "first", "two", "second"]
    (told,) = store.complaints()
    assert told.message.startswith("conversation 1: ") and f"({wrong} of " in told.message
    aside = path.with_name("conversations-unreadable-1.json")
    assert told.hint.endswith(str(aside)) and json.loads(aside.read_text())[0]["table"] == table
    assert store.add_turn(there, say(there, "three", "third"))
    assert [turn.choice.text for turn in store.load(1).turns] == ["first", "second", "third"]


def test_numbers_that_no_database_holds_are_stored_all_the_same(store: Store) -> None:
    """A count beyond 63 bits costs nothing but itself, and the next turn is stored."""
    conversation = Conversation()
    turn = say(conversation, "one", "first", usage=Usage(2**64, 10**400), estimate=2**63)
    assert store.add_turn(conversation, turn)
    assert store.add_turn(conversation, say(conversation, "two", "second"))
    assert [turn.choice.text for turn in store.load(1).turns] == ["first", "second"]


def test_a_clock_that_was_set_back(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversation that goes on after the clock was set back is read again in its order."""
    kept(store, ("one", "first"))
    monkeypatch.setattr(branch, "_last", 0)
    monkeypatch.setattr("time.time_ns", lambda: 10**18)  # 2001
    there = store.load(1)
    say(there, "two", "second")
    assert there.turns[1].id > there.turns[0].id
    store.add(there)
    assert [turn.choice.text for turn in store.load(1).turns] == ["first", "second"]
    assert [m.content for m in store.load(1).head] == ["one", "first", "two", "second"]


# ---- two shells


def test_two_shells_in_one_conversation_lose_nothing(store: Store, path: Path) -> None:
    """Both go on with the same conversation: the turns of both are there, each on its branch."""
    kept(store, ("one", "first"))
    other = Store(path)
    here, there = store.load(1), other.load(1)
    store.add_turn(here, say(here, "here", "h1"))
    other.add_turn(there, say(there, "there", "t1"))
    store.add_turn(here, say(here, "here again", "h2"))
    back = other.load(1)
    assert {turn.choice.text for turn in back.turns} == {"first", "h1", "t1", "h2"}
    assert [m.content for m in back.head] == ["one", "first", "here", "h1", "here again", "h2"]
    back.switch("3")
    assert [m.content for m in back.head] == ["one", "first", "there", "t1"]
    other.close()


def test_what_one_shell_sets_is_not_undone_by_the_other(store: Store, path: Path) -> None:
    """A title, a branch's name, a budget, where it goes on: the shell that did not touch it leaves
    it, whatever that stores; of what both changed, the later one holds."""
    kept(store, ("one", "first"))
    other = Store(path)
    here, there = store.load(1), other.load(1)
    here.title, here.budget_tokens = "mine", 100
    here.fork("here")
    assert store.rename(here) and store.limit(here) and store.move_head(here)
    there.fork("there")
    assert other.move_head(there)
    assert other.add_turn(there, say(there, "two", "second"))
    here.budget_cost = 0.5
    assert store.limit(here)
    found = store.load(1)
    assert (found.title, found.budget_tokens, found.budget_cost) == ("mine", 100, 0.5)
    assert {name: end.id for name, end in found.names.items()} == {
        "here": here.head.id,
        "there": there.head.id,
    }
    assert (found.head, found.on) == (there.head, "there")
    there.title = "yours"
    assert other.rename(there) and store.add_turn(here, say(here, "three", "third"))
    found = store.load(1)
    assert (found.title, found.head) == ("yours", here.head)
    assert found.names["here"] == here.head
    other.close()


def test_a_conversation_that_another_shell_deleted_is_stored_whole_again(store: Store, path: Path) -> None:
    """Going on with it here brings all of it back, not a piece that nothing can read."""
    conversation = kept(store, ("one", "first"), ("two", "second"))
    other = Store(path)
    other.delete(1)
    assert store.add_turn(conversation, say(conversation, "three", "third"))
    assert [turn.choice.text for turn in other.load(conversation.number).turns] == [
        "first",
        "second",
        "third",
    ]
    other.close()


# ---- keys


def test_keys_are_not_stored(path: Path) -> None:
    """A key of this run is in no column, packed ones included, whoever said it."""
    store = Store(path, lambda: [KEY, "short"])
    conversation = Conversation()
    turn = made(
        conversation.head.add("user", f"my key is {KEY}"),
        f"so it is {KEY}, short",
        settings={"user": KEY},
        body={"user": KEY},
        effective={"key": KEY},
    )
    choice = replace(
        turn.answer.choices[0],
        reasoning=KEY,
        tool_calls=(("look", f'{{"key":"{KEY}"}}'),),
        logprobs=(TokenLogprob(KEY, -1.0),),
    )
    conversation.add(changed(turn, choices=(choice,)))
    conversation.summary = f"of {KEY}"
    assert store.add(conversation)
    back = store.load(1)
    assert back.turns[0].choice.text == "so it is [key], short"
    assert back.title == "my key is [key]"
    assert back.turns[0].choice.logprobs[0].token == "[key]"
    assert KEY not in repr(back) + "".join(repr(turn) for turn in back.turns)
    store.close()
    assert KEY.encode() not in path.read_bytes()


def test_a_key_that_comes_in_pieces_is_not_stored(path: Path) -> None:
    """A key that a model says token by token can be put together neither from the bytes that came
    nor from the tokens' probabilities."""
    store = Store(path, lambda: [KEY])
    pieces = [KEY[at : at + 3] for at in range(0, len(KEY), 3)]
    conversation = Conversation()
    turn = made(conversation.head.add("user", "which?"), "it is " + KEY)
    choice = replace(turn.answer.choices[0], logprobs=tuple(TokenLogprob(piece, -1.0) for piece in pieces))
    exchange = Exchange(url="http://m/v1", body=b"{}")
    for piece in pieces:
        exchange.came(b'data: {"choices":[{"delta":{"content":"%s"}}]}' % piece.encode(), 0.5)
    conversation.add(changed(turn, choices=(choice,), wire=(exchange,)))
    say(conversation, "and?", "no more")
    assert store.add(conversation)
    back = store.load(1)
    assert back.turns[0].choice.text == "it is [key]"
    assert back.turns[0].choice.logprobs == ()
    (came,) = store.wire(back.turns[0])
    assert (came.data, came.ends.tolist()) == (b"[key]", [5])
    store.close()


# ---- listed


def test_the_newest_is_first(store: Store) -> None:
    """The conversation that went on last leads, whichever began first."""
    first, second = kept(store, ("one", "a")), kept(store, ("two", "b"))
    assert titles(store) == ["two", "one"]
    say(first, "more", "c")
    store.add(first)
    assert titles(store) == ["one", "two"]
    assert (first.number, second.number) == (1, 2)
    assert len(store.newest(limit=1)) == 1


def test_titles_are_found_by_their_words(store: Store) -> None:
    """All words, in any order and whatever their case; what LIKE gives a meaning has none."""
    for title in ("Sort a list", "100% of it", "snake_case names", "snakeXcase", "back\\slash"):
        kept(store, (title, "x"))
    assert titles(store, "LIST sort") == ["Sort a list"]
    assert titles(store, "100%") == ["100% of it"]
    assert titles(store, "snake_case") == ["snake_case names"]
    assert titles(store, "k\\s") == ["back\\slash"]
    assert titles(store, "%") == ["100% of it"]
    assert titles(store, "sort nothing") == []


# ---- searched


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("quick", True),
        ("QUICK fox", True),
        ("fox quick", True),
        ("qui", True),  # the last word may go on
        ("qui fox", False),  # and no other
        ('"quick brown"', True),
        ('"brown quick"', False),
        ('"qui"', False),
        ("quick OR nothing", False),  # no operators
        ("quick NOT fox", False),
        ("-fox", True),
        ("content:fox", False),
        ("fox*", True),
        ("^fox", True),
        ("jumped (over)", True),
        ("Café", True),
        ("cafe", True),
        ("***", False),
        ('"', False),
        ("", False),
    ],
)
def test_words_are_searched_as_they_are_typed(store: Store, words: str, found: bool) -> None:
    """All words must be there; quotes make a phrase; nothing else acts."""
    kept(store, ("The quick brown fox", "jumped over the café"))
    kept(store, ("not", "this"))
    hits = store.search(words)
    assert bool(hits) == found, [hit["excerpt"] for hit in hits]
    assert {hit["number"] for hit in hits} <= {1}


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_search_fails(words: str, said: str) -> None:
    """Whatever is typed is searched for or finds nothing."""
    store = SHARED
    kept(store, (said, "answer"))
    store.search(words)
    store.newest(words)
    store.search(said + "\0")
    store.newest("\0" + said)


SHARED = Store(None)


def test_hits_are_marked_newest_first(store: Store) -> None:
    """Each hit is about the words, between marks; the newest message leads."""
    kept(store, ("a red apple", "an apple a day"))
    kept(store, ("apple pie", "no"))
    hits = store.search("apple")
    assert [(hit["number"], hit["role"]) for hit in hits] == [(2, "user"), (1, "assistant"), (1, "user")]
    assert hits[2]["excerpt"] == f"a red {MARKS[0]}apple{MARKS[1]}"
    assert hits[2]["title"] == "a red apple"
    assert len(store.search("apple", limit=2)) == 2


def test_an_excerpt_of_a_long_message_is_short(store: Store) -> None:
    """Of a long message, the words about the hit are shown."""
    kept(store, ("x", "word " * 500 + "needle " + "word " * 500))
    ((hit),) = store.search("needle")
    assert "needle" in hit["excerpt"] and len(hit["excerpt"]) < 200


# ---- deleted


def test_what_is_deleted_is_gone_from_the_files(store: Store, path: Path) -> None:
    """Not a word of it is left in the database, its log or its index, and the others are there."""
    conversation = Conversation()
    say(
        conversation,
        "of zanzibarqux",
        "mongolfierenx",
        settings={"user": "quetzalx"},
        body={"user": "quetzalx"},
    )
    store.add(conversation)
    for number in range(3):
        kept(store, (f"keepsake {number}", "stays"))
    store.delete(1)
    files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
    for word in (b"zanzibarqux", b"anzibarqux", b"mongolfierenx", b"quetzalx"):
        assert not [file.name for file in files if word in file.read_bytes()], word
    assert not store.search("zanzibarqux")
    assert len(store.search("keepsake")) == 3
    assert len(titles(store)) == 3
    with pytest.raises(StoreFailed, match="there is no conversation 1"):
        store.load(1)
    with store._database.reading() as db:
        for table in ("turns", "choices", "messages"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == (
                6 if table == "messages" else 3
            )
        assert not db.execute("PRAGMA foreign_key_check").fetchall()


def test_a_number_is_never_given_again(store: Store) -> None:
    """What was deleted leaves its number: /resume 1 will not be another conversation."""
    kept(store, ("one", "a"))
    store.delete(1)
    assert kept(store, ("two", "b")).number == 2


def test_numbers_count_up_by_one(store: Store) -> None:
    """However long a conversation becomes, the next one has the next number."""
    kept(store, *((f"question {number}", "answer") for number in range(5)))
    conversation = Conversation()
    for number in range(5):
        say(conversation, f"question {number}", "answer")
        store.add(conversation)
    assert (conversation.number, kept(store, ("next", "one")).number) == (2, 3)


# ---- in memory


def test_without_a_path_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ephemeral store lists and searches what this run said, and leaves no file anywhere."""
    monkeypatch.chdir(tmp_path)
    store = Store(None)
    conversation = kept(store, ("hello", "hi"))
    assert store.journal(conversation, conversation.turns[0].request) is None
    assert store.recover() == 0
    assert titles(store) == ["hello"]
    assert store.search("hi")
    store.close()
    assert list(tmp_path.iterdir()) == []


# ---- disks that fail


def test_a_full_disk_is_told_once_and_made_up_for(store: Store) -> None:
    """One warning while the disk is full, however many turns; all of them are stored once it is
    not; and a second warning only when it is full anew."""
    conversation = kept(store, ("one", "first"))

    def pages(most: int) -> None:
        with store._database._lock:
            store._database._open().execute(f"PRAGMA max_page_count = {most}")

    for _ in range(2):
        pages(1)  # as many as there are, that is
        stored = len(store.load(1).turns)
        for _ in range(3):
            assert not store.add_turn(conversation, say(conversation, "more " * 5000, "and more " * 5000))
        (told,) = store.complaints()
        assert told.message.startswith("this can't be stored: ")
        assert "database or disk is full" in told.message
        assert "goes on in memory" in told.hint
        assert len(store.load(1).turns) == stored, "reading still works"
        pages(1_000_000)
        assert store.move_head(conversation), "with whatever is stored next"
        assert store.complaints() == []
        assert len(store.load(1).turns) == stored + 3


def test_a_conversation_that_was_left_while_the_disk_was_full_is_stored_later(
    store: Store, path: Path
) -> None:
    """Whoever begins another one meanwhile finds both; leaving the shell is the last chance."""
    with store._database._lock:
        store._database._open().execute("PRAGMA max_page_count = 1")
    first, second, third = Conversation(), Conversation(), Conversation()
    say(first, "one " * 20_000, "a")
    say(second, "two " * 20_000, "b")
    assert not store.add(first) and not store.add(second)
    assert len(store.complaints()) == 1
    store._database._open().execute("PRAGMA max_page_count = 1000000")
    say(third, "three", "c")
    assert store.add(third)
    assert {title[:3] for title in titles(store)} == {"one", "two", "thr"}
    assert store.holds(first) and store.holds(second)
    with store._database._lock:
        store._database._open().execute("PRAGMA max_page_count = 1")
    assert not store.add_turn(first, say(first, "more " * 50_000, "d"))
    assert not store.holds(first)
    store._database._open().execute("PRAGMA max_page_count = 1000000")
    store.close()
    other = Store(path)
    assert len(other.load(first.number).turns) == 2
    other.close()


def test_a_turn_that_another_shell_took_for_unfinished_is_put_right(store: Store, path: Path) -> None:
    """A turn that could not be stored here, and was taken up by a shell that started meanwhile, is
    what it is once it can be stored."""
    conversation = Conversation()
    turn = made(conversation.head.add("user", "hello"), "the whole answer")
    journal = store.journal(conversation, turn.request)
    assert journal is not None
    Answering(journal).says("the whole")
    journal.close(keep=True)
    other = Store(path)
    assert other.recover() == 1
    assert store.add_turn(conversation, conversation.add(turn))
    (back,) = other.load(1).turns
    assert (back.answer.ended, back.answer.error, back.choice.text) == ("complete", None, "the whole answer")
    assert [m.content for m in other.load(1).head] == ["hello", "the whole answer"]
    other.close()


#: A real limit of the system on the size of a file: it writes turns until one can't be stored.
LIMITED = """
import resource, sys
from pathlib import Path
from chat.conversation.tree import Conversation
from chat.store.conversations import Store
from tests.support.turns import Answering, say
store, conversation = Store(Path(sys.argv[1])), Conversation()
say(conversation, "one", "first"); assert store.add(conversation)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
for number in range(6):
    turn = say(conversation, "question " * 2000, f"answer {number} " * 2000)
    journal = store.journal(conversation, turn.request)
    answering = Answering(journal); answering.says("x" * 300_000); answering.says("y")
    stored = store.add_turn(conversation, turn)
    journal.close(keep=not stored)
assert not stored, "the limit never held"
told = store.complaints(); assert len(told) == 1, told
print(told[0].message)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert store.add_turn(conversation, say(conversation, "last", "of all")), store.complaints()
assert store.complaints() == []
store.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it sets a limit of Unix")
def test_a_disk_that_takes_no_more_in_earnest(path: Path) -> None:
    """At the system's own limit the chat goes on with one warning, and once there is room again
    every turn is stored."""
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("this can't be stored: ")
    store = Store(path)
    assert len(store.load(1).turns) == 8
    assert store.load(1).turns[3].choice.text == "answer 2 " * 2000
    assert store.recover() == 0, "journals of turns that are stored are no unfinished turns"
    store.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that only root may write to, seen by somebody else."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield place
        finally:
            if user == 0:
                os.seteuid(0)
            place.chmod(0o755)


def test_a_folder_that_can_not_be_written_to(folder: Path) -> None:
    """One warning, no journal, and the chat goes on; once the folder can be written, all is stored."""
    store = Store(folder / "conversations.db")
    conversation = Conversation()
    for number in range(3):
        turn = say(conversation, f"question {number}", "answer")
        journal = store.journal(conversation, turn.request)
        assert journal is not None
        journal.close()
        assert not store.add_turn(conversation, turn)
    (told,) = store.complaints()
    assert told.message == f"this can't be stored: {folder}/conversations.db: permission denied"
    with pytest.raises(StoreFailed, match="permission denied"):
        store.newest()
    assert list(folder.iterdir()) == []
    if os.getuid() == 0:
        os.seteuid(0)
    folder.chmod(0o755)
    assert store.add_turn(conversation, say(conversation, "and now?", "yes"))
    assert len(store.load(1).turns) == 4
    store.close()


def test_a_database_that_is_damaged_meanwhile_is_begun_anew_with_all_of_this_conversation(
    store: Store, path: Path
) -> None:
    """The damaged file is put aside and named, and the conversation in memory is stored whole."""
    conversation = kept(store, *((f"question {n}", "answer " * 200) for n in range(50)))
    store.close()
    bad = path.read_bytes()[:100] + b"\xff" * 40_000
    path.write_bytes(bad)
    assert store.add_turn(conversation, say(conversation, "another", "turn"))
    (told,) = store.complaints()
    (aside,) = path.parent.glob("*-damaged-*.db")
    assert str(aside) in told.message
    assert aside.read_bytes() == bad
    assert len(store.load(conversation.number).turns) == 51


def test_text_of_any_kind_is_stored_as_it_is(store: Store) -> None:
    """NUL and what is not in the basic plane are kept."""
    conversation = kept(store, ("nul \0 in it", "\U0001f600 and \u202e"))
    back = store.load(conversation.number)
    assert [m.content for m in back.head] == ["nul \0 in it", "\U0001f600 and \u202e"]


@given(st.lists(texts, min_size=1, max_size=4))
def test_search_finds_each_word_that_was_said(said: list[str]) -> None:
    """Every message is found by each of its words in ASCII letters."""
    conversation = kept(SHARED, *((text, "y") for text in said))
    for text in said:
        for word in text.split():
            if word.isascii() and word.isalpha():
                assert conversation.number in {hit["number"] for hit in SHARED.search(f'"{word}"', 10_000)}


def test_the_constraint_of_the_database_is_not_taken_for_damage(store: Store, path: Path) -> None:
    """An error that is not the file's puts nothing aside."""
    conversation = kept(store, ("one", "first"))
    say(conversation, "two", "second")
    conversation.turns[1] = changed(conversation.turns[1], ended=None)
    assert not store.add(conversation)
    assert [told.message for told in store.complaints()] == [
        f"this can't be stored: {path}: NOT NULL constraint failed: turns.ended"
    ]
    assert not list(path.parent.glob("*-damaged-*"))


def test_what_hangs_on_a_conversation_goes_with_it(store: Store) -> None:
    """Of every table that hangs on conversations or turns, nothing is left of the deleted one."""
    conversation = kept(store, ("one", "first"))
    kept(store, ("two", "second"))
    with store._database.writing() as db:
        tables = [row["name"] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        owned = {
            table: key["from"]
            for table in tables
            for key in db.execute(f"PRAGMA foreign_key_list({table})")
            if key["table"] in ("conversations", "turns")
        }
        assert {"messages", "turns", "choices"} <= set(owned)
        assert all(
            key["on_delete"] == "CASCADE"
            for table in owned
            for key in db.execute(f"PRAGMA foreign_key_list({table})")
        )
    turn = conversation.turns[0].id
    store.delete(1)
    with store._database.reading() as db:
        for table, column in owned.items():
            found = db.execute(
                f"SELECT count(*) FROM {table} WHERE {column} IN (?, ?)", (conversation.id, turn)
            )
            assert found.fetchone()[0] == 0, table
