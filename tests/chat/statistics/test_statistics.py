"""Figures and what they can bear: held against scipy and statsmodels, and against their own promises."""

from __future__ import annotations

import importlib
import math
import random
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.statistics import agreement, distributions, intervals, likeness, paired, strengths
from chat.statistics.intervals import Estimate


class Later:
    """A module that is imported when it is first used: these take a second and a half, and each worker collects
    all tests."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name.startswith("pytest"):  # asked by pytest, of all that it finds here
            raise AttributeError(name)
        return getattr(importlib.import_module(self._name), name)


stats = Later("scipy.stats")
contingency_tables = Later("statsmodels.stats.contingency_tables")
inter_rater = Later("statsmodels.stats.inter_rater")
multitest = Later("statsmodels.stats.multitest")
proportion = Later("statsmodels.stats.proportion")


@given(st.floats(-30, 30), st.floats(1, 500))
def test_student_s_t_is_scipy_s(t: float, freedom: float) -> None:
    """Tails agree, and a quantile is where its tail says. Near 0 scipy is the less exact of the two."""
    near = 1e-14 if abs(t) > 0.01 else 1e-7
    assert distributions.t_tail(t, freedom) == pytest.approx(
        2 * stats.t.sf(abs(t), freedom), rel=1e-9, abs=near
    )
    level = 1 - distributions.t_tail(t, freedom)
    if 0.01 < level < 0.999:
        assert distributions.t_quantile(level, freedom) == pytest.approx(abs(t), rel=1e-6)


@given(st.integers(0, 400), st.integers(0, 400), st.floats(0.01, 0.99))
def test_the_binomial_is_scipy_s(most: int, trials: int, chance: float) -> None:
    """The tails of counts agree."""
    assert distributions.binomial_tail(most, trials, chance) == pytest.approx(
        stats.binom.cdf(most, trials, chance), abs=1e-9
    )


@given(st.integers(1, 500).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_a_rate_has_wilson_s_interval(passed_of: tuple[int, int]) -> None:
    """It is statsmodels' own, with ends that stay within 0 and 1 where all or none passed."""
    passed, count = passed_of
    found = intervals.rate([number < passed for number in range(count)])
    low, high = proportion.proportion_confint(passed, count, method="wilson")
    assert found is not None and found.value == passed / count
    assert (found.low, found.high) == (
        pytest.approx(max(0, low), abs=1e-9),
        pytest.approx(min(1, high), abs=1e-9),
    )


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=50))
def test_a_mean_has_student_s_interval(values: list[float]) -> None:
    """It is scipy's own; values that are all alike tell nothing of how they vary."""
    found = intervals.mean(values)
    error = stats.sem(values)
    assert found is not None and found.value == fmean(values)
    if found.low is None:
        assert error <= 1e-9 * max(1, abs(found.value))
        return
    low, high = stats.t.interval(0.95, len(values) - 1, loc=fmean(values), scale=error)
    assert (found.low, found.high) == (
        pytest.approx(low, rel=1e-6, abs=1e-6),
        pytest.approx(high, rel=1e-6, abs=1e-6),
    )


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60), st.sampled_from([0.5, 0.95]))
def test_a_quantile_is_scipy_s(values: list[float], share: float) -> None:
    """So is its interval, where there are enough values for one."""
    found = intervals.quantile(values, share)
    theirs = stats.quantile_test(values, p=share).confidence_interval(0.95)
    assert found is not None
    assert found.value == pytest.approx(
        sorted(values)[0] if len(values) == 1 else float(stats.mstats.mquantiles(values, share, 1, 1)[0])
    )
    ends = [None if math.isnan(end) else end for end in (theirs.low, theirs.high)]
    assert [found.low, found.high] == ends


def test_no_values_give_no_figure() -> None:
    """Nothing is made up where nothing was measured, and one value alone has no interval."""
    assert intervals.rate([]) is intervals.mean([]) is intervals.quantile([], 0.5) is None
    assert intervals.mean([3]) == Estimate(3, None, None, 1, 1)
    assert intervals.rate([True, False], ["a", "a"]) == Estimate(0.5, None, None, 2, 1)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_verdicts_are_paired_by_mcnemar_s_exact_test(better: int, worse: int, tied: int) -> None:
    """The p value is statsmodels' own, and the interval has the difference in it."""
    pairs = [(0, 1)] * better + [(1, 0)] * worse + [(1, 1)] * tied
    if not pairs:
        return
    found = paired.difference([[a] for a, _ in pairs], [[b] for _, b in pairs])
    theirs = contingency_tables.mcnemar([[tied, worse], [better, 0]], exact=True).pvalue
    assert found is not None and found.low is not None and found.high is not None
    assert found.p == pytest.approx(theirs if better + worse else 1)
    assert found.value == pytest.approx((better - worse) / len(pairs))
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (found.better, found.worse, found.tied) == (better, worse, tied)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=15, max_size=40))
def test_scores_are_paired_by_the_t_test(pairs: list[tuple[float, float]]) -> None:
    """The p value is scipy's own for the cases' differences."""
    found = paired.difference([[a] for a, _ in pairs], [[b + 2] for _, b in pairs])
    assert found is not None
    if found.low is None:
        return
    theirs = stats.ttest_1samp([b + 2 - a for a, b in pairs], 0).pvalue
    assert found.p == pytest.approx(theirs, rel=1e-5, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=9))
