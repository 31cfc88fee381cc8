"""Decide what becomes of an answer, step by step: what a model has to say about it is asked for by whoever
runs this.

`decide` is a generator. It yields what has to be asked and is sent the answer, None where none is to be had;
what it returns is the verdict on the case.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from ..base.dataclass import dataclass
from ..base.errors import BadValue
from ..prompts.prompt import shown
from . import transforms
from .assertions.checking import check, filled, gathered, templates, unchecked
from .assertions.declaration import Allowed, NotChecked
from .assertions.table import find
from .filling import rendered
from .judges import judging, similar
from .judges.asking import Ask, Subject
from .judging import Judged, combined
from .suite import Answered, Assertion, Case, Verdict

CONTEST = "select-best"


@dataclass(frozen=True)
class JudgeQuestion:
    """A question to a judge: its answer is a text."""

    assertion: Assertion
    ask: Ask


@dataclass(frozen=True)
class Embeddings:
    """Texts whose embeddings are wanted: a list of vectors."""

    assertion: Assertion
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Contest:
    """A comparison of the answers of all columns to this case: the verdict on this one."""

    assertion: Assertion
    subject: Subject


Step: TypeAlias = JudgeQuestion | Embeddings | Contest
Deciding: TypeAlias = Generator[Step, Any, Judged]


def decide(case: Case, answered: Answered, allowed: Allowed, known: Sequence[Verdict] = ()) -> Deciding:
    """Hold an answer against all that its case expects. `known` are verdicts on it, of each assertion, that
    hold still: only comparisons are made anew."""
    try:
        answered = transformed(answered, case.transform, case.variables)
    except NotChecked as error:
        return combined(case, tuple(unchecked(each, str(error)) for each in case.assertions))
    verdicts = []
    for at, assertion in enumerate(case.assertions):
        if at < len(known) and not compares(assertion):
            verdicts.append(known[at])
            continue
        made = _filled(assertion, case, answered)
        if isinstance(made, str):
            verdicts.append(unchecked(assertion, made))
        else:
            verdicts.append((yield from _decide(made, case, answered, allowed)))
    return combined(case, tuple(verdicts))


def compares(assertion: Assertion) -> bool:
    """Tell whether an assertion compares the columns' answers, or has one in it that does."""
    return assertion.type == CONTEST or any(compares(each) for each in assertion.inner)


def _filled(assertion: Assertion, case: Case, answered: Answered) -> Assertion | str:
    """Fill an assertion's templates with the case's variables and the answer, as OpenAI's graders name it; a
    text is why that can't be."""
    if isinstance(assertion.value, str) and not assertion.inner and not _is_template(assertion.value):
        return assertion  # most are so, and there may be hundred thousands
    texts = templates(assertion)
    if not any(_is_template(text) for text in texts):
        return assertion
    values: dict[str, Any] = dict(case.variables)
    if "sample" not in values and any("sample" in text for text in texts):
        values["sample"] = sample_of(answered)
    try:
        made = rendered(texts, values)
    except BadValue as error:
        return error.message
    return filled(assertion, tuple(made.get(text, text) for text in texts))


def _is_template(text: str) -> bool:
    return "{{" in text or "{%" in text or "{#" in text


def sample_of(answered: Answered) -> dict[str, Any]:
    """Give an answer as the templates of OpenAI's graders name it."""
    found: dict[str, Any] = {
        "output_text": answered.text,
        "output_tools": answered.message.get("tool_calls") or [],
        "choices": [{"message": dict(answered.message), "finish_reason": answered.finish_reason}],
    }
    try:
        found["output_json"] = json.loads(answered.text)
    except (ValueError, RecursionError):
        found["output_json"] = None
    return found


def _decide(
    assertion: Assertion, case: Case, answered: Answered, allowed: Allowed
) -> Generator[Step, Any, Verdict]:
    if assertion.transform:
        try:
            answered = transformed(answered, assertion.transform, case.variables)
        except NotChecked as error:
            return unchecked(assertion, str(error))
        assertion = replace(assertion, transform="")
    if assertion.inner:
        inner = []
        for each in assertion.inner:
            inner.append((yield from _decide(each, case, answered, allowed)))
        return gathered(assertion, tuple(inner), answered, case, allowed)
    kind = find(assertion.type)
    if kind is not None and kind.judged:
        return (yield from _judged(assertion, case, answered))
    if _by_meaning(assertion):
        return (yield from _embedded(assertion, answered))
    return check(assertion, answered, case, allowed)


def _judged(assertion: Assertion, case: Case, answered: Answered) -> Generator[Step, Any, Verdict]:
    if assertion.type == "similar":
        return (yield from _embedded(assertion, answered))
    subject = Subject(answered.prompt, answered.text, variables=case.variables)
    if assertion.type == CONTEST:
        verdict: Verdict = yield Contest(assertion, subject)
        return verdict
    answers: list[str] = []
    while (ask := judging.following(assertion, subject, answers)) is not None:
        said = yield JudgeQuestion(assertion, ask)
        if not isinstance(said, str):
            return unchecked(assertion, str(said or "the judge gave no answer"))
        answers.append(said)
    return judging.verdict(assertion, subject, answers)


def _by_meaning(assertion: Assertion) -> bool:
    """Tell whether it is OpenAI's grader that compares embeddings."""
    value = assertion.value if isinstance(assertion.value, Mapping) else assertion.config
    return assertion.type == "text_similarity" and value.get("evaluation_metric") == "cosine"


def _embedded(assertion: Assertion, answered: Answered) -> Generator[Step, Any, Verdict]:
    texts = similar.texts(assertion, answered.text)
    if not texts:
        return unchecked(assertion, "it has nothing to hold the answer against")
    vectors = yield Embeddings(assertion, texts)
    if not isinstance(vectors, list):
        return unchecked(assertion, str(vectors or "there are no embeddings"))
    return similar.verdict(assertion, vectors)


def transformed(answered: Answered, transform: str, variables: Mapping[str, Any]) -> Answered:
    """Give an answer whose text is what a transform takes out of it. Raises NotChecked."""
    if not transform:
        return answered
    kind = transforms.kind(transform)
    if kind == transforms.JINJA:
        try:
            made = rendered([transform], {**variables, "output": answered.text})[transform]
        except BadValue as error:
            raise NotChecked(error.message) from None
    elif kind == transforms.JMESPATH:
        made = _at(answered.text, transform)
    else:
        raise NotChecked("its transform is a program, which is never run")
    return replace(answered, text=made, message={"role": "assistant", "content": made})


def _at(text: str, path: str) -> str:
    import jmespath

    try:
        found = jmespath.search(path, json.loads(text))
    except (ValueError, RecursionError):
        raise NotChecked("the answer is no JSON, which its transform takes a part of") from None
    except jmespath.exceptions.JMESPathError as error:
        raise NotChecked(f"its transform fails: {error}"[:300]) from None
    if found is None:
        raise NotChecked("there is nothing at the place that its transform names")
    return shown(found)
