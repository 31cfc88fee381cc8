"""Read what promptfoo's files expect of an answer: mappings, and the short notation of their CSV."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from typing import Any

from ..base.errors import BadInput, BadValue
from ..base.near import nearest
from ..evaluation import transforms
from ..evaluation.assertions import table
from ..evaluation.suite import Assertion
from .evals_files import SuiteFiles

_TYPES = """answer-relevance bleu classifier contains contains-all contains-any contains-html contains-json
contains-sql contains-xml context-faithfulness context-recall context-relevance conversation-relevance cost
equals factuality finish-reason g-eval gleu guardrails icontains icontains-all icontains-any is-html is-json
is-refusal is-sql is-valid-function-call is-valid-openai-function-call is-valid-openai-tools-call is-xml
javascript latency levenshtein llm-rubric pi meteor model-graded-closedqa model-graded-factuality moderation
perplexity perplexity-score python regex rouge-n ruby similar starts-with trace-error-spans trace-span-count
trace-span-duration webhook tool-call-f1 word-count"""
#: promptfoo's names, those of its newer versions included (0.118.17, and its documentation of 2026-11).
TYPES = tuple(_TYPES.split())
_SPECIAL = ("select-best", "human", "max-score", "assert-set")
#: Types that ask a model: what a case's options say of the judge is theirs.
JUDGED = (
    *(
        "llm-rubric",
        "model-graded-closedqa",
        "model-graded-factuality",
        "factuality",
        "g-eval",
        "select-best",
    ),
    *("similar", "answer-relevance", "context-faithfulness", "context-recall", "context-relevance"),
    *("conversation-relevance", "moderation", "classifier", "pi"),
)
_KEYS = ("type", "value", "threshold", "weight", "metric", "transform", "config", "assert")
#: Further keys, which go into `config`.
JUDGE_KEYS = ("provider", "rubricPrompt", "contextTransform", "factuality")
_SECRET = re.compile(r"(?i)api_?-?key|authorization|token$|secret|password")
_SHORT = re.compile(
    r"(not-)?(" + "|".join(sorted(map(re.escape, TYPES), key=len, reverse=True)) + r")"
    r"(?:\((\d+(?:\.\d+)?)\))?(?::([\s\S]*))?"
)
_LISTS = ("contains-all", "contains-any", "icontains-all", "icontains-any")
#: Types whose threshold is 0.75 in the short notation, where none stands there.
_THRESHOLDS = (
    *(
        "answer-relevance",
        "classifier",
        "context-faithfulness",
        "context-recall",
        "context-relevance",
        "cost",
    ),
    *("latency", "levenshtein", "perplexity-score", "perplexity", "rouge-n", "starts-with"),
)
_DEEPEST = 5  # assert-sets in each other


def short(text: str, place: str, beside: SuiteFiles, metric: str = "") -> Assertion:
    """Read the short notation: `type: value`, `type(threshold): value`; what has no type is to be equal."""
    for legacy in ("javascript:", "fn:", "eval:"):
        if text.startswith(legacy):
            return _noted(
                Assertion("javascript", text[len(legacy) :].strip(), metric=metric, place=place), beside
            )
    if text.startswith("file://") and beside.is_program(text, place):
        kind = "python" if ".py" in text else "javascript"
        return Assertion(kind, text, metric=metric, place=place)
    if text.startswith("grade:"):
        return Assertion("llm-rubric", text[len("grade:") :], metric=metric, place=place)
    found = _SHORT.fullmatch(text)
    if found is None:
        return Assertion("equals", text, metric=metric, place=place)
    negated, kind, given, value = found.groups()
    threshold = float(given) if given else 0.8 if kind == "similar" else 0.75 if kind in _THRESHOLDS else None
    held: Any = value
    if kind in _LISTS and value:
        held = _split(value)
    elif value is not None and kind not in ("contains-json", "is-json", "llm-rubric"):
        held = value.strip()
    made = Assertion(kind, held, threshold, metric=metric, negated=bool(negated), place=place)
    return _noted(made, beside)


def _split(text: str) -> list[str]:
    """Split a list at its commas; quotes keep one."""
    if '"' in text:
        try:
            (row,) = csv.reader([text.strip().replace("\n", " ")], skipinitialspace=True)
            return [each.strip() for each in row]
        except (csv.Error, ValueError):
            pass
    return [each.strip() for each in text.split(",")]


def read(given: Any, place: str, beside: SuiteFiles, depth: int = 0) -> Assertion:
    """Read a mapping, or the short notation. Raises BadInput."""
    if isinstance(given, str):
        return short(given.strip(), place, beside)
    if not isinstance(given, Mapping) or not isinstance(given.get("type"), str):
        raise BadValue(
            f"{place}: an assertion is a mapping with a type", "such as {type: contains, value: …}"
        )
    written = given["type"].strip()
    kind = written.removeprefix("not-")
    for key in given:
        if key not in _KEYS and key not in JUDGE_KEYS:
            beside.note(f"{place}.{key}", f"an assertion has no {key}: left out")
    if depth > _DEEPEST:
        raise BadValue(f"{place}: sets are nested too deeply")
    inner = given.get("assert", ())
    if not isinstance(inner, list | tuple):
        raise BadValue(f"{place}.assert: is no list")
    threshold = number(given.get("threshold"), f"{place}.threshold")
    weight = number(given.get("weight"), f"{place}.weight")
    if weight is not None and weight < 0:
        raise BadValue(f"{place}.weight: is less than 0")
    config = given.get("config")
    kept = dict(config) if isinstance(config, Mapping) else {} if config is None else {"config": config}
    kept.update({key: given[key] for key in JUDGE_KEYS if key in given})
    made = Assertion(
        kind,
        _value(given.get("value"), kind, f"{place}.value", beside),
        threshold,
        1.0 if weight is None else weight,
        text(given.get("metric"), f"{place}.metric"),
        written.startswith("not-"),
        transform(given.get("transform"), f"{place}.transform", beside),
        tuple(read(each, f"{place}.assert[{n}]", beside, depth + 1) for n, each in enumerate(inner)),
        without_secrets(kept, beside, place),
        place,
    )
    return _noted(made, beside)


def _noted(made: Assertion, beside: SuiteFiles) -> Assertion:
    """Note what of an assertion nothing here does."""
    declared = table.find(made.type)
    if declared and declared.never:
        beside.note(made.place, f"{made.name}: {declared.never}")
    elif not declared and made.type not in _SPECIAL:
        near = nearest(made.type, [*TYPES, *_SPECIAL])
        beside.note(made.place, f"no type {made.name} is known" + (f"; is it {near}?" if near else ""))
    return made


def _value(value: Any, kind: str, place: str, beside: SuiteFiles) -> Any:
    """Give what an answer is held against; that of a file where it names one."""
    if not isinstance(value, str) or not value.startswith("file://"):
        return value
    if kind in ("javascript", "python", "ruby") or beside.is_program(value, place):
        return value
    path = beside.find_one(value, place)
    return beside.value(path) if path.suffix.lower() in (".json", ".yaml", ".yml") else beside.text(path)


def transform(given: Any, place: str, beside: SuiteFiles) -> str:
    """Read a transform. Note one that nothing here can do; it is kept, so that it is not judged without."""
    if given is None:
        return ""
    if not isinstance(given, str):
        raise BadValue(f"{place}: is no text")
    made = transforms.normal(given)
    if made and not transforms.kind(made):
        beside.note(place, "it is no JMESPath and no template, and a program is never run: it can't be done")
    return made


def number(given: Any, place: str) -> float | None:
    """Read a number that may be missing. Raises BadValue."""
    if given is None:
        return None
    try:
        found = float("x" if isinstance(given, bool) else given)
    except (TypeError, ValueError, OverflowError):
        raise BadValue(f"{place}: {str(given)[:40]} is no number") from None
    if not math.isfinite(found):
        raise BadValue(f"{place}: {given} is no number")
    return found


def text(given: Any, place: str) -> str:
    """Read a text that may be missing; a number is one, too. Raises BadValue."""
    if given is None:
        return ""
    if not isinstance(given, str | int | float) or isinstance(given, bool):
        raise BadValue(f"{place}: is no text")
    return str(given)


def without_secrets(value: Any, beside: SuiteFiles, place: str) -> Any:
    """Leave out what proves who asks, at any depth, and note it."""
    if isinstance(value, Mapping):
        kept = {}
        for key, each in value.items():
            if _SECRET.search(str(key)) and isinstance(each, str) and each:
                beside.note(
                    f"{place}.{key}", "keys are not kept: a profile names the variable that holds one"
                )
            else:
                kept[key] = without_secrets(each, beside, f"{place}.{key}")
        return kept
    if isinstance(value, list):
        return [without_secrets(each, beside, f"{place}[{n}]") for n, each in enumerate(value)]
    return value


__all__ = [
    "JUDGED",
    "JUDGE_KEYS",
    "TYPES",
    "BadInput",
    "number",
    "read",
    "short",
    "text",
    "transform",
    "without_secrets",
]
