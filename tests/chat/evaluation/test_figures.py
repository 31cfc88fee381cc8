"""The figures of an evaluation: what they say, and what must not change them."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation import figures, figures_json, gathered, summary
from chat.evaluation.judging import Judged
from chat.evaluation.results import ANSWERED, FAILED, OPEN, RUNNING, SENT, EvalRun, Place, Sample
from chat.evaluation.suite import Answered, Assertion, Verdict
from chat.statistics.intervals import Estimate

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
    assert figures_json.record(figures.of(of, shuffled)) == figures_json.record(found)


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
    assert json.loads(json.dumps(figures_json.record(found), allow_nan=False))["cases"] == len(of.suite.cases)


# ---- what they say


def only(of: EvalRun, samples: list[Sample]) -> figures.ColumnFigures:
    """Give the figures of the only column."""
    (column,) = figures.of(of, samples).columns
    return column


def test_a_column_has_its_rates_times_costs_and_tokens() -> None:
    """Three of four that were checked pass; seconds, dollars and tokens are those of all answers."""
    of = run("A", cases=6)
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    samples = [
        replace(
            each,
            answered=Answered("yes", seconds=place + 1.0, cost=0.01, usage=usage),
            tries=2,
            lost=1,
            judging=0.001,
        )
        for place, each in enumerate(sample(Place(0, case), case > 0, score=case / 4) for case in range(4))
    ]
    samples += [without(sample(Place(0, 4))), made(Place(0, 5), "error")]
    found = only(of, samples)
    assert found.rate == Estimate(0.75, pytest.approx(0.300642), pytest.approx(0.954413), 4, 4)
    assert (found.least, found.passed, found.failed, found.unchecked, found.errors) == (0.5, 3, 1, 1, 1)
    assert found.score is not None and found.score.value == pytest.approx((0 + 1 + 2 + 3) / 16)
    assert found.latency.median == Estimate(2.5, None, None, 4, 4)
    assert found.latency.unknown == 1
    assert (found.cost.total, found.cost.known, found.cost.unknown) == (None, pytest.approx(0.04), 1)
    assert found.tokens == (None, None)
    assert (found.tries, found.tries_lost, found.judging) == (8, 4, pytest.approx(0.004))
    whole = only(of, samples[:4])
    assert (whole.cost.total, whole.tokens) == (pytest.approx(0.04), (40, 20))


def test_repeats_count_as_one_case() -> None:
    """Ten answers to each of four cases tell little more than four cases, where each passes always or never."""
    of = run("A", cases=4, repeat=10)
    found = only(of, [sample(place, place.case < 2) for place in runs.places(of)])
    assert found.rate is not None and found.rate.groups == 4
    low, high = found.rate.low, found.rate.high
    assert low is not None and high is not None and low < 0.1 and high > 0.9


def test_groups_count_as_one_case() -> None:
    """So do cases that their file puts into one group."""
    wide, narrow = (
        only(of, [sample(place, place.case % 4 < 2) for place in runs.places(of)]).rate
        for of in (run("A", cases=40, groups=4), run("A", cases=40))
    )
    assert wide is not None and narrow is not None
    assert wide.value == narrow.value == 0.5
    assert wide.low is not None and narrow.low is not None and wide.low < narrow.low - 0.2


def test_pass_at_k_and_spread() -> None:
    """Two of four pass in each case: one of two does in five sixths, both in one sixth; the answers are alike
    as their words are."""
    of = run("A", cases=3, repeat=4)
    texts = ("a b", "a b", "a c", "d e")
    found = only(of, [sample(each, each.repeat < 2, text=texts[each.repeat]) for each in runs.places(of)])
    assert set(found.pass_at) == set(found.pass_all) == {2, 4}
    assert found.pass_at[2].value == pytest.approx(5 / 6) and found.pass_all[2].value == pytest.approx(1 / 6)
    assert found.pass_at[4].value == 1 and found.pass_all[4].value == 0
    spread = found.spread
    assert spread is not None and spread.similarity is not None and spread.agreement is not None
    assert spread.share.value == 0.5 and spread.cases == 3
    assert spread.similarity.value == pytest.approx((1 + 0.5 * 2 + 0 * 3) / 6)
    assert spread.agreement.value == pytest.approx(1 / 3)
    assert only(run("A"), []).spread is None


def test_calls_of_tools_are_part_of_an_answer() -> None:
    """Two answers that call tools with other arguments are not the same; the ids of the calls don't matter."""
    of = run("A", cases=1, repeat=3)
    samples = []
    for place, argument in zip(runs.places(of), ("1", "1", "2"), strict=True):
        call = {"id": f"call_{place.repeat}", "function": {"name": "f", "arguments": argument}}
        answered = Answered("", {"tool_calls": [call]})
        samples.append(replace(sample(place), answered=answered))
    found = only(of, samples).spread
    assert found is not None and found.share.value == pytest.approx(2 / 3)


