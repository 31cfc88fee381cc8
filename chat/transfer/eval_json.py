"""Write a run of an evaluation as one object of JSON, for programs: the form is published, and its version
stands in it.

A later version may add fields; it takes none away and gives none another meaning. What is written comes in
pieces, so that a run of any length needs no more room than one of its cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..conversation.content import calls_of
from ..evaluation.gathered import leaves
from ..evaluation.results import EvalRun, Sample
from ..evaluation.suite import Answered, Assertion, Case, Column, Verdict
from . import eval_clean
from .eval_clean import Clean, cleaning, line, outcome

NAME = "tempera/evaluation"
VERSION = 1
#: Reasons that are counted one by one. They may name what an answer holds: there could be one for each cell.
MOST_REASONS = 1000
OTHER_REASONS = "for other reasons"


def pieces(
    run: EvalRun,
    samples: Iterable[Sample],
    statistics: Mapping[str, Any] | None = None,
    secrets: Iterable[str] = (),
) -> Iterator[str]:
    """Write a run, a cell a line."""
    clean = cleaning(secrets)
    counts: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    yield f'{{"schema": "{NAME}", "version": {VERSION},\n"run": {line(_run(run, clean))},\n'
    yield from _listed("columns", (_column(each, clean) for each in eval_clean.columns(run, clean)))
    yield from _listed("cases", (_case(each, clean) for each in run.suite.cases))
    noted = ({"place": each.place, "why": each.why} for each in run.suite.not_understood)
    yield from _listed("not_understood", map(clean, noted))

    def cells() -> Iterator[Any]:
        for sample in samples:
            counts[outcome(sample)] += 1
            for kind, why in not_checked(sample):
                known = (kind, why) in reasons or len(reasons) < MOST_REASONS
                reasons[kind, why if known else OTHER_REASONS] += 1
            yield cell(sample, clean)

    yield from _listed("cells", cells())
    names = {"cells": sum(counts.values()), **{each.replace(" ", "_"): counts[each] for each in OUTCOMES}}
    yield f'"counts": {line(names)},\n'
    found = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    counted = ({"type": kind, "why": why, "count": count} for (kind, why), count in found)
    yield from _listed("not_checked", map(clean, counted))
    yield f'"statistics": {line(clean(statistics or {}))}}}\n'


OUTCOMES = (
    eval_clean.PASSED,
    eval_clean.FELL_SHORT,
    eval_clean.NOT_CHECKED,
    eval_clean.FAILED,
    eval_clean.NOT_ASKED,
)


def _listed(name: str, items: Iterable[Any]) -> Iterator[str]:
    yield f'"{name}": ['
    between = "\n"
    for item in items:
        yield f"{between}{line(item)}"
        between = ",\n"
    yield "],\n" if between == "\n" else "\n],\n"


def not_checked(sample: Sample) -> Iterator[tuple[str, str]]:
    """Give (type, why) of each assertion of a sample that was not checked. A sample without verdicts has
    the type "answer" where none came, and "case" where it expects nothing."""
    if sample.judged is None:
        yield "answer", sample.kind or eval_clean.why(sample)
        return
    open_ = [each for each in leaves(sample.judged.verdicts) if each.passed is None]
    yield from ((each.assertion.name, each.why) for each in open_)
    if not open_ and sample.judged.passed is None:
        yield "case", sample.judged.why


# ---- what the parts of it hold


def _run(run: EvalRun, clean: Clean) -> dict[str, Any]:
    return {
        "number": run.number,
        "name": clean(run.name),
        "file": clean(run.file),
        "state": run.state,
        "at": run.at,
        "updated": run.updated,
        "seconds": round(run.seconds, 6),
        "profile": clean(run.profile),
        "repeat": run.suite.repeat,
    }


def _column(column: Column, clean: Clean) -> dict[str, Any]:
    found: dict[str, Any] = clean(
        {
            "label": column.label,
            "profile": column.profile,
            "base_url": column.base_url,
            "template": column.template,
            "messages": column.messages,
            "parameters": column.parameters,
        }
    )
    return found


def _case(case: Case, clean: Clean) -> dict[str, Any]:
    found: dict[str, Any] = clean(
        {
            "description": case.description,
            "group": case.group,
            "place": case.place,
            "variables": case.variables,
            "threshold": case.threshold,
            "assertions": [assertion(each) for each in case.assertions],
        }
    )
    return found


def assertion(given: Assertion) -> dict[str, Any]:
    """Give an assertion by promptfoo's names. What stands at its type's own is left out."""
    found: dict[str, Any] = {"type": given.name}
    for name, value, own in (
        ("value", given.value, None),
        ("threshold", given.threshold, None),
        ("weight", given.weight, 1),
        ("metric", given.metric, ""),
    ):
        if value != own:
            found[name] = value
    if given.inner:
        found["assert"] = [assertion(each) for each in given.inner]
    return found


def cell(sample: Sample, clean: Clean) -> dict[str, Any]:
    """Give a sample as its line has it."""
    answered = sample.answered or Answered("")
    failed = None if not sample.error else clean({"type": sample.kind, "message": sample.error})
    return {
        "column": sample.place.column,
        "case": sample.place.case,
        "repeat": sample.place.repeat,
        "state": sample.state,
        "passed": sample.passed,
        "score": clean(sample.score),
        "why": clean(sample.judged.why if sample.judged else ""),
        "verdicts": [_verdict(each, clean) for each in (sample.judged.verdicts if sample.judged else ())],
        "text": clean(sample.answered.text) if sample.answered else None,
        **({"tool_calls": calls} if (calls := _calls(answered, clean)) else {}),
        **({"refusal": clean(answered.refusal)} if answered.refusal else {}),
        "finish_reason": clean(answered.finish_reason) or None,
        "usage": clean(answered.usage) or None,
        "cost": clean(answered.cost),
        "judging_cost": clean(sample.judging),
        "seconds": None if answered.seconds is None else clean(round(answered.seconds, 6)),
        "model": clean(sample.model),
        "at": sample.at,
        "tries": sample.tries,
        "lost": sample.lost,
        "turned": sample.turned,
        "flips": sample.flips,
        "rating": sample.rating,
        "request": clean(sample.request),
        **({"judges": clean(sample.judges)} if sample.judges else {}),
        "error": failed,
    }


def _calls(answered: Answered, clean: Clean) -> list[dict[str, Any]]:
    return [
        clean({"id": call.id, "type": call.kind, "name": call.name, "arguments": call.arguments})
        for call in calls_of(answered.message)
    ]


def _verdict(verdict: Verdict, clean: Clean) -> dict[str, Any]:
    return {
        "type": verdict.assertion.name,
        **({"metric": clean(verdict.assertion.metric)} if verdict.assertion.metric else {}),
        "passed": verdict.passed,
        "score": clean(verdict.score),
        "why": clean(verdict.why),
        **({"inner": [_verdict(each, clean) for each in verdict.inner]} if verdict.inner else {}),
    }
