"""What becomes of an answer, step by step: a test says what judges answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.evaluation.assertions.declaration import NOTHING
from chat.evaluation.contests import Contests, hold
from chat.evaluation.deciding import Contest, Deciding, Embeddings, JudgeQuestion, Step, decide
from chat.evaluation.judges.asking import Subject
from chat.evaluation.judging import Judged
from chat.evaluation.jury import Unheard, judged, messages_of, provider_of
from chat.evaluation.results import EvalRun, Place
from chat.evaluation.suite import Answered, Assertion, Case, Column, Suite, Verdict

RUBRIC = Assertion("llm-rubric", "is kind")
BEST = Assertion("select-best", "the longest", place="tests[0].assert[0]")


def driven(deciding: Deciding, *answers: Any) -> tuple[list[Step], Judged]:
    """What is asked, and the verdict, where this is answered to it."""
    steps: list[Step] = []
    left = [None, *answers]
    while True:
        try:
            steps.append(deciding.send(left.pop(0)))
        except StopIteration as over:
            assert not left, "fewer questions came than answers"
            return steps, over.value


def case(*assertions: Assertion, **more: Any) -> Case:
    return Case({"city": "Oslo"}, assertions, **more)


def of(case: Case, text: str, *answers: Any, known: tuple[Verdict, ...] = ()) -> tuple[list[Step], Judged]:
    return driven(decide(case, Answered(text, prompt="q"), NOTHING, known), *answers)


@pytest.mark.parametrize(
    ("expected", "text", "passed"),
    [
        (Assertion("icontains", "{{city}}"), "in oslo", True),
        (Assertion("icontains", "{{ city | upper }}"), "in bergen", False),
        (Assertion("equals", "{{sample.output_text}}"), "whatever", True),
        (Assertion("contains", "{{sample.output_json.a}}"), '{"a": "x"}', True),
        (Assertion("equals", "{{ 1 // 0 }}"), "x", None),
        (Assertion("equals", "", negated=True), "x", True),
    ],
)
def test_templates_are_filled_with_the_case_and_the_answer(
    expected: Assertion, text: str, passed: bool | None
) -> None:
    """One that fails leaves its assertion unchecked."""
    steps, found = of(case(expected), text)
    assert (steps, found.passed) == ([], passed)


@pytest.mark.parametrize(
    ("transform", "text", "passed"),
    [
        ("answer", '{"answer": "Oslo"}', True),
        ("answer", "Oslo", None),
        ("other", '{"answer": "Oslo"}', None),
        ("{{ output | trim }}", "  Oslo ", True),
        ("{{ output | nonsense }}", "Oslo", None),
        ("output.trim()", "Oslo", None),
        ("answer", "[" * 5000, None),
    ],
)
def test_a_transform_comes_first(transform: str, text: str, passed: bool | None) -> None:
    """That of the case before all, that of an assertion before it alone; what it can't take out is unchecked."""
    equals = Assertion("equals", "Oslo")
    assert of(case(equals, transform=transform), text)[1].passed is passed
    assert of(case(Assertion("equals", "Oslo", transform=transform)), text)[1].passed is passed
    both = of(case(Assertion("equals", text), Assertion("equals", "Oslo", transform=transform)), text)[1]
    assert both.verdicts[0].passed is True and both.verdicts[1].passed is passed


def grade(passed: bool) -> str:
    return json.dumps({"reason": "so", "pass": passed, "score": float(passed)})


@pytest.mark.parametrize(("said", "passed"), [(grade(True), True), (grade(False), False), ("hm", None)])
def test_a_judge_is_asked(said: str, passed: bool | None) -> None:
    """What it answers is the verdict; what can't be read is none."""
    (step,), found = of(case(RUBRIC), "hello", said)
    assert isinstance(step, JudgeQuestion) and "hello" in messages_of(step)[-1]["content"]
    assert found.passed is passed


def test_a_judge_that_was_not_heard_leaves_it_unchecked() -> None:
    """Why is said; what needs no judge is still checked, and fails the case if it fails."""
    _, found = of(case(RUBRIC), "x", Unheard("the key was refused"))
    assert found.passed is None and "the judge could not be asked: the key was refused" in found.why
    _, found = of(case(RUBRIC, Assertion("equals", "y")), "x", Unheard("no"))
    assert found.passed is False


def test_judges_within_sets_are_asked_in_their_order() -> None:
    """An assert-set waits for its judges; what it makes of them is its own business."""
    inner = (RUBRIC, Assertion("contains", "x"), RUBRIC)
    sets = Assertion("assert-set", threshold=0.6, inner=inner)
    steps, found = of(case(sets), "x", grade(True), grade(False))
    assert len(steps) == 2 and found.passed is True
    assert [each.passed for each in found.verdicts[0].inner] == [True, True, False]


def test_embeddings_are_wanted_of_the_answer_and_of_what_is_expected() -> None:
    """Vectors decide; none is no verdict; nothing to compare with asks nothing."""
    similar = Assertion("similar", ["a", "b"], threshold=0.9)
    (step,), found = of(case(similar), "x", [[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]])
    assert isinstance(step, Embeddings) and step.texts == ("x", "a", "b") and found.passed is True
    assert of(case(similar), "x", Unheard("no"))[1].passed is None
    assert of(case(Assertion("similar", 7)), "x")[1].passed is None
    grader = Assertion("text_similarity", {"evaluation_metric": "cosine", "reference": "a", "input": "x"})
    (step,), _ = of(case(grader), "x", [[1.0], [1.0]])
    assert isinstance(step, Embeddings)


