"""/compare: one message to several profiles or settings at once, side by side."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chat.base.errors import RequestFailed, TemperaError
from chat.base.short import cut
from chat.base.tables import Cut, TableColumn
from chat.conversation import in_effect
from chat.conversation.experiment import COMPARE, Experiment, turns_of
from chat.conversation.parallel import Stop
from chat.conversation.turn import COMPLETE, FAILED, Answer, Turn
from chat.endpoint.embedded import PARALLEL
from chat.lab import request_diff, runner
from chat.session.sending import Prepared
from chat.session.state import Session

from ..asking import drawn
from ..counts.budget import within
from ..declare import Argument, Edit, command
from ..screen import CellsDisplay, Screen
from ..shaped import judged, name_of, wanted
from . import running
from .columns import read, suggest

_LETTERS = "ABCDEFGHI"


@command(Argument("columns", suggest, rest=True, usage="[--blind] A B… [-- text]"))
def compare(session: Session, screen: Screen, text: str) -> Edit | None:
    """Ask several profiles or settings the same at once, and look at the answers side by side.

    /compare temperature=0 temperature=1.5       the last message is asked again
    /compare default haiku -- Why is it so?      profiles, and a message
    /compare haiku,temperature=0 "haiku seed=1"  several things in one column
    /compare now system=                         as it is set, and with no system
    /compare temperature=1.5                     it alone, beside what is set
    /compare --blind model=a model=b             hidden which is which, until /pick

    Ctrl-C stops all, a number key one. The conversation goes on with the first
    answer, and after /pick 2 with the second; all of them stay, as turns that
    /diff, /raw and /switch take. A profile is taken as it is loaded, without
    what was set here. Where answers call tools, each column goes on with what
    these gave in this conversation, or you type it; nothing runs again.
    """
    line = read(session, text)
    cells = list(line.cells)
    if line.blind:  # the columns stand in an order that nobody knows
        random.shuffle(cells)
    asked = running.asked(session, line.message, "/compare")
    experiment = runner.planned(session, COMPARE, asked, cells, text, line.blind)
    refused: dict[int, TemperaError] = {}
    prepared = running.prepared(session, screen, experiment, range(len(cells)), refused)
    if not prepared:
        for error in list(refused.values())[:1]:
            screen.fail(error.message, error.hint)
        return Edit(f"/compare {text}")
    if not within(session, screen, list(prepared.values())):  # all that will be sent, together
        return Edit(f"/compare {text}")
    runner.keep(session, experiment)
    running.say_no_prefill(session, screen)
    turns = _run(session, screen, experiment, prepared, refused)
    turns = running.followed(
        session,
        screen,
        experiment,
        prepared,
        turns,
        labels(experiment),
        lambda following: _run(session, screen, experiment, following, {}),
    )
    answered = [cell for cell in sorted(turns) if turns[cell].branches]
    if not answered:
        told = session.conversation.experiments[experiment.id] = replace(experiment, blind=False)
        session.store.put_experiment(session.conversation, told)
        _tell_failures(screen, experiment, turns)
        return Edit(f"/compare {text}")
    first = next((cell for cell in answered if turns[cell].answer.ended == COMPLETE), answered[0])
    places = turns_of(experiment, session.turns)
    session.conversation.move(session.turns[places[first]].branches[0])
    session.store.move_head(session.conversation)
    if not experiment.blind:
        tell_differences(session, screen, experiment)
    _tell_what_next(screen, experiment, {cell: places[cell] for cell in answered}, first)
    return None


# ---- while they answer


def _run(
    session: Session,
    screen: Screen,
    experiment: Experiment,
    prepared: dict[int, Prepared],
    refused: dict[int, TemperaError],
) -> dict[int, Turn]:
    """Ask and show; the turns by cell, those that could not be asked included."""
    stops = {cell: Stop() for cell in prepared}
    failed = {
        cell: Turn(answer=Answer(ended=FAILED, error=RequestFailed(error.message, error.hint)))
        for cell, error in refused.items()
    }

    def stop(cell: int) -> None:
        if cell in stops:
            stops[cell].set()

    def opened() -> CellsDisplay:
        json = any(wanted(each.body.get("response_format")) for each in prepared.values())
        shown = screen.together(labels(experiment), stop, drawn(session, json), experiment.blind)
        for cell, turn in failed.items():
            shown.done(cell, turn.answer)
        return shown

    at_once = _at_once(list(prepared.values()))
    requests = prepared.items()
    return failed | running.run(session, screen, requests, opened, at_once=at_once, stops=stops.values())


def _at_once(prepared: Sequence[Prepared]) -> int:
    """Tell how many may be under way: the embedded model has so many slots, one for each choice."""
    most = [each.body.get("n") or 1 for each in prepared if each.endpoint.is_embedded]
    return max(1, PARALLEL // max(most)) if most else 0


def labels(experiment: Experiment) -> list[str]:
    """Return the columns' names, as far as they may be told."""
    if experiment.blind:
        return list(_LETTERS[: len(experiment.cells)])
    return [cell.label for cell in experiment.cells]