def test_few_scores_are_paired_by_all_their_signs(pairs: list[tuple[int, int]]) -> None:
    """The p value is that of scipy's permutation test, which is exact."""
    found = paired.difference([[a / 8] for a, _ in pairs], [[b / 8] for _, b in pairs])
    theirs = stats.permutation_test(
        ([a for a, _ in pairs], [b for _, b in pairs]),
        lambda x, y, axis: (x - y).mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=math.inf,
    )
    verdicts = all(side in (0, 8) for pair in pairs for side in pair)
    assert found is not None
    if not verdicts:
        assert found.p == pytest.approx(theirs.pvalue)


def test_cases_without_a_partner_are_left_out() -> None:
    """A case that failed to be asked in one column is not counted against it."""
    found = paired.difference([[1], [0], []], [[1], [1], [0]])
    assert found is not None and found.cases == 2
    assert paired.difference([[]], [[1]]) is None


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), min_size=1, max_size=9))
def test_several_comparisons_are_holm_s(chances: dict[str, float]) -> None:
    """The adjusted p values are statsmodels' own."""
    theirs = multitest.multipletests(list(chances.values()), method="holm")[1]
    assert list(paired.holm(chances).items()) != [] and [
        paired.holm(chances)[name] for name in chances
    ] == pytest.approx(list(theirs))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=60))
def test_kappa_is_statsmodels_own(pairs: list[tuple[str, str]]) -> None:
    """Value and error agree where both judges gave more than one verdict."""
    ours, theirs = zip(*pairs, strict=True)
    found = agreement.kappa(ours, theirs)
    assert found is not None
    if found.low is None:
        return
    table = [[sum(pair == (a, b) for pair in pairs) for b in "abc"] for a in "abc"]
    known = inter_rater.cohens_kappa(table)
    assert found.value == pytest.approx(known.kappa, abs=1e-9)
    low, high = known.kappa_low, known.kappa_upp
    assert found.low == pytest.approx(max(-1, low), abs=1e-6) and found.high == pytest.approx(
        min(1, high), abs=1e-6
    )


def test_pass_at_k_is_the_mean_over_all_choices_of_k() -> None:
    """Two of four pass: of six pairs five have one that passes, and one has two."""
    assert agreement.pass_at(2, 2, 4) == pytest.approx(5 / 6)
    assert agreement.pass_all(2, 2, 4) == pytest.approx(1 / 6)
    assert agreement.pass_at(5, 2, 4) is None


def test_spread_says_how_answers_differ() -> None:
    """The most frequent answer's share, and how alike two are."""
    found = agreement.spread(["red", "red", "blue", "reds"], lambda a, b: 0.5)
    assert found == agreement.Spread(0.5, pytest.approx((1 + 5 * 0.5) / 6))
    assert agreement.spread([], lambda a, b: 0) is None


def test_strengths_come_from_duels() -> None:
    """Who wins three of four duels is about 400 * log10(3) points ahead; more duels tell more."""
    few = strengths.strengths({("a", "b"): 3, ("b", "a"): 1})
    many = strengths.strengths({("a", "b"): 3000, ("b", "a"): 1000})
    assert many["a"].value - many["b"].value == pytest.approx(400 * math.log10(3), abs=1)
    for name in "ab":
        assert few[name].high - few[name].low > 10 * (many[name].high - many[name].low)  # type: ignore[operator]
    beaten = strengths.strengths({("a", "b"): 5, ("b", "c"): 5})
    assert [*beaten] == ["a", "b", "c"] and beaten["a"].value > beaten["b"].value > beaten["c"].value
    assert math.isfinite(beaten["a"].value)


def test_who_never_met_has_no_interval() -> None:
    """Two pairs that never met each other can't be placed beside each other: finite values, no ends made up."""
    found = strengths.strengths({("a", "b"): 3, ("c", "d"): 3})
    assert all(math.isfinite(each.value) for each in found.values())


# ---- what intervals promise, by simulation

Draw = Callable[[random.Random, int], tuple[float, Estimate | paired.Difference | None]]


