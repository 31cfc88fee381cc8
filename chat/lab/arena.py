"""Go on with one answer of an experiment. If it was blind, count that as a vote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..base.dataclass import dataclass
from ..base.errors import BadInput, TemperaError
from ..conversation.experiment import Experiment, turns_of
from ..conversation.tree import Conversation
from ..conversation.turn import COMPLETE
from ..session.state import Session
from ..statistics.distributions import NORMAL
from ..statistics.intervals import LEVEL, wilson
from ..statistics.strengths import Strength, strengths


@dataclass(frozen=True)
class Tally:
    """How often an answer with this label was picked, and how often another beside it was."""

    label: str
    strength: Strength
    wins: int = 0
    losses: int = 0

    @property
    def share(self) -> float:
        return self.wins / (self.wins + self.losses)

    @property
    def range(self) -> tuple[float, float]:
        """Return the range in which the share would lie after many more votes, 19 times out of 20."""
        return wilson(self.share, self.wins + self.losses, NORMAL.inv_cdf((1 + LEVEL) / 2))


def tally(votes: Iterable[tuple[str, Sequence[str]]]) -> list[Tally]:
    """Give all labels that were voted on, the strongest first. A vote among several is a win for one, and a
    loss for each of the others."""
    wins: Counter[str] = Counter()
    losses: Counter[str] = Counter()
    duels: Counter[tuple[str, str]] = Counter()
    for winner, losers in votes:
        wins[winner] += 1
        losses.update(losers)
        duels.update((winner, loser) for loser in losers)
    found = [
        Tally(label, strength, wins[label], losses[label]) for label, strength in strengths(duels).items()
    ]
    return sorted(found, key=lambda each: (-each.strength.value, -each.wins, each.label))


def to_pick_from(conversation: Conversation) -> Experiment | None:
    """Find the experiment that the newest turn is part of, probes aside, else the last blind one without a
    pick. Return None if the answer at the end of the branch has choices of its own."""
    turns = [turn for turn in conversation.turns if not conversation.beside(turn)]
    if not turns:
        return None
    place = conversation.owner(conversation.head)
    here = conversation.turns[place] if place is not None else None
    newest = conversation.experiments.get(turns[-1].request.experiment)
    if here and len(here.answer.choices) > 1 and here.request.experiment != turns[-1].request.experiment:
        return None
    if newest is not None:
        return newest
    if here and len(here.answer.choices) > 1:
        return None
    return next((each for each in reversed(list(conversation.experiments.values())) if each.blind), None)


def pick(session: Session, experiment: Experiment, cell: int) -> None:
    """Go on with this cell's answer. The others stay as siblings. A blind experiment is no longer hidden,
    and this counts as a vote. Raises TemperaError if there is no such answer, and StoreFailed if only the
    vote can't be kept."""
    conversation = session.conversation
    places = turns_of(experiment, conversation.turns)
    if not 0 <= cell < len(experiment.cells):
        raise BadInput(f"there are answers 1 to {len(experiment.cells)}")
    if cell not in places or not conversation.turns[places[cell]].branches:
        raise TemperaError(f"{cell + 1} has no answer")
    conversation.pick_turn(places[cell])
    session.store.move_head(conversation)
    told = conversation.experiments[experiment.id] = replace(experiment, blind=False)
    session.store.put_experiment(conversation, told)
    losers = losers_of(experiment, conversation, cell)
    if experiment.blind and losers:
        session.store.vote(experiment.id, experiment.cells[cell].label, losers)


def losers_of(experiment: Experiment, conversation: Conversation, cell: int) -> list[str]:
    """List the cells that an answer won against: all others with a complete answer. An incomplete winner
    beats none, since nobody has read it whole."""
    turns = conversation.turns
    whole = [
        each for each, place in turns_of(experiment, turns).items() if turns[place].answer.ended == COMPLETE
    ]
    label = experiment.cells[cell].label
    others = [experiment.cells[each].label for each in whole if each != cell]
    return [other for other in others if other != label] if cell in whole else []
