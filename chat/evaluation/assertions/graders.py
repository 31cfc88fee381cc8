"""Check what OpenAI's graders check without a model: `string_check`, `text_similarity`, `multi`.

An assertion's value is the grader as the API has it, with templates filled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from . import likeness, values
from .arithmetic import Unsound, reckoned
from .declaration import Found, Held, NotChecked, Type, found, graded

#: The least score with which a grader's answer passes that says none; OpenAI's own is none.
_PASSES = 0.5


def fields(held: Held) -> Mapping[str, Any]:
    """Give what a grader says. Raises NotChecked."""
    if isinstance(held.value, Mapping):
        return {**held.assertion.config, **held.value}
    if held.assertion.config:
        return held.assertion.config
    raise NotChecked("its value has to be a grader of OpenAI's")


def field(held: Held, name: str, other: str | None = None) -> str:
    """Give a text of a grader. Raises NotChecked where it has none."""
    value = fields(held).get(name, other)
    if isinstance(value, bool | int | float):
        return values.said(value)
    if not isinstance(value, str):
        raise NotChecked(f"the grader has no {name}")
    return value


def _string_check(held: Held) -> Found:
    text, reference = field(held, "input", held.text), field(held, "reference")
    operation = fields(held).get("operation", "eq")
    checks: dict[Any, Callable[[], bool]] = {
        "eq": lambda: text == reference,
        "ne": lambda: text != reference,
        "like": lambda: reference in text,
        "ilike": lambda: reference.lower() in text.lower(),
    }
    if not isinstance(operation, str) or operation not in checks:
        raise NotChecked(f"no operation {operation} is known: eq, ne, like, ilike")
    return found(checks[operation](), f"the text is not {operation} the reference")


_METRICS: dict[str, Callable[[str, str], float]] = {
    "fuzzy_match": likeness.fuzzy,
    "bleu": lambda text, other: likeness.bleu(text, [other]),
    "gleu": lambda text, other: likeness.gleu(text, [other]),
    "meteor": lambda text, other: likeness.meteor(text, [other]),
    "rouge_l": likeness.rouge_l,
    **{f"rouge_{n}": partial(likeness.rouge_n, n=n) for n in range(1, 6)},
}


def _text_similarity(held: Held) -> Found:
    metric = fields(held).get("evaluation_metric")
    if metric == "cosine":
        raise NotChecked("cosine needs embeddings, which were not asked for")
    if not isinstance(metric, str) or metric not in _METRICS:
        raise NotChecked(f"no metric {metric} is known: {', '.join(_METRICS)}, cosine")
    score = _METRICS[metric](field(held, "input", held.text), field(held, "reference"))
    return graded(score, least(held), metric)


def least(held: Held) -> float:
    """Give the score from which a grader's answer passes."""
    given = held.assertion.threshold
    given = fields(held).get("pass_threshold", _PASSES) if given is None else given
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise NotChecked("its pass_threshold has to be a number")
    return given


def _multi(held: Held) -> Found:
    formula = fields(held).get("calculate_output")
    if not isinstance(formula, str):
        raise NotChecked("the grader has no calculate_output")
    scores = {}
    for verdict in held.inner:
        inner = verdict.assertion
        name = str(inner.config.get("name") or inner.metric or _name(inner.value) or inner.type)
        if verdict.score is None:
            raise NotChecked(f"its grader {name} is not checked: {verdict.why}")
        scores[name] = verdict.score
    try:
        score = reckoned(formula, scores)
    except Unsound as error:
        raise NotChecked(str(error)) from None
    made = graded(score, least(held), "the formula")
    return replace(made, score=min(1.0, max(0.0, score)))


def _name(value: Any) -> Any:
    return value.get("name") if isinstance(value, Mapping) else None


TYPES = (
    Type("string_check", "`reference`, by `operation`: eq, ne, like, ilike", _string_check, deep=True),
    Type(
        "text_similarity",
        f"`reference`, by `evaluation_metric`: {', '.join(_METRICS)}",
        _text_similarity,
        "from 0 to 1; passes from `pass_threshold` on",
        needs=("rapidfuzz", "snowballstemmer"),
        deep=True,
    ),
    Type(
        "multi",
        "other graders, reckoned together by `calculate_output`",
        _multi,
        "what the formula comes to, from 0 to 1",
        deep=True,
    ),
)
