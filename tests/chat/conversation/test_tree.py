"""A conversation is a tree of turns: where they hang, where it goes on, and what it is called."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadInput, RequestFailed, TemperaError, UnknownName
from chat.conversation.branch import Branch, count_from, new_id, number_at
from chat.conversation.experiment import Cell, Experiment
from chat.conversation.message import Message
from chat.conversation.tree import Conversation
from chat.conversation.turn import FAILED, INTERRUPTED, Choice, Turn, Usage
from chat.conversation.wire import Exchange

from ...support.turns import a_turn, changed, made, say


@pytest.fixture
def conversation() -> Conversation:
    return Conversation()


def head(conversation: Conversation) -> list[str]:
    return [message.content for message in conversation.head]


def failed(conversation: Conversation, text: str) -> Turn:
    asked = conversation.head.add("user", text)
    turn = a_turn(asked=asked, ended=FAILED, error=RequestFailed("no"), cost=None)
    return conversation.add(turn)


# ---- numbers


def test_numbers_count_up_and_fit_in_63_bits() -> None:
    """Each number is greater than the one before, and SQLite can hold it."""
    numbers = [new_id() for _ in range(1000)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] < 2**63


def test_numbers_count_on_from_a_conversation_of_later() -> None:
    """After a number of the future, the next ones come after it; of an absurd one they still fit."""
    future = new_id() + (10 * 365 * 86400 * 1000 << 20)
    count_from(future)
    assert new_id() > future
    count_from(2**63 - 1)
    assert 2**62 < new_id() < 2**63
    count_from(1)
    assert new_id() > 2**62


def test_numbers_tell_when_they_were_made() -> None:
    """A number made for a moment stands among those made then, its last 20 bits as they are given."""
    now = time.time()
    assert number_at(now - 60, 2**20 - 1) < new_id() < number_at(now + 60, 0)
    assert number_at(1.5, 3) == 1500 * 2**20 + 3
    assert number_at(1.5, 2**20 + 3) == number_at(1.5, 3)


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test does to the numbers is undone."""
    from chat.conversation import branch

    monkeypatch.setattr(branch, "_last", branch._last)


# ---- branches


def test_a_branch_goes_through_its_beginnings_alone() -> None:
    """goes_through holds for itself and what it goes on from, not for siblings that read the same."""
    root = Branch()
    one = root.add("user", "hi")
    two = one.add("assistant", "ho")
    other = one.add("assistant", "ho")
    assert two.goes_through(two) and two.goes_through(one) and two.goes_through(root)
    assert not two.goes_through(other) and not one.goes_through(two)
    assert two != other and len({one, two, other, root}) == 4


def test_a_branch_is_read_from_its_beginning() -> None:
    """Messages come oldest first, each with how it ended and the number it was given."""
    end = Branch().add("user", "hi", number=7).add("assistant", "h", "cut off")
    assert list(end) == [Message("user", "hi"), Message("assistant", "h", "cut off")]
    assert [node.length for node in end.backwards()] == [2, 1]
    assert end.before is not None and end.before.id == 7
    assert list(Branch()) == [] == list(Branch().backwards())


def test_a_branch_is_the_message_it_ends_with() -> None:
    """Two that end with the message of one number are equal, whatever way they were read; nothing else is."""
    one, same = Branch().add("user", "hi", number=7), Branch().add("user", "hi", number=7)
    assert one == same and hash(one) == hash(same)
    assert one != 7 and one != Branch()


# ---- turns and where they hang


def test_the_first_words_are_the_title(conversation: Conversation) -> None:
    """The title is what was first asked, on one line, and stays when more is asked; what ended well has no mark."""
    say(conversation, "Why is\n the sky   blue?", "Because.")
    say(conversation, "And red?", "So.")
    assert conversation.title == "Why is the sky blue?"
    assert [message.mark for message in conversation.head] == ["", "", "", ""]


def test_a_title_that_was_set_stays(conversation: Conversation) -> None:
    """A title given before the first message is not replaced by it."""
    conversation.title = "mine"
    say(conversation, "hello", "hi")
    assert conversation.title == "mine"


def test_a_choice_that_is_not_there_is_the_first(conversation: Conversation) -> None:
    """Where the record picks a choice that it does not have, the conversation goes on with the first."""
    conversation.add(made(conversation.head.add("user", "toss"), "heads", "tails", picked=9))
    assert head(conversation) == ["toss", "heads"]


