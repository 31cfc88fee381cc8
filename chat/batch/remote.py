"""See a batch through its life at a provider, one step after another, each kept before it is done.

A shell may be killed at any point. Before a step that may have been done already, the provider is asked: for
a file of the batch's name, for a batch with its key. So nothing is sent twice, and nothing that was sent is
lost.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from ..base import files
from ..base.dataclass import dataclass
from ..base.errors import BadInput, NotAnApi, RequestFailed
from ..endpoint.batches import BatchApi, Remote
from ..evaluation import states
from ..evaluation.keeping import Keeping
from ..evaluation.results import FAILED as NO_ANSWER
from ..evaluation.results import FINISHED, EvalRun
from ..session.state import Session
from ..store.runs import MOST
from . import providers
from .reaching import target
from .state import (
    CANCELLED,
    CANCELLING,
    CARRIED,
    CREATING,
    ENDED,
    EXPIRED,
    FAILED,
    HERE,
    UPLOADED,
    UPLOADING,
    WRITING,
    WRITTEN,
    Batch,
    of_row,
)
from .taking import LOST, Taken, Taking
from .writing import forget

#: Samples that are kept in one transaction.
_TOGETHER = 64
#: The names of files here: the key of their batch stands in them.
_OWN = re.compile(r"\.?r\d+-p\d+-([0-9a-f]{32})\.")
#: What is said of samples for which a batch that ended brought nothing.
_NOTHING = {
    EXPIRED: ("expired", "the batch expired before this was asked"),
    CANCELLED: ("cancelled", "the batch was cancelled before this was asked"),
}
#: Kinds of failures that no server's answer is behind.
KINDS = (*(kind for kind, _ in _NOTHING.values()), LOST)
_MISSING = (LOST, "the batch ended, and brought no answer to this: whether it was asked is not known")


@dataclass
class Life:
    """The batches of one shell at their providers. `doubled` counts those that were found made twice, of
    which one was cancelled; `reopened` the samples that a batch gave back unasked, and `unasked` the requests
    of experiments that brought no answer, by why."""

    session: Session
    keeping: Keeping
    doubled: int = 0
    reopened: int = 0
    unasked: Counter[str] = field(default_factory=Counter)

    def of(self, run: int | None = None) -> list[Batch]:
        """Give the batches as they are kept, of a run or all."""
        return [of_row(row) for row in self.keeping.runs.batches.rows(run)]

    def _at(self, batch: Batch) -> BatchApi:
        return target(self.session, self._run(batch), batch).client().batches()

    def _run(self, batch: Batch) -> EvalRun:
        return self.keeping.get(batch.run, parts=True)

    def _changed(self, batch: Batch, **facts: Any) -> Batch:
        self.keeping.runs.batches.change(batch.number, **facts)
        return replace(batch, **facts)

    # ---- out

    def submit(self, batch: Batch) -> Batch:
        """Take a batch from wherever it is to where the provider has it. Raises TemperaError; what was done
        by then is not done again."""
        if batch.state not in HERE:
            return batch
        at = self._at(batch)
        if batch.state in (WRITTEN, UPLOADING):
            batch = self._upload(at, batch)
        if batch.state in (UPLOADED, CREATING):
            batch = self._create(at, batch)
        return batch

    def _upload(self, at: BatchApi, batch: Batch) -> Batch:
        path = Path(batch.path)
        if not path.is_file():
            part = self._run(batch).part
            self._forget(batch)
            raise BadInput(
                f"the file of batch {batch.number} is gone: its requests are open again",
                "/sweep resume --batch writes it anew"
                if part
                else f"/eval go on {batch.run} --batch writes it anew",
            )
        found = ""
        if batch.state == UPLOADING:
            found = at.find_file(batch.name, path.stat().st_size)
        batch = self._changed(batch, state=UPLOADING)
        return self._changed(batch, state=UPLOADED, file=found or at.upload(path, batch.name))

    def _create(self, at: BatchApi, batch: Batch) -> Batch:
        if batch.state == CREATING and (found := at.find(batch.key, batch.file)):
            batch = self._seen(batch, found[0])
            for double in found[1:]:
                self.doubled += 1
                with contextlib.suppress(RequestFailed):
                    at.cancel(double.id)
        else:
            batch = self._changed(batch, state=CREATING)
            metadata = {
                "run": str(batch.run),
                "part": str(batch.part),
                "key": batch.key,
                "digest": batch.digest,
            }
            url = providers.at(target(self.session, self._run(batch), batch).endpoint.base_url).url
            batch = self._seen(batch, at.create(batch.file, url, metadata))
        with contextlib.suppress(OSError):
            os.unlink(batch.path)
        return batch

    # ---- how far

    def look(self, batch: Batch) -> Batch:
        """Ask how far a batch is, and keep that. Raises TemperaError."""
        if batch.over or batch.state in HERE or batch.state == CARRIED:
            return batch
        return self._seen(batch, self._at(batch).look(batch.remote))

    def _seen(self, batch: Batch, remote: Remote) -> Batch:
        known = {
            "state": remote.state or batch.state,
            "remote": remote.id or batch.remote,
            "completed": remote.completed,
            "failed": remote.failed,
            "output": remote.output,
            "errors": remote.errors,
            "expires": remote.expires,
            "said": remote.said,
        }
        return self._changed(batch, **known)

    def cancel(self, batch: Batch) -> Batch:
        """Cancel a batch. One that the provider does not have is forgotten: its samples are open again."""
        if batch.state == CARRIED or (batch.state in HERE and batch.state != CREATING):
            self._forget(batch)
            return replace(batch, over=True, state=CANCELLED)
        if batch.state == CREATING:
            found = self._at(batch).find(batch.key, batch.file)
            if not found:
                self._forget(batch)
                return replace(batch, over=True, state=CANCELLED)
            batch = self._seen(batch, found[0])
        try:
            return self._seen(batch, self._at(batch).cancel(batch.remote))
        except NotAnApi:
            raise
        except RequestFailed:  # it has ended meanwhile, or is being cancelled already
            batch = self.look(batch)
            if batch.state in ENDED or batch.state == CANCELLING:
                return batch
            raise

    # ---- back

    def fetch(self, batch: Batch, taking: Taking) -> Taken:
        """Take in what a batch has brought. When it has ended, what is missing is named. Raises
        TemperaError; to fetch again changes nothing that came."""
        taken, at = Taken(), self._at(batch)
        taking.again()
        for id in dict.fromkeys(each for each in (batch.output, batch.errors) if each):
            path = self._folder() / f"r{batch.run}-p{batch.part}-{batch.key}.results"
            try:
                files.write_pieces(path, at.content(id))
                with files.opened(path) as file:
                    taken.add(taking.file(iter(lambda: file.read(2**18), b"")))
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(path)
        if batch.state in ENDED:
            self.end(batch)
        return taken

    def end(self, batch: Batch) -> None:
        """End a batch of which nothing more comes: what it owes is named, or open again where nothing of it
        was asked."""
        first, ends = batch.run * MOST, self.keeping.runs.batches
        if batch.state in (FAILED, CARRIED):
            self.reopened += ends.end(batch.number, first, first + MOST, "open")
            self._tidy(batch.run)
            return
        kind, said = _NOTHING.get(batch.state, _MISSING)
        run = self._run(batch)
        shape, some = states.shape(run.suite), []
        for number in sorted(self.keeping.owed(run)):
            sample = self.keeping.sample(run, shape.place(number))
            if sample.batch == batch.number:
                lost = sample.lost + (kind == LOST)
                some.append(replace(sample, state=NO_ANSWER, error=said, kind=kind, lost=lost))
            if len(some) == _TOGETHER:
                self.keeping.put(run, some)
                some = []
        self.keeping.put(run, some)
        ends.end(batch.number, first, first + MOST, NO_ANSWER, kind=kind)
        if run.part:
            samples = self.keeping.samples(run, bodies=False)
            self.unasked.update(
                each.kind for each in samples if each.batch == batch.number and each.kind in KINDS
            )
        self._tidy(batch.run)

    def forget_unwritten(self, run: int) -> None:
        """Forget the batches of an experiment's run whose file was never finished, and the run where no other
        is left. No shell may be at it."""
        for batch in self.of(run):
            if batch.state == WRITING:
                forget(self.keeping, batch)
        self._tidy(run)

    def _forget(self, batch: Batch) -> None:
        self.reopened += forget(self.keeping, batch)
        self._tidy(batch.run)

    def _tidy(self, number: int) -> None:
        """Take away what the run of an experiment kept for its batches, once none is left: its answers are
        turns by then, and what has none is missing there."""
        run, rows = self.keeping.get(number, parts=True), self.keeping.runs.batches.rows(number)
        if run.part is None:
            return
        if not rows:
            self.keeping.delete(number)
        elif all(row["over"] for row in rows):
            self.keeping.runs.empty(number)
            self.keeping.state(run, FINISHED, run.seconds)

    def sweep(self) -> None:
        """Take away what killed shells left of batches that are over: files, and what runs of experiments
        kept."""
        for row in self.keeping.runs.parts():
            if row["state"] != FINISHED and not self.keeping.runs.is_taken(row["number"]):
                self._tidy(row["number"])
        open_ = {each.key for each in self.of() if not each.over}
        with contextlib.suppress(OSError):
            for path in list(self._folder().iterdir()):
                found = _OWN.match(path.name)
                if found and found[1] not in open_:
                    path.unlink()
            if not open_:
                self._folder().rmdir()  # without it no start looks for batches

    def _folder(self) -> Path:
        return folder(self.session)


def folder(session: Session) -> Path:
    """Give where files of batches stand that are on their way. Raises BadInput where nothing is kept."""
    if session.ephemeral:
        raise BadInput(
            "a batch outlives the shell, and --ephemeral keeps nothing", "start without --ephemeral"
        )
    return session.places.batches