def test_what_was_not_checked_is_counted_by_type_and_reason() -> None:
    """Checks without a verdict are counted whatever became of the sample; a sample that nothing is expected
    of has a reason of its own, and one that waits for its judges, too."""
    of = run("A", cases=4)
    python = Verdict(Assertion("python", negated=True), None, None, "off until allowed")
    wrong = Verdict(runs.EQUALS, False, 0.0, "no")
    nothing = Judged(None, None, "nothing is expected of the answer")
    samples = [
        sample(Place(0, 0), False, verdicts=(wrong, python)),
        sample(Place(0, 1), None, verdicts=(Verdict(Assertion("assert-set"), None, None, "", (python,)),)),
        replace(sample(Place(0, 2)), judged=nothing),
        made(Place(0, 3), "unjudged"),
    ]
    found = figures.of(of, samples)
    assert {(each.kind, each.why): each.count for each in found.unchecked} == {
        ("not-python", "off until allowed"): 2,
        ("", "nothing is expected of the answer"): 1,
        ("", "not judged yet"): 1,
    }
    assert (found.columns[0].failed, found.columns[0].unchecked) == (1, 3)


def test_what_was_sent_is_lost_when_nobody_runs_it() -> None:
    """What was not asked yet waits."""
    samples = [made(Place(0, 0), "lost"), made(Place(0, 1), "open")]
    (found,) = figures.of(replace(run("A", cases=2), state=RUNNING), samples).columns
    assert (found.lost, found.waiting) == (1, 1)


def test_pairs_are_adjusted_for_their_number() -> None:
    """Of three columns each pair has the p value that Holm leaves, and scores are compared where they tell
    more than what passed."""
    of = run("ABC", cases=40)
    chance = {0: 10, 1: 20, 2: 30}
    samples = [sample(place, place.case < chance[place.column]) for place in runs.places(of)]
    found = figures.of(of, samples)
    assert [(each.a, each.b) for each in found.pairs] == [(0, 1), (0, 2), (1, 2)]
    assert all(each.scores is None for each in found.pairs)
    passes = [each.passes for each in found.pairs]
    assert all(each is not None and each.p >= each.difference.p for each in passes)
    assert passes[0] is not None and passes[0].p == pytest.approx(2 * passes[0].difference.p)
    assert passes[1] is not None and passes[1].verdict == (
        "C better than A by 50 points (31 to 64), 40 cases, p < 0.001"
    )
    scored = [replace(each, judged=replace(each.judged, score=0.3)) for each in samples[:1] if each.judged]
    assert figures.of(of, scored + samples[1:]).pairs[0].scores is not None


def judged(
    place: Place, says: bool | None, rating: int | None = None, kind: str = "llm-rubric", text: str = "yes"
) -> Sample:
    """Make a sample on which a judge has a verdict."""
    verdict = Verdict(Assertion(kind, "be kind"), says, None if says is None else float(says))
    return replace(sample(place, says, text=text, verdicts=(verdict,)), rating=rating)


def test_judges_are_measured_by_the_person_s_ratings() -> None:
    """Cohen's kappa of judge and person; without ratings, or a second look, that is not measured."""
    of = run("A", cases=10)
    pairs = [(True, 1)] * 4 + [(False, -1)] * 4 + [(True, -1), (False, 1)]
    found = figures.of(of, [judged(Place(0, at), says, rated) for at, (says, rated) in enumerate(pairs)])
    (judge,) = found.judged
    assert (judge.name, judge.verdicts, judge.rated, judge.again) == ("llm-rubric", 10, 10, None)
    assert judge.kappa is not None and judge.kappa.value == pytest.approx(0.6)
    assert judge.agreed is not None and judge.agreed.value == pytest.approx(0.8)
    assert found.judges.kappa == judge.kappa and found.judges.flips is None
    (bare,) = figures.of(of, [judged(Place(0, 0), True), judged(Place(0, 1), None)]).judged
    assert (bare.verdicts, bare.undecided, bare.kappa, bare.agreed) == (1, 1, None, None)
    said = summary.trusted(figures.of(of, [judged(Place(0, 0), True)]))
    assert said == [
        "judge llm-rubric: agreement with your ratings not measured; same verdict on the same text: not measured",
        "order of the candidates: not measured",
    ]
    assert summary.trusted(figures.of(of, [sample(Place(0, 0))])) == []