def test_a_failed_turn_leaves_the_head(conversation: Conversation) -> None:
    """Where nothing was answered, the conversation goes on from where it was."""
    say(conversation, "one", "first")
    failed(conversation, "two")
    assert head(conversation) == ["one", "first"]
    assert conversation.path() == [0]
    assert conversation.children() == {None: [0], 0: [1]}


@pytest.mark.parametrize(("ended", "mark"), [(FAILED, "cut off"), (INTERRUPTED, "interrupted")])
def test_what_arrived_is_kept_and_marked(conversation: Conversation, ended: str, mark: str) -> None:
    """An answer that did not end well is part of the conversation, and says how it ended."""
    turn = changed(made(conversation.head.add("user", "hi"), "half an"), ended=ended)
    conversation.add(turn)
    last = conversation.head.last
    assert last is not None and (last.content, last.mark) == ("half an", mark)


def test_a_refusal_is_the_answer(conversation: Conversation) -> None:
    """Where a model refuses, the refusal stands in the conversation."""
    turn = made(conversation.head.add("user", "hi"))
    conversation.add(changed(turn, choices=(Choice(0, refusal="I won't."),)))
    assert head(conversation) == ["hi", "I won't."]


def test_asking_again_makes_siblings(conversation: Conversation) -> None:
    """Two turns that asked the same message are siblings, and so are those of an edited one."""
    first = say(conversation, "one", "a")
    conversation.add(made(first.request.asked, "b"))
    say(conversation, "two", "c")
    conversation.switch("1")
    say(conversation, "two", "d")
    assert conversation.children() == {None: [0, 1], 1: [2], 0: [3]}
    assert head(conversation) == ["one", "a", "two", "d"]
    assert conversation.path(conversation.turns[2].branches[0]) == [1, 2]


def test_cost_adds_up_until_one_is_unknown(conversation: Conversation) -> None:
    """The cost is the sum; a turn without a price makes it unknown, a failed one does not."""
    say(conversation, "a", "b")
    failed(conversation, "x")
    assert conversation.cost == 0.25
    say(conversation, "c", "d", cost=None)
    say(conversation, "e", "f")
    assert conversation.cost is None


def test_a_cost_that_was_not_known_is_taken_in_later(conversation: Conversation) -> None:
    """What a turn took is added once it is counted."""
    first = say(conversation, "a", "b", usage=None, cost=None)
    say(conversation, "c", "d")
    conversation.count(0, changed(first, usage=Usage(3, 2), cost=0.5))
    assert conversation.turns[0].answer.cost == 0.5
    assert conversation.cost == 0.75


def test_what_is_stored_is_not_held_twice(conversation: Conversation) -> None:
    """Once the store has a turn, what went over the connection for it is there alone."""
    wire = (Exchange(url="http://x", body=b"{}", sent=0.0),)
    say(conversation, "a", "b", wire=wire)
    say(conversation, "c", "d", wire=wire)
    conversation.forget_wire({conversation.turns[0].id})
    assert [len(turn.answer.wire) for turn in conversation.turns] == [0, 1]
    conversation.forget_wire({turn.id for turn in conversation.turns})
    assert [len(turn.answer.wire) for turn in conversation.turns] == [0, 0]


@given(st.permutations(range(5)))
def test_answers_that_came_at_once_are_put_in_order(order: list[int]) -> None:
    """However answers raced each other, each turn, its answers and what goes on from it are found again."""
    conversation = Conversation()
    asked = say(conversation, "first", "a").request.asked
    racing = [made(asked, "b", "c") for _ in range(5)]
    raced = [conversation.add(racing[number], move=False) for number in order]
    later = [conversation.add(made(turn.branches[1].add("user", "more"), "so"), move=False) for turn in raced]
    conversation.put_in_order(1)
    turns = conversation.turns
    assert [turn.id for turn in turns[1:6]] == [turn.id for turn in racing]
    assert turns[6:] == later
    for place, turn in enumerate(turns):
        assert [conversation.owner(answer) for answer in turn.branches] == [place] * len(turn.branches)
    assert [conversation.parent(place) for place in range(6)] == [None] * 6
    assert [turns[conversation.parent(place) or 0] for place in range(6, 11)] == raced


