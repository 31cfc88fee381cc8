"""What batches bring: asked for, taken, judged, shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chat.base import files
from chat.base.errors import BadInput, NoConnection, RateLimited, ServerFailed, TemperaError, TimedOut
from chat.base.places import named
from chat.base.short import several, shorten
from chat.batch.remote import Life
from chat.batch.state import CARRIED, ENDED, HERE, WRITING, Batch
from chat.batch.taking import Taken, Taking
from chat.evaluation import states
from chat.evaluation.results import KILLED, WAITING
from chat.session.state import Session

from ..screen import Screen
from . import evaluating
from .batch_sending import advance
from .batching import meant, of
from .evaluating import Done, keeping

if TYPE_CHECKING:
    from .eval_words import Words

#: Seconds between two looks: the first, the longest, and by how much each is longer than the one before.
FIRST, LONGEST, LONGER = 5.0, 60.0, 1.5
#: Failures that may pass: who waits asks again.
_PASS = (NoConnection, TimedOut, ServerFailed, RateLimited)


def fetch(session: Session, screen: Screen, words: Words, names: Sequence[str], waits: bool) -> Done | None:
    """Take what has come; with `waits`, wait for the rest. Show each run that has got answers. What fails for
    one batch keeps no other from being fetched. Raises TemperaError when all is done that can be."""
    fetching = Fetching(session, screen)
    open_ = meant(fetching.life, names)
    for batch in open_:
        if batch.state == CARRIED and not batch.over:
            raise BadInput(f"batch {batch.number} is carried by hand", "/batch read FILE takes its answers")
    fetching.warn_of_unwritten()
    open_ = fetching.sent(open_)
    if open_:
        fetching.take(open_, waits)
    fetching.life.sweep()
    runs = fetching.runs(names)
    if not open_ and not runs and not fetching.failed:
        screen.say("no batch is under way")
        return None
    done = judged(session, screen, words, runs)
    if fetching.failed:
        raise fetching.failed
    return done


class Fetching:
    """One fetching of batches. `failed` is the first failure that is not told yet."""

    def __init__(self, session: Session, screen: Screen) -> None:
        self.session, self.screen = session, screen
        self.life = Life(session, keeping(session))
        self.came = Taken()
        self.failed: TemperaError | None = None
        self._taking = Taking(session, self.life.keeping)
        self._told: dict[int, tuple[str, int, int]] = {}

    def warn_of_unwritten(self) -> None:
        """Say which batches no shell has finished writing."""
        for batch in self.life.of():
            if batch.state == WRITING:
                part = self.life.keeping.get(batch.run, parts=True).part
                way = (
                    f"/resume {part.conversation}, then /sweep resume --batch"
                    if part
                    else f"/eval go on {batch.run} --batch"
                )
                self.screen.warn(
                    f"batch {batch.number} was not written whole",
                    f"unless a shell is at it, {way} writes it anew",
                )

    def sent(self, open_: Sequence[Batch]) -> list[Batch]:
        """Send what a provider does not have yet. Give the batches that it has now."""
        for run in sorted({each.run for each in open_ if each.state in HERE}):
            try:
                advance(self.session, self.screen, self.life, run)
            except TemperaError as error:
                self._fail(error)
        numbers = {each.number for each in open_}
        return [each for each in self.life.of() if each.number in numbers and each.state not in HERE]

    def take(self, open_: Sequence[Batch], waits: bool) -> None:
        """Take what is there; with `waits`, until there is nothing left to wait for."""
        wait, quiet = FIRST, False
        while True:
            left = []
            for batch in open_:
                try:
                    after = self._fetched(batch)
                except TemperaError as error:
                    if not waits or not isinstance(error, _PASS):
                        self._fail(error)
                        continue
                    if not quiet:
                        self.screen.warn(f"{error.message}: it is asked again")
                    quiet, after = True, batch
                else:
                    quiet = False
                if not after.over and after.state not in ENDED:
                    left.append(after)
            open_ = left
            if not open_ or not waits:
                break
            if wait == FIRST:
                self.screen.say("Ctrl-C stops waiting, and nothing else", dim=True)
            _sleep(wait)
            wait = min(LONGEST, wait * LONGER)
        tell(self.screen, self.came, self.life)

    def _fail(self, error: TemperaError) -> None:
        if self.failed is None:
            self.failed = error
        else:
            self.screen.warn(error.message, error.hint)

    def _fetched(self, batch: Batch) -> Batch:
        """Look at a batch, say where it stands if that is new, and take what is there."""
        batch = self.life.look(batch)
        seen = (batch.state, batch.completed, batch.failed)
        if self._told.get(batch.number) != seen:
            self._told[batch.number] = seen
            failed = f", {batch.failed:,} failed" if batch.failed else ""
            self.screen.say(
                f"batch {batch.number} ({of(self.life, batch)}): {batch.state},"
                f" {batch.completed:,} of {batch.asked:,}{failed}"
            )
            if batch.said:
                self.screen.warn(f"{batch.endpoint} says: {shorten(batch.said, 300)}")
        if batch.over or not (batch.state in ENDED or batch.output or batch.errors):
            return batch
        kept = self.life.keeping
        kept.take(kept.get(batch.run, parts=True))
        try:
            self.came.add(self.life.fetch(batch, self._taking))
        finally:
            kept.runs.let_go(batch.run)
        self.came.batches[batch.number] = batch
        return batch

    def runs(self, names: Sequence[str]) -> list[int]:
        """Give the runs that have got answers, by now or, if they are to be judged, from a shell that was
        killed before it had judged them all."""
        found = {each.run for each in self.came.batches.values()}
        kept = self.life.keeping
        for number in {each.run for each in self.life.of() if not names or str(each.number) in names}:
            run = kept.get(number, parts=True)
            if run.part:
                continue
            ended = run.state in (KILLED, WAITING) and not kept.in_batches(number)
            if ended or states.ANSWERED in kept.states(run):
                found.add(number)
        return sorted(found)


def _sleep(seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        threading.Event().wait(min(left, 0.2))


def tell(screen: Screen, came: Taken, life: Life) -> None:
    """Say what has come, and what was wrong with it."""
    if came.batches:
        screen.say(came.said())
    for complaint in came.complaints():
        screen.warn(complaint)
    if life.reopened:
        screen.warn(f"{several(life.reopened, 'request')} were not asked, and are open again")
    for kind, count in life.unasked.items():
        screen.warn(f"{several(count, 'request')} brought no answer: {kind}")


def judged(session: Session, screen: Screen, words: Words, runs: Sequence[int]) -> Done | None:
    """Judge what has come of runs, and show what each came to. Give it where it is one alone."""
    from . import batch_cells, eval_runs

    done = None
    for number in runs:
        run = keeping(session).get(number, parts=True)
        if run.part:
            batch_cells.show(session, screen, run.part)
            continue
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
    tell(screen, came, life)
    for batch in came.batches.values():
        if batch.state == CARRIED and not batch.over:
            life.end(batch)
    if life.reopened:
        several_ = several(life.reopened, "request")
        screen.warn(
            f"{several_} have no answer there, and are open again: another file may have it,"
            " or /eval go on asks them"
        )
    return judged(session, screen, words, sorted({each.run for each in came.batches.values()}))
