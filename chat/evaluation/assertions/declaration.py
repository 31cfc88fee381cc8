"""Declare a type of assertion: one declaration, read by everything that deals with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from ...base.dataclass import dataclass
from ..suite import Answered, Assertion, Case, Verdict
from . import values


class NotChecked(Exception):
    """Nothing can be said of an answer: a sentence on why."""


@dataclass(frozen=True)
class Allowed:
    """What the person allows: `python` in evaluation files may run, in a process of its own."""

    python: bool = False


NOTHING = Allowed()


@dataclass(frozen=True)
class Held:
    """An answer that is held against an assertion, whose templates are filled. `inner` are the verdicts on
    the assertions within it."""

    assertion: Assertion
    answered: Answered
    case: Case
    allowed: Allowed = NOTHING
    inner: tuple[Verdict, ...] = ()

    @property
    def value(self) -> Any:
        return self.assertion.value

    @cached_property
    def output(self) -> Any:
        """Give the answer as promptfoo sees it: a text, or the calls of tools that it is made of."""
        return values.output(self.answered)

    @cached_property
    def text(self) -> str:
        """Give the answer as a text: calls of tools are written as JSON."""
        return values.written(self.output)

    def threshold(self, default: float) -> float:
        """Give the least score that passes."""
        given = self.assertion.threshold
        return default if given is None else given


@dataclass(frozen=True)
class Found:
    """What a check found, before `not-` is minded. `why` is for an answer that fell short."""

    passed: bool
    score: float
    why: str = ""


def found(passed: bool, why: str = "") -> Found:
    """Make what a check found that knows only yes and no."""
    return Found(passed, float(passed), "" if passed else why)


def graded(score: float, threshold: float, what: str) -> Found:
    """Make what a check found whose score has to reach a threshold."""
    passed = score >= threshold
    return Found(passed, score, "" if passed else f"{what} is {score:.3f}, less than {threshold:g}")


@dataclass(frozen=True)
class Type:
    """One type of assertion. `against` says what it is held against, `scores` how its score comes.

    `check` raises NotChecked where nothing can be said. `needs` are packages of the extra `eval` without
    which it is not checked. `judged` types ask a model: see `judges`. `deep` values are those of graders,
    where any text may be a template; else a text may be one, or the texts of a list. `never` says why a type
    that is known is never checked.
    """

    name: str
    against: str
    check: Callable[[Held], Found]
    scores: str = "1 or 0"
    needs: tuple[str, ...] = ()
    judged: bool = False
    deep: bool = False
    never: str = ""


def lacking(package: str) -> NotChecked:
    """Say that a package of the extra is not installed."""
    return NotChecked(f"it needs {package}: pip install 'tempera-shell[eval]'")