def test_turns_before_a_race_stay_where_they_are(conversation: Conversation) -> None:
    """Only turns from the given place on are put in order."""
    late = changed(made(conversation.head.add("user", "x"), "late"), id=new_id() + 2**40)
    conversation.add(late)
    first = conversation.add(made(late.request.asked, "a"))
    conversation.put_in_order(1)
    assert [turn.id for turn in conversation.turns] == [late.id, first.id]


# ---- undo, edit


def test_undo_goes_back_before_messages(conversation: Conversation) -> None:
    """/undo goes back before the last message, /undo 2 before the last two, to the beginning."""
    for number in range(3):
        say(conversation, f"q{number}", f"a{number}")
    end = conversation.head
    assert conversation.undo() == end
    assert head(conversation) == ["q0", "a0", "q1", "a1"]
    conversation.undo(2)
    assert head(conversation) == []
    with pytest.raises(TemperaError, match="there is nothing to undo"):
        conversation.undo()
    conversation.switch("3")
    assert conversation.head == end


def test_undo_refuses_more_than_there_is(conversation: Conversation) -> None:
    """Too many steps are refused, with how many there are, and nothing moves."""
    with pytest.raises(TemperaError, match="there is nothing to undo"):
        conversation.undo()
    say(conversation, "one", "a")
    with pytest.raises(BadInput, match="this branch has one message"):
        conversation.undo(2)
    say(conversation, "two", "b")
    with pytest.raises(BadInput, match="this branch has 2 messages"):
        conversation.undo(3)
    assert len(head(conversation)) == 4


def test_the_last_message_is_that_of_the_branch(conversation: Conversation) -> None:
    """/retry and /edit mean the last message on this branch, not the newest of all."""
    with pytest.raises(TemperaError, match="there is no message yet"):
        conversation.last_asked()
    first = say(conversation, "one", "a")
    say(conversation, "two", "b")
    conversation.undo()
    assert conversation.last_asked() == first.request.asked
    assert conversation.last_turn() == first


def test_the_last_answer_is_that_of_the_branch_or_the_newest(conversation: Conversation) -> None:
    """Where nothing answered on this branch, the newest answer of all is meant; a failed turn is none."""
    assert conversation.last_answer() is None
    first = say(conversation, "one", "a")
    second = say(conversation, "two", "b")
    failed(conversation, "three")
    assert conversation.last_answer() == second
    conversation.switch("1")
    assert conversation.last_answer() == first
    conversation.undo()
    assert conversation.last_answer() == second


# ---- pick


def test_pick_moves_what_is_said_next(conversation: Conversation) -> None:
    """Another choice becomes the conversation's; picking by its place, whatever its index."""
    say(conversation, "toss", "heads", "tails")
    conversation.pick(2)
    assert head(conversation) == ["toss", "tails"]
    assert conversation.turns[0].choice.text == "tails"
    say(conversation, "and?", "so")
    with pytest.raises(TemperaError, match="there is nothing to pick from"):
        conversation.pick(1)
    conversation.undo()
    conversation.pick(1)
    assert head(conversation) == ["toss", "heads"]
    conversation.switch("2")
    assert head(conversation) == ["toss", "tails", "and?", "so"]


def test_pick_goes_back_to_the_choice_after_which_more_was_said(conversation: Conversation) -> None:
    """The turn that was changed is given, and is where it was."""
    say(conversation, "toss", "heads", "tails")
    say(conversation, "again", "heads", "tails")
    picked = conversation.pick(2)
    assert picked == conversation.turns[1] and picked.marks.picked == 1
    assert conversation.on == ""


def test_pick_in_an_arena_keeps_the_branch(conversation: Conversation) -> None:
    """Of answers side by side, one is gone on with; the name of the branch comes along."""
    asked = say(conversation, "toss", "heads").request.asked
    conversation.fork("main")
    conversation.add(changed(made(asked, "tails", "edge"), picked=1), move=False)
    assert head(conversation) == ["toss", "heads"]
    conversation.pick_turn(1)
    assert head(conversation) == ["toss", "edge"]
    assert (conversation.on, conversation.names["main"]) == ("main", conversation.head)
    conversation.on = ""
    conversation.pick_turn(0)
    assert (conversation.on, head(conversation)) == ("", ["toss", "heads"])


