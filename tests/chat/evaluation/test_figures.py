"""The figures of an evaluation: what they say, and what must not change them."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation import figures, recorded, summary
from chat.evaluation.results import ANSWERED, FAILED, OPEN, SENT, EvalRun, Place, Sample
from chat.evaluation.suite import Answered

from ...support.examples import times
from . import runs
from .runs import run, sample, without

OUTCOMES = ("passed", "failed", "unchecked", "error", "lost", "open", "unjudged")


def made(place: Place, outcome: str, text: str = "yes", rating: int | None = None) -> Sample:
    """Make a sample of which this became."""
    if outcome in ("error", "lost", "open"):
        state = {"error": FAILED, "lost": SENT, "open": OPEN}[outcome]
        return Sample(place, state, error="too slow" * (outcome == "error"), kind="timeout")
    if outcome == "unjudged":
        return Sample(place, ANSWERED, Answered(text))
    found = replace(sample(place, outcome == "passed", text=text, seconds=len(text)), rating=rating)
    return without(found) if outcome == "unchecked" else found


@st.composite
def evaluations(draw: st.DrawFn, columns: str = "AB") -> tuple[EvalRun, list[Sample]]:
    """Small runs with all that can become of a sample."""
    of = run(columns, draw(st.integers(1, 5)), draw(st.integers(1, 3)), draw(st.sampled_from([0, 0, 2])))
    texts, ratings = st.sampled_from(["yes", "no", "yes it is"]), st.sampled_from([None, 1, -1])
    found = [
        made(place, draw(st.sampled_from(OUTCOMES)), draw(texts), draw(ratings)) for place in runs.places(of)
    ]
    return of, found


# ---- laws


@times(2)
@given(evaluations("ABC"), st.randoms(use_true_random=False))
def test_the_order_of_samples_does_not_matter(
    given: tuple[EvalRun, list[Sample]], draw: random.Random
) -> None:
    """Samples come as they are answered, and the figures are the same to the last bit."""
    of, samples = given
    found = figures.of(of, samples)
    shuffled = list(samples)
    draw.shuffle(shuffled)
    assert figures.of(of, iter(shuffled)) == found
    assert recorded.record(figures.of(of, shuffled)) == recorded.record(found)


@times(2)
@given(evaluations())
def test_swapped_columns_give_the_contrary_difference(given: tuple[EvalRun, list[Sample]]) -> None:
    """B less A is A less B with the sign turned, as are both ends; p and what could be seen are the same."""
    of, samples = given
    turned = [replace(each, place=replace(each.place, column=1 - each.place.column)) for each in samples]
    (one,), (other,) = figures.of(of, samples).pairs, figures.of(of, turned).pairs
    if one.passes is None or other.passes is None:
        assert one.passes is other.passes
        return
    a, b = one.passes.difference, other.passes.difference
    assert a.value == pytest.approx(-b.value)
    assert (a.low is None, a.high is None) == (b.high is None, b.low is None)
    if a.low is not None and b.high is not None:
        assert a.low == pytest.approx(-b.high)
    assert (a.better, a.worse, a.cases) == (b.worse, b.better, b.cases)
    assert a.p == pytest.approx(b.p)
    assert a.visible == pytest.approx(b.visible)


@times(2)
@given(evaluations(), st.integers(0, 100))
def test_what_is_not_checked_never_counts_as_passed(given: tuple[EvalRun, list[Sample]], which: int) -> None:
    """A verdict taken off, whichever it was, lets no column pass more often; and what was not checked before
    changes no rate when it was not asked at all."""
    of, samples = given
    before = figures.of(of, samples)
    place = which % len(samples)
    if samples[place].answered is not None:
        fewer = [without(each) if at == place else each for at, each in enumerate(samples)]
        for was, now in zip(before.columns, figures.of(of, fewer).columns, strict=True):
            assert now.passed <= was.passed
            assert (now.least or 0) <= (was.least or 0)
    asked = [each for each in samples if each.passed is not None]
    after = figures.of(of, asked)
    assert [each.rate for each in after.columns] == [each.rate for each in before.columns]
    assert [each.passes for each in after.pairs] == [each.passes for each in before.pairs]


@times(2)
@given(evaluations())
def test_all_samples_are_somewhere(given: tuple[EvalRun, list[Sample]]) -> None:
    """Each that was asked was answered, failed, lost, or waits; each answer passed, failed, or was not
    checked; and what was not checked has its reason."""
    of, samples = given
    found = figures.of(of, samples)
    for each in found.columns:
        assert each.asked == each.answered + each.errors + each.lost + each.waiting
        assert each.answered == each.passed + each.failed + each.unchecked
    assert sum(each.asked for each in found.columns) == of.asked
    assert sum(each.count for each in found.unchecked) == sum(each.unchecked for each in found.columns)
    assert sum(each.count for each in found.errors) == sum(each.errors for each in found.columns)


@times(1)
@given(evaluations("ABC"))
def test_figures_are_said_and_written_whatever_they_are(given: tuple[EvalRun, list[Sample]]) -> None:
    """Lines, tables and JSON can be made of any figures, and JSON has no number that is none."""
    of, samples = given
    found = figures.of(of, samples)
    assert all(summary.said(found))
    for table in summary.tables(found):
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert json.loads(json.dumps(recorded.record(found), allow_nan=False))["cases"] == len(of.suite.cases)
