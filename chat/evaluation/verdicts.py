"""Judge answers that have come, those of models too, which are asked beside the samples.

An answer that needs no judge is decided at once. The others wait: each for the next answer of its judge, or
for the other columns' answers where these are compared.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import TemperaError
from ..conversation.turn import COMPLETE, Answer
from ..lab.crowd import Job, passes
from ..session.state import Session
from . import contests
from .assertions.declaration import Allowed
from .deciding import CONTEST, Contest, Deciding, Embeddings, JudgeQuestion, decide
from .judging import Judged
from .jury import Jury, Unheard, messages_of
from .results import JUDGED, EvalRun, Place, Sample

#: How often a judge is asked the same, where the failure may pass.
MOST_TRIES = 6
_LONGEST = 20_000  # characters of what a judge was asked or said that are kept


@dataclass
class _Hearing:
    """An answer that is being judged."""

    sample: Sample
    deciding: Deciding
    said: list[dict[str, Any]] = field(default_factory=list)
    cost: float | None = 0.0
    flips: int = 0
    turned: int = 0

    def judged(self, result: Judged) -> Sample:
        made = replace(self.sample, state=JUDGED, judged=result, judging=self.cost, judges=tuple(self.said))
        return replace(made, flips=self.flips, turned=self.turned)


@dataclass
class _Query:
    """A question that is to go out, or has: who is told the answer, whose it is, how often it was sent."""

    step: JudgeQuestion | Embeddings
    told: Callable[[Any], None]
    hearings: Sequence[_Hearing]
    tries: int = 0


class Verdicts:
    """The judging of one run. What is decided gathers in `done`. `recall` gives a sample that was judged
    before, None where one was not: where a column answers late, the others are compared anew."""

    def __init__(
        self,
        session: Session,
        run: EvalRun,
        allowed: Allowed,
        judge: str = "",
        recall: Callable[[Place], Sample | None] = lambda place: None,
    ) -> None:
        self._run = run
        self._allowed = allowed
        self.jury = Jury(session, judge)
        self._contests = contests.Contests(run)
        self._waiting: dict[tuple[contests.Key, int], _Hearing] = {}
        self._questions: deque[_Query] = deque()
        self._under_way: dict[int, _Query] = {}
        self._number = 0
        self._recall = recall
        self._recalled: set[Place] = set()
        self.done: list[Sample] = []

    def begin(self, sample: Sample) -> None:
        """Judge an answer."""
        assert sample.answered is not None
        case = self._run.suite.cases[sample.place.case]
        hearing = _Hearing(sample, decide(case, sample.answered, self._allowed))
        self._on(hearing, None)

    def failed(self, place: Place) -> None:
        """Take note that a column has no answer to a case: the others are compared without it."""
        self._hold_all(self._contests.out(place))

    def close(self, column: int) -> None:
        """Take note that a column is asked no more: the others are compared without it."""
        self._hold_all(self._contests.close(column))

    def _on(self, hearing: _Hearing, said: Any) -> None:
        try:
            step = hearing.deciding.send(said)
        except StopIteration as over:
            self.done.append(hearing.judged(over.value))
            self._hold_all(self._contests.out(hearing.sample.place))  # it may have come to no comparison
            return
        if isinstance(step, Contest):
            place = hearing.sample.place
            key = self._contests.join(place, step)
            self._waiting[key, place.column] = hearing
            self._recall_others(place)
            self._hold_all([key])
        else:
            self._questions.append(_Query(step, lambda answer: self._on(hearing, answer), (hearing,)))

    def _recall_others(self, place: Place) -> None:
        """Have those take part that an earlier go has judged, each once; their other verdicts hold still."""
        for column in range(len(self._run.suite.columns)):
            other = replace(place, column=column)
            if other in self._recalled or not (sample := self._recall(other)):
                continue
            self._recalled.add(other)
            self._contests.back(other)
            assert sample.answered is not None and sample.judged is not None
            case = self._run.suite.cases[other.case]
            deciding = decide(case, sample.answered, self._allowed, sample.judged.verdicts)
            said = [dict(each) for each in sample.judges if CONTEST not in str(each.get("type"))]
            self._on(_Hearing(sample, deciding, said, sample.judging), None)

    def _hold_all(self, keys: Sequence[contests.Key]) -> None:
        for key in keys:
            if self._contests.ready(key):
                self._hold(key)

    def _hold(self, key: contests.Key) -> None:
        steps = self._contests.take(key)
        hearings = {column: self._waiting.pop((key, column)) for column in steps}
        holding = contests.hold(steps)

        def on(said: Any) -> None:
            try:
                question = holding.send(said)
            except StopIteration as over:
                outcome: contests.ContestResult = over.value
                for column, hearing in hearings.items():
                    hearing.turned += outcome.flipped is not None
                    hearing.flips += bool(outcome.flipped)
                    self._on(hearing, outcome.verdicts[column])
                return
            self._questions.append(_Query(question, on, tuple(hearings.values())))

        on(None)

    # ---- asking

    def job(self) -> Job[tuple[str, int]] | None:
        """Give the next question that is to go out; None where there is none."""
        while self._questions:
            asked = self._questions.popleft()
            self._number += 1
            try:
                job = self.jury.job(("judge", self._number), asked.step)
            except TemperaError as error:
                asked.told(Unheard(error.message))
                continue
            asked.tries += 1
            self._under_way[self._number] = asked
            return job
        return None

    def came(self, number: int, answer: Answer) -> None:
        """Take the answer to a question."""
        asked = self._under_way.pop(number)
        if self.jury.again(asked.step, answer) or (passes(answer) and asked.tries < MOST_TRIES):
            self._questions.append(asked)
            return
        cost = self.jury.cost(asked.step, answer) if answer.ended == COMPLETE else 0.0
        for place, hearing in enumerate(asked.hearings):
            if not place:  # it is paid once
                hearing.cost = None if cost is None or hearing.cost is None else hearing.cost + cost
            hearing.said.append(_record(asked.step, answer))
        asked.told(self.jury.read(asked.step, answer))


def _record(step: JudgeQuestion | Embeddings, answer: Answer) -> dict[str, Any]:
    """Write what a judge was asked and said."""
    if isinstance(step, Embeddings):
        return {"type": step.assertion.name, "texts": [text[:_LONGEST] for text in step.texts]}
    try:
        messages = messages_of(step)
    except TemperaError:
        messages = []
    return {
        "type": step.assertion.name,
        "messages": messages,
        "answer": answer.at(0).said[:_LONGEST],
        "model": answer.model,
        **({"error": answer.error.message} if answer.error else {}),
    }
