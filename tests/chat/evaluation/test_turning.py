"""Two runs held against each other: which cases turned, by variables and labels."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation import turning
from chat.evaluation.results import EvalRun, Sample
from chat.evaluation.suite import Case

from ...support.examples import times
from . import runs
from .runs import run, sample, without

Run = tuple[EvalRun, list[Sample]]


def ran(passed: dict[str, str], number: int = 1) -> Run:
    """Make a run whose columns have these verdicts, a sign for each case: 1, 0, or ? for none."""
    verdicts = list(passed.values())
    of = replace(run("".join(passed), len(verdicts[0])), number=number)
    says = {"1": True, "0": False, "?": None}
    samples = [sample(each, says[verdicts[each.column][each.case]]) for each in runs.places(of)]
    return of, [without(each) if each.passed is None else each for each in samples]


def shuffled(given: Run, draw: random.Random) -> Run:
    """Give the same run with its cases in another order."""
    of, samples = given
    order = list(range(len(of.suite.cases)))
    draw.shuffle(order)
    cases = tuple(of.suite.cases[place] for place in order)
    moved = [replace(each, place=replace(each.place, case=order.index(each.place.case))) for each in samples]
    return replace(of, suite=replace(of.suite, cases=cases)), moved


def test_cases_that_turned_are_named() -> None:
    """Each with what it was and is; what is not checked any more is no turn, and is counted."""
    before, now = ran({"A": "1100?1"}), ran({"A": "101001"[:4] + "1?"}, number=2)
    found = turning.against(before, now)
    (held,) = found.columns
    assert [(each.name, each.before, each.now) for each in held.worse] == [("q=1", (1, 1), (0, 1))]
    assert [(each.name, each.before, each.now) for each in held.better] == [("q=2", (0, 1), (1, 1))]
    assert (held.compared, held.dropped, held.added) == (4, 1, 1)
    assert turning.said(found) == [
        "too few cases to say whether run 2 is better than run 1: 0 points (-65 to 65), 4 cases, p = 1.00; "
        "so few could not have shown any difference",
        "1 of 4 cases turned worse, 1 better",
        "one case checked before and not now: no turn either way",
        "one case checked now and not before",
    ]
    table = turning.table(found)
    assert [column.name for column in table.columns] == ["case", "run 1", "run 2"]
    assert [list(row) for row in table.rows] == [["q=1", "passed", "failed"], ["q=2", "failed", "passed"]]


def test_a_change_that_is_no_chance_is_said() -> None:
    """The verdict is that of two columns, paired by case, and adjusted for the number of columns."""
    before = ran({"A": "0" * 20 + "1" * 20, "B": "1" * 40})
    now = ran({"B": "1" * 40, "A": "1" * 40}, number=2)
    said = turning.said(turning.against(before, now))
    assert said[0] == (
        "B: run 2 and run 1: no case differs (-6.6 to 6.6), 40 cases; they would have shown 18 points or more"
    )
    assert said[2:4] == [
        "A: run 2 better than run 1 by 50 points (31 to 64), 40 cases, p < 0.001",
        "A: 0 of 40 cases turned worse, 20 better",
    ]
    assert said[-1] == "p is adjusted for 2 columns (Holm)"


@times(1)
@given(
    st.lists(st.sampled_from("01?"), min_size=1, max_size=8),
    st.lists(st.sampled_from("01?"), min_size=8, max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_cases_does_not_matter(was: list[str], has: list[str], draw: random.Random) -> None:
    """Cases are matched by their variables: a file whose rows were moved turns nothing."""
    before, now = ran({"A": "".join(was)}), ran({"A": "".join(has[: len(was)])}, number=2)
    (one,) = turning.against(before, now).columns
    (other,) = turning.against(shuffled(before, draw), shuffled(now, draw)).columns
    assert {each.name for each in one.worse} == {each.name for each in other.worse}
    assert {each.name for each in one.better} == {each.name for each in other.better}
    assert (one.passes, one.dropped, one.added) == (other.passes, other.dropped, other.added)


def test_what_one_run_has_alone_is_named() -> None:
    """Columns and cases without a counterpart are not compared; a lone column is, whatever its label."""
    before, now = ran({"A": "11", "B": "11"}), ran({"B": "11", "C": "111"[:2]})
    more = (*now[0].suite.cases[1:], Case({"q": "new"}))
    found = turning.against(before, (replace(now[0], suite=replace(now[0].suite, cases=more)), []))
    assert (found.only_before, found.only_now, found.gone, found.new) == (("A",), ("C",), 1, 1)
    assert [each.label for each in found.columns] == ["B"]
    assert turning.said(found) == [
        "no case was checked in both runs",
        "only in before: A",
        "only in now: C",
        "one case only in before, 1 only in now",
    ]
    renamed = turning.against(ran({"A": "10"}), ran({"Z": "11"}))
    assert [len(each.better) for each in renamed.columns] == [1]
    assert turning.said(turning.against(ran({"A": "1", "B": "1"}), ran({"C": "1", "D": "1"})))[0] == (
        "no column has the same label in both runs: nothing can be compared"
    )


def test_cases_of_the_same_variables_are_matched_in_their_order() -> None:
    """The first of them with the first, the second with the second."""
    runs_ = []
    for number, passed in enumerate(("10", "11"), 1):
        of, samples = ran({"A": passed}, number)
        same = tuple(replace(case, variables={"q": "same"}) for case in of.suite.cases)
        runs_.append((replace(of, suite=replace(of.suite, cases=same)), samples))
    (held,) = turning.against(*runs_).columns
    assert [each.case for each in held.better] == [1] and not held.worse