def test_a_blind_comparison_does_not_tell_its_models(conversation: Conversation) -> None:
    """Until one is picked, the model last told is that of the turn before it."""
    assert conversation.model == ""
    say(conversation, "one", "a", model="before")
    blind = Experiment("arena", conversation.head, (Cell("a", {}),), blind=True)
    conversation.experiments[blind.id] = blind
    told = say(conversation, "two", "b", model="hidden", experiment=blind.id)
    assert conversation.hides(told) and not conversation.hides(conversation.turns[0])
    assert conversation.model == "before"
    conversation.experiments[blind.id] = replace(blind, blind=False)
    assert not conversation.hides(told) and conversation.model == "hidden"


# ---- what is refused


@pytest.mark.parametrize(
    ("do", "kind", "says", "hint"),
    [
        (lambda talk: talk.turn(0), BadInput, "no turn 0: there are turns 1 to 2", ""),
        (lambda talk: talk.turn(3), BadInput, "no turn 3: there are turns 1 to 2", ""),
        (lambda talk: talk.undo(3), BadInput, "this branch has 2 messages", ""),
        (lambda talk: talk.pick(-1), TemperaError, "the last turn has choices 1 to 2", ""),
        (lambda talk: talk.pick(0), TemperaError, "the last turn has choices 1 to 2", ""),
        (lambda talk: talk.pick(3), TemperaError, "the last turn has choices 1 to 2", ""),
        (
            lambda talk: talk.fork("main"),
            BadInput,
            "there is a branch main already",
            "/switch main goes there",
        ),
        (
            lambda talk: talk.fork("7"),
            BadInput,
            "7 can't name a branch: letters, digits, - and _, and not digits alone",
            "",
        ),
        (lambda talk: talk.switch("mian"), UnknownName, "no branch mian; did you mean main?", ""),
        (lambda talk: talk.switch("99999999"), BadInput, "no turn 99999999: there are turns 1 to 2", ""),
        (lambda talk: talk.switch("999999999"), UnknownName, "no branch 999999999", ""),
        (lambda talk: talk.turn_at("mian"), UnknownName, "no branch mian; did you mean main?", ""),
        (lambda talk: talk.turn_at("99999999"), BadInput, "no turn 99999999: there are turns 1 to 2", ""),
        (lambda talk: talk.turn_at("999999999"), UnknownName, "no branch 999999999", ""),
        (lambda talk: talk.turn_at("root"), BadInput, "branch root has no answer yet", ""),
    ],
)
def test_what_can_not_be_done_says_why(
    conversation: Conversation, do: Callable[[Conversation], object], kind: type, says: str, hint: str
) -> None:
    """A step that is not there is refused with what is, and nothing moves."""
    conversation.fork("root")
    conversation.on = ""
    say(conversation, "one", "a")
    conversation.fork("main")
    say(conversation, "two", "b", "c")
    end = conversation.head
    with pytest.raises(TemperaError) as refused:
        do(conversation)
    assert (type(refused.value), refused.value.message, refused.value.hint) == (kind, says, hint)
    assert (conversation.head, conversation.on) == (end, "main")


@pytest.mark.parametrize(
    ("do", "says", "hint"),
    [
        (lambda talk: talk.turn(1), "no turn 1: nothing was sent yet", ""),
        (lambda talk: talk.switch("0"), "no turn 0: nothing was sent yet", ""),
        (lambda talk: talk.undo(), "there is nothing to undo", ""),
        (lambda talk: talk.last_asked(), "there is no message yet", ""),
        (lambda talk: talk.last_turn(), "there is no answer yet", ""),
        (
            lambda talk: talk.pick(1),
            "there is nothing to pick from",
            "/n 2 asks for two choices, then send a message",
        ),
    ],
)
def test_what_can_not_be_done_before_anything_was_said(
    conversation: Conversation, do: Callable[[Conversation], object], says: str, hint: str
) -> None:
    """In an empty conversation there is nothing to go back to, and it is said."""
    with pytest.raises(TemperaError) as refused:
        do(conversation)
    assert (refused.value.message, refused.value.hint) == (says, hint)


# ---- names


