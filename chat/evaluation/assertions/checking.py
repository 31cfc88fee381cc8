"""Check an answer against an assertion, and say which of its texts are templates. Total: it never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ..suite import Answered, Assertion, Case, Verdict
from .declaration import NOTHING, Allowed, Found, Held, NotChecked

#: The type that holds others, which all count together.
SET = "assert-set"
#: Fields of graders that are no templates.
_FIXED = frozenset("name type operation evaluation_metric calculate_output source model role".split())


def check(
    assertion: Assertion, answered: Answered, case: Case | None = None, allowed: Allowed = NOTHING
) -> Verdict:
    """Hold an answer against an assertion whose templates are filled, and whose transform was applied to the
    answer and taken away. What asks a model, and what can't be checked, is `passed` None."""
    inner = tuple(check(each, answered, case, allowed) for each in assertion.inner)
    return gathered(assertion, inner, answered, case, allowed)


def gathered(
    assertion: Assertion,
    inner: tuple[Verdict, ...],
    answered: Answered,
    case: Case | None = None,
    allowed: Allowed = NOTHING,
) -> Verdict:
    """Do the same where the verdicts on the assertions within it are there, judges' among them."""
    from ...base.near import nearest
    from .table import TYPES, find

    if assertion.type == SET:
        from ..judging import together

        return together(assertion, inner)
    if assertion.type.startswith("promptfoo:redteam:"):
        return unchecked(assertion, "it is a judge of promptfoo's red team, which is a service of its own")
    kind = find(assertion.type)
    if kind is None:
        near = nearest(assertion.type, [each.name for each in TYPES])
        return unchecked(assertion, f"no such assertion is known{f'; {near}?' if near else ''}")
    if assertion.transform:
        return unchecked(assertion, "its transform was not applied")
    if unread(assertion.value) and "source" not in assertion.config:
        return unchecked(assertion, "its value is in a file, which was not read")
    try:
        made = negated(assertion, kind.check(Held(assertion, answered, case or Case(), allowed, inner)))
        return replace(made, inner=inner)
    except NotChecked as error:
        return unchecked(assertion, str(error))
    except RecursionError:
        return unchecked(assertion, "it is nested too deeply")
    except MemoryError:
        return unchecked(assertion, "it takes too much memory")
    except Exception as error:  # one check that fails must not end a run of thousands
        return unchecked(assertion, f"the check itself failed ({type(error).__name__})")


def unread(value: Any) -> bool:
    """Tell whether a value names a file, or code of a package, that nobody has put in its place."""
    texts = value if isinstance(value, list) else [value]
    return any(isinstance(each, str) and each.startswith(("file://", "package:")) for each in texts)


def unchecked(assertion: Assertion, why: str) -> Verdict:
    """Say that an answer was not checked."""
    return Verdict(assertion, None, None, why)


def negated(assertion: Assertion, made: Found) -> Verdict:
    """Make the verdict of what was found: with `not-`, the contrary."""
    score = min(1.0, max(0.0, made.score))
    if not assertion.negated:
        return Verdict(assertion, made.passed, score, made.why)
    why = f"it holds, and should not: {assertion.type}" if made.passed else ""
    return Verdict(assertion, not made.passed, 1 - score, why)


def templates(assertion: Assertion) -> tuple[str, ...]:
    """Give the texts of an assertion that may be templates, in the order that `filled` wants them in."""
    return tuple(_texts(assertion))


def filled(assertion: Assertion, texts: tuple[str, ...]) -> Assertion:
    """Put the filled texts in the place of templates."""
    return _put(assertion, iter(texts).__next__)


def _texts(assertion: Assertion) -> Iterator[str]:
    taken: list[str] = []

    def take(text: str) -> str:
        taken.append(text)
        return text

    _put_now(assertion, take)
    return iter(taken)


def _put(assertion: Assertion, give: Callable[[], str]) -> Assertion:
    return _put_now(assertion, lambda _: give())


def _put_now(assertion: Assertion, put: Callable[[str], str]) -> Assertion:
    from .table import find

    kind = find(assertion.type)
    deep = kind is not None and kind.deep
    value = _walked(assertion.value, put, deep)
    inner = tuple(_put_now(each, put) for each in assertion.inner)
    return replace(assertion, value=value, inner=inner)


def _walked(value: Any, put: Callable[[str], str], deep: bool, level: int = 0) -> Any:
    if isinstance(value, str):
        return value if value.startswith("file://") else put(value)
    if isinstance(value, list) and (deep or level == 0):
        return [_walked(each, put, deep, level + 1) for each in value]
    if isinstance(value, dict) and deep:
        return {
            name: each if name in _FIXED else _walked(each, put, deep, level + 1)
            for name, each in value.items()
        }
    return value
