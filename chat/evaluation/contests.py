"""Let judges compare the answers of all columns to one case: those who wait for it, and the verdicts."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from .assertions.declaration import NotChecked
from .deciding import Contest, JudgeQuestion
from .judges import best, judging
from .judges.asking import Subject
from .results import EvalRun, Place
from .suite import Assertion, Verdict


@dataclass
class Lineup:
    """The answers to one case, of one repeat, that are to be compared by an assertion."""

    steps: dict[int, Contest] = field(default_factory=dict)  # by column


#: The case, the repeat, and the assertion by its place among those of its case, or in the file.
Key = tuple[int, int, str]


class Contests:
    """Answers that wait to be compared. A contest begins when each column has answered or failed."""

    def __init__(self, run: EvalRun) -> None:
        self._columns = len(run.suite.columns)
        self._waiting: dict[Key, Lineup] = {}
        self._out: dict[tuple[int, int], set[int]] = {}
        self._closed: set[int] = set()

    def join(self, place: Place, step: Contest) -> Key:
        """Let an answer wait; give the contest that it takes part in."""
        key = (place.case, place.repeat, step.assertion.place or repr(step.assertion.value))
        self._waiting.setdefault(key, Lineup()).steps[place.column] = step
        return key

    def out(self, place: Place) -> list[Key]:
        """Take note of a column that has no answer, or no part in what is still to be compared; give the
        contests that may begin without it."""
        self._out.setdefault((place.case, place.repeat), set()).add(place.column)
        return [key for key in self._waiting if key[:2] == (place.case, place.repeat) and self.ready(key)]

    def back(self, place: Place) -> None:
        """Take note that a column takes part again."""
        self._out.get((place.case, place.repeat), set()).discard(place.column)

    def close(self, column: int) -> list[Key]:
        """Take note of a column that answers nothing more; give the contests that may begin without it."""
        self._closed.add(column)
        return [key for key in self._waiting if self.ready(key)]

    def lacking(self, key: Key) -> set[int]:
        """Give the columns that a contest waits for."""
        there = set(self._waiting[key].steps) | self._out.get(key[:2], set()) | self._closed
        return set(range(self._columns)) - there

    def ready(self, key: Key) -> bool:
        """Tell whether all columns are there that will be."""
        return key in self._waiting and not self.lacking(key)

    def take(self, key: Key) -> dict[int, Contest]:
        """Give the answers of a contest that begins, by column, in their order."""
        return dict(sorted(self._waiting.pop(key).steps.items()))


@dataclass(frozen=True)
class ContestResult:
    """What a contest came to: a verdict for each column, and whether the order turned the judge's pick; None
    where that can't be said."""

    verdicts: dict[int, Verdict]
    flipped: bool | None


def hold(steps: dict[int, Contest]) -> Generator[JudgeQuestion, Any, ContestResult]:
    """Ask the judge in both orders, and give the verdicts."""
    first = next(iter(steps.values()))
    assertion: Assertion = first.assertion
    rivals = tuple(each.subject.text for each in steps.values())
    if len(rivals) < 2:
        why = "no other column has an answer to compare it with"
        return ContestResult({column: Verdict(assertion, None, None, why) for column in steps}, None)
    subject = Subject(first.subject.prompt, rivals[0], rivals, first.subject.variables)
    answers: list[str] = []
    while (ask := judging.following(assertion, subject, answers)) is not None:
        said = yield JudgeQuestion(assertion, ask)
        if not isinstance(said, str):
            why = str(said or "the judge gave no answer")
            return ContestResult({column: Verdict(assertion, None, None, why) for column in steps}, None)
        answers.append(said)
    made = best.verdicts(assertion, rivals, answers)
    try:
        one, other = best.picks(answers, len(rivals))
        flipped: bool | None = one != other
    except (NotChecked, ValueError):
        flipped = None
    return ContestResult(dict(zip(steps, made, strict=True)), flipped)