def rates(draw: random.Random, count: int) -> tuple[float, Estimate | None]:
    chance = draw.random()
    return chance, intervals.rate([draw.random() < chance for _ in range(count)])


def means(draw: random.Random, count: int) -> tuple[float, Estimate | None]:
    return 0.0, intervals.mean([draw.gauss(0, 1) for _ in range(count)])


def repeats(draw: random.Random, count: int) -> tuple[float, Estimate | None]:
    chances = [draw.betavariate(2, 1) for _ in range(count)]
    passed = [(draw.random() < chance, case) for case, chance in enumerate(chances) for _ in range(4)]
    return 2 / 3, intervals.rate([each for each, _ in passed], [case for _, case in passed])


def differences(draw: random.Random, count: int) -> tuple[float, paired.Difference | None]:
    up, down = draw.random() * 0.3, draw.random() * 0.3
    cases = [
        (0, 1) if (u := draw.random()) < up else (1, 0) if u < up + down else (1, 1) for _ in range(count)
    ]
    return up - down, paired.difference([[a] for a, _ in cases], [[b] for _, b in cases])


def scored(draw: random.Random, count: int) -> tuple[float, paired.Difference | None]:
    def column() -> Sequence[Sequence[float]]:
        return [[draw.random() for _ in range(3)] for _ in range(count)]

    return 0.0, paired.difference(column(), column())


@pytest.mark.parametrize("count", [10, 40])
@pytest.mark.parametrize("make", [rates, means, repeats, differences, scored])
def test_intervals_keep_their_promise(make: Draw, count: int) -> None:
    """Nineteen of twenty have the truth in them (that of 1,000 is within 1.5 points of it by more than two
    standard errors); for few cases some promise more and none less."""
    draw = random.Random(f"{make.__name__} {count}")
    held = 0
    for _ in range(1000):
        truth, found = make(draw, count)
        assert found is not None
        held += found.low is None or found.high is None or found.low <= truth <= found.high
    assert held / 1000 >= 0.935
    assert held / 1000 <= (0.965 if count == 40 and make is not differences else 1)


@pytest.mark.parametrize("count", [5, 20, 60])
def test_no_difference_is_no_alarm(count: int) -> None:
    """Where two columns are alike, at most one comparison in twenty says otherwise; with ties, and few cases."""
    draw = random.Random(count)
    alarms = {"verdicts": 0, "scores": 0}
    for _ in range(1000):
        a, b = ([[int(draw.random() < 0.7)] for _ in range(count)] for _ in range(2))
        found = paired.difference(a, b)
        alarms["verdicts"] += found is not None and found.p < 0.05
        a2, b2 = ([[draw.choice([0, 0.5, 1])] for _ in range(count)] for _ in range(2))
        found = paired.difference(a2, b2)
        alarms["scores"] += found is not None and found.p < 0.05
    assert alarms["verdicts"] <= 50 and alarms["scores"] <= 64


