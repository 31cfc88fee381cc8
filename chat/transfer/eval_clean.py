"""Make what a run holds fit to leave it: without keys, and in JSON's own values.

Variables, answers and messages are strangers'; they may hold a key of this run, infinity, a date that YAML
read, or lists a thousand deep.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..base.redact import hiding
from ..base.short import shorten
from ..endpoint.address import display_url
from ..evaluation import gathered, results, states
from ..evaluation.assertions import values
from ..evaluation.results import EvalRun, Sample
from ..evaluation.suite import Answered, Case, Column

#: Gives a value as JSON may hold it, without keys.
Clean = Callable[[Any], Any]
_DEEPEST = 60  # levels of what a variable or a request holds
_TOO_DEEP = "(nested too deeply)"


def cleaning(secrets: Iterable[str]) -> Clean:
    """Give what takes these secrets out of a value, names included. What JSON has no word for, as infinity,
    becomes null; what is nested too deeply, a text that says so."""
    hidden = hiding(secrets)

    def cleaned(value: Any, depth: int = 0) -> Any:
        if isinstance(value, str):
            return hidden(value)
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, Mapping):
            if depth >= _DEEPEST:
                return _TOO_DEEP
            return {hidden(str(name)): cleaned(inner, depth + 1) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [cleaned(inner, depth + 1) for inner in value] if depth < _DEEPEST else _TOO_DEEP
        return hidden(str(value))

    return cleaned


def line(value: Any) -> str:
    """Write a clean value as JSON, on one line."""
    return json.dumps(value, ensure_ascii=False)


def public(column: Column) -> Column:
    """Give a column without what proves who asks."""
    kept = {name: value for name, value in column.parameters.items() if name != "headers"}
    if isinstance(kept.get("base_url"), str):
        kept["base_url"] = display_url(kept["base_url"])
    return replace(column, parameters=kept, base_url=display_url(column.base_url))


# ---- names


def columns(run: EvalRun, clean: Clean) -> tuple[Column, ...]:
    """Give the columns without what proves who asks, each with a label of its own: that of the figures."""
    labels = distinct(str(clean(each)) for each in gathered.labels(run.suite))
    given = map(public, run.suite.columns or (Column("", ()),))
    return tuple(replace(each, label=label) for each, label in zip(given, labels, strict=True))


def title(case: Case, number: int, clean: Clean) -> str:
    """Name a case by what it says of itself, else by its variables, on one line. `number` counts from 0."""
    if case.description.strip():
        return shorten(str(clean(case.description)), 120)
    said = ", ".join(f"{name}={text(value)}" for name, value in clean(case.variables).items())
    return shorten(said, 120) or case.place or f"case {number + 1}"


def distinct(names: Iterable[str]) -> list[str]:
    """Number the names that come again: a, a (2), a (3). A name that is there once stays as it is."""
    found: dict[str, None] = {}
    again: dict[str, int] = {}
    for name in names:
        new = name
        while new in found:
            again[name] = again.get(name, 1) + 1
            new = f"{name} ({again[name]})"
        found[new] = None
    return list(found)


def text(value: Any) -> str:
    """Give a clean value as a text: texts as they are, else as JSON; nothing for null."""
    return value if isinstance(value, str) else "" if value is None else line(value)


# ---- what became of a sample

PASSED, FELL_SHORT, FAILED, NOT_CHECKED, NOT_ASKED = "passed", "failed", "error", "not checked", "not asked"
_OUTCOMES = {
    states.OPEN: NOT_ASKED,
    states.ASKED: FAILED,
    states.ANSWERED: NOT_CHECKED,
    states.PASSED: PASSED,
    states.FAILED: FELL_SHORT,
    states.UNCHECKED: NOT_CHECKED,
    states.ERROR: FAILED,
}


_UNSAID = {
    results.OPEN: "it was not asked",
    results.SENT: "it was sent, and whether the server answered is not known",
    results.FAILED: "no answer came",
}


def shape(run: EvalRun) -> states.Shape:
    """Give how many columns, cases and repeats a run has."""
    return states.Shape(len(run.suite.columns) or 1, len(run.suite.cases), run.suite.repeat)


def outcome(sample: Sample) -> str:
    """Tell what became of a sample, when nothing more is to come: one of the words above."""
    return _OUTCOMES[states.code(sample)]


def why(sample: Sample) -> str:
    """Say why a sample did not pass; nothing where it did."""
    if sample.error:
        return sample.error
    if sample.judged is not None:
        return sample.judged.why
    return _UNSAID.get(sample.state, "it was not judged")


def answer(answered: Answered, clean: Clean) -> str:
    """Give an answer as a text: its words, its refusal, or the tools that it calls, as JSON."""
    return text(clean(values.output(answered))) or str(clean(answered.refusal))
