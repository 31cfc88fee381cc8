"""Verdicts of one case put together: by weight, against thresholds, and with what was not checked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation.judging import combined, judge
from chat.evaluation.suite import Answered, Assertion, Case, Verdict


def said(passed: bool | None, score: float | None = None, weight: float = 1.0, metric: str = "") -> Verdict:
    if score is None and passed is not None:
        score = float(passed)
    return Verdict(Assertion("equals", weight=weight, metric=metric), passed, score, "" if passed else "why")


def outcome(*verdicts: Verdict, threshold: float | None = None) -> tuple[bool | None, float | None]:
    made = combined(Case(threshold=threshold), verdicts)
    return made.passed, made.score


def test_each_has_to_pass() -> None:
    """Without a threshold one that fails fails the case, whatever the score."""
    assert outcome(said(True), said(True)) == (True, 1.0)
    assert outcome(said(True), said(False)) == (False, 0.5)
    assert outcome(said(True, 0.6), said(True, 0.8)) == (True, pytest.approx(0.7))


def test_a_threshold_asks_for_the_mean_alone() -> None:
    """With one, the mean by weight decides; 0 is none."""
    assert outcome(said(True), said(False), threshold=0.5)[0] is True
    assert outcome(said(True), said(False), threshold=0.51)[0] is False
    assert outcome(said(True, weight=3), said(False), threshold=0.75) == (True, 0.75)
    assert outcome(said(True), said(False), threshold=0) == (False, 0.5)


def test_what_is_not_checked_never_passes() -> None:
    """A case of which something was not checked is not checked, unless it has failed anyhow."""
    assert outcome(said(True), said(None)) == (None, 1.0)
    assert outcome(said(False), said(None)) == (False, 0.0)
    assert outcome(said(True), said(None), threshold=0.5) == (None, 1.0)
    assert outcome(said(False), said(None), threshold=0.5)[0] is None
    assert outcome(said(False), said(None), threshold=0.6)[0] is False
    assert outcome() == (None, None)
    assert "not checked: equals: why" in combined(Case(), (said(None),)).why


def test_no_weight_is_out_of_it() -> None:
    """With weight 0, or one that is none, a verdict counts nothing, and is gathered under its metric."""
    assert outcome(said(True), said(False, weight=0), said(None, weight=0)) == (True, 1.0)
    assert outcome(said(True), said(False, weight=-1), said(False, weight=float("nan"))) == (True, 1.0)
    assert outcome(said(True, weight=0)) == (None, None)
    made = combined(Case(), (said(True, 0.5, 0, "m"), said(True, 1.0, 1, "m"), said(None, metric="n")))
    assert made.metrics == {"m": (0.5, 1.0)}


def test_a_set_counts_as_one() -> None:
    """An assert-set has its own threshold and weight, its verdicts stay in it, and `not-` turns it."""
    inner = (Assertion("contains", "a", metric="m"), Assertion("contains", "z"))
    half = Assertion("assert-set", inner=inner, threshold=0.5, weight=3)
    case = Case(assertions=(half, Assertion("contains", "z")), threshold=0.3)
    made = judge(case, Answered("abc"))
    assert (made.passed, made.score) == (True, pytest.approx(0.375))
    assert [each.passed for each in made.verdicts[0].inner] == [True, False]
    assert made.metrics == {"m": (1.0,)}
    turned = judge(Case(assertions=(Assertion("assert-set", inner=inner, negated=True),)), Answered("abc"))
    assert (turned.passed, turned.score) == (True, 0.5)


VERDICTS = st.lists(
    st.builds(
        said, st.sampled_from([True, False, None]), st.none(), st.floats(0, 5), st.sampled_from(["", "m"])
    ),
    max_size=6,
)


@given(VERDICTS, st.none() | st.floats(0, 1))
def test_a_case_never_passes_unchecked(verdicts: list[Verdict], threshold: float | None) -> None:
    """Whatever comes together: the score is a share, and what passes has been checked as far as it has weight."""
    made = combined(Case(threshold=threshold), tuple(verdicts))
    assert made.score is None or 0 <= made.score <= 1
    assert made.passed is True or made.why
    if made.passed:
        assert all(each.passed is not None for each in verdicts if each.assertion.weight > 0)


@given(VERDICTS, st.floats(0, 1))
def test_checking_more_never_turns_a_failure(verdicts: list[Verdict], threshold: float) -> None:
    """What fails with something unchecked fails also when that turns out well."""
    made = combined(Case(threshold=threshold), tuple(verdicts))
    if made.passed is False:
        best = [each if each.passed is not None else Verdict(each.assertion, True, 1.0) for each in verdicts]
        assert combined(Case(threshold=threshold), tuple(best)).passed is False
