"""The tree of a conversation against a plain model of it, through the store and back."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from errno import ENOSPC
from sqlite3 import Connection

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chat.base.errors import BadInput, RequestFailed, TemperaError
from chat.conversation.tree import Conversation
from chat.conversation.turn import FAILED
from chat.store.conversations import Store

from ...support.examples import times
from ...support.turns import changed, made

NAMES = ("main", "other", "third")
WORDS = st.sampled_from(("a", "b", "", "längere Worte\nund mehr"))


@dataclass
class Model:
    """The tree as dicts of plain values. A message is named by its place in `messages`; 0 is none.

    `messages`: (role, text, the one before). `turns`: what was asked, the answers, the one picked.
    """

    messages: list[tuple[str, str, int]] = field(default_factory=lambda: [("", "", 0)])
    turns: list[tuple[int, list[int], int]] = field(default_factory=list)
    head: int = 0
    names: dict[str, int] = field(default_factory=dict)
    on: str = ""

    def add(self, role: str, text: str, before: int) -> int:
        self.messages.append((role, text, before))
        return len(self.messages) - 1

    def path(self, end: int) -> list[int]:
        found = []
        while end:
            found.append(end)
            end = self.messages[end][2]
        return found[::-1]

    def texts(self, end: int) -> list[str]:
        return [self.messages[place][1] for place in self.path(end)]

    def asked(self) -> list[int]:
        """The person's messages on the branch, newest first."""
        return [place for place in reversed(self.path(self.head)) if self.messages[place][0] == "user"]

    def a_turn(self, answer: int) -> int | None:
        return next((place for place, (_, answers, _) in enumerate(self.turns) if answer in answers), None)

    def move(self, head: int) -> None:
        if self.on and self.head not in (0, *self.path(head)):
            self.on = ""
        self.head = head
        if self.on:
            self.names[self.on] = head

    def answer(self, asked: int, texts: list[str]) -> None:
        answers = [self.add("assistant", text, asked) for text in texts]
        self.turns.append((asked, answers, 0))
        if answers:
            self.move(answers[0])

    def end(self, place: int) -> int:
        """Where a turn ends."""
        asked, answers, picked = self.turns[place]
        return answers[picked] if answers else asked

    def parent(self, message: int) -> int:
        """The last answer that a message goes on from."""
        return next((place for place in reversed(self.path(message)) if self.a_turn(place) is not None), 0)


