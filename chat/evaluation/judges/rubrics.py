"""Judge by a rubric, a criterion, an expert's answer, or steps that the judge makes: promptfoo's judges."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..assertions.declaration import Found, NotChecked
from ..suite import Assertion
from .asking import Ask, Judge, Subject, asked, own, read_object, reason_of, score_of, wanted

_TEXT, _YES, _NUMBER = {"type": "string"}, {"type": "boolean"}, {"type": "number"}
_TRUE = re.compile(r"(true|yes|pass|y)", re.IGNORECASE)


# ---- llm-rubric


def _rubric(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Ask | None:
    if answers:
        return None
    prompt = assertion.config.get("rubricPrompt")
    if prompt:
        rubric = assertion.value if assertion.value is not None else ""
        return own(prompt, {"output": subject.text, "rubric": rubric}, subject.variables)
    return asked(
        "You grade an answer by a rubric. If what the rubric says is true of the answer, it passes. Give your"
        " reason first, then whether it passes, then a score from 0 (not at all) to 1 (in full).",
        {"rubric": wanted(assertion), "answer": subject.text},
        {"reason": _TEXT, "pass": _YES, "score": _NUMBER},
        "grade",
    )


def _read_rubric(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Found:
    said = read_object(answers[0])
    if "pass" not in said and "score" not in said:
        raise NotChecked("the judge says neither whether it passes nor a score")
    passed = said.get("pass", True)
    if not isinstance(passed, bool):
        passed = _TRUE.fullmatch(str(passed).strip()) is not None
    score = score_of(said["score"]) if said.get("score") is not None else float(passed)
    if assertion.threshold is not None:
        passed = passed and score >= assertion.threshold
    return Found(passed, score, "" if passed else reason_of(said, f"the judge gives {score:g}"))


# ---- model-graded-closedqa


def _closed(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Ask | None:
    if answers:
        return None
    criterion, prompt = wanted(assertion), assertion.config.get("rubricPrompt")
    if prompt:
        values = {"input": subject.prompt, "criteria": criterion, "completion": subject.text}
        return own(prompt, values, subject.variables)
    return asked(
        "You tell whether a submission to a task meets a criterion. Think it through step by step in"
        " `reason`, without saying the result beforehand; then say whether it is met.",
        {"task": subject.prompt, "submission": subject.text, "criterion": criterion},
        {"reason": _TEXT, "met": _YES},
        "criterion",
    )


def _read_closed(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Found:
    text = answers[0].rstrip()
    if assertion.config.get("rubricPrompt") and text.endswith(("Y", "N")):
        met = text.endswith("Y")
        return Found(met, float(met), "" if met else "the judge says N")
    said = read_object(text)
    told = said.get("met")
    if not isinstance(told, bool):
        raise NotChecked("the judge does not say whether the criterion is met")
    return Found(told, float(told), "" if told else reason_of(said, "the criterion is not met"))


# ---- factuality


_CATEGORIES = {"A": "subset", "B": "superset", "C": "agree", "D": "disagree", "E": "differButFactual"}


def _facts(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Ask | None:
    if answers:
        return None
    expert, prompt = wanted(assertion), assertion.config.get("rubricPrompt")
    if prompt:
        values = {"input": subject.prompt, "ideal": expert, "completion": subject.text}
        return own(prompt, values, subject.variables)
    return asked(
        "You compare what an answer says with what an expert's answer says: the facts, not style, grammar or"
        " punctuation. Give your reason first, then the one category that fits: A the answer says a part of"
        " what the expert says, and nothing against it; B it says all that the expert says and more, and"
        " nothing against it; C it says the same; D the two disagree; E they differ in what does not matter"
        " to the facts.",
        {"question": subject.prompt, "expert": expert, "answer": subject.text},
        {"reason": _TEXT, "category": {"type": "string", "enum": list(_CATEGORIES)}},
        "comparison",
    )


def _read_facts(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Found:
    said: Mapping[str, Any]
    try:
        said = read_object(answers[0])
    except NotChecked:
        letter = re.match(r"\s*\(?([A-Ea-e])\)", answers[0])
        said = {"category": letter[1]} if letter else {}
    category = said.get("category")
    category = category.strip().upper() if isinstance(category, str) else ""
    if category not in _CATEGORIES:
        raise NotChecked("the judge names no category from A to E")
    given = assertion.config.get("factuality")
    scores = given if isinstance(given, Mapping) else {}
    score = score_of(scores.get(_CATEGORIES[category], 0 if category == "D" else 1))
    return Found(score > 0, score, "" if score > 0 else reason_of(said, f"category {category}"))


# ---- g-eval


_MOST = 10  # what promptfoo's scale goes to


def _geval(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Ask | None:
    criteria = _criteria(assertion)
    one, second = divmod(len(answers), 2)  # two questions for each criterion
    if one >= len(criteria):
        return None
    criterion, prompts = criteria[one], assertion.config.get("rubricPrompt")
    prompts = prompts if isinstance(prompts, Mapping) else {}
    if not second:
        if prompts.get("steps"):
            return own(prompts["steps"], {"criteria": criterion}, subject.variables)
        return asked(
            "You prepare the evaluation of texts by a criterion: give three or four short steps by which any"
            " text can be evaluated.",
            {"criterion": criterion},
            {"steps": {"type": "array", "items": _TEXT}},
            "steps",
        )
    steps = _steps(answers[-1])
    if prompts.get("evaluate"):
        values = {
            "criteria": criterion,
            "steps": "\n- ".join(steps),
            "maxScore": str(_MOST),
            "input": subject.prompt,
            "output": subject.text,
        }
        return own(prompts["evaluate"], values, subject.variables)
    return asked(
        "You rate a reply to a source text by one criterion, step by step. Give a short reason first, which"
        " names what it rests on and not the score; then a score from 0 (the criterion is not met) to"
        f" {_MOST} (it is met in full).",
        {"criterion": criterion, "steps": steps, "source": subject.prompt, "reply": subject.text},
        {"reason": _TEXT, "score": _NUMBER},
        "rating",
    )


def _criteria(assertion: Assertion) -> list[str]:
    value = assertion.value
    if isinstance(value, list) and value and all(isinstance(each, str) and each for each in value):
        return value
    if isinstance(value, str) and value:
        return [value]
    raise NotChecked("its value has to be a criterion, or a list of them")


def _steps(answer: str) -> list[str]:
    steps = read_object(answer).get("steps")
    if not isinstance(steps, list) or not steps or not all(isinstance(each, str) for each in steps):
        raise NotChecked("the judge gives no steps")
    return steps


def _read_geval(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Found:
    said = [read_object(answer) for answer in answers[1::2]]
    scores = [score_of(each.get("score"), 0, _MOST) for each in said]
    score = sum(scores) / len(scores)
    least = 0.7 if assertion.threshold is None else assertion.threshold
    passed = score >= least
    why = " ".join(reason_of(each) for each in said) or f"the judge gives {score:.2f}"
    return Found(passed, score, "" if passed else why)


JUDGES = (
    Judge(
        "llm-rubric",
        "a rubric that is true of the answer",
        _rubric,
        _read_rubric,
        "what the judge says, 0 to 1",
    ),
    Judge("model-graded-closedqa", "a criterion that it meets", _closed, _read_closed),
    Judge("model-graded-factuality", "an expert's answer", _facts, _read_facts, "by its category"),
    Judge("g-eval", "a criterion, or several", _geval, _read_geval, "the judge's mean, of 10"),
)
