"""Keep runs of evaluations, and read them back: values to rows of `store.runs`, and rows to values."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadInput, StoreFailed
from ..store.runs import MOST, Runs
from . import states
from .records import answered_of, answered_record, judged_record, sample_of, suite_of, suite_record
from .results import ANSWERED, FAILED, JUDGED, KILLED, RUNNING, SENT, EvalRun, ExperimentRef, Place, Sample
from .suite import Answered, Case, Suite


@dataclass(frozen=True)
class Listed:
    """A run as a list shows it."""

    number: int
    name: str
    state: str
    at: float
    asked: int
    judged: int
    passed: int
    failed: int
    cost: float | None


class Keeping:
    """Runs that are kept. Raises StoreFailed where that fails."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs

    def close(self) -> None:
        self.runs.close()

    # ---- runs

    def begin(
        self, suite: Suite, name: str, file: str = "", profile: str = "", part: ExperimentRef | None = None
    ) -> EvalRun:
        """Keep a new run; this process runs it."""
        at = time.time()
        asked = len(suite.columns) * len(suite.cases) * suite.repeat
        facts = {"name": name, "file": file, "state": RUNNING, "at": at, "updated": at, "asked": asked}
        about: dict[str, Any] = {"profile": profile}
        if part:
            facts |= {"kind": part.kind, "conversation": part.conversation, "experiment": part.experiment}
            about["part"] = {"request": part.request, "turn": part.turn, "exchange": part.exchange}
        number = self.runs.begin({**facts, "about": about}, suite_record(suite))
        self.runs.take(number)
        return EvalRun(number, name, suite, file, RUNNING, at, at, 0.0, profile, part)

    def take(self, run: EvalRun) -> None:
        """Make this process the one that runs it. Raises BadInput if another does."""
        if not self.runs.take(run.number):
            raise BadInput(f"run {run.number} is under way in another shell", "/eval list shows all runs")

    def state(self, run: EvalRun, state: str, seconds: float, figures: Any = None) -> None:
        """Keep how far a run is; one that is no longer RUNNING may be taken by another shell."""
        self.runs.change(run.number, state=state, seconds=seconds, figures=figures)
        if state != RUNNING:
            self.runs.let_go(run.number)

    def get(self, number: int, parts: bool = False) -> EvalRun:
        """Give a run of an evaluation; with `parts`, also one that asks part of a conversation. Raises
        BadInput if there is none of that number."""
        row = self.runs.run(number)
        if row is None:
            raise BadInput(f"there is no run {number}", "/eval list shows all runs")
        if row["kind"] and not parts:
            raise BadInput(
                f"run {number} is no evaluation, but a {row['kind']} of conversation {row['conversation']}",
                "/batch fetch takes its answers there",
            )
        with _sound(f"run {number}"):
            profile = str(row["about"].get("profile") or "")
            suite = suite_of(row["suite"])
            times = (float(row["at"]), float(row["updated"]), float(row["seconds"]))
            part = _part(row)
        state = self._killed(number, row["state"])
        return EvalRun(number, row["name"], suite, row["file"], state, *times, profile, part)

    def _killed(self, number: int, state: str) -> str:
        """Give the state of a run; KILLED where nobody runs one that is RUNNING."""
        return KILLED if state == RUNNING and not self.runs.is_taken(number) else state

    def figures(self, number: int) -> tuple[str, Any]:
        """Give a run's state, and the figures that were kept with it, None for none. Raises BadInput if there
        is no such run."""
        found = self.runs.figures(number)
        if found is None:
            raise BadInput(f"there is no run {number}", "/eval list shows all runs")
        state, figures = found
        return self._killed(number, state), figures

    def newest(self, most: int = 1000) -> list[Listed]:
        """List the runs, the newest first."""
        return [
            Listed(
                row["number"],
                row["name"],
                self._killed(row["number"], row["state"]),
                row["at"],
                row["asked"],
                row["judged"] or 0,
                row["passed"] or 0,
                row["failed"] or 0,
                None if row["unpriced"] else (row["cost"] or 0.0) + (row["judging"] or 0.0),
            )
            for row in self.runs.newest(most)
        ]

    def delete(self, number: int) -> None:
        """Delete a run with all its answers."""
        self.runs.delete(number)

    # ---- samples

    def states(self, run: EvalRun) -> bytearray:
        """Give the state of each sample, a byte each, as `states` has them."""
        found = bytearray(run.asked)
        for number, state, passed in self.runs.states(run.number):
            if number < len(found):
                found[number] = states.coded(state, None if passed is None else bool(passed))
        return found

    def owed(self, run: EvalRun) -> set[int]:
        """Give the numbers of the samples whose answer a batch owes."""
        first = run.number * MOST
        return {each - first for each in self.runs.batches.waiting(first, first + MOST)}

    def in_batches(self, number: int) -> bool:
        """Tell whether a batch of the run is not over."""
        return self.runs.batches.are_open(number)

    def sample(self, run: EvalRun, place: Place) -> Sample:
        """Give a sample whole."""
        row = self.runs.sample(run.number, states.shape(run.suite).index(place))
        return Sample(place) if row is None else self._sample(run, row)

    def samples(self, run: EvalRun, bodies: bool = True) -> Iterator[Sample]:
        """Yield all samples of a run that were begun; without `bodies` with figures alone."""
        for row in self.runs.samples(run.number, bodies=bodies):
            if row["number"] < run.asked:
                yield self._sample(run, row, bodies)

    def _sample(self, run: EvalRun, row: Any, bodies: bool = True) -> Sample:
        with _sound(f"an answer of run {run.number}"):
            place = states.shape(run.suite).place(row["number"])
            return sample_of(row, place, run.suite.cases[place.case], bodies)

    def put(self, run: EvalRun, samples: Sequence[Sample], digests: Sequence[bytes] = ()) -> None:
        """Keep what these samples have come to by now, in one transaction."""
        cases, shape = run.suite.cases, states.shape(run.suite)
        changes = []
        for at, sample in enumerate(samples):
            light = _light(sample)
            if at < len(digests):
                light["digest"] = digests[at]
            body = _body(sample, cases[sample.place.case])
            changes.append((shape.index(sample.place), light, body))
        self.runs.put(run.number, changes)

    def rate(self, run: EvalRun, place: Place, rating: int | None) -> None:
        """Keep the person's own verdict on a sample: 1, -1, or None for none."""
        sample = self.sample(run, place)
        number = states.shape(run.suite).index(place)
        self.runs.put(run.number, [(number, {"state": sample.state, "rating": rating}, {})])
        self.runs.change(run.number, figures=None)  # they say how far judges agree with it

    def search(self, run: EvalRun, text: str) -> list[int]:
        """Give the cases in whose variables or answers a text stands, in any case of letters."""
        wanted = text.lower()
        found = {
            number
            for number, case in enumerate(run.suite.cases)
            if wanted in " ".join(map(str, (case.description, *case.variables.values()))).lower()
        }
        for sample in self.samples(run):
            if sample.answered and wanted in sample.answered.text.lower():
                found.add(sample.place.case)
        return sorted(found)

    def answered(
        self, run: EvalRun, digest: bytes, place: Place, skip: int = 0
    ) -> tuple[Answered, str] | None:
        """Give an answer to the same request, asked of the same address, of a run before this one, and the
        model that gave it: another one for each sample, since one answer twice would tell nothing of how
        answers vary. `skip` so many more than this run has taken."""
        number = states.shape(run.suite).index(place)
        found = self.runs.answered(digest, run.number, number, skip)
        if not found or "text" not in found:
            return None
        return answered_of(found), str(found.get("model") or "")


