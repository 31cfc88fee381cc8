"""A conversation: every turn of it, which make a tree, and where in the tree it goes on.

A message has its place by what it goes on from (`branch`). A turn asks something of one message
and adds an answer below it for each of its choices, so asking again makes siblings, and nothing
that was said is ever lost. A name may stand at a branch's end, and moves on with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import field, replace

from ..base.dataclass import dataclass
from ..base.errors import BadInput, TemperaError, UnknownName
from ..base.short import several, shorten
from .branch import Branch, new_id
from .experiment import BESIDE, Experiment
from .turn import Turn

_RESULTS = ("tool", "function")  # roles of what tools answer
NAME = re.compile(r"(?!\d+$)[\w][\w.-]{0,39}")


@dataclass
class Conversation:
    """`number` is the store's, for people; 0 until it is stored. `after` ends what requests leave out of the
    beginning, `summary` stands for it. `budget_cost` (dollars) and `budget_tokens` are the most
    that it may take; None is no limit.
    """

    id: int = field(default_factory=new_id)
    number: int = 0
    title: str = ""
    turns: list[Turn] = field(default_factory=list)
    head: Branch = field(default_factory=Branch)
    names: dict[str, Branch] = field(default_factory=dict)
    on: str = ""
    after: Branch = field(default_factory=Branch)
    summary: str = ""
    cost: float | None = 0.0
    budget_cost: float | None = None
    budget_tokens: int | None = None
    experiments: dict[int, Experiment] = field(default_factory=dict)
    _answers: dict[int, tuple[int, int]] = field(default_factory=dict)
    _above: list[int] = field(default_factory=list)

    # ---- turns and where they hang

    def add(self, turn: Turn, move: bool = True) -> Turn:
        """Add a turn: its answers hang below the message it asked. With `move`, the conversation goes on
        with the answer, if there is one. Return the turn as it is kept."""
        if turn.answer.answered and not turn.branches:
            turn = replace(
                turn, branches=tuple(_answer(turn, number) for number in range(len(turn.answer.choices)))
            )
        place = len(self.turns)
        self.turns.append(turn)
        above = next((node.id for node in turn.request.asked.backwards() if node.id in self._answers), 0)
        self._above.append(above)
        for number, answer in enumerate(turn.branches):
            self._answers[answer.id] = (place, number)
        self._pay(turn)
        if not self.title and turn.request.asked.last and not self.beside(turn):
            self.title = shorten(turn.request.asked.last.content)
        if turn.branches and move:
            self.move(_chosen(turn))
        return turn

    def count(self, place: int, turn: Turn) -> None:
        """Add what a turn took, if that was not known yet."""
        self.turns[place] = turn
        self._pay(turn)

    def _pay(self, turn: Turn) -> None:
        if turn.answer.usage:
            self.cost = (
                None if self.cost is None or turn.answer.cost is None else self.cost + turn.answer.cost
            )

    def put_in_order(self, first: int) -> None:
        """Sort the turns from this place on by their numbers, which is the order they load in. Answers that
        came at once were added as each was over."""
        order = sorted(range(first, len(self.turns)), key=lambda place: self.turns[place].id)
        new = {old: place for place, old in enumerate(order, first)}
        self.turns[first:] = [self.turns[old] for old in order]
        self._above[first:] = [self._above[old] for old in order]
        self._answers = {
            answer: (new.get(place, place), number) for answer, (place, number) in self._answers.items()
        }

    def forget_wire(self, turns: Collection[int]) -> None:
        """Forget what went over the connection for these turns: the store has it."""
        for place, turn in enumerate(self.turns):
            if turn.id in turns and turn.answer.wire:
                self.turns[place] = turn.with_answer(wire=())

    def move(self, head: Branch) -> None:
        """Go on from here; the name of the branch goes along, unless the branch is left."""
        if self.on and not head.goes_through(self.head):
            self.on = ""
        self.head = head
        if self.on:
            self.names[self.on] = head

    def owner(self, answer: Branch) -> int | None:
        """Tell where in `turns` the turn stands that gave this answer."""
        found = self._answers.get(answer.id)
        return None if found is None else found[0]

    def parent(self, place: int) -> int | None:
        """Give the turn that a turn goes on from; None at a root."""
        above = self._above[place]
        return self._answers[above][0] if above else None

    def children(self) -> dict[int | None, list[int]]:
        """Give the turns below each turn, and at the root (None), in their order in time."""
        found: dict[int | None, list[int]] = {}
        for place in range(len(self.turns)):
            found.setdefault(self.parent(place), []).append(place)
        return found

    def path(self, head: Branch | None = None) -> list[int]:
        """Give the turns on a branch, oldest first; of the one in force, unless another is given."""
        places = [self.owner(node) for node in (head or self.head).backwards()]
        return [place for place in reversed(places) if place is not None]

    # ---- what a person does with them

    def turn(self, number: int) -> Turn:
        """Give the turn of that number, counted from 1. Raises BadInput."""
        if not 1 <= number <= len(self.turns):
            known = f"there are turns 1 to {len(self.turns)}" if self.turns else "nothing was sent yet"
            raise BadInput(f"no turn {number}: {known}")
        return self.turns[number - 1]

    def last_turn(self) -> Turn:
        """Give the turn that answered last on this branch. Raises TemperaError."""
        path = self.path()
        if not path:
            raise TemperaError("there is no answer yet")
        return self.turns[path[-1]]

    def last_answer(self) -> Turn | None:
        """Return the last answer on this branch, or, if it has none, the newest answer of all."""
        path = self.path()
        if path:
            return self.turns[path[-1]]
        said = (turn for turn in reversed(self.turns) if not self.beside(turn))
        return next((turn for turn in said if turn.answer.answered), None)

    def beside(self, turn: Turn) -> bool:
        """Tell whether the turn is part of a probe or of /dials: kept and paid for here, and nothing that was
        said."""
        experiment = self.experiments.get(turn.request.experiment)
        return experiment is not None and experiment.kind in BESIDE

    def turn_at(self, where: str) -> Turn:
        """Give the turn of that number, or at the end of a named branch. Raises BadInput."""
        if where in self.names:
            path = self.path(self.names[where])
            if not path:
                raise BadInput(f"branch {where} has no answer yet")
            return self.turns[path[-1]]
        if not where.isdecimal() or len(where) > 8:
            raise UnknownName("branch", where, self.names)
        return self.turn(int(where))

    def texts_from_fork(self, one: str, other: str) -> list[str]:
        """Return the texts of two named branches from where they part, a paragraph a message."""
        first, second = self.names[one], self.names[other]
        shared = {node.id for node in first.backwards()} & {node.id for node in second.backwards()}
        texts = []
        for end in (first, second):
            own = [node.last for node in end.backwards() if node.id not in shared and node.last]
            texts.append("\n\n".join(f"{message.role}: {message.content}" for message in reversed(own)))
        return texts

    def last_asked(self) -> Branch:
        """Give the end of what was answered last on this branch: a message, or what tools answered. Raises
        TemperaError."""
        for node in self.head.backwards():
            place = self.owner(node)
            if place is not None:
                return self.turns[place].request.asked
            if node.last and node.last.role in ("user", *_RESULTS):
                return node
        raise TemperaError("there is no message yet")

    def undo(self, steps: int = 1) -> Branch:
        """Go back before the last message, or several; what was the end. What tools answered to one
        message counts as one. Raises TemperaError."""
        asked = [node for node in self.head.backwards() if _begins_step(node)]
        if not asked:
            raise TemperaError("there is nothing to undo")
        if steps > len(asked):
            raise BadInput(f"this branch has {several(len(asked), 'message')}")
        end = self.head
        self.move(asked[steps - 1].before or Branch())
        return end

    def pick(self, choice: int) -> Turn:
        """Go on with another choice of the last turn on this branch, counted from 1. What was
        said after it stays, on a branch of its own. Raises TemperaError."""
        place = self.owner(self.head)
        if place is None or len(self.turns[place].answer.choices) < 2:
            raise TemperaError(
                "there is nothing to pick from", "/n 2 asks for two choices, then send a message"
            )
        turn = self.turns[place]
        if not 1 <= choice <= len(turn.answer.choices):
            raise TemperaError(f"the last turn has choices 1 to {len(turn.answer.choices)}")
        picked = replace(turn, marks=replace(turn.marks, picked=turn.answer.choices[choice - 1].index))
        self.turns[place] = picked
        on = self.on
        self.move(picked.branches[choice - 1])
        if on:  # another choice is no other branch
            self.on = on
            self.names[on] = self.head
        return picked

    def pick_turn(self, place: int) -> None:
        """Go on with the answer of a turn that answered beside others. It is still the same branch, so its
        name comes along."""
        on = self.on
        self.move(_chosen(self.turns[place]))
        if on:
            self.on = on
            self.names[on] = self.head

    @property
    def model(self) -> str:
        """Return the model that answered last, if it may be told."""
        return next((turn.model for turn in reversed(self.turns) if not self.hides(turn)), "")

    def hides(self, turn: Turn) -> bool:
        """Tell whether the turn is part of a blind comparison without a pick. Then nothing is shown that
        could betray its settings."""
        experiment = self.experiments.get(turn.request.experiment)
        return experiment is not None and experiment.blind

    def fork(self, name: str = "") -> str:
        """Name the branch that begins here, and be on it; its name. Raises BadInput."""
        if not name:
            number = len(self.names) + 1
            while f"fork-{number}" in self.names:
                number += 1
            name = f"fork-{number}"
        if not NAME.fullmatch(name):
            raise BadInput(f"{name} can't name a branch: letters, digits, - and _, and not digits alone")
        if name in self.names:
            raise BadInput(f"there is a branch {name} already", f"/switch {name} goes there")
        self.names[name] = self.head
        self.on = name
        return name

    def keep(self) -> str:
        """Name the branch in force where nothing else leads back to its end; the name, or ""."""
        kept = (end for turn in self.turns for end in (turn.request.asked, *turn.branches))
        if not self.head.length or any(end.goes_through(self.head) for end in (*kept, *self.names.values())):
            return ""
        number = 1
        while f"before-{number}" in self.names:
            number += 1
        self.names[f"before-{number}"] = self.head
        return f"before-{number}"

    def switch(self, where: str) -> None:
        """Go on at a named branch, or after the turn of that number, even if more was said below it. Raises
        BadInput."""
        if where.isdecimal() and len(where) < 9:
            turn = self.turn(int(where))
            head, on = _chosen(turn) if turn.branches else turn.request.asked, ""
        elif where in self.names:
            head, on = self.names[where], where
        else:
            raise UnknownName("branch", where, self.names)
        self.on = ""
        self.move(head)
        self.on = on

    def __iter__(self) -> Iterator[Branch]:
        """Give every message of the tree, each after the one it goes on from."""
        seen: set[int] = set()
        ends = [end for turn in self.turns for end in (turn.request.asked, *turn.branches)]
        for end in (*ends, self.head, *self.names.values()):
            new = []
            for node in end.backwards():
                if node.id in seen:
                    break
                seen.add(node.id)
                new.append(node)
            yield from reversed(new)


def _begins_step(node: Branch) -> bool:
    """Tell whether something new is said from here on, by a person or by tools."""
    role = node.last.role if node.last else ""
    before = node.before.last if node.before else None
    return role == "user" or (role in _RESULTS and (before is None or before.role not in _RESULTS))


def _answer(turn: Turn, number: int) -> Branch:
    """Give the answer that a choice adds below what was asked."""
    choice = turn.answer.choices[number]
    return turn.request.asked.append(choice.message(turn.request.carried.prefill, turn.answer.ended))


def _chosen(turn: Turn) -> Branch:
    """Give the answer that the conversation goes on with."""
    pairs = zip(turn.answer.choices, turn.branches, strict=False)
    return next((answer for choice, answer in pairs if choice.index == turn.marks.picked), turn.branches[0])
