"""/rate, /note and /arena: what a person said of answers, and where it is seen again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.lab import arena
from chat.session.state import Session
from chat.statistics.strengths import Strength
from chat.store.conversations import Store
from commands.declare import Action

from ...support.recorder import RecordingScreen
from ...support.turns import say

Type = Callable[[str], Action | None]


@pytest.fixture
def talk(session: Session) -> Session:
    """Two turns, in a store of its own."""
    session.store = Store(session.places.conversations, session.secrets)
    say(session.conversation, "first", "one")
    say(session.conversation, "second", "two")
    session.store.add(session.conversation)
    return session


def kept(session: Session) -> list[tuple[int | None, str]]:
    """The marks and notes as the store has them."""
    turns = session.store.load(session.conversation.number).turns
    return [(turn.marks.rating, turn.marks.note) for turn in turns]


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("good", [None, 1]),
        ("up", [None, 1]),
        ("+", [None, 1]),
        ("-1", [None, -1]),
        ("BAD", [None, -1]),
        ("1 good", [1, None]),
        ("1 down", [-1, None]),
    ],
)
def test_a_mark_is_put_on_an_answer_and_kept(talk: Session, typed: Type, text: str, marks: list[int]) -> None:
    """On the last one, or on the one of that number; in the store, too."""
    typed(f"/rate {text}")
    assert [rating for rating, _ in kept(talk)] == marks


def test_a_mark_can_be_taken_away(talk: Session, typed: Type, screen: RecordingScreen) -> None:
    """/rate clear leaves none; /rate alone says what there is."""
    typed("/rate good")
    typed("/rate")
    typed("/rate clear")
    typed("/rate 2")
    assert screen.said[1:4:2] == [
        "turn 2 is good; /rate 2 clear takes it back",
        "turn 2 is not marked; /rate 2 good marks it",
    ]
    assert kept(talk) == [(None, ""), (None, "")]


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("too long", ["", "too long"]),
        ("1 the best so far", ["the best so far", "old"]),
        ('"1 of 3 is wrong"', ["", "1 of 3 is wrong"]),
        ('1 "2 of 3" are wrong', ['"2 of 3" are wrong', "old"]),
        ("clear", ["", ""]),
    ],
)
def test_a_note_is_put_on_an_answer_and_kept(talk: Session, typed: Type, text: str, notes: list[str]) -> None:
    """A number first is a turn's; in quotes it is part of the text."""
    typed("/note old")
    typed(f"/note {text}")
    assert [note for _, note in kept(talk)] == notes


def test_notes_are_shown(talk: Session, typed: Type, screen: RecordingScreen) -> None:
    """/note shows the last answer's, /note 1 that of turn 1, or says that there is none."""
    typed("/note remember this")
    typed("/note")
    typed("/note 1")
    assert screen.said == ["turn 2: noted", "remember this", "there is no note on turn 1"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/rate great", "great is not good, bad or clear"),
        ("/rate 9 good", "no turn 9: there are turns 1 to 2"),
        ("/rate 0 good", "0 is not a number from 1 on"),
        ("/note 9 x", "no turn 9: there are turns 1 to 2"),
    ],
)
def test_what_can_t_be_marked(
    talk: Session, typed: Type, screen: RecordingScreen, text: str, told: str
) -> None:
    """One sentence, and nothing changes."""
    typed(text)
    assert screen.failed == [told]
    assert kept(talk) == [(None, ""), (None, "")]


def test_without_an_answer_there_is_nothing_to_mark(
    session: Session, typed: Type, screen: RecordingScreen
) -> None:
    """Before the first answer."""
    typed("/rate good")
    typed("/note x")
    assert screen.failed == ["there is no answer yet"] * 2


def test_marks_and_notes_are_seen_again(talk: Session, typed: Type, screen: RecordingScreen) -> None:
    """In /usage, /history and /branches."""
    typed("/rate 1 bad")
    typed("/note 1 wrong\x1b number")
    typed("/usage")
    ((heads, rows),) = screen.tables
    assert [dict(zip(heads, row, strict=True))["mark"] for row in rows] == ["bad", "", ""]
    typed("/history")
    assert "[assistant (bad, note: wrong\x1b number)]\none" in screen.said[-1]
    typed("/branches")
    assert "one · bad · note: wrong number" in " ".join(screen.raw[-1].replace("\x1b", "").split("\n"))


def test_the_arena_is_empty_at_first(talk: Session, typed: Type, screen: RecordingScreen) -> None:
    """It says how a vote is cast."""
    typed("/arena")
    assert screen.said == ["nothing was picked blind yet: /compare --blind A B, then /pick"]


def test_the_arena_counts_every_vote(talk: Session, typed: Type, screen: RecordingScreen) -> None:
    """By label, the strongest first, with what share and strength may come to."""
    for experiment, (winner, losers) in enumerate([("a", ["b"]), ("a", ["b", "c"]), ("b", ["a"])], 1):
        talk.store.vote(experiment, winner, losers)
    typed("/arena")
    ((_, rows),) = screen.tables
    assert rows == [
        ("a", "2", "1", "67%", "21%–94%", "+93", "-126 to +312"),
        ("b", "1", "2", "33%", "6%–79%", "+4", "-294 to +303"),
        ("c", "0", "1", "0%", "0%–79%", "-98", "-486 to +291"),
    ]


VOTES = st.lists(st.permutations("abcd").flatmap(lambda p: st.integers(2, 4).map(lambda n: (p[0], p[1:n]))))


@given(VOTES)
def test_a_tally_adds_up(votes: list[tuple[str, list[str]]]) -> None:
    """Each vote is one win and a loss for each of the others; strengths fall, and lie in their range."""
    found = arena.tally(votes)
    assert sum(each.wins for each in found) == len(votes)
    assert sum(each.losses for each in found) == sum(len(losers) for _, losers in votes)
    values = [each.strength.value for each in found]
    assert values == sorted(values, reverse=True)
    for each in found:
        low, high = each.range
        assert 0 <= low <= each.share <= high <= 1
        assert high - low < 1
        low, high = each.strength.low, each.strength.high
        assert low is None or high is None or low <= each.strength.value <= high


def test_more_votes_make_the_range_narrower() -> None:
    """Two of three may mean anything, two hundred of three hundred do not. (By R's prop.test(200, 300,
    correct = FALSE): 0.611 to 0.718.)"""
    low, high = arena.Tally("a", Strength(0, 0, 0, 300), 200, 100).range
    assert (round(low, 3), round(high, 3)) == (0.612, 0.718)