# ---- after


def tell_differences(session: Session, screen: Screen, experiment: Experiment) -> None:
    """Tell how the sent requests differ, and what a server changed of them."""
    places = turns_of(experiment, session.turns)
    turns = {cell: session.turns[place] for cell, place in places.items()}
    rows = request_diff.differing(list(turns.values()))
    if rows:
        shown = [(name, *map(_short, values)) for name, values in rows]
        screen.table(
            (TableColumn("sent"), *(TableColumn(f"[{cell + 1}]", cut=Cut.LONG) for cell in turns)), shown
        )
    elif len(turns) > 1:
        screen.say("the requests were the same", dim=True)
    for cell, turn in turns.items():
        for difference in in_effect.differences(turn.request.body, turn.answer.effective):
            screen.warn(f"[{cell + 1}] {difference}")
    tell_shapes(screen, turns)


def tell_shapes(screen: Screen, turns: Mapping[int, Turn]) -> None:
    """What the answers are to the formats that were asked for: a line each."""
    asked = [
        (cell, turn)
        for cell, turn in sorted(turns.items())
        if turn.answer.ended == COMPLETE and wanted(turn.request.body.get("response_format"))
    ]
    rows = [
        (
            f"[{cell + 1}]" + (f".{number}" if len(turn.answer.choices) > 1 else ""),
            name_of(turn) or "any JSON",
            verdict.short,
        )
        for cell, turn in asked
        for number, verdict in enumerate(judged(turn), 1)
    ]
    if rows:
        screen.table((TableColumn("answer"), TableColumn("form"), TableColumn("shape", cut=Cut.LONG)), rows)


def _short(text: str) -> str:
    return cut(text.replace("\n", "\\n").replace("\t", "\\t"), 120)


def _tell_failures(screen: Screen, experiment: Experiment, turns: dict[int, Turn]) -> None:
    """Tell why nobody answered, where the columns could not."""
    for cell, turn in sorted(turns.items()):
        if experiment.blind and turn.answer.error:
            screen.fail(f"[{cell + 1}] {turn.answer.error.message}", turn.answer.error.hint)


def _tell_what_next(screen: Screen, experiment: Experiment, places: dict[int, int], first: int) -> None:
    """Tell what to do next. `places` are those of the cells with an answer: only these can be gone on
    with."""
    others = [cell for cell in places if cell != first]
    if experiment.blind:
        letters = labels(experiment)
        which = f"{letters[0]} {'or' if len(letters) == 2 else '…'} {letters[-1]}"
        screen.say(f"/pick {which} goes on with that one, and says which was which", dim=True)
        return
    told = f"the conversation goes on with [{first + 1}]"
    if others:
        one, other = places[first] + 1, places[others[0]] + 1
        told += f"; /pick {others[0] + 1} takes that one · /diff {one} {other} compares the words"
    screen.say(told, dim=True)
