"""What is written of suites and samples is read back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation import results
from chat.evaluation.judging import combined
from chat.evaluation.keeping import Keeping
from chat.evaluation.records import answered_of, answered_record, prompt_text, suite_of, suite_record
from chat.evaluation.results import Place, Sample
from chat.evaluation.suite import Answered, Assertion, Case, Column, Suite, Verdict
from chat.store.runs import Runs

from . import suites


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def places(suite: Suite) -> list[str]:
    return [each.place for case in suite.cases for each in case.assertions]


@given(suites.suites)
def test_a_suite_is_read_as_it_was_written(suite: Suite) -> None:
    """Nothing is lost, what equality does not look at included."""
    read = suite_of(through_json(suite_record(suite)))
    assert read == suite and places(read) == places(suite)


def test_an_expected_text_may_be_empty() -> None:
    """Nothing is expected in two ways: an empty text, and no value."""
    for value in ("", None, [], {}, False, 0):
        suite = Suite("s", (), (Case({}, (Assertion("equals", value),)),))
        read = suite_of(through_json(suite_record(suite))).cases[0].assertions[0].value
        assert read == value and type(read) is type(value)


def test_what_is_as_usual_is_not_written() -> None:
    """Thousands of cases have little; their record has no more."""
    suite = Suite("s", (Column("a", ()),), (Case({"q": 1}, (Assertion("equals", "x"),)),))
    made = {"name": "s", "columns": [{"label": "a", "messages": []}]}
    case = {"variables": {"q": 1}, "assertions": [{"type": "equals", "value": "x"}]}
    assert suite_record(suite) == {**made, "cases": [case]}


def test_what_a_later_version_adds_is_passed_over() -> None:
    """Fields that are not known are left out, at each level."""
    record = {
        "name": "s",
        "columns": [{"label": "a", "messages": [], "new": 1}],
        "cases": [{"new": 1, "assertions": [{"type": "equals", "new": 1}]}],
        "not_understood": [{"place": "p", "why": "w", "new": 1}],
        "new": {},
    }
    assert suite_of(record).cases[0].assertions == (Assertion("equals"),)


answers = st.builds(
    Answered,
    suites.texts,
    suites.mappings,
    st.just(""),
    suites.texts,
    suites.texts,
    st.none() | suites.numbers,
    st.none() | suites.numbers,
    st.lists(suites.numbers, max_size=3).map(tuple),
    suites.mappings,
    st.just({}),
)


@given(answers)
def test_an_answer_is_read_as_it_was_written(answered: Answered) -> None:
    """An empty one, too."""
    assert answered_of(through_json(answered_record(answered))) == answered


def test_what_was_asked_is_taken_from_the_request() -> None:
    """It is written once: the prompt and the parameters come back with the body."""
    body = {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "hi"}]}
    found = answered_of({"text": "x"}, body)
    assert found.prompt == "hi" and found.parameters == {"model": "m", "temperature": 0}
    assert prompt_text([{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]).startswith("[{")
    assert prompt_text([]) == ""


@st.composite
def judged(draw: st.DrawFn) -> tuple[Case, Sample]:
    """A case, and an answer to it with a verdict on each assertion."""
    case = draw(suites.cases)

    def verdict(assertion: Assertion) -> Verdict:
        passed = draw(st.none() | st.booleans())
        score = None if passed is None else draw(st.floats(0, 1))
        value = draw(st.just(assertion.value) | suites.texts)
        inner = tuple(verdict(each) for each in assertion.inner)
        return Verdict(replace(assertion, value=value), passed, score, draw(suites.texts), inner)

    made = combined(case, tuple(verdict(each) for each in case.assertions))
    request = {"model": "m", "messages": [{"role": "user", "content": "q"}]}
    answered = replace(draw(answers), prompt="q", parameters={"model": "m"})
    sample = Sample(Place(0, 0), results.JUDGED, answered, made, request=request, model=draw(suites.texts))
    judges = tuple(draw(st.lists(suites.mappings, max_size=2)))
    return case, replace(
        sample, at=1.5, tries=2, lost=1, judging=draw(st.none() | suites.numbers), judges=judges
    )


@given(judged())
def test_a_sample_is_read_as_it_was_kept(made: tuple[Case, Sample]) -> None:
    """In each of its states: as it goes out, with its answer, with its verdicts."""
    case, sample = made
    runs = Runs(None)
    kept = Keeping(runs)
    run = kept.begin(Suite("s", (Column("a", ()),), (case,)), "s")
    sent = Sample(
        sample.place, results.SENT, request=sample.request, at=sample.at, tries=sample.tries, lost=sample.lost
    )
    answered = replace(sent, state=results.ANSWERED, answered=sample.answered, model=sample.model)
    for each in (sent, answered, sample, replace(sample, rating=1)):
        kept.put(run, [each])
        assert kept.sample(run, each.place) == each
        (light,) = kept.samples(run, bodies=False)
        assert (light.state, light.passed, light.score) == (each.state, each.passed, each.score)
    failed = replace(sent, state=results.FAILED, error="no", kind="refused")
    kept.put(run, [failed])
    assert kept.sample(run, failed.place).answered is None
    runs.close()
