"""Runs of evaluations: one that has all that can become of a sample, and any."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from chat.evaluation import results
from chat.evaluation.judging import combined
from chat.evaluation.results import EvalRun, Place, Sample
from chat.evaluation.suite import Answered, Assertion, Case, Column, NotUnderstood, Suite, Verdict

USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
CALLS = {
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"a": 1}'}}]
}

CONTAINS = Assertion("contains", "Rome", metric="named")
RUBRIC = Assertion("llm-rubric", "is kind")
SET = Assertion(
    "assert-set", threshold=0.5, inner=(Assertion("equals", "no"), Assertion("contains", "R", weight=2.0))
)
NOT = Assertion("regex", "^x", negated=True, threshold=0.5, weight=3.0)


def suite(repeat: int = 2) -> Suite:
    cases = (
        Case({"place": "Rome", "note": "=1+1"}, (CONTAINS, RUBRIC, SET, NOT), "Italy", place="tests[0]"),
        Case({"place": "Bern", "list": [1, "a"], "none": None}, (CONTAINS,), group="g", threshold=0.5),
        Case({"place": "Bern"}),
    )
    user = {"role": "user", "content": "Tell me of {{place}}"}
    columns = (
        Column("short", (user,), {"model": "small", "temperature": 0.5}),
        Column("chat", ({"role": "system", "content": "Be brief"}, user), {}, profile="mine"),
    )
    noted = (NotUnderstood("tests[2].assert", "a program is never run"),)
    return Suite("Capitals", columns, cases, repeat, noted)


def verdicts(case: Case, passed: bool | None, score: float | None, why: str = "") -> tuple[Verdict, ...]:
    def one(assertion: Assertion) -> Verdict:
        return Verdict(assertion, passed, score, why, tuple(map(one, assertion.inner)))

    return tuple(map(one, case.assertions))


def run(repeat: int = 2, **more: Any) -> EvalRun:
    known = {"at": 1764223510.25, "updated": 1764223520.0, "seconds": 9.5, "profile": "mine"}
    return EvalRun(7, "Capitals", suite(repeat), "capitals.yaml", results.FINISHED, **{**known, **more})


def samples(of: EvalRun) -> list[Sample]:
    """What can become of a sample, one each, and the rest passed."""
    cases = of.suite.cases
    held = combined(cases[0], verdicts(cases[0], True, 1.0))
    answered = Answered("Rome is old", finish_reason="stop", seconds=0.25, cost=0.001, usage=USAGE)
    sent = {"model": "small", "messages": [{"role": "user", "content": "Tell me of Rome"}]}
    made = {"answered": answered, "request": sent, "model": "small-1", "at": 1764223511.0, "tries": 1}
    fell = combined(cases[1], verdicts(cases[1], False, 0.0, 'there is no "Rome" in it'))
    mixed = combined(
        cases[0],
        (
            Verdict(CONTAINS, True, 1.0),
            Verdict(RUBRIC, None, None, "no judge was asked"),
            *verdicts(Case(assertions=(SET, NOT)), True, 1.0),
        ),
    )
    nothing = combined(cases[2], ())
    calls = Answered("", CALLS, finish_reason="tool_calls", seconds=1.0, cost=None)
    judges = ({"type": "llm-rubric", "answer": "{}", "cost": None},)
    found = {
        Place(0, 0, 0): Sample(Place(0, 0, 0), results.JUDGED, judged=held, **made),
        Place(0, 0, 1): Sample(
            Place(0, 0, 1),
            results.JUDGED,
            judged=mixed,
            rating=-1,
            flips=1,
            turned=2,
            judging=None,
            judges=judges,
            **made,
        ),
        Place(0, 1, 0): Sample(Place(0, 1, 0), results.JUDGED, judged=fell, **made),
        Place(0, 1, 1): Sample(Place(0, 1, 1), results.JUDGED, calls, judged=fell, tries=1),
        Place(0, 2, 0): Sample(Place(0, 2, 0), results.JUDGED, judged=nothing, **made),
        Place(0, 2, 1): Sample(
            Place(0, 2, 1), results.FAILED, error="the server was busy", kind="rate limit", tries=3
        ),
        Place(1, 0, 0): Sample(Place(1, 0, 0), results.SENT, at=1764223512.0, tries=1, lost=1),
        Place(1, 0, 1): Sample(Place(1, 0, 1)),
        Place(1, 1, 0): Sample(Place(1, 1, 0), results.ANSWERED, **made),
        Place(1, 1, 1): Sample(
            Place(1, 1, 1), results.JUDGED, Answered("", refusal="I can't"), judged=fell, tries=1
        ),
    }
    return list(found.values())


# ---- any run

TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        "=1+1",
        "-2+3",
        "@a",
        "\x1b[31mred\x07",
        "\r\n",
        "]]>",
        "\u202eevil",
        "\ufffe",
        "a\0b",
        '"',
        "</failure>",
    ]
)
_SCORES = st.floats(0, 1) | st.none()
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
_ASSERTIONS = st.builds(
    Assertion,
    st.sampled_from(["equals", "contains", "llm-rubric", "javascript"]),
    _VALUES,
    st.floats(0, 1) | st.none(),
    st.floats(0, 5),
    TEXTS,
    st.booleans(),
)


@st.composite
def any_run(draw: st.DrawFn) -> tuple[EvalRun, list[Sample]]:
    """A run with any texts in it, and any of its samples in any order."""
    cases = draw(
        st.lists(
            st.builds(
                Case,
                st.dictionaries(TEXTS, _VALUES, max_size=3),
                st.lists(_ASSERTIONS, max_size=3).map(tuple),
                TEXTS,
            ),
            min_size=1,
            max_size=3,
        )
    )
    messages = st.lists(st.fixed_dictionaries({"role": st.just("user"), "content": TEXTS}), max_size=2)
    columns = draw(st.lists(st.builds(Column, TEXTS, messages.map(tuple)), min_size=1, max_size=3))
    repeat = draw(st.integers(1, 2))
    of = EvalRun(1, draw(TEXTS), Suite(draw(TEXTS), tuple(columns), tuple(cases), repeat), draw(TEXTS))
    places = [
        Place(*each)
        for each in draw(
            st.permutations(
                [(a, b, c) for a in range(len(columns)) for b in range(len(cases)) for c in range(repeat)]
            )
        )
    ]
    kept = places[: draw(st.integers(0, len(places)))]
    return of, [draw(_sample(place, cases[place.case])) for place in kept]


@st.composite
def _sample(draw: st.DrawFn, place: Place, case: Case) -> Sample:
    state = draw(st.sampled_from([results.OPEN, results.SENT, results.FAILED, results.JUDGED]))
    if state == results.FAILED:
        return Sample(place, state, error=draw(TEXTS) or "it failed", kind=draw(TEXTS))
    if state != results.JUDGED:
        return Sample(place, state)
    found = []
    for each in case.assertions:
        passed = draw(st.booleans() | st.none())
        found.append(Verdict(each, passed, None if passed is None else draw(st.floats(0, 1)), draw(TEXTS)))
    answered = draw(
        st.builds(
            Answered,
            TEXTS,
            st.just({}) | st.just(CALLS),
            finish_reason=TEXTS,
            refusal=TEXTS,
            seconds=st.floats(0, 100) | st.none(),
            cost=_SCORES,
            usage=st.just({}) | st.just(USAGE),
        )
    )
    return Sample(place, state, answered, combined(case, tuple(found)), request={"user": draw(TEXTS)})
