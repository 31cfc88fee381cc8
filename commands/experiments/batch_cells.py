"""Send an experiment of the conversation by batches, and show what they brought: sweeps and replays."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chat.base.errors import BadInput, StoreFailed, TemperaError
from chat.base.short import several, shorten
from chat.batch import cells as of_cells
from chat.batch.cells import Turns
from chat.batch.remote import Life, folder
from chat.batch.state import of_row
from chat.batch.writing import Way, Writing, forget
from chat.conversation.branch import new_id
from chat.conversation.experiment import SWEEP, Experiment, missing, turns_of
from chat.conversation.tree import Conversation
from chat.conversation.turn import COMPLETE
from chat.evaluation.results import WAITING, EvalRun, ExperimentRef
from chat.lab import runner
from chat.lab.results import combinations
from chat.parameters.settings import Settings
from chat.session.sending import Prepared
from chat.session.state import Session
from chat.session.worst_case import Worst, worst_cases

from ..counts.budget import within
from ..screen import Screen
from . import batch_sending, running
from .evaluating import keeping, need_key

#: Failures that are named by their words.
_WORDS = 3


def owed(session: Session, experiment: Experiment) -> dict[int, int]:
    """Map the cells whose answers a batch owes to its run. What a killed shell has not written whole owes
    nothing. Answers that another shell has taken into the open conversation are there afterwards."""
    kept = keeping(session)
    life = Life(session, kept)
    sent = kept.runs.parts(experiment=experiment.id)
    for row in sent:
        if not kept.runs.is_taken(row["number"]):
            life.forget_unwritten(row["number"])
    found = of_cells.owed(kept, experiment)
    here = session.conversation
    if experiment.id in here.experiments and sent and set(missing(experiment, here.turns)) - set(found):
        _catch_up(session, experiment)
    return found


def _catch_up(session: Session, experiment: Experiment) -> None:
    """Add to the open conversation what another shell has stored of an experiment."""
    here = session.conversation
    known = {turn.id for turn in here.turns}
    with contextlib.suppress(StoreFailed):
        for turn in session.store.load(here.number).turns:
            if turn.request.experiment == experiment.id and turn.id not in known:
                here.add(turn, move=False)


# ---- out


def refuse(session: Session, settings: Settings) -> None:
    """Raise BadInput where what these settings lead to takes no batch, or nothing is kept. Nothing was loaded
    by then."""
    folder(session)
    target = session.target(settings)
    batch_sending.refuse_endpoint(target.endpoint, write="")
    need_key(target)


def send(session: Session, screen: Screen, experiment: Experiment, cells: Sequence[int]) -> bool:
    """Send these cells of a sweep, if they may be; tell whether they were. Raises TemperaError."""
    refuse(session, runner.settings_of(session, experiment, cells[0]))
    wanted, alike = set(cells), combinations(experiment).values()
    groups = [found for group in alike if (found := [cell for cell in group if cell in wanted])]
    made = running.prepared(session, screen, experiment, [group[0] for group in groups])
    prepared = {
        cell: replace(one, request=replace(one.request, id=new_id(), cell=cell))
        for group in groups
        if (one := made.get(group[0]))
        for cell in group
    }
    return bool(prepared) and out(session, screen, experiment, prepared)


def out(
    session: Session,
    screen: Screen,
    experiment: Experiment,
    prepared: Mapping[int, Prepared],
    turn: int = 0,
    exchange: int = 0,
) -> bool:
    """Send requests of an experiment by batches, if the person agrees; tell whether they were sent. `turn`
    and `exchange` say what they replay. Raises TemperaError: what was done by then is kept."""
    requests = list(prepared.values())
    _tell(screen, requests)
    worst = list(worst_cases(session, requests, batch=True))
    running.say_worst(screen, sum(worst, Worst()), experiment)
    batch_sending.tell_price(screen, requests[0].endpoint, requests[0].request.model)
    ways = {
        cell: Way(each.endpoint.base_url, each.request.model, most.cost)
        for (cell, each), most in zip(prepared.items(), worst, strict=True)
    }
    groups = batch_sending.grouped(screen, ways)
    running.say_no_prefill(session, screen)
    if not within(session, screen, requests, batch=True):
        return False
    if not screen.confirm(f"send {'it' if len(requests) == 1 else 'them'} by a batch?"):
        screen.say("nothing was sent")
        return False
    runner.keep(session, experiment)
    if not session.conversation.number or not session.store.holds(session.conversation):
        raise StoreFailed("the conversation can't be stored, and answers of a batch come back to what is")
    kept = keeping(session)
    part = of_cells.part(session.conversation, experiment, requests[0].request, turn, exchange)
    suite = of_cells.suite(experiment, requests[0].request)
    run = kept.begin(suite, experiment.about, profile=experiment.profile, part=part)
    writing = Writing(session, kept, run, lambda place: prepared[place.column], folder(session))
    try:
        for group in groups:
            for _ in writing.write(group, failed=False):
                pass
        kept.state(run, WAITING, run.seconds)
    except BaseException:
        _drop(session, run)
        screen.warn("nothing was sent")
        raise
    session.let_go(experiment.asked)
    batch_sending.submit(session, screen, run.number)
    return True


def _tell(screen: Screen, requests: Sequence[Prepared]) -> None:
    """Name what a batch can't carry. Raises BadInput where the answers would be others."""
    if any(each.split for each in requests):
        raise BadInput(
            f"{requests[0].request.model} gives one choice a request here, and a batch can't ask for n of"
            " them one by one",
            "/n 1, and x3 in place of n",
        )
    if any(each.body.get("stream") for each in requests):
        screen.say(batch_sending.NO_STREAM, dim=True)
    if any(each.body.get("tools") for each in requests):
        screen.say("answers that call tools are kept as they come: nothing is called for them", dim=True)


def _drop(session: Session, run: EvalRun) -> None:
    """Take back a run of which nothing was sent."""
    kept = keeping(session)
    with contextlib.suppress(TemperaError):
        for row in kept.runs.batches.rows(run.number):
            forget(kept, of_row(row))
        kept.delete(run.number)
    kept.runs.let_go(run.number)


# ---- back


def show(session: Session, screen: Screen, part: ExperimentRef) -> None:
    """Show what has come of an experiment as it is shown after it was asked directly. Raises StoreFailed
    where its conversation is gone."""
    conversation, experiment = Turns(session).find(part)
    here = conversation is session.conversation
    lacks = len(owed(session, experiment))
    if part.kind == SWEEP:
        from . import sweep, sweep_table

        if here:
            sweep.move(session, experiment)
        sweep_table.show(screen, conversation, experiment, lacks, here)
        _failed(screen, conversation, experiment)
        return
    from ..bytes import replay

    _failed(screen, conversation, experiment)
    replay.show(session, screen, conversation, experiment, part)
    if not here:
        screen.say(
            f"that is in conversation {part.conversation}: /resume {part.conversation} goes there", dim=True
        )


def _failed(screen: Screen, conversation: Conversation, experiment: Experiment) -> None:
    """Say why answers are missing, in the server's words."""
    turns = [conversation.turns[place] for place in turns_of(experiment, conversation.turns).values()]
    failed = Counter(
        turn.answer.error.message for turn in turns if turn.answer.ended != COMPLETE and turn.answer.error
    )
    for message, count in failed.most_common(_WORDS):
        screen.warn(f"{several(count, 'request')} failed: {shorten(message, 300)}")
