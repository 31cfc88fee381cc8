"""/conversations, /resume, /search, /title, /delete and --resume: what is kept, and found again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.base.errors import BadInput, StoreFailed
from chat.conversation.tree import Conversation
from chat.session.state import Session
from chat.store.conversations import Store
from commands import line, registry
from commands.declare import Action
from commands.endpoint import start
from commands.shell.options import Options, parse
from commands.talk import conversations

from ...support.recorder import RecordingScreen
from ...support.server import Server, stream
from ...support.turns import Answering, a_turn, kill, say

Type = Callable[[str], Action | None]


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    session = here(model="gpt-4o")
    session.store = Store(session.places.conversations, session.secrets)
    return session


def keep(session: Session, text: str, answer: str = "so", **facts: Any) -> Conversation:
    """A conversation that was had earlier."""
    conversation = Conversation()
    say(conversation, text, answer, **facts)
    assert session.store.add(conversation)
    return conversation


def rows(screen: RecordingScreen) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for row in screen.tables[-1][1]]


# ---- /conversations


def test_conversations_are_listed_newest_first(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """Number, title, model, turns, cost and age of each; the one in force is marked."""
    keep(session, "first of all", model="m-1")
    second = keep(session, "second")
    say(second, "more", "yes", model="m-2")
    session.store.add(second)
    session.resume(second)
    typed("/conversations")
    assert list(screen.tables[-1][0]) == [
        "id",
        "title",
        "model",
        "turns",
        "cost",
        "age",
    ]
    assert rows(screen) == [
        ("●2", "second", "m-2", "2", "$0.5000", "now"),
        ("1", "first of all", "m-1", "1", "$0.2500", "now"),
    ]
    typed("/sessions")
    assert len(screen.tables) == 2


def test_conversations_are_found_by_their_titles(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """Words narrow the list to the titles that have them all."""
    for text in ("sort a list", "sort a tree", "100% cotton"):
        keep(session, text)
    typed("/conversations TREE sort")
    assert [row[1] for row in rows(screen)] == ["sort a tree"]
    typed("/conversations 0%")
    assert [row[1] for row in rows(screen)] == ["100% cotton"]
    typed("/conversations nothing")
    assert screen.said[-1] == "no conversation has nothing in its title"


def test_a_long_list_says_how_to_find_more(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """The newest fifty are shown, and that there are more."""
    for number in range(51):
        keep(session, f"conversation {number}")
    typed("/conversations")
    assert len(rows(screen)) == 50
    assert rows(screen)[0][1] == "conversation 50"
    assert screen.said[-1] == "there are more: /conversations WORDS, /search WORDS"


def test_before_anything_is_kept(typed: Type, screen: RecordingScreen) -> None:
    """Nothing kept is said as such, by every command that looks."""
    typed("/conversations")
    typed("/search x")
    typed("/resume")
    typed("/resume 1")
    typed("/title")
    typed("/delete")
    assert screen.said == ["no conversation is kept yet", "nothing was said of x", "there is no title yet"]
    assert screen.failed == [
        "no other conversation is kept",
        "there is no conversation 1 (/conversations lists them)",
        "this conversation is not stored (/clear begins a new one)",
    ]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "now"),
        (59, "now"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86399, "23 h"),
        (86400, "1 d"),
        (29.9 * 86400, "29 d"),
    ],
)
def test_ages(seconds: float, told: str) -> None:
    """How long ago, in the unit that says most; a clock that was set back makes it now."""
    assert conversations.age(time.time() - seconds - 0.01) == told


def test_an_old_age_is_a_date() -> None:
    """After a month the date says more."""
    assert conversations.age(time.mktime((2024, 5, 6, 12, 0, 0, 0, 0, -1))) == "2024-05-06"


# ---- /resume


def test_resume_goes_on_with_what_was_set_then(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """The messages, the parameters and the profile of then hold; what is sent goes on from there."""
    from commands.declare import Send
    from commands.message import exchange

    server.reply(stream("Paris"), stream("Lyon"))
    typed("/set temperature=0.3 stop=END")
    exchange(session, screen, Send("capital of France?"))
    number = session.conversation.number
    typed("/clear")
    typed("/reset")
    assert typed(f"/resume {number}") is None
    assert session.settings.get("temperature") == 0.3
    assert "temperature 1.0 → 0.3" in screen.said
    assert f"conversation {number}: capital of France? · one turn" in screen.said
    assert screen.said[screen.said.index("> capital of France?") + 1] == "Paris"
    exchange(session, screen, Send("and the second city?"))
    body = server.requests[-1].body
    assert [message["content"] for message in body["messages"]] == [
        "capital of France?",
        "Paris",
        "and the second city?",
    ]
    assert (body["temperature"], body["stop"]) == (0.3, ["END"])
    assert len(session.store.load(number).turns) == 2
    assert len(session.store.newest()) == 1


def test_resume_by_words_of_the_title_or_the_text(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """One that has the words is taken at once, whether they stand in its title or were said in it."""
    keep(session, "of llamas")
    keep(session, "of Peru", "Machu Picchu")
    typed("/resume llamas")
    assert session.conversation.number == 1
    typed("/resume picchu")
    assert session.conversation.number == 2
    assert screen.questions == []


def test_resume_asks_where_it_could_be_several(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """Several are offered by title and age, newest first, titles before texts; the one in force is not
    among them. No other number stands beside those to choose by."""
    keep(session, "of llamas and Peru")
    keep(session, "nothing", "Peru it is")
    here = keep(session, "Peru here")
    session.resume(here)
    screen.answers = [1]
    typed("/resume peru")
    assert screen.questions == ["resume which?"]
    assert screen.offered == [["of llamas and Peru · now", "nothing · now"]]
    assert session.conversation.number == 2
    screen.answers = [None]
    typed("/resume")
    assert session.conversation.number == 2, "nothing was picked, so nothing changes"


def test_resume_without_anybody_to_ask(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """Where nobody can be asked, it says which there are."""
    keep(session, "of llamas one")
    keep(session, "of llamas two")
    screen.interactive = False
    typed("/resume llamas")
    typed("/resume")
    typed("/resume nothing")
    assert screen.failed == [
        "llamas: it could be 2, 1",
        "which: it could be 2, 1",
        "no conversation has nothing",
    ]


def test_conversations_are_offered(session: Session) -> None:
    """Completing /resume shows numbers with title and age, narrowed by digits or by words."""
    for text in ("of llamas", "of Peru", "of nothing"):
        keep(session, text)

    def offered(text: str) -> list[tuple[str, str]]:
        return [(each.text, each.note) for _, each in line.complete(text, registry(), session)]

    assert offered("/resume ") == [
        ("3", "of nothing · now"),
        ("2", "of Peru · now"),
        ("1", "of llamas · now"),
    ]
    assert offered("/resume pe") == [("2", "of Peru · now")]
    assert offered("/delete 1") == [("1", "of llamas · now")]


def test_completing_survives_a_damaged_database(
    session: Session, screen: RecordingScreen, typed: Type
) -> None:
    """The completer offers nothing then, and the next command says what became of the file."""
    keep(session, "hello")
    session.store.close()
    session.places.conversations.write_bytes(b"damaged\n" * 1000)
    assert line.complete("/resume ", registry(), session) == []
    typed("/conversations")
    assert screen.said == ["no conversation is kept yet"]
    (warned,) = screen.warned
    assert warned.startswith("the database of conversations was damaged; it was put aside as ")
    assert Path(warned.rpartition(" as ")[2]).read_bytes() == b"damaged\n" * 1000


# ---- /search


def test_search_shows_the_hits_and_their_numbers(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """A row a conversation, newest first, with the hit marked, how many more there are, and /resume."""
    keep(session, "a red apple", "an Apple a day")
    keep(session, "apple pie")
    keep(session, "nothing")
    typed("/search apple")
    assert rows(screen) == [
        ("2", "apple pie", "*apple* pie", "now"),
        ("1", "a red apple (+1)", "an *Apple* a day", "now"),
    ]
    assert screen.said[-1] == "/resume ID goes on with one"
    typed("/search nothing of the kind")
    assert screen.said[-1] == "nothing was said of nothing of the kind"


def test_search_says_that_there_are_older_ones(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """What is found beyond a screenful of conversations is not passed over in silence."""
    for number in range(20):
        keep(session, f"apple {number}")
    typed("/search apple")
    assert screen.said[-1] == "/resume ID goes on with one"
    keep(session, "apple 20")
    typed("/search apple")
    assert len(rows(screen)) == 20
    assert screen.said[-1] == "/resume ID goes on with one; there are older ones: more words find fewer"


def test_search_reads_phrases_and_beginnings(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """In quotes words stand as they are; the last word may go on; what FTS5 reads as operators is text."""
    keep(session, "sorting of lists")
    typed('/search "sorting of"')
    typed("/search list")
    assert len(screen.tables) == 2
    for nothing in (
        '/search "of sorting"',
        "/search sort of",
        "/search lists AND nothing",
        "/search NEAR(",
        '/search "',
    ):
        typed(nothing)
        assert screen.said[-1] == f"nothing was said of {nothing[8:]}"
    assert screen.failed == []


def test_a_hit_of_many_lines_is_one_row(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """What surrounds a hit is on one line, marks that the text itself holds are not believed."""
    keep(session, "x", "one\ntwo needle\n\x02three\x03")
    typed("/search needle")
    ((_, _, found, _),) = rows(screen)
    assert "\n" not in found
    assert "*needle*" in found


@pytest.mark.parametrize(
    ("excerpt", "pieces"),
    [
        ("none", [("none", False)]),
        ("a \x02hit\x03 b", [("a ", False), ("hit", True), (" b", False)]),
        ("\x02hit\x03", [("hit", True)]),
        ("a\nb \x02h\x03", [("a b ", False), ("h", True)]),
        ("", []),
    ],
)
def test_excerpts_in_pieces(excerpt: str, pieces: list[tuple[str, bool]]) -> None:
    """Marked and unmarked pieces, none of them empty."""
    assert list(conversations.marked(excerpt)) == pieces


# ---- /title


def test_a_title_is_kept(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """It is the first words until it is set, and is found by it then."""
    session.resume(keep(session, "hello there"))
    typed("/title")
    typed("/title Greetings,   all")
    assert screen.said == ["title: hello there", "title: Greetings, all"]
    assert [row["title"] for row in session.store.newest("greetings")] == ["Greetings, all"]
    assert session.store.load(1).title == "Greetings, all"


def test_a_title_before_the_first_message(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A title that was given first is that of the conversation that begins then."""
    from commands.declare import Send
    from commands.message import exchange

    server.reply(stream("hi"))
    typed("/title Mine")
    assert session.store.newest() == []
    exchange(session, screen, Send("hello"))
    assert [row["title"] for row in session.store.newest()] == ["Mine"]


