"""Make honest figures of an evaluation: rates with intervals, columns compared case by case, judges measured.

What was not checked is never counted as passed: a rate is that of what was checked, and stands beside the
number of what was not; `least` counts that, and every answer that did not come, against the column. Several
answers to a case, and cases of a group, count as one where an interval asks what is independent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import field
from itertools import combinations, groupby
from operator import itemgetter

from ..base.dataclass import dataclass
from ..statistics import agreement, intervals, likeness
from ..statistics.intervals import Estimate
from ..statistics.strengths import Strength
from . import gathered, trust
from .comparing import Compared, compared, scores_tell, values
from .gathered import WITH_ANSWER, Gathered, Measurement
from .results import FAILED, SENT, EvalRun, Sample
from .suite import NotUnderstood, Suite
from .trust import Judges, Reliability


@dataclass(frozen=True)
class Range:
    """How something is spread over a column's answers: its median and 95th percentile. `total` is None where
    it is unknown of one of them, of `unknown` answers in all; `known` is the total of the others."""

    median: Estimate | None
    p95: Estimate | None
    total: float | None
    known: float
    unknown: int


@dataclass(frozen=True)
class Consistency:
    """How the answers to one case differ, on average over `cases`. `share` is that of the most frequent
    answer; `similarity` the mean over all pairs of answers; `agreement` the chance that two verdicts on the
    case are the same. Each from 0 to 1."""

    share: Estimate
    similarity: Estimate | None
    agreement: Estimate | None
    cases: int


@dataclass(frozen=True)
class ColumnFigures:
    """One column. `asked` samples are `answered`, or brought an `error`, were `lost` or still `wait`; those
    answered have `passed`, `failed` or were `unchecked`. `rate` is the share that passed of those checked;
    `least` that of all asked, without an interval. `pass_at` and `pass_all` give by k the chance that one of
    k answers passes, and that all do. `tokens` are those of prompts and of answers, None where a server did
    not tell. `judging` is what the judges cost. `tries` counts the requests, of which `tries_lost` brought
    nothing since the program was killed."""

    label: str
    asked: int
    answered: int
    errors: int
    lost: int
    waiting: int
    passed: int
    failed: int
    unchecked: int
    rate: Estimate | None
    least: float | None
    score: Estimate | None
    metrics: Mapping[str, Estimate] = field(hash=False)
    latency: Range
    cost: Range
    tokens: tuple[int | None, int | None]
    judging: float | None
    tries: int
    tries_lost: int
    pass_at: Mapping[int, Estimate] = field(hash=False)
    pass_all: Mapping[int, Estimate] = field(hash=False)
    spread: Consistency | None


@dataclass(frozen=True)
class Pair:
    """Column `b` less column `a`, by their places: in passes and in scores. None where no case was checked in
    both, or where scores say no more than passes."""

    a: int
    b: int
    passes: Compared | None
    scores: Compared | None


@dataclass(frozen=True)
class Unchecked:
    """Checks that were not made: of a type of assertion, "" where there was none, for one reason."""

    kind: str
    why: str
    count: int


@dataclass(frozen=True)
class Errors:
    """Answers that did not come, of one kind, with what one of them said."""

    kind: str
    count: int
    example: str


@dataclass(frozen=True)
class Figures:
    """All figures of a run. `unchecked` counts checks, of which a sample may have several; the columns count
    samples. `strengths` are Bradley and Terry's of the columns by label, where a judge picked the best of
    more than two."""

    cases: int
    repeat: int
    groups: int
    columns: tuple[ColumnFigures, ...]
    pairs: tuple[Pair, ...]
    unchecked: tuple[Unchecked, ...]
    not_understood: tuple[NotUnderstood, ...]
    errors: tuple[Errors, ...]
    judges: Judges
    strengths: Mapping[str, Strength] = field(hash=False)

    @property
    def judged(self) -> tuple[Reliability, ...]:
        """Return the judges that were asked."""
        return self.judges.judges


def of(run: EvalRun, samples: Iterable[Sample]) -> Figures:
    """Make the figures of a run that nobody goes on with: what was under way was lost. Samples are whole:
    without texts and verdicts nothing is known of spread, judges, and why what was not checked."""
    found = gathered.gather(run, samples)
    suite = run.suite
    groups = _groups(suite)
    labels = gathered.labels(suite)
    columns = tuple(_column(suite, label, place, found, groups) for place, label in enumerate(labels))
    unchecked = sorted(found.unchecked.items(), key=lambda each: (-each[1], each[0]))
    errors = sorted(found.errors.items(), key=lambda each: (-each[1], each[0]))
    return Figures(
        len(suite.cases),
        suite.repeat,
        len(set(groups)),
        columns,
        _pairs(suite, found, labels),
        tuple(Unchecked(kind, why, count) for (kind, why), count in unchecked),
        suite.not_understood,
        tuple(Errors(kind, count, found.sentences[kind]) for kind, count in errors),
        trust.judges(found, groups),
        trust.strengths(found, labels),
    )


def _groups(suite: Suite) -> list[Hashable]:
    """Give for each case what it belongs to: its group, or itself alone."""
    return [case.group or place for place, case in enumerate(suite.cases)]


def _column(
    suite: Suite, label: str, place: int, found: Gathered, groups: Sequence[Hashable]
) -> ColumnFigures:
    rows, states = found.rows[place], found.states[place]
    asked = len(suite.cases) * suite.repeat
    checked = [row for row in rows if row.passed is not None]
    passed = sum(bool(row.passed) for row in checked)
    answered = sum(states[each] for each in WITH_ANSWER)
    lost = states[SENT]
    scored = [row for row in rows if row.score is not None]
    metrics: dict[str, tuple[list[float], list[Hashable]]] = {}
    for row in rows:
        for name, gained in row.metrics.items():
            known = metrics.setdefault(name, ([], []))
            known[0].extend(gained)
            known[1].extend([groups[row.case]] * len(gained))
    judging = found.judging[place]
    several = suite.repeat > 1
    cases = [(case, tuple(each)) for case, each in groupby(rows, itemgetter(1))] if several else []
    at, all_ = _pass_at(cases, suite.repeat, groups) if several else ({}, {})
    return ColumnFigures(
        label=label,
        asked=asked,
        answered=answered,
        errors=states[FAILED],
        lost=lost,
        waiting=max(0, asked - answered - states[FAILED] - lost),
        passed=passed,
        failed=len(checked) - passed,
        unchecked=answered - len(checked),
        rate=intervals.rate([bool(row.passed) for row in checked], [groups[row.case] for row in checked]),
        least=passed / asked if asked else None,
        score=_mean([row.score or 0.0 for row in scored], [groups[row.case] for row in scored]),
        metrics={
            name: estimate
            for name, (values, belong) in sorted(metrics.items())
            if (estimate := _mean(values, belong)) is not None
        },
        latency=_range([row.seconds for row in rows], [groups[row.case] for row in rows]),
        cost=_range([row.cost for row in rows], [groups[row.case] for row in rows]),
        tokens=(_total([row.prompt for row in rows]), _total([row.completion for row in rows])),
        judging=None if None in judging else math.fsum(each or 0.0 for each in judging),
        tries=found.tries[place],
        tries_lost=found.lost[place],
        pass_at=at,
        pass_all=all_,
        spread=_spread(cases, groups),
    )


def _mean(values: Sequence[float], groups: Sequence[Hashable]) -> Estimate | None:
    """Give the mean of scores, which are from 0 to 1 as a rule."""
    bounded = all(0 <= each <= 1 for each in values)
    return intervals.share(values, groups) if bounded else intervals.mean(values, groups)


def _total(values: Sequence[int | None]) -> int | None:
    return None if None in values or not values else sum(each or 0 for each in values)


def _range(values: Sequence[float | None], groups: Sequence[Hashable]) -> Range:
    known = [each for each in values if each is not None]
    belong = [group for each, group in zip(values, groups, strict=True) if each is not None]
    total = math.fsum(known)
    unknown = len(values) - len(known)
    return Range(
        intervals.quantile(known, 0.5, groups=belong),
        intervals.quantile(known, 0.95, groups=belong),
        total if known and not unknown else None,
        total,
        unknown,
    )


#: The answers of each case, in their order.
_Cases = Sequence[tuple[int, Sequence[Measurement]]]


def _pass_at(
    cases: _Cases, repeat: int, groups: Sequence[Hashable]
) -> tuple[dict[int, Estimate], dict[int, Estimate]]:
    """Give pass@k and pass^k for the powers of 2 up to the number of repeats, and for that itself."""
    counted = []
    for case, rows in cases:
        verdicts = [row.passed for row in rows if row.passed is not None]
        counted.append((case, sum(verdicts), len(verdicts)))
    numbers = sorted({*(1 << power for power in range(1, repeat.bit_length())), repeat})

    def mean(chance: Callable[[int, int, int], float | None], k: int) -> Estimate | None:
        known = {each: chance(k, *each) for each in {(passed, asked) for _, passed, asked in counted}}
        values, belong, tuples = [], [], 0.0
        for case, passed, asked in counted:
            value = known[passed, asked]
            if value is not None:
                values.append(value)
                belong.append(groups[case])
                tuples += asked / k
        return intervals.share(values, belong, most=tuples)

    at = {k: found for k in numbers if (found := mean(agreement.pass_at, k)) is not None}
    return at, {k: found for k in numbers if (found := mean(agreement.pass_all, k)) is not None}


#: Cases whose answers are compared with each other: many are not told apart better by all of them.
_ALIKE = 400


def _spread(cases: _Cases, groups: Sequence[Hashable]) -> Consistency | None:
    cases = [(case, each) for case, each in cases if len(each) > 1]
    if not any(row.text for _, each in cases for row in each):
        return None
    compared = {cases[place * len(cases) // _ALIKE][0] for place in range(_ALIKE)}
    shares: list[tuple[int, float]] = []
    likes: list[tuple[int, float]] = []
    verdicts: list[tuple[int, float]] = []
    pairs = 0.0
    for case, each in cases:
        similar = likeness.by_words() if case in compared else None
        found = agreement.spread([row.text for row in each], similar)
        assert found is not None
        shares.append((case, found.share))
        if found.similarity is not None:
            likes.append((case, found.similarity))
        passed = [row.passed for row in each if row.passed is not None]
        if (same := agreement.same(passed)) is not None:
            verdicts.append((case, same))
            pairs += len(passed) / 2

    def mean(values: Sequence[tuple[int, float]], most: float = math.inf) -> Estimate | None:
        belong = [groups[case] for case, _ in values]
        return intervals.share([value for _, value in values], belong, most=most)

    share = mean(shares)
    assert share is not None
    return Consistency(share, mean(likes), mean(verdicts, pairs), len(cases))


def _pairs(suite: Suite, found: Gathered, labels: Sequence[str]) -> tuple[Pair, ...]:
    """Compare each two columns by case, in passes and in scores."""
    groups = _groups(suite) if any(case.group for case in suite.cases) else None
    pairs = list(combinations(range(len(labels)), 2))
    said = gathered.short(labels)
    names = {(a, b): (said[a], said[b]) for a, b in pairs}

    def by(of: Callable[[Measurement], float | None]) -> dict[tuple[int, int], Compared]:
        columns = [values(rows, len(suite.cases), of) for rows in found.rows]
        return compared({(a, b): (columns[a], columns[b]) for a, b in pairs}, names, groups)

    passes = by(lambda row: row.passed)
    scores = by(lambda row: row.score) if scores_tell(found.rows) else {}
    return tuple(Pair(a, b, passes.get((a, b)), scores.get((a, b))) for a, b in pairs)
