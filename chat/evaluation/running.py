"""Run an evaluation: ask what is open, keep each answer before it counts, judge it, go on after a stop.

A sample is kept as sent before it goes out, as answered when its answer is there, and as judged when all is
decided. So a run that was killed asks nothing twice, and says what was under way. Judges' questions go out
before new samples: the answers that wait for a verdict stay few.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from typing import Protocol

from ..base.dataclass import dataclass
from ..base.errors import BadValue, StoreFailed
from ..conversation.turn import COMPLETE, Answer
from ..lab.crowd import Crowd, Job, job, passes
from ..lab.pace import Pace
from ..session.sending import Prepared
from ..session.state import Session
from . import asking, reusing
from . import states as codes
from .asking import Asking
from .assertions.declaration import NOTHING, Allowed
from .hope import Hope, kind_of
from .keeping import Keeping
from .results import ANSWERED, FAILED, FINISHED, JUDGED, OPEN, RUNNING, SENT, STOPPED, EvalRun, Place, Sample
from .states import States
from .verdicts import Verdicts

#: How often a sample is sent at most, where the failure may pass.
MOST_TRIES = 6
#: Answers that are kept in one transaction at most.
_TOGETHER = 64
#: Seconds between two notes of how long it has run.
_HEARTBEAT = 5.0

#: States of samples that are judged.
_JUDGED = (codes.PASSED, codes.FAILED, codes.UNCHECKED)
#: What is said after Ctrl-C.
_ENDING = "ends with what is under way; Ctrl-C again ends it at once"
_UNMADE = "not made"  # the kind of failure of messages that can't be made

Key = tuple[str, int]  # "sample" and its number, or "judge" and that of the question


class RunDisplay(Protocol):
    """Shows a run while it goes on."""

    def begin(self, run: EvalRun, states: States, spent: float | None = 0.0) -> None:
        """Begin with what is there already: a byte for each sample, and what these have cost, None where
        that is not known."""

    def sample(self, sample: Sample) -> None:
        """Take note of a sample's new state."""

    def pace(self, under_way: int, limit: int, waiting: str = "") -> None:
        """Tell how many requests are under way, how many may be, and why it waits."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class RunOptions:
    """How a run is to go on. `max_cost` in US dollars ends it; with `failed` only what failed is asked; with
    `reuse` an answer to the same request at the same address, of any run, is taken instead of asking;
    `judge` names who judges, "" is whom the file names; `only` is the one sample that is asked, again where
    it was answered; with `judges` nothing is asked, and the answers that are there are judged."""

    allowed: Allowed = NOTHING
    max_cost: float | None = None
    failed: bool = False
    reuse: bool = False
    judge: str = ""
    only: Place | None = None
    judges: bool = False


@dataclass(frozen=True)
class _InFlight:
    """A sample that is under way."""

    sample: Sample
    prepared: Prepared


@dataclass
class Running:
    """A run that goes on. `why` says why it ended before its end. `lost` counts the requests that were under
    way when it was killed, `reused` those that were answered by earlier runs. `cost` is that of all its
    answers so far, `unpriced` counts those of which it is not known."""

    session: Session
    keeping: Keeping
    run: EvalRun
    display: RunDisplay
    pace: Pace
    options: RunOptions = RunOptions()
    why: str = ""
    lost: int = 0
    reused: int = 0
    cost: float = 0.0
    unpriced: int = 0
    interrupted: bool = False
    states: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self._shape = codes.shape(self.run.suite)
        self.verdicts = Verdicts(
            self.session, self.run, self.options.allowed, self.options.judge, self._recalled
        )
        self.askings: list[Asking] = []
        self._sent: dict[int, _InFlight] = {}
        self._before: dict[int, Sample] = {}  # what was sent before, in vain
        self._again: deque[Sample] = deque()
        self._going: list[tuple[Sample, bytes]] = []  # what goes out next, with its digest
        self._decided: list[Sample] = []  # what is judged, and not kept yet
        self._fresh: Iterator[int] = iter(())
        self._hope = Hope()
        self._closed: set[int] = set()
        self._priced = 0
        self._beat = self._began = time.monotonic()
        self._crowd: Crowd[Key] = Crowd(self.pace, self._begin, self._keep_sent)

    def prepare(self) -> None:
        """Make what columns and judges are asked with, and look at what there is. Raises TemperaError."""
        suite = self.run.suite
        if not self.options.judges:
            settings = [asking.settings_of(self.session, column) for column in suite.columns]
            self.askings = [asking.asking(self.session, each) for each in settings]
        self.verdicts.jury.prepare(suite)
        self.states = self.keeping.states(self.run)
        for sample in self.keeping.samples(self.run, bodies=False):
            if sample.place != self.options.only:  # that answer goes
                self._count(sample)
            if sample.state in (ANSWERED, JUDGED):
                self._hope.answered_before(sample.place.column)
            if sample.state in (SENT, OPEN) and not self.options.judges:
                lost = sample.state == SENT
                self.lost += lost
                self._before[self._shape.index(sample.place)] = replace(sample, lost=sample.lost + lost)

    @property
    def seconds(self) -> float:
        """Return how long it has run in all."""
        return self.run.seconds + time.monotonic() - self._began

    def go(self) -> str:
        """Ask all that is open. Give the run's state then. Ctrl-C ends it once what is under way has come;
        pressed again, at once. Interrupts have to be held back by whoever calls this."""
        self._began = time.monotonic()
        self.keeping.state(self.run, RUNNING, self.run.seconds)
        self.display.begin(self.run, bytes(self.states), None if self.unpriced else self.cost)
        try:
            self._judge_what_waits()
            if self.options.reuse and self.options.only is None:
                self._reuse()
            self._fresh = self._to_ask()
            for answers in self._crowd.answers(self.session.interrupts, _TOGETHER):
                self._take(answers)
                if not answers:
                    self._keep_sent()
                self._tick()
        except KeyboardInterrupt:
            self.interrupted = True
            self.why = "stopped at once: what was under way is lost, and asked again when it goes on"
        except StoreFailed as error:
            self.why = f"stopped, since an answer could not be kept: {error.message}"
        finally:
            self._crowd.close()
            with contextlib.suppress(StoreFailed):
                self._keep_sent()
            self.display.close()
        if self._crowd.stopping:
            self.interrupted, self.why = True, self.why or "stopped"
        left = any(each in self.states for each in (codes.OPEN, codes.ASKED, codes.ANSWERED))
        return STOPPED if left or self.why else FINISHED

    def _to_ask(self) -> Iterator[int]:
        """Yield the numbers of what has no answer, in order."""
        states = self.states
        if self.options.judges:
            return iter(())
        if self.options.only is not None:
            return iter((self._shape.index(self.options.only),))
        wanted = (codes.ERROR,) if self.options.failed else (codes.OPEN, codes.ASKED, codes.ERROR)
        return (number for number in range(len(states)) if states[number] in wanted)

    def _reuse(self) -> None:
        """Take the answers of earlier runs to the same requests. Ctrl-C ends it."""
        places = (self._shape.place(number) for number in self._to_ask())
        for found in reusing.taken(self.keeping, self.run, self.askings, places):
            self.reused += len(found)
            self._settle([sample for sample, _ in found], [digest for _, digest in found])
            self._keep_sent()
            self._tick()
            self._crowd.look(self.session.interrupts)
            if self._crowd.stopping:
                return

    # ---- what goes out

    def _begin(self) -> Job[Key] | None:
        question = self.verdicts.job()
        self._take_decided()
        if question is not None:
            return question
        while not self._crowd.stopping:
            sample = self._next()
            if sample is None:
                return None
            if self._too_dear():
                self._again.appendleft(sample)
                return None
            made = self._made(sample)
            if made is not None:
                return made
        return None

    def _next(self) -> Sample | None:
        while self._again:
            sample = self._again.popleft()
            if sample.place.column not in self._closed:
                return sample
        for number in self._fresh:
            place = self._shape.place(number)
            if place.column not in self._closed:
                return self._before.pop(number, None) or Sample(place)
        return None

    def _made(self, sample: Sample) -> Job[Key] | None:
        """Make the request of a sample; None where it is answered or has failed by now."""
        place, suite = sample.place, self.run.suite
        number = self._shape.index(place)
        try:
            prepared = asking.of_cell(
                self.askings[place.column], suite.columns[place.column], suite.cases[place.case]
            )
        except BadValue as error:
            self._settle([replace(sample, state=FAILED, error=error.message, kind=_UNMADE)])
            return None
        digest = asking.digest(prepared)
        sent = replace(
            sample,
            state=SENT,
            request=prepared.body,
            at=time.time(),
            tries=sample.tries + 1,
            error="",
            kind="",
            batch=0,
        )
        self._sent[number] = _InFlight(sent, prepared)
        self._going.append((sent, digest))
        return job(self.session, ("sample", number), prepared, _tokens(prepared))

    def _too_dear(self) -> bool:
        """Tell whether one more answer may not be asked now, for its cost."""
        most = self.options.max_cost
        if most is None:
            return False
        if self.unpriced:
            self._because(f"stopped, since what an answer cost is not known, and ${most:g} can't be kept to")
            return True
        each = self.cost / self._priced if self._priced else 0.0
        unpaid = len(self._sent) + self.states.count(codes.ANSWERED) - len(self._decided)
        if self.cost + each * (unpaid + 1) > most:
            if not unpaid:  # else what is under way may turn out to be cheaper
                self._because(f"stopped, since one more answer could take it beyond ${most:g}")
            return True
        return not self._priced and unpaid > 0  # the first tells what one costs

    def _because(self, why: str) -> None:
        """Take note of a reason to end before the end; there may be several."""
        if why not in self.why:
            self.why = f"{self.why}; {why}" if self.why else why

    def _keep_sent(self) -> None:
        """Keep what goes out now, which is known to be under way before it is, and what was decided."""
        going, self._going = self._going, []
        decided, self._decided = self._decided, []
        self._keep([*(sample for sample, _ in going), *decided], [digest for _, digest in going])

    # ---- what comes

    def _take(self, answers: Sequence[tuple[Key, Answer]]) -> None:
        came = []
        for (what, number), answer in answers:
            if what == "judge":
                self.verdicts.came(number, answer)
            elif number in self._sent:
                came.append(self._answered(self._sent.pop(number), answer))
        self._settle(came)

    def _settle(self, came: Sequence[Sample], digests: Sequence[bytes] = ()) -> None:
        """Keep what has come, then judge it, and keep the verdicts."""
        self._keep(came, digests)
        for sample in came:
            if sample.state == ANSWERED:
                self.verdicts.begin(sample)
            elif sample.state == FAILED:
                self.verdicts.failed(sample.place)
        self._take_decided()

    def _take_decided(self) -> None:
        for sample in self.verdicts.done:
            self._count(sample)
            self._decided.append(sample)
        self.verdicts.done = []

    def _recalled(self, place: Place) -> Sample | None:
        """Give a sample that is judged and kept, which is to be judged anew."""
        if self.states[self._shape.index(place)] not in _JUDGED:
            return None
        sample = self.keeping.sample(self.run, place)
        if sample.answered is None or sample.judged is None:
            return None
        self._count(sample, -1)
        return sample

    def _answered(self, sent: _InFlight, answer: Answer) -> Sample:
        sample = sent.sample
        column = sample.place.column
        if answer.ended == COMPLETE:
            self._hope.answered(column)
            made = asking.accounted(answer, sent.prepared.request.model, sent.prepared.endpoint)
            answered = asking.answered(made, sent.prepared.body)
            return replace(sample, state=ANSWERED, answered=answered, model=answer.model)
        kind = kind_of(answer.error)
        said = answer.error.message if answer.error else "the answer was interrupted"
        self._close(column, self._hope.failed(column, kind, said))
        again = sample.tries < MOST_TRIES and not self._crowd.stopping and column not in self._closed
        if again and passes(answer):
            back = replace(sample, state=OPEN)
            self._again.append(back)
            return back
        self._close(column, self._hope.lost(column, said, kind))
        return replace(sample, state=FAILED, error=said, kind=kind)

    def _close(self, column: int, why: str) -> None:
        """Ask a column no further, if there is a reason."""
        if why and column not in self._closed:
            self._closed.add(column)
            self.verdicts.close(column)
            self._because(f"{self.run.suite.columns[column].label} is asked no further, since {why}")

    def _judge_what_waits(self) -> None:
        """Judge the answers that an earlier go has not come to."""
        if self.options.judges:  # what failed is not asked now: the others are compared without it
            for number, state in enumerate(self.states):
                if state == codes.ERROR:
                    self.verdicts.failed(self._shape.place(number))
        waiting = [number for number, state in enumerate(self.states) if state == codes.ANSWERED]
        for at, number in enumerate(waiting, 1):
            sample = self.keeping.sample(self.run, self._shape.place(number))
            if sample.answered:
                self.verdicts.begin(sample)
            if not at % _TOGETHER:
                self._settle([])
                self._keep_sent()
        self._settle([])

    # ---- keeping

    def _keep(self, samples: Sequence[Sample], digests: Sequence[bytes] = ()) -> None:
        if not samples:
            return
        self.keeping.put(self.run, samples, digests)
        for sample in samples:
            self.states[self._shape.index(sample.place)] = codes.code(sample)
            self.display.sample(sample)

    def _count(self, sample: Sample, times: int = 1) -> None:
        """Add what a judged sample cost, or take it off again."""
        if sample.state != JUDGED:
            return
        cost = sample.answered.cost if sample.answered else None
        if cost is None or sample.judging is None:
            self.unpriced += times
        else:
            self._priced += times
        self.cost += times * ((cost or 0.0) + (sample.judging or 0.0))

    def _tick(self) -> None:
        said = _ENDING if self._crowd.stopping else self.pace.said
        self.display.pace(len(self._sent), self.pace.limit, said)
        now = time.monotonic()
        if now - self._beat >= _HEARTBEAT:
            self._beat = now
            self.keeping.state(self.run, RUNNING, self.seconds)


def _tokens(prepared: Prepared) -> int:
    """Estimate the tokens of a request, with as many for its answer as it allows."""
    body = prepared.body
    text = json.dumps(body["messages"], ensure_ascii=False)
    most = body.get("max_completion_tokens") or body.get("max_tokens") or 0
    return len(text) // 4 + (most if isinstance(most, int) else 0)