# ---- /delete


def test_delete_asks_first(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """What would be deleted is named, and without a yes nothing is."""
    keep(session, "hello")
    typed("/delete 1")
    assert screen.questions == ["delete conversation 1, hello, one turn, for good?"]
    assert screen.said == ["nothing was deleted"]
    screen.answers = [True]
    typed("/delete 1")
    assert screen.said[-1] == "conversation 1 is deleted"
    assert session.store.newest() == []
    assert not session.store.search("hello")


def test_deleting_this_one_begins_a_new_one(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """/delete alone means the conversation in force; what is said next is another."""
    from commands.declare import Send
    from commands.message import exchange

    server.reply(stream("one"), stream("two"))
    exchange(session, screen, Send("first"))
    screen.answers = [True]
    typed("/delete")
    exchange(session, screen, Send("second"))
    assert [message["content"] for message in server.requests[-1].body["messages"]] == ["second"]
    assert [row["title"] for row in session.store.newest()] == ["second"]


def test_deleting_another_keeps_this_one(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """A number deletes that one alone."""
    keep(session, "other")
    session.resume(keep(session, "this"))
    screen.answers = [True]
    typed("/delete 1")
    assert session.conversation.title == "this"
    assert [row["title"] for row in session.store.newest()] == ["this"]


@pytest.mark.parametrize(
    ("which", "told"),
    [
        ("x", "x is not a conversation's number (/conversations lists them)"),
        ("-1", "-1 is not a conversation's number (/conversations lists them)"),
        ("9", "there is no conversation 9 (/conversations lists them)"),
        ("9" * 30, f"{'9' * 30} is not a conversation's number (/conversations lists them)"),
    ],
)
def test_delete_refuses_what_is_not_there(
    typed: Type, session: Session, screen: RecordingScreen, which: str, told: str
) -> None:
    """A number that there is not is told, and nobody is asked anything."""
    keep(session, "hello")
    typed(f"/delete {which}")
    assert screen.failed == [told]
    assert screen.questions == []


# ---- /clear


def test_clear_keeps_what_was(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """A new conversation begins, the former one is kept and can be resumed."""
    session.resume(keep(session, "hello"))
    typed("/clear")
    assert list(session.branch) == []
    typed("/resume hello")
    assert [message.content for message in session.branch] == ["hello", "so"]


# ---- the command line


def test_the_newest_is_resumed_by_the_command_line(session: Session, screen: RecordingScreen) -> None:
    """--resume takes the newest, --resume 1 that one."""
    keep(session, "one")
    keep(session, "two")
    start.find_conversation(session, screen, parse(["--resume"]))
    assert session.conversation.title == "two"
    start.find_conversation(session, screen, parse(["--resume", "1"]))
    assert session.conversation.title == "one"


def test_a_resumed_profile_and_one_that_was_asked_for(session: Session, screen: RecordingScreen) -> None:
    """What was set then holds, unless another profile was asked for."""
    keep(session, "one", settings={"temperature": 0.7}, profile="here")
    start.find_conversation(session, screen, parse(["--resume"]))
    assert session.settings.get("temperature") == 0.7
    session.load_profile("haiku")
    start.find_conversation(session, screen, parse(["--resume", "-p", "haiku"]))
    assert session.settings.profile == "haiku"
    assert session.settings.get("temperature") != 0.7


def test_nothing_to_resume(session: Session, screen: RecordingScreen) -> None:
    """Without any conversation, or without that one, --resume says so."""
    with pytest.raises(StoreFailed, match="there is no conversation to resume"):
        start.find_conversation(session, screen, parse(["--resume"]))
    with pytest.raises(StoreFailed, match="there is no conversation 3"):
        start.find_conversation(session, screen, parse(["--resume", "3"]))


def test_nothing_is_resumed_without_a_store(session: Session, screen: RecordingScreen) -> None:
    """--ephemeral and --resume together are refused, not taken for an empty store."""
    keep(session, "kept")
    with pytest.raises(BadInput, match="--ephemeral looks at nothing that is kept"):
        start.find_conversation(session, screen, parse(["--ephemeral", "--resume"]))


def test_a_damaged_database_is_told_of_where_it_ends_the_run(
    session: Session, screen: RecordingScreen
) -> None:
    """--resume finds a database that is damaged: where it was put aside is said all the same."""
    assert session.store.path is not None
    session.store.path.parent.mkdir(exist_ok=True)
    session.store.path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreFailed):
        start.find_conversation(session, screen, parse(["--resume"]))
    (aside,) = session.store.path.parent.glob("*-damaged-*.db")
    assert any(str(aside) in sentence for sentence in screen.warned)


def test_a_killed_shell_is_told_of_once(session: Session, screen: RecordingScreen) -> None:
    """What it left is taken up at the start, and said."""
    for text in ("one", "two"):
        conversation = Conversation()
        journal = session.store.journal(
            conversation, a_turn(asked=conversation.head.add("user", text)).request
        )
        assert journal is not None
        Answering(journal).says("half")
        kill(journal)
    start.find_conversation(session, screen, Options())
    start.find_conversation(session, screen, Options())
    assert screen.said == ["2 answers of a shell that was killed: kept as far as it came"]
    assert {row["title"] for row in session.store.newest()} == {"one", "two"}


# ---- what can't be kept


def test_one_warning_while_nothing_can_be_stored(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A data folder that can't be is told once; the chat goes on; once it can be, all is stored."""
    from commands.declare import Send
    from commands.message import exchange

    path = session.places.data / "blocked"
    path.write_text("a file in the way")
    session.store = Store(path / "conversations.db")
    server.reply(stream("one"), stream("two"), stream("three"))
    exchange(session, screen, Send("first"))
    typed("/fork main")
    exchange(session, screen, Send("second"))
    typed("/title Mine")
    (warned,) = screen.warned
    assert warned.startswith(f"this can't be stored: {path}/conversations.db: ")
    typed("/conversations")
    assert len(screen.failed) == 1
    path.unlink()
    exchange(session, screen, Send("third"))
    assert len(screen.warned) == 1
    (row,) = session.store.newest()
    assert (row["title"], row["turns"]) == ("Mine", 3)
    again = session.store.load(row["number"])
    assert [message.content for message in again.head] == ["first", "one", "second", "two", "third", "three"]
    assert again.names == {"main": again.head}