@pytest.mark.parametrize("cases", [60, 200])
def test_the_difference_that_could_be_seen_is_seen_four_times_of_five(cases: int) -> None:
    """Columns that differ by the smallest visible difference are told apart in about 80 of 100 runs."""
    draw = random.Random(cases)
    example = paired.difference([[1]] * cases, [[int(n > cases // 10)] for n in range(cases)])
    assert example is not None and example.visible is not None
    share = max(0.1, example.visible) + 0.05
    visible = paired._visible_verdicts(share, cases, 0.05)
    assert visible is not None
    up, down = (share + visible) / 2, (share - visible) / 2
    seen = 0
    for _ in range(600):
        pairs = [
            (0, 1) if (u := draw.random()) < up else (1, 0) if u < up + down else (1, 1) for _ in range(cases)
        ]
        found = paired.difference([[a] for a, _ in pairs], [[b] for _, b in pairs])
        seen += found is not None and found.p < 0.05
    assert 0.7 < seen / 600 < 0.88


# ---- in words


@pytest.mark.parametrize(
    ("better", "worse", "tied", "said"),
    [
        (18, 4, 178, "B better than A by 7 points (2.3 to 12), 200 cases, p = 0.004"),
        (4, 18, 178, "A better than B by 7 points (2.3 to 12), 200 cases, p = 0.004"),
        (
            3,
            2,
            15,
            "too few cases to say whether B is better than A: 5 points (-19 to 28), 20 cases, p = 1.00; "
            "they would have shown 35 points or more",
        ),
        (
            2,
            3,
            15,
            "too few cases to say whether A is better than B: 5 points (-19 to 28), 20 cases, p = 1.00; "
            "they would have shown 35 points or more",
        ),
        (
            2,
            0,
            1,
            "too few cases to say whether B is better than A: 67 points (-30 to 100), 3 cases, p = 0.50; "
            "so few could not have shown any difference",
        ),
    ],
)
def test_the_verdict_in_a_line(better: int, worse: int, tied: int, said: str) -> None:
    """It says who is better by how much, with interval, cases and p; or that the cases are too few, and
    what they could have shown."""
    pairs = [(0, 1)] * better + [(1, 0)] * worse + [(1, 1)] * tied
    found = paired.difference([[a] for a, _ in pairs], [[b] for _, b in pairs])
    assert found is not None
    assert paired.verdict(found, "A", "B") == said


def test_no_case_that_differs_is_said() -> None:
    """Equal scores all along give no interval and no verdict; equal verdicts what could have been seen."""
    same = paired.difference([[1]] * 40, [[1]] * 40)
    assert same is not None
    assert paired.verdict(same, "A", "B") == (
        "B and A: no case differs (-6.6 to 6.6), 40 cases; they would have shown 18 points or more"
    )
    found = paired.difference([[0.5]] * 9, [[0.5]] * 9)
    assert found is not None
    assert paired.verdict(found, "A", "B") == "B and A: too few cases to say (9 cases, no case differs)"


@pytest.mark.parametrize(
    ("value", "cases", "said"),
    [
        (0.3, 9, "B better than A by 30 points in each of 9 cases, p = 0.004"),
        (-0.3, 9, "A better than B by 30 points in each of 9 cases, p = 0.004"),
        (0.3, 4, "B and A: too few cases to say (4 cases)"),
        (0.3, 1, "B and A: too few cases to say (1 case)"),
    ],
)
def test_a_difference_that_is_the_same_in_each_case_is_told_by_its_signs(
    value: float, cases: int, said: str
) -> None:
    """It has no interval, since nothing varies; that all cases turn one way tells it, where there are enough."""
    found = paired.difference([[0.5]] * cases, [[0.5 + value]] * cases)
    assert found is not None and found.low is None
    assert paired.verdict(found, "A", "B") == said


def test_shares_differ_by_no_more_than_all() -> None:
    """The interval of two shares' difference ends at 100 points either way; other values have no such end."""
    apart = paired.difference([[0.0], [1.0]], [[1.0], [0.5]])
    assert apart is not None
    assert (apart.low, apart.high) == (-1.0, 1.0)
    wide = paired.difference([[0.0], [100.0]], [[100.0], [50.0]])
    assert wide is not None and wide.low is not None
    assert wide.low < -100


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
def test_a_share_has_the_width_of_the_t_interval_and_stays_within_0_and_1(values: list[float]) -> None:
    """Where there are many values far from both ends the two intervals are the same; nowhere does it leave
    0 to 1, or its own mean."""
    found, plain = intervals.share(values), intervals.mean(values)
    assert found is not None and plain is not None and found.value == plain.value
    assert found.low is not None and found.high is not None
    assert 0 <= found.low <= found.value + 1e-12 and found.value - 1e-12 <= found.high <= 1
    many = intervals.share([0.4, 0.6] * 500), intervals.mean([0.4, 0.6] * 500)
    assert many[0] is not None and many[1] is not None
    assert many[0].low == pytest.approx(many[1].low, abs=1e-4)
    assert many[0].high == pytest.approx(many[1].high, abs=1e-4)


@given(st.lists(st.floats(0, 9), min_size=1, max_size=30), st.integers(1, 4), st.sampled_from([0.5, 0.95]))
def test_values_said_again_tell_a_quantile_no_better(values: list[float], times: int, share: float) -> None:
    """Each value several times over, in a group, is as wide as once, at least."""
    once = intervals.quantile(values, share)
    again = intervals.quantile(
        [each for each in values for _ in range(times)],
        share,
        groups=[place for place in range(len(values)) for _ in range(times)],
    )
    assert once is not None and again is not None and again.groups == len(values)
    assert again.low is None or (once.low is not None and again.low <= once.low)
    assert again.high is None or (once.high is not None and again.high >= once.high)


@given(st.text("ab ", max_size=20), st.text("ab ", max_size=20))
def test_likeness_is_that_of_the_longest_common_subsequence(one: str, other: str) -> None:
    """It is rapidfuzz's, over words; the same either way, 1 for the same words and 0 for none in common."""
    from rapidfuzz.distance import Indel

    first, second = likeness.words(one), likeness.words(other)
    similar = likeness.by_words()
    assert similar(one, other) == similar(other, one)
    assert similar(one, other) == pytest.approx(Indel.normalized_similarity(first, second))
    assert similar(one, one) == 1


def test_only_the_first_words_of_a_text_are_compared() -> None:
    """Signs count as words do; two long texts that begin alike are alike."""
    assert likeness.words("Yes, no.") == ["Yes", ",", "no", "."]
    assert likeness.by_words()("a " * 400, "a " * 300 + "b " * 100) == 1
