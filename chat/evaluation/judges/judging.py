"""Ask a judge as often as it takes, and read its verdict. Total: what can't be read is not checked."""

from __future__ import annotations

from collections.abc import Sequence

from ..assertions.checking import negated, unchecked, unread
from ..assertions.declaration import NotChecked
from ..suite import Assertion, Verdict
from .asking import Ask, Judge, Subject

_SAME = {"factuality": "model-graded-factuality"}


def find(assertion: Assertion) -> Judge | None:
    """Give the judge that an assertion asks; None where it asks none."""
    from .table import JUDGES

    name = _SAME.get(assertion.type, assertion.type)
    return next((each for each in JUDGES if each.name == name), None)


def following(assertion: Assertion, subject: Subject, answers: Sequence[str] = ()) -> Ask | None:
    """Give the next question to the judge, after the answers that there are; None where none is left, or
    none can be made, which `verdict` then says."""
    judge = find(assertion)
    if judge is None or unread(assertion.value):
        return None
    try:
        return judge.following(assertion, subject, answers)
    except (NotChecked, RecursionError):
        return None


def verdict(assertion: Assertion, subject: Subject, answers: Sequence[str]) -> Verdict:
    """Read the judge's answers to all of its questions."""
    judge = find(assertion)
    if judge is None:
        return unchecked(assertion, "it asks no judge")
    if unread(assertion.value):
        return unchecked(assertion, "its value is in a file, which was not read")
    try:
        if judge.following(assertion, subject, answers) is not None:
            return unchecked(assertion, "the judge was not asked all of it")
        return negated(assertion, judge.read(assertion, subject, answers))
    except NotChecked as error:
        return unchecked(assertion, str(error))
    except RecursionError:
        return unchecked(assertion, "the judge's answer is nested too deeply")