def test_known_verdicts_hold_still_but_for_comparisons() -> None:
    """A case that is compared anew asks its other judges nothing."""
    known = (Verdict(RUBRIC, False, 0.0, "rude"), Verdict(BEST, True, 1.0))
    (step,), found = of(case(RUBRIC, BEST), "x", Verdict(BEST, False, 0.0), known=known)
    assert isinstance(step, Contest)
    assert [each.passed for each in found.verdicts] == [False, False]


# ---- comparisons


def contest(text: str) -> Contest:
    return Contest(BEST, Subject("q", text))


def held(texts: dict[int, str], *answers: Any) -> Any:
    return driven(hold({column: contest(text) for column, text in texts.items()}), *answers)  # type: ignore[arg-type]


def pick(best: int) -> str:
    return json.dumps({"reason": "so", "best": best})


def test_both_orders_are_asked() -> None:
    """The same text wins both times: it has won, and the others have lost."""
    steps, outcome = held({0: "a", 2: "b", 3: "c"}, pick(1), pick(1))
    first, second = (json.loads(messages_of(step)[-1]["content"])["texts"] for step in steps)
    assert [each["text"] for each in first] == ["a", "b", "c"]
    assert [each["text"] for each in second] == ["c", "b", "a"]
    assert {column: each.passed for column, each in outcome.verdicts.items()} == {0: False, 2: True, 3: False}
    assert outcome.flipped is False


def test_a_judge_that_likes_a_place_decides_nothing() -> None:
    """The first one each time: that two of them are not decided, and the third has lost, is what is known."""
    _, outcome = held({0: "a", 1: "b", 2: "c"}, pick(0), pick(0))
    assert [each.passed for each in outcome.verdicts.values()] == [None, False, None]
    assert outcome.flipped is True


@pytest.mark.parametrize(
    "answers", [(Unheard("no"),), (pick(0), Unheard("no")), ("hm", "hm"), (pick(9), pick(0))]
)
def test_what_is_no_pick_decides_nothing(answers: tuple[Any, ...]) -> None:
    """Not heard, not read, or none of them: unchecked for all."""
    _, outcome = held({0: "a", 1: "b"}, *answers)
    assert [each.passed for each in outcome.verdicts.values()] == [None, None] and outcome.flipped is None


def test_one_alone_is_compared_with_nothing() -> None:
    """No judge is asked."""
    steps, outcome = held({1: "a"})
    assert steps == [] and outcome.verdicts[1].passed is None
    assert outcome.verdicts[1].why == "no other column has an answer to compare it with"


def contests(columns: int) -> Contests:
    made = tuple(Column(str(each), ()) for each in range(columns))
    return Contests(EvalRun(1, "s", Suite("s", made, (Case(), Case()))))


def test_a_comparison_begins_when_all_are_there_that_will_be() -> None:
    """Each column has answered, has failed, or is asked no more; cases and repeats are apart."""
    waiting = contests(3)
    key = waiting.join(Place(0, 0), contest("a"))
    assert waiting.lacking(key) == {1, 2}
    assert waiting.join(Place(1, 1), contest("b")) != key
    assert waiting.join(Place(1, 0, repeat=1), contest("b")) != key
    assert waiting.out(Place(1, 0)) == []
    assert waiting.out(Place(2, 0)) == [key]
    assert list(waiting.take(key)) == [0] and not waiting.ready(key)


def test_a_column_that_is_asked_no_more_is_waited_for_nowhere() -> None:
    """Not in what waits, nor in what comes."""
    waiting = contests(2)
    first = waiting.join(Place(0, 0), contest("a"))
    assert waiting.close(1) == [first]
    assert waiting.ready(waiting.join(Place(0, 1), contest("a")))


def test_one_that_comes_back_is_waited_for() -> None:
    """It was out of its case, and is judged anew."""
    waiting = contests(2)
    waiting.out(Place(1, 0))
    waiting.back(Place(1, 0))
    assert waiting.lacking(waiting.join(Place(0, 0), contest("a"))) == {1}


# ---- who judges


@pytest.mark.parametrize(
    ("assertion", "name"),
    [
        (Assertion("llm-rubric", "x"), ""),
        (Assertion("llm-rubric", "x", config={"provider": "profile:fine"}), "profile:fine"),
        (
            Assertion("llm-rubric", "x", config={"provider": {"id": "openai:gpt-x", "config": {}}}),
            "openai:gpt-x",
        ),
        (Assertion("score_model", {"model": "gpt-y"}), "gpt-y"),
        (Assertion("llm-rubric", "x", config={"provider": 7}), ""),
    ],
)
def test_the_file_says_who_judges(assertion: Assertion, name: str) -> None:
    """By its provider, or its grader's model; else what is in force."""
    assert provider_of(assertion) == name


def test_assertions_that_ask_are_found_within_sets() -> None:
    """Each is counted, however deep it stands."""
    sets = Assertion("assert-set", inner=(RUBRIC, Assertion("equals", "x")))
    cosine = Assertion("text_similarity", {"evaluation_metric": "cosine"})
    suite = Suite("s", (), (case(sets, cosine), case(BEST)))
    assert [each.type for each in judged(suite)] == ["llm-rubric", "text_similarity", "select-best"]


def test_a_files_own_prompt_is_filled() -> None:
    """A value that is no template's stays as it is: what a model wrote is never read as one."""
    own = Assertion(
        "llm-rubric", "is kind", config={"rubricPrompt": "Judge {{output}} by {{rubric}}: {{city}}"}
    )
    steps, _ = of(case(own), "{{ city }} {% x", grade(True))
    assert isinstance(steps[0], JudgeQuestion)
    (message,) = messages_of(steps[0])
    assert message["content"] == "Judge {{ city }} {% x by is kind: Oslo"
