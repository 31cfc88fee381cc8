"""/pick: go on with another answer, of several choices or of a comparison."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base.errors import BadInput, StoreFailed
from chat.base.short import shorten
from chat.base.tables import Cut, TableColumn, TableRow, counted
from chat.conversation.experiment import Experiment, turns_of
from chat.conversation.turn import Turn
from chat.lab import arena
from chat.session.state import Session
from chat.tokens.prices import COST, priced

from ..counts.usage import FINISH, FIRST, OUT, SPEED, finish, speed
from ..declare import Argument, Suggestion, command
from ..experiments.compare import labels, tell_differences
from ..screen import Screen


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    for number, text in _answers(session):
        if str(number).startswith(typed):
            yield Suggestion(str(number), shorten(text, 50))


def _answers(session: Session) -> Iterator[tuple[int, str]]:
    """List (number, text) of the answers that can be picked."""
    conversation = session.conversation
    experiment = arena.to_pick_from(conversation)
    if experiment is not None:
        for cell, place in turns_of(experiment, session.turns).items():
            if session.turns[place].branches:
                yield cell + 1, session.turns[place].choice.text
        return
    here = conversation.owner(session.branch)
    if here is not None and len(session.turns[here].answer.choices) > 1:
        for choice in session.turns[here].answer.choices:
            yield choice.index + 1, choice.text


@command(Argument("number", _suggest))
def pick(session: Session, screen: Screen, number: str) -> None:
    """Go on with another choice of the last answer, or with another answer of a comparison.

    After /compare --blind this says which was which, and counts as a vote (/arena).
    """
    experiment = arena.to_pick_from(session.conversation)
    if experiment is not None and experiment.blind and len(number) == 1 and number.isalpha():
        number = str(ord(number.upper()) - ord("A") + 1)
    if not number.isdecimal() or len(number) > 4:
        what = "a choice" if experiment is None else "an answer"
        raise BadInput(f"{number} is not the number of {what}")
    if experiment is None:
        turn = session.conversation.pick(int(number))
        session.store.pick(session.conversation, turn)
        screen.say(f"the conversation goes on with choice {int(number)}")
        return
    _pick_answer(session, screen, experiment, int(number) - 1)


def _pick_answer(session: Session, screen: Screen, experiment: Experiment, cell: int) -> None:
    failed: StoreFailed | None = None
    try:
        arena.pick(session, experiment, cell)
    except StoreFailed as error:
        failed = error
    label = experiment.cells[cell].label
    if experiment.blind:
        _reveal(session, screen, experiment, cell)
        told = arena.losers_of(experiment, session.conversation, cell)
        if failed:
            screen.warn(f"the vote can't be kept: {failed.message}", failed.hint)
        elif not told:
            screen.say("no vote: there were no two different ones that answered to the end", dim=True)
    screen.say(f"the conversation goes on with answer {cell + 1}: {label}")


def _reveal(session: Session, screen: Screen, experiment: Experiment, picked: int) -> None:
    """Tell which answer came from which cell, and what was held back about each."""
    turns = {cell: session.turns[place] for cell, place in turns_of(experiment, session.turns).items()}
    rows = []
    for cell, letter in enumerate(labels(experiment)):
        mark = "● " if cell == picked else "  "
        rows.append((f"{mark}{letter}", experiment.cells[cell].label, *_facts(turns.get(cell))))
    columns = (TableColumn(""), TableColumn("was", cut=Cut.LONG), FINISH, OUT, FIRST, SPEED, COST)
    screen.table(columns, rows)
    for cell, turn in turns.items():
        if turn.answer.error:
            screen.warn(f"[{cell + 1}] {turn.answer.error.message}", turn.answer.error.hint)
    tell_differences(session, screen, experiment)


def _facts(turn: Turn | None) -> TableRow:
    if turn is None:
        return ("not asked", *[None] * 4)
    used = turn.answer.usage
    return (
        finish(turn),
        counted(used.completion, used.estimated) if used else None,
        turn.answer.first_token,
        speed(turn),
        priced(turn.answer.cost, bool(used), turn.estimated),
    )
