"""Take the answers of batches back to their samples: each is kept before it counts, and none twice.

A line whose id is not known is ignored, one that can't be read is counted, and of two for one sample the
first holds. To read a file again changes nothing. Judging comes afterwards, as for any answer; those of an
experiment become turns of its conversation, by `cells`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace

from ..base.dataclass import dataclass
from ..base.errors import RequestFailed, TemperaError
from ..base.short import several, shorten
from ..conversation import complaint, reading
from ..conversation.events import Failed
from ..conversation.folding import Fold
from ..conversation.turn import COMPLETE, Answer
from ..endpoint import prefills
from ..endpoint.address import Endpoint
from ..endpoint.failures import EndpointWording, refused
from ..evaluation import asking, states
from ..evaluation.hope import kind_of
from ..evaluation.keeping import Keeping
from ..evaluation.results import ANSWERED, FAILED, JUDGED, EvalRun, Sample
from ..session.state import Session
from . import results
from .cells import Came, Turns, bare
from .lines import read_id
from .reaching import target
from .results import Result
from .state import Batch, of_row

#: Samples that are kept in one transaction.
_TOGETHER = 64
_ANSWERED = frozenset((states.ANSWERED, states.PASSED, states.FAILED, states.UNCHECKED))
#: Kinds of failures that only a batch has, by what providers call them.
LOST = "lost"
_NEVER_ASKED = {"batch_expired": "expired", "batch_cancelled": "cancelled"}


@dataclass
class Taken:
    """What a file of results held. `known` were there already, `again` are further lines for a sample of
    the same file; `unknown` ids belong to no batch here, `unread` lines can't be read. `batches` are those
    that it answered."""

    answers: int = 0
    failures: int = 0
    known: int = 0
    again: int = 0
    unknown: int = 0
    unread: int = 0
    stranger: str = ""
    batches: dict[int, Batch] = field(default_factory=dict)

    def add(self, other: Taken) -> None:
        """Add what another file held."""
        for name in ("answers", "failures", "known", "again", "unknown", "unread"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.stranger = self.stranger or other.stranger
        self.batches |= other.batches

    def said(self) -> str:
        """Say how much came."""
        failed = f", {several(self.failures, 'failure')}" if self.failures else ""
        known = f"; {self.known:,} were there already" if self.known else ""
        return f"{several(self.answers, 'answer')}{failed}{known}"

    def complaints(self) -> Iterator[str]:
        """Say what was wrong with the lines."""
        if self.unread:
            yield f"{several(self.unread, 'line')} can't be read, and answer nothing"
        if self.again:
            yield f"{several(self.again, 'line')} answer a request a second time: the first holds"
        if self.unknown:
            yield (
                f"{several(self.unknown, 'line')} belong to no batch that is kept here"
                f" ({shorten(self.stranger, 40)}), and are ignored"
            )


class Taking:
    """Reads files of results. What belongs to which run is found by the ids in them."""

    def __init__(self, session: Session, keeping: Keeping) -> None:
        self._session, self._keeping = session, keeping
        self._runs: dict[int, tuple[EvalRun, dict[str, Batch], bytearray] | None] = {}
        self._endpoints: dict[int, Endpoint | None] = {}
        self._seen: set[tuple[int, int]] = set()
        self._turns = Turns(session)

    def file(self, pieces: Iterable[bytes]) -> Taken:
        """Take in a file. Raises StoreFailed where an answer can't be kept; those before it are."""
        taken = Taken()
        held: dict[int, list[Came]] = {}
        for line in results.lines(pieces):
            found = self._sample(line, taken)
            if found is None:
                continue
            run, came = found
            some = held.setdefault(run, [])
            some.append(came)
            if len(some) == _TOGETHER:
                self._keep(run, some)
        for run, some in held.items():
            self._keep(run, some)
        return taken

    def again(self) -> None:
        """Begin another reading: what was seen in earlier files is no second line."""
        self._seen.clear()

    def _keep(self, number: int, some: list[Came]) -> None:
        known = self._runs[number]
        if some and known:
            run, _, there = known
            if run.part:  # first: where a shell is killed between the two, the turns are found there
                self._turns.take(run, run.part, some)
            samples = [each.sample if run.part is None else bare(each.sample) for each in some]
            self._keeping.put(run, samples)
            for each in samples:
                there[states.shape(run.suite).index(each.place)] = states.code(each)
            some.clear()

    def _sample(self, line: bytes, taken: Taken) -> tuple[int, Came] | None:
        result = results.read(line)
        if result is None:
            taken.unread += 1
            return None
        found = self._found(result.id)
        if found is None:
            taken.unknown += 1
            taken.stranger = taken.stranger or result.id
            return None
        run, batch, number, there = found
        taken.batches[batch.number] = batch
        if (batch.number, number) in self._seen:
            taken.again += 1
            return None
        self._seen.add((batch.number, number))
        if there[number] in _ANSWERED:
            taken.known += 1
            return None
        sample = self._keeping.sample(run, states.shape(run.suite).place(number))
        if sample.state in (ANSWERED, JUDGED) or not sample.request:
            taken.known += 1
            return None
        came = self._made(result, sample, batch, run)
        made = came.sample
        if made.state == FAILED and (sample.state == FAILED or sample.batch != batch.number):
            taken.known += 1
            return None
        taken.answers += made.state == ANSWERED
        taken.failures += made.state == FAILED
        return run.number, came

    def _found(self, id: str) -> tuple[EvalRun, Batch, int, bytearray] | None:
        read = read_id(id)
        if read is None:
            return None
        run, number, tail = read
        if run not in self._runs:
            self._runs[run] = self._run(run)
        known = self._runs[run]
        if known is None or tail not in known[1] or number >= known[0].asked:
            return None
        return known[0], known[1][tail], number, known[2]

    def _run(self, number: int) -> tuple[EvalRun, dict[str, Batch], bytearray] | None:
        """Give a run with its batches, by what of their keys stands in ids, and what is there of it."""
        batches = [of_row(row) for row in self._keeping.runs.batches.rows(number)]
        if not batches:
            return None
        run = self._keeping.get(number, parts=True)
        return run, {each.tail: each for each in batches}, self._keeping.states(run)

    # ---- what a line makes of a sample

    def _made(self, result: Result, sample: Sample, batch: Batch, run: EvalRun) -> Came:
        endpoint = self._endpoint(run, batch)
        model = str(sample.request.get("model"))
        prefill = str(run.part.request.get("prefill") or "") if run.part else ""
        answer = answer_of(result, sample, endpoint or Endpoint(batch.endpoint), prefill)
        if answer.ended != COMPLETE:
            kind = _NEVER_ASKED.get(result.code) or kind_of(answer.error)
            said = answer.error.message if answer.error else "no reason given"
            return Came(replace(sample, state=FAILED, error=said, kind=kind), answer, result)
        if endpoint:
            answer = asking.accounted(answer, model, endpoint, batch=True)
        answered = replace(asking.answered(answer, dict(sample.request)), seconds=None)
        made = replace(
            sample,
            state=ANSWERED,
            answered=answered,
            model=answer.model,
            error="",
            kind="",
            batch=batch.number,
        )
        return Came(made, answer, result)

    def _endpoint(self, run: EvalRun, batch: Batch) -> Endpoint | None:
        """Give where a batch went, as far as anything in force leads there: prices go by it."""
        if batch.number not in self._endpoints:
            try:
                found = target(self._session, run, batch).endpoint if batch.endpoint else None
            except TemperaError:
                found = None
            self._endpoints[batch.number] = found
        return self._endpoints[batch.number]


def answer_of(result: Result, sample: Sample, endpoint: Endpoint, prefill: str = "") -> Answer:
    """Read the answer that a line holds, in the way of those that come over a connection. `prefill` is the
    beginning that was sent along."""
    body = dict(sample.request)
    fold = Fold()
    if not result.body and result.status >= 300:
        said = complaint.Complaint(result.said, result.code)
        fold.feed(Failed(refused(result.status, said, {}, endpoint, body)))
    elif not result.body:
        fold.feed(Failed(RequestFailed(result.said or "no reason given", code=result.code or None)))
    elif result.status >= 300:
        said = complaint.of_body(result.body)
        fold.feed(Failed(refused(result.status, said, {}, endpoint, body)))
    else:
        found = reading.answer(iter([result.body]), "application/json", EndpointWording(endpoint, body))
        for event in prefills.without(found, prefill) if prefill else found:
            fold.feed(event)
    return fold.answer()