def test_judges_are_measured_by_the_same_text_again() -> None:
    """Verdicts on the same text of the same case are held against the first, whatever the column."""
    of = run("AB", cases=2, repeat=2)
    samples = [judged(place, place != Place(1, 0, 1)) for place in runs.places(of)]
    samples[-1] = judged(Place(1, 1, 1), False, text="another")
    (judge,) = figures.of(of, samples).judged
    assert judge.again is not None
    assert (judge.again.value, judge.again.count) == (pytest.approx(4 / 5), 5)


def test_judges_are_measured_by_the_order() -> None:
    """Of the verdicts that were asked in both orders, the share that flips."""
    of = run("AB", cases=2)
    samples = [replace(sample(each), turned=2, flips=each.case) for each in runs.places(of)]
    flips = figures.of(of, samples).judges.flips
    assert flips is not None and (flips.value, flips.count, flips.groups) == (0.25, 8, 2)


def test_strengths_come_from_what_was_picked() -> None:
    """The best of three beats the others; picked one way round and another the other, two tie and beat the
    third by half. Two columns have a difference, and no strengths."""
    of = run("ABC", cases=5)
    wins = {0: "100", 1: "100", 2: "??0", 3: "???", 4: "100"}
    says = {"1": True, "0": False, "?": None}
    samples = [
        judged(each, says[wins[each.case][each.column]], kind="select-best") for each in runs.places(of)
    ]
    found = figures.of(of, samples).strengths
    assert list(found) == ["A", "B", "C"]
    assert found["A"].value > found["B"].value > found["C"].value
    assert found["A"].duels == 8  # two in each case that was decided, half of them where it was by half
    pair = run("AB", cases=5)
    assert not figures.of(
        pair, [judged(each, each.column == 0, kind="select-best") for each in runs.places(pair)]
    ).strengths


def test_who_picks_the_best_is_not_held_against_ratings() -> None:
    """The second best of two good answers is no worse for it: of such a judge the order alone is measured."""
    of = run("AB", cases=3)
    samples = [
        replace(judged(each, each.column == 0, 1, "select-best"), turned=1, flips=0)
        for each in runs.places(of)
    ]
    found = figures.of(of, samples)
    (judge,) = found.judged
    assert (judge.verdicts, judge.rated, judge.kappa, judge.again) == (6, 0, None, None)
    assert found.judges.flips is not None and found.judges.flips.value == 0


def test_errors_are_counted_by_kind() -> None:
    """The most frequent kind first, each with a sentence that the server, or the shell, said."""
    of = run("A", cases=4)
    samples = [
        replace(made(Place(0, case), "error"), kind="refused" if case else "timeout") for case in range(4)
    ]
    assert figures.of(of, samples).errors == (
        figures.Errors("refused", 3, "too slow"),
        figures.Errors("timeout", 1, "too slow"),
    )


def test_samples_without_a_place_are_passed_over() -> None:
    """What belongs to another run changes nothing."""
    of = run("A", cases=1)
    strange = [sample(Place(3, 0)), sample(Place(0, 7)), sample(Place(0, 0, 5)), sample(Place(0, -1))]
    assert figures.of(of, [sample(Place(0, 0)), *strange]) == figures.of(of, [sample(Place(0, 0))])


def test_columns_of_one_label_are_told_apart() -> None:
    """The second has a number, as has a column without a name in a suite that asks what is in force."""
    of = run("AAB", cases=1)
    assert [each.label for each in figures.of(of, []).columns] == ["A", "A (2)", "B"]
    assert [each.label for each in figures.of(run("", cases=1), []).columns] == ["what is in force"]


