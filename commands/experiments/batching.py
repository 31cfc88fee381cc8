"""Batches that went out: how far they are, and what they bring."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from chat.base import files
from chat.base.errors import BadInput, NoConnection, RateLimited, ServerFailed, TemperaError, TimedOut
from chat.base.places import named
from chat.base.short import several, shorten
from chat.base.tables import Column, Cut
from chat.batch.remote import Life
from chat.batch.state import CARRIED, ENDED, HERE, WRITING, Batch
from chat.batch.taking import Taken, Taking
from chat.evaluation import states
from chat.evaluation.results import KILLED, WAITING
from chat.session.state import Session

from ..screen import Screen
from . import evaluating
from .batch_sending import advance
from .evaluating import Done, keeping

if TYPE_CHECKING:
    from .eval_words import Words

_LIST = (
    Column("batch", right=True),
    Column("run", right=True),
    Column("part", right=True),
    Column("state"),
    Column("answered", right=True),
    Column("failed", right=True),
    Column("model", cut=Cut.LONG),
    Column("where", cut=Cut.LONG),
    Column("sent"),
    Column("expires"),
)
#: Seconds between two looks: the first, the longest, and by how much each is longer than the one before.
FIRST, LONGEST, LONGER = 5.0, 60.0, 1.5


def show_list(session: Session, screen: Screen) -> None:
    """List the batches, the newest first, as they were when last looked at."""
    found = Life(session, keeping(session)).of()
    if not found:
        screen.say(
            "no batch was sent yet: /eval FILE --batch sends one, /batch write FILE OUT.jsonl writes one"
        )
        return
    rows = [
        (
            each.number,
            each.run,
            each.part,
            _state(each),
            f"{each.completed:,}/{each.asked:,}",
            each.failed or None,
            shorten(each.model),
            shorten(each.endpoint or "carried by hand"),
            _when(each.at),
            "" if each.over else _when(each.expires),
        )
        for each in found[::-1][:100]
    ]
    screen.table(_LIST, rows)
    if any(not each.over and each.state != CARRIED for each in found):
        newest = max(each.updated for each in found)
        screen.say(f"as of {_when(newest)}; /batch fetch asks anew", dim=True)


def _state(batch: Batch) -> str:
    if batch.over and batch.state == CARRIED:
        return "read"
    return f"{batch.state}, fetched" if batch.over else batch.state


def _when(at: float) -> str:
    with suppress(OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M") if at else ""
    return ""


def _named(life: Life, names: Sequence[str]) -> list[Batch]:
    """Give the batches that are meant: those of these numbers, or all that are open. Raises BadInput."""
    every = life.of()
    if not names:
        return [each for each in every if not each.over and each.state not in (CARRIED, WRITING)]
    found = [each for each in every if str(each.number) in names]
    for name in names:
        if name not in {str(each.number) for each in found}:
            raise BadInput(f"there is no batch {shorten(name)}", "/batch lists them")
    return found


# ---- what comes


def fetch(session: Session, screen: Screen, words: Words, names: Sequence[str], waits: bool) -> Done | None:
    """Take what has come; with `waits`, wait for the rest. Show each run that has got answers. Raises
    TemperaError."""
    life = Life(session, keeping(session))
    open_ = _named(life, names)
    for batch in open_:
        if batch.state == CARRIED and not batch.over:
            raise BadInput(f"batch {batch.number} is carried by hand", "/batch read FILE takes its answers")
    for batch in life.of():
        if batch.state == WRITING:
            screen.warn(
                f"batch {batch.number} was not written whole",
                f"unless a shell is at it, /eval go on {batch.run} --batch writes it anew",
            )
    if not open_ and not (unjudged := _unjudged(life, names)):
        screen.say("no batch is under way")
        return None
    if not open_:
        return _judged(session, screen, words, sorted(unjudged))
    for run in sorted({each.run for each in open_ if each.state in HERE}):
        advance(session, screen, life, run)
    open_ = [each for each in life.of() if each.number in {one.number for one in open_}]
    taking, came = Taking(session, life.keeping), Taken()
    told: dict[int, tuple[str, int, int]] = {}
    wait, quiet = FIRST, False
    while True:
        left = []
        for batch in open_:
            try:
                after = _fetched(screen, life, batch, taking, came, told)
            except (NoConnection, TimedOut, ServerFailed, RateLimited) as error:
                if not waits:
                    raise
                if not quiet:
                    screen.warn(f"{error.message}: it is asked again")
                quiet, after = True, batch
            else:
                quiet = False
            if not after.over and after.state not in ENDED:
                left.append(after)
        open_ = left
        if not open_ or not waits:
            break
        if wait == FIRST:
            screen.say("Ctrl-C stops waiting, and nothing else", dim=True)
        _sleep(wait)
        wait = min(LONGEST, wait * LONGER)
    _tell(screen, came, life)
    life.sweep()
    runs = sorted({each.run for each in came.batches.values()} | _unjudged(life, names))
    return _judged(session, screen, words, runs)


def _sleep(seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        threading.Event().wait(min(left, 0.2))


def _fetched(
    screen: Screen,
    life: Life,
    batch: Batch,
    taking: Taking,
    came: Taken,
    told: dict[int, tuple[str, int, int]],
) -> Batch:
    """Look at a batch, say where it stands if that is new, and take what is there."""
    batch = life.look(batch)
    seen = (batch.state, batch.completed, batch.failed)
    if told.get(batch.number) != seen:
        told[batch.number] = seen
        failed = f", {batch.failed:,} failed" if batch.failed else ""
        screen.say(
            f"batch {batch.number} (run {batch.run}, part {batch.part}): {batch.state},"
            f" {batch.completed:,} of {batch.asked:,}{failed}"
        )
        if batch.said:
            screen.warn(f"{batch.endpoint} says: {shorten(batch.said, 300)}")
    if batch.over or not (batch.state in ENDED or batch.output or batch.errors):
        return batch
    run = life.keeping.get(batch.run)
    life.keeping.take(run)
    try:
        came.add(life.fetch(batch, taking))
    finally:
        life.keeping.runs.let_go(batch.run)
    came.batches[batch.number] = batch
    return batch


def _tell(screen: Screen, came: Taken, life: Life) -> None:
    if came.batches:
        screen.say(came.said())
    for complaint in came.complaints():
        screen.warn(complaint)
    if life.reopened:
        screen.warn(f"{several(life.reopened, 'request')} were not asked, and are open again")


def _unjudged(life: Life, names: Sequence[str]) -> set[int]:
    """Give the runs whose answers came before, by a shell that was killed before it had judged them all."""
    found = set()
    for number in {each.run for each in life.of() if not names or str(each.number) in names}:
        run = life.keeping.get(number)
        ended = run.state in (KILLED, WAITING) and not life.keeping.in_batches(number)
        if ended or states.ANSWERED in life.keeping.states(run):
            found.add(number)
    return found


def _judged(session: Session, screen: Screen, words: Words, runs: Sequence[int]) -> Done | None:
    """Judge what has come of runs, and show what each came to. Give it where it is one alone."""
    from . import eval_runs

    done = None
    for number in runs:
        run = keeping(session).get(number)
        done = evaluating.judge(session, screen, words, run)
        left = sum(each in (states.OPEN, states.ASKED) for each in keeping(session).states(run))
        errors = keeping(session).states(run).count(states.ERROR)
        eval_runs.after(session, screen, words, done)
        if left:
            screen.say(f"run {number}: {several(left, 'answer')} of {run.asked:,} still to come")
        if errors:
            screen.say(
                f"{several(errors, 'request')} brought none: /eval go on {number} --failed asks again, with"
                " --batch by a batch",
                dim=True,
            )
    return done if len(runs) == 1 else None


def read(session: Session, screen: Screen, words: Words, names: Sequence[str]) -> Done | None:
    """Take the answers of files that were carried by hand. Raises TemperaError."""
    if not names:
        raise BadInput("it reads a file of results", "/batch read results.jsonl")
    life = Life(session, keeping(session))
    taking, came = Taking(session, life.keeping), Taken()
    for name in names:
        with files.opened(named(name)) as file:
            came.add(taking.file(iter(lambda: file.read(2**18), b"")))
    _tell(screen, came, life)
    for batch in came.batches.values():
        if batch.state == CARRIED and not batch.over:
            life.end(batch)
    if life.reopened:
        several_ = several(life.reopened, "request")
        screen.warn(
            f"{several_} have no answer there, and are open again: another file may have it,"
            " or /eval go on asks them"
        )
    return _judged(session, screen, words, sorted({each.run for each in came.batches.values()}))


def cancel(session: Session, screen: Screen, words: Words, names: Sequence[str]) -> None:
    """End batches early. Raises TemperaError."""
    if not names:
        raise BadInput("say which batch", "/batch lists them")
    life = Life(session, keeping(session))
    for batch in _named(life, names):
        if batch.over:
            raise BadInput(f"batch {batch.number} is over: {_state(batch)}")
        if batch.has_come:  # its results can't be had, or are not wanted
            life.end(batch)
            screen.say(f"batch {batch.number} is given up: what it did not bring is named in run {batch.run}")
            continue
        after = life.cancel(batch)
        if after.over:
            screen.say(
                f"batch {batch.number} is forgotten: {several(life.reopened, 'request')} of run {batch.run}"
                " are open again"
            )
        else:
            screen.say(f"batch {batch.number}: {after.state}; /batch fetch takes what it has answered")


def known(session: Session) -> str:
    """Say what is known of batches that are under way, without asking anybody; "" for nothing."""
    try:
        if not session.places.batches.is_dir():
            return ""
        open_ = [
            each for each in Life(session, keeping(session)).of() if not each.over and each.state != CARRIED
        ]
    except TemperaError:
        return ""
    come = [each for each in open_ if each.has_come]
    if come:
        runs = ", ".join(str(number) for number in sorted({each.run for each in come}))
        which = "a batch has" if len(come) == 1 else f"{len(come):,} batches have"
        return f"{which} come for run {runs}: /batch fetch takes the answers"
    if not open_:
        return ""
    which = "a batch is" if len(open_) == 1 else f"{len(open_):,} batches are"
    return f"{which} under way ({open_[-1].state} when last asked): /batch fetch looks"


def look(session: Session) -> None:
    """Ask how far batches are, and keep it: for the next start, or the next line. What fails is not said."""
    with suppress(TemperaError):
        if known(session):
            life = Life(session, keeping(session))
            for batch in life.of():
                with suppress(TemperaError):
                    life.look(batch)