class Tree(RuleBasedStateMachine):
    """Everything that moves in a conversation, done to both."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store(None)
        self.full = False
        writing = self.store._database.writing

        def written() -> AbstractContextManager[Connection]:
            if self.full:
                raise OSError(ENOSPC, "no space left")
            return writing()

        self.store._database.writing = written  # type: ignore[method-assign]
        self.real = Conversation()
        self.model = Model()

    def teardown(self) -> None:
        self.store.close()

    @initialize(first=WORDS)
    def begin(self, first: str) -> None:
        self.send("first", [first])

    @rule(
        text=WORDS,
        answers=st.just([]) | st.lists(WORDS, min_size=2, max_size=3) | st.lists(WORDS, max_size=1),
    )
    def send(self, text: str, answers: list[str]) -> None:
        """No answers: the turn failed."""
        self.answer(self.real.head.add("user", text), answers)
        self.model.answer(self.model.add("user", text, self.model.head), answers)

    def answer(self, asked, answers):  # type: ignore[no-untyped-def]
        turn = made(asked, *answers, usage=None)
        failed = changed(turn, ended=FAILED, error=RequestFailed("no"))
        turn = self.real.add(turn if answers else failed)
        assert self.store.add_turn(self.real, turn) is not self.full

    @rule(answers=st.lists(WORDS, max_size=2))
    def retry(self, answers: list[str]) -> None:
        if not self.model.asked():
            with pytest.raises(TemperaError):
                self.real.last_asked()
            return
        self.answer(self.real.last_asked(), answers)
        self.model.answer(self.model.asked()[0], answers)

    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.model.turns) - 1))
        asked = self.real.turn(place + 1).request.asked
        assert asked.last is not None and asked.before is not None
        assert asked.last.content == self.model.messages[self.model.turns[place][0]][1]
        self.real.move(asked.before)
        self.moved()
        self.model.move(self.model.messages[self.model.turns[place][0]][2])

    @rule(steps=st.integers(1, 4))
    def undo(self, steps: int) -> None:
        asked = self.model.asked()
        if steps > len(asked):
            with pytest.raises(TemperaError):
                self.real.undo(steps)
            return
        self.real.undo(steps)
        self.moved()
        self.model.move(self.model.messages[asked[steps - 1]][2])

    @rule(name=st.sampled_from(NAMES))
    def fork(self, name: str) -> None:
        if name in self.model.names:
            with pytest.raises(BadInput):
                self.real.fork(name)
            return
        self.real.fork(name)
        self.moved()
        self.model.names[name] = self.model.head
        self.model.on = name

    @rule(name=st.sampled_from(NAMES))
    def switch_to_a_name(self, name: str) -> None:
        if name not in self.model.names:
            with pytest.raises(BadInput):
                self.real.switch(name)
            return
        self.real.switch(name)
        self.moved()
        self.model.head, self.model.on = self.model.names[name], name

    @rule(data=st.data())
    def switch_to_a_turn(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.model.turns) - 1))
        self.real.switch(str(place + 1))
        self.moved()
        self.model.head, self.model.on = self.model.end(place), ""

    @rule(choice=st.sampled_from((2, 1, 3)))
    def pick(self, choice: int) -> None:
        place = self.model.a_turn(self.model.head)
        asked, answers, _ = self.model.turns[place] if place is not None else (0, [], 0)
        if place is None or len(answers) < 2 or choice > len(answers):
            with pytest.raises(TemperaError):
                self.real.pick(choice)
            return
        assert self.store.pick(self.real, self.real.pick(choice)) is not self.full
        self.model.turns[place] = (asked, answers, choice - 1)
        self.model.head = answers[choice - 1]
        if self.model.on:
            self.model.names[self.model.on] = self.model.head

    def moved(self) -> None:
        assert self.store.move_head(self.real) is not self.full
        assert self.store.holds(self.real) is not self.full

    @rule()
    def fill_the_disk(self) -> None:
        self.full = True

    @rule()
    def make_room(self) -> None:
        """What could not be stored meanwhile is, with the next thing."""
        self.full = False
        self.moved()

    @precondition(lambda self: not self.full and self.store.holds(self.real))
    @rule()
    def load_it(self) -> None:
        """As the next shell finds it."""
        self.real = self.store.load(self.real.number)

    @precondition(lambda self: not self.full)
    @rule()
    def delete_it_and_go_on(self) -> None:
        """Another shell may delete it at any time."""
        self.store.delete(self.real.number)
        self.moved()
        self.load_it()

    # ---- what holds at any time

    @invariant()
    def the_head_is_where_it_is(self) -> None:
        assert [message.content for message in self.real.head] == self.model.texts(self.model.head)

    @invariant()
    def the_names_are_where_they_are(self) -> None:
        names = {name: [m.content for m in end] for name, end in self.real.names.items()}
        assert names == {name: self.model.texts(end) for name, end in self.model.names.items()}
        assert self.real.on == self.model.on

    @invariant()
    def every_turn_is_there(self) -> None:
        found = [
            (
                [m.content for m in turn.request.asked],
                [answer.last.content for answer in turn.branches if answer.last],
                turn.marks.picked,
            )
            for turn in self.real.turns
        ]
        assert found == [
            (self.model.texts(asked), [self.model.messages[answer][1] for answer in answers], picked)
            for asked, answers, picked in self.model.turns
        ]

    @invariant()
    def every_message_is_there_once(self) -> None:
        texts = sorted(node.last.content for node in self.real if node.last)
        assert texts == sorted(text for _, text, _ in self.model.messages[1:])

    @invariant()
    def turns_hang_where_they_hang(self) -> None:
        for place, (asked, _, _) in enumerate(self.model.turns):
            assert self.real.parent(place) == self.model.a_turn(self.model.parent(asked))
        assert self.real.path() == [
            place for place in map(self.model.a_turn, self.model.path(self.model.head)) if place is not None
        ]


TestTree = Tree.TestCase
TestTree.settings = times(1)
TestTree.__doc__ = (
    """Whatever is said, tried again, undone, named and picked, the tree is as a plain model has it."""
)