def test_long_labels_show_both_their_ends() -> None:
    """Prompts that are their own labels, and begin alike, are told apart; those that end alike, too, have a
    number. JSON has them whole."""
    same = "You are a helpful assistant who answers in one word. "
    assert gathered.short([same + "Hi", same + "Ho", "B"]) == (
        "You are a help…one word. Hi",
        "You are a help…one word. Ho",
        "B",
    )
    one, other = gathered.short([same + "x" * 20, same + "y" + "x" * 20])
    assert (one[:2], other[:2], len(one)) == ("1 ", "2 ", 28)


# ---- in words


def test_a_run_is_said_in_lines() -> None:
    """The verdict, then what is missing, each with its count; a column alone has its rate."""
    of = run("AB", cases=200)
    samples = [sample(each, each.case >= (62 if each.column else 76)) for each in runs.places(of)]
    samples[0], samples[1] = without(samples[0]), made(Place(0, 1), "error")
    assert summary.said(figures.of(of, samples)) == [
        "B better than A by 7.1 points (3.2 to 11), 198 cases, p < 0.001",
        "1 of 400 not checked, and not counted as passed",
        "1 of 400 brought no answer, and stand in no rate",
    ]
    alone = run("A", cases=8)
    some = [sample(each, each.case > 2) for each in runs.places(alone)][:-1]
    assert summary.said(figures.of(alone, some)) == [
        "A: 57% (25 to 84) passed, 7 answers checked",
        "1 of 8 still to be asked: these are figures of a part",
    ]


def test_a_table_has_intervals_beside_its_rates() -> None:
    """Each rate and mean in it has both ends, or says why not; empty columns are left out."""
    of = run("AB", cases=20)
    samples = [sample(each, each.case > 5 * each.column, score=0.5, seconds=0.5) for each in runs.places(of)]
    first, second = summary.tables(figures.of(of, samples))
    assert [column.name for column in first.columns] == ["column", "passed", "of", "score"]
    assert first.rows == [
        ["A", "95% (76 to 99)", 20, "0.50 (0.29 to 0.71)"],
        ["B", "70% (48 to 85)", 20, "0.50 (0.29 to 0.71)"],
    ]
    assert second.rows[0] == ["A", "500 ms (500 to 500)", "500 ms (500 or more)"]


def test_samples_without_their_texts_tell_no_spread() -> None:
    """Samples that are read without their bodies all have the text "": that is no agreement."""
    of = run("A", cases=2, repeat=2)
    assert only(of, [sample(each, text="") for each in runs.places(of)]).spread is None


def test_json_has_names_that_are_kept() -> None:
    """Programs read them: one that is changed or goes is a change for those who use them."""
    of = run("AB", cases=3, repeat=2)
    samples = [replace(judged(each, True, 1), turned=1) for each in runs.places(of)]
    written = figures_json.record(figures.of(of, samples))
    assert list(written) == [
        *("cases", "repeat", "groups", "columns", "pairs", "not_checked", "not_understood", "errors"),
        *("judges", "strengths"),
    ]
    assert list(written["columns"][0]) == [
        *("label", "asked", "answered", "errors", "lost", "waiting", "passed", "failed", "not_checked"),
        *("pass_rate", "pass_share", "score", "metrics", "latency", "cost", "tokens", "judging_cost"),
        *("tries", "tries_lost", "pass_at", "pass_all", "spread"),
    ]
    assert list(written["columns"][0]["pass_rate"]) == ["value", "low", "high", "count", "groups"]
    assert list(written["pairs"][0]["passes"]) == [
        *(
            "value",
            "low",
            "high",
            "p",
            "visible",
            "cases",
            "better",
            "worse",
            "tied",
            "p_adjusted",
            "verdict",
        ),
    ]
    assert written["pairs"][0]["a"] == "A" and list(written["columns"][0]["pass_at"]) == ["2"]
    assert list(written["judges"]["each"][0]) == [
        *("name", "verdicts", "undecided", "rated", "kappa", "agreed", "again"),
    ]


def test_costs_are_shown_where_there_are_any() -> None:
    """What costs nothing, as on the embedded model, has no table of costs; what is unknown of one answer is
    told as the least it can be."""
    of = run("A", cases=30)
    free = figures.of(of, [sample(each, cost=0.0) for each in runs.places(of)])
    assert not summary.costs(free).rows
    dear = [sample(each, cost=0.001 if each.case else None) for each in runs.places(of)]
    assert summary.costs(figures.of(of, dear)).rows == [
        ["A", "$1.00 (1.00 to 1.00)", "$1.00 (1.00 or more)", "$0.0290 or more"]
    ]
