"""Runs of evaluations made up for tests: what was asked, and what came of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from chat.evaluation.judging import Judged
from chat.evaluation.results import FINISHED, JUDGED, EvalRun, Place, Sample
from chat.evaluation.suite import Answered, Assertion, Case, Column, Suite, Verdict

EQUALS = Assertion("equals", "yes")


def run(
    columns: str = "AB", cases: int = 3, repeat: int = 1, groups: int = 0, state: str = FINISHED
) -> EvalRun:
    """Make a run: a column for each letter; with `groups`, as many of cases that belong together."""
    made = (Case({"q": place}, group=f"g{place % groups}" if groups else "") for place in range(cases))
    suite = Suite("test", tuple(Column(label, ()) for label in columns), tuple(made), repeat)
    return EvalRun(1, "test", suite, state=state)


def places(of: EvalRun) -> Iterator[Place]:
    """Give the places of all samples."""
    for column in range(len(of.suite.columns)):
        for case in range(len(of.suite.cases)):
            for repeat in range(of.suite.repeat):
                yield Place(column, case, repeat)


def sample(
    place: Place,
    passed: bool | None = True,
    score: float | None = None,
    text: str = "yes",
    verdicts: tuple[Verdict, ...] = (),
    **answered: float | None,
) -> Sample:
    """Make a sample that was judged. Without a score of its own it has that of its verdict."""
    if score is None and passed is not None:
        score = float(passed)
    if not verdicts:
        verdicts = (Verdict(EQUALS, passed, score, "" if passed else "it is not"),)
    judged = Judged(passed, score, "" if passed else "why", verdicts)
    return Sample(place, JUDGED, Answered(text, **answered), judged)  # type: ignore[arg-type]


def drawn(of: EvalRun, draw: random.Random, chance: Callable[[int, int], float]) -> list[Sample]:
    """Draw a sample for each place, which passes with the chance that its column and case have."""
    found = []
    for place in places(of):
        passed = draw.random() < chance(place.column, place.case)
        found.append(sample(place, passed, text=f"answer {draw.randrange(3)}", seconds=draw.expovariate(1)))
    return found


def without(given: Sample) -> Sample:
    """Give a sample whose verdict could not be told."""
    verdict = Verdict(Assertion("javascript"), None, None, "JavaScript is never run")
    return replace(given, judged=Judged(None, None, "not checked", (verdict,)))