def _part(row: Mapping[str, Any]) -> ExperimentRef | None:
    if not row["kind"]:
        return None
    part = row["about"]["part"]
    of = (row["kind"], row["conversation"], row["experiment"])
    return ExperimentRef(*of, part["request"], int(part["turn"]), int(part["exchange"]))


@contextlib.contextmanager
def _sound(what: str) -> Iterator[None]:
    """Read what was kept. Raises StoreFailed where it is damaged."""
    try:
        yield
    except (TypeError, ValueError, LookupError, AttributeError):
        raise StoreFailed(f"the record of {what} is damaged") from None


def _light(sample: Sample) -> dict[str, Any]:
    answered = sample.answered
    return {
        "state": sample.state,
        "at": sample.at,
        "tries": sample.tries,
        "lost": sample.lost,
        "passed": None if sample.passed is None else int(sample.passed),
        "score": sample.score,
        "cost": answered.cost if answered else None,
        "judging": sample.judging,
        "seconds": answered.seconds if answered else None,
        "kind": sample.kind,
        "flips": sample.flips,
        "turned": sample.turned,
        "rating": sample.rating,
        "batch": sample.batch or None,
    }


def _body(sample: Sample, case: Case) -> dict[str, Any]:
    """Give what is new of a sample's body in its state."""
    if sample.state == SENT:
        return {"request": sample.request, "answer": None, "verdict": None}
    if sample.state == ANSWERED and sample.answered:
        answer = {**answered_record(sample.answered), "model": sample.model}
        return {"answer": answer} if sample.tries else {"request": sample.request, "answer": answer}
    if sample.state == FAILED:
        return {"answer": {"error": sample.error}}
    if sample.state == JUDGED and sample.judged:
        verdicts = judged_record(sample.judged, case)
        return {
            "verdict": {"verdicts": verdicts, **({"judges": list(sample.judges)} if sample.judges else {})}
        }
    return {}