def test_a_name_moves_on_with_its_branch(conversation: Conversation) -> None:
    """What is said on a named branch is part of it; leaving it leaves the name where it was."""
    say(conversation, "one", "a")
    assert conversation.fork("main") == "main"
    say(conversation, "two", "b")
    assert conversation.names["main"] == conversation.head
    end = conversation.head
    conversation.undo()
    assert conversation.on == ""
    say(conversation, "two, otherwise", "c")
    assert conversation.names["main"] == end
    conversation.switch("main")
    assert (conversation.head, conversation.on) == (end, "main")


def test_picking_another_choice_stays_on_the_branch(conversation: Conversation) -> None:
    """Another choice at the end of a named branch is no other branch."""
    conversation.fork("main")
    say(conversation, "toss", "heads", "tails")
    conversation.pick(2)
    assert conversation.on == "main"
    assert conversation.names["main"] == conversation.head
    assert head(conversation) == ["toss", "tails"]


def test_forks_without_a_name_get_one(conversation: Conversation) -> None:
    """Names that are made are new, those that a person took included."""
    assert conversation.fork() == "fork-1"
    conversation.fork("fork-3")
    assert conversation.fork() == "fork-4"
    assert conversation.fork() == "fork-5"


@pytest.mark.parametrize("name", ["7", "٣", "a b", "-x", "", "ä" * 41, "a/b", "x\x1b", "."])
def test_names_that_can_not_be(conversation: Conversation, name: str) -> None:
    """Digits alone, blanks, control characters and long names can't name a branch."""
    if name:
        with pytest.raises(BadInput, match="can't name a branch"):
            conversation.fork(name)
    assert conversation.names == {} or not name


def test_switching_to_a_turn_goes_there(conversation: Conversation) -> None:
    """The conversation goes on after that very turn, whatever was said below it; after the question,
    where that had no answer."""
    say(conversation, "one", "a")
    say(conversation, "two", "b")
    conversation.undo()
    say(conversation, "two'", "c")
    failed(conversation, "three")
    conversation.undo(2)
    conversation.switch("1")
    assert head(conversation) == ["one", "a"]
    conversation.switch("3")
    assert head(conversation) == ["one", "a", "two'", "c"]
    assert (conversation.on, conversation.names) == ("", {})
    conversation.switch("2")
    assert head(conversation) == ["one", "a", "two", "b"]
    conversation.switch("4")
    assert head(conversation) == ["one", "a", "two'", "c", "three"]


# ---- for /diff


def test_a_turn_is_named_by_number_or_branch(conversation: Conversation) -> None:
    """/diff takes the numbers of turns and the names of branches, wherever the conversation is."""
    first = say(conversation, "one", "a")
    conversation.fork("main")
    conversation.undo()
    say(conversation, "two", "b")
    assert conversation.turn_at("1") == conversation.turn_at("main") == first


def test_branches_are_compared_from_where_they_part(conversation: Conversation) -> None:
    """What two branches share is left out of both."""
    say(conversation, "shared", "yes")
    conversation.fork("main")
    say(conversation, "one", "a")
    conversation.undo()
    conversation.fork("other")
    say(conversation, "two", "b")
    assert conversation.texts_from_fork("main", "other") == [
        "user: one\n\nassistant: a",
        "user: two\n\nassistant: b",
    ]
    assert conversation.texts_from_fork("main", "main") == ["", ""]


def test_a_walk_through_the_tree_gives_every_message_once(conversation: Conversation) -> None:
    """Each message comes after the one it goes on from, those of failed turns and of names too."""
    say(conversation, "one", "a", "b")
    say(conversation, "two", "c")
    conversation.undo()
    failed(conversation, "lost")
    walked = list(conversation)
    assert [node.last.content for node in walked if node.last] == ["one", "a", "b", "two", "c", "lost"]
    seen = {0}
    for node in walked:
        assert node.before is not None and node.before.id in seen
        seen.add(node.id)


def test_a_long_conversation_is_walked_without_recursion(conversation: Conversation) -> None:
    """Thousands of turns in a row are added, walked and compared."""
    for number in range(3000):
        say(conversation, f"q{number}", "a")
    assert len(conversation.path()) == 3000
    assert sum(1 for _ in conversation) == 6000
    end = conversation.head
    conversation.switch("1")
    conversation.switch("3000")
    assert conversation.head == end
    conversation.undo(3000)
    assert conversation.path() == []
