"""What the figures of whole evaluations promise, by simulation: intervals have the truth in them, and where
there is no difference none is reported.

The draws are the same each time. A profile of hypothesis says how many runs are made up: some hundred leave a
point or two open, which is granted beside the point and a half of the promise.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from chat.evaluation import figures
from chat.evaluation.results import EvalRun, Sample
from chat.statistics.intervals import Estimate
from chat.statistics.paired import Difference

from . import runs
from .runs import run, sample

TIMES = min(2000, 4 * settings.default.max_examples)  # type: ignore[attr-defined]
_SPREAD = math.sqrt(0.7**2 + 0.5**2)


def open_(share: float) -> float:
    """Give what so many runs leave open of a share: three standard errors."""
    return 3 * math.sqrt(share * (1 - share) / TIMES)


def drawn(of: EvalRun, draw: random.Random) -> Iterator[Sample]:
    """Draw samples of cases, or groups of them, that are hard or easy and quick or slow: the chance to pass is
    2/3 on average, by the beta distribution of 2 and 1."""
    known: dict[object, tuple[float, float]] = {}
    for place in runs.places(of):
        key = of.suite.cases[place.case].group or place.case
        if key not in known:
            known[key] = draw.betavariate(2, 1), draw.gauss(0, 0.7)
        chance, slow = known[key]
        seconds = math.exp(slow + draw.gauss(0, 0.5))
        score = (chance + draw.random()) / 2
        yield sample(place, draw.random() < chance, score, f"answer {draw.randrange(3)}", seconds=seconds)


#: What is true of such samples.
TRUTH = {
    "rate": 2 / 3,
    "score": 1 / 3 + 1 / 4,
    "median": 1.0,
    "p95": math.exp(1.6448536 * _SPREAD),
    "pass@2": 5 / 6,
    "pass^2": 1 / 2,
    "same verdict": 2 / 3,
    "passes": 0.0,
    "scores": 0.0,
}


def told(found: figures.Figures) -> dict[str, Estimate | Difference | None]:
    """Give the figures of the first column, and its differences to the second."""
    column, pair = found.columns[0], found.pairs[0]
    assert pair.passes is not None and pair.scores is not None
    known: dict[str, Estimate | Difference | None] = {
        "rate": column.rate,
        "score": column.score,
        "median": column.latency.median,
        "p95": column.latency.p95,
        "passes": pair.passes.difference,
        "scores": pair.scores.difference,
    }
    if column.spread is not None:
        known |= {"pass@2": column.pass_at[2], "pass^2": column.pass_all[2]}
        known["same verdict"] = column.spread.agreement
    return known


@pytest.mark.parametrize(
    ("cases", "repeat", "groups"), [(6, 1, 0), (40, 1, 0), (12, 4, 0), (30, 2, 0), (40, 1, 10)]
)
def test_intervals_have_the_truth_in_them(cases: int, repeat: int, groups: int) -> None:
    """Nineteen of twenty do, within a point and a half: for few cases, for several answers to each, and for
    cases in groups. Counts of few cases, and ranks, promise more; none keeps less."""
    draw = random.Random(f"{cases} {repeat} {groups}")
    of = run("AB", cases, repeat, groups)
    held: Counter[str] = Counter()
    for _ in range(TIMES):
        for name, found in told(figures.of(of, drawn(of, draw))).items():
            assert found is not None
            low = -math.inf if found.low is None else found.low
            high = math.inf if found.high is None else found.high
            held[name] += low <= TRUTH[name] <= high
    for name, count in held.items():
        assert count / TIMES >= 0.935 - open_(0.935), name
    assert held["score"] / TIMES <= 0.965 + open_(0.965)


def test_rates_near_1_keep_their_promise() -> None:
    """Where 98 of 100 pass, and most runs have nothing that failed, the interval still has the truth in it."""
    draw = random.Random("near 1")
    of = run("A", cases=30)
    held = 0
    for _ in range(TIMES):
        (column,) = figures.of(of, (sample(each, draw.random() < 0.98) for each in runs.places(of))).columns
        assert column.rate is not None and column.rate.low is not None and column.rate.high is not None
        held += column.rate.low <= 0.98 <= column.rate.high
    assert held / TIMES >= 0.935 - open_(0.935)


def _verdicts(draw: random.Random) -> tuple[bool, float]:
    passed = draw.random() < 0.7
    return passed, float(passed)


def _ties(draw: random.Random) -> tuple[bool, float]:
    score = draw.choice([0.0, 0.5, 0.5, 1.0])
    return score > 0.4, score


def _all_pass(draw: random.Random) -> tuple[bool, float]:
    return True, 1.0


def _skewed(draw: random.Random) -> tuple[bool, float]:
    score = 1 - draw.random() ** 3
    return score > 0.5, score


@pytest.mark.parametrize(
    ("make", "cases", "repeat", "groups"),
    [
        (_verdicts, 5, 1, 0),
        (_verdicts, 30, 1, 0),
        (_verdicts, 10, 3, 0),
        (_verdicts, 40, 1, 8),
        (_ties, 6, 1, 0),
        (_ties, 25, 1, 0),
        (_skewed, 12, 1, 0),
        (_skewed, 20, 2, 0),
        (_all_pass, 20, 1, 0),
    ],
)
def test_no_difference_is_no_alarm(
    make: Callable[[random.Random], tuple[bool, float]], cases: int, repeat: int, groups: int
) -> None:
    """Of three columns that are alike no two are told apart in more than one run of twenty, all pairs taken
    together: with ties, with few cases, where all pass, with several answers, and in groups."""
    draw = random.Random(f"{make.__name__} {cases} {repeat} {groups}")
    of = run("ABC", cases, repeat, groups)
    alarms: Counter[str] = Counter()
    for _ in range(TIMES):
        pairs = figures.of(of, (sample(each, *make(draw)) for each in runs.places(of))).pairs
        alarms["passes"] += any(pair.passes is not None and pair.passes.p < 0.05 for pair in pairs)
        alarms["scores"] += any(pair.scores is not None and pair.scores.p < 0.05 for pair in pairs)
    assert all(count / TIMES <= 0.05 + open_(0.05) for count in alarms.values())
    assert make is not _all_pass or not any(alarms.values())


def test_a_difference_is_seen() -> None:
    """Of columns that differ by what so many cases can show, four of five runs say so, and none the contrary."""
    draw = random.Random("seen")
    of = run("AB", cases=150)
    seen = wrong = 0
    for _ in range(TIMES):
        hard = [draw.random() for _ in of.suite.cases]
        found = figures.of(
            of,
            (
                sample(each, hard[each.case] + 0.3 * draw.random() < 1.3 * (0.7, 0.845)[each.column])
                for each in runs.places(of)
            ),
        )
        passes = found.pairs[0].passes
        assert passes is not None
        seen += passes.verdict.startswith("B better than A by ")
        wrong += passes.verdict.startswith("A better than B by ")
    assert seen / TIMES > 0.8 and not wrong
