"""Write a run of an evaluation as promptfoo's own file of results, version 3, as 0.118.17 writes it.

What people have that reads such files goes on working, and `promptfoo import` takes it. That program knows
no "not checked": such a sample is no success there, and counts among its errors with the reason. What was not
asked is not there.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..base.errors import BadInput
from ..evaluation.assertions import values
from ..evaluation.results import EvalRun, Sample
from ..evaluation.suite import Answered, Column, Suite, Verdict
from . import eval_clean, eval_json, evals_to_promptfoo
from .eval_clean import FAILED, FELL_SHORT, NOT_ASKED, NOT_CHECKED, PASSED, Clean, cleaning, line, outcome

VERSION = 3
#: The version whose form this is.
FORM = "0.118.17"
_REASONS = {PASSED: 0, FELL_SHORT: 1, FAILED: 2, NOT_CHECKED: 2}
_COUNTS = {PASSED: "testPassCount", FELL_SHORT: "testFailCount", FAILED: "testErrorCount"}
_COUNTS[NOT_CHECKED] = _COUNTS[FAILED]


def pieces(run: EvalRun, samples: Iterable[Sample], secrets: Iterable[str] = ()) -> Iterator[str]:
    """Write a run, a result a line."""
    clean = cleaning(secrets)
    columns = eval_clean.columns(run, clean)
    suite = replace(run.suite, columns=columns)
    at = _moment(run.at)
    metrics = [_Metrics() for _ in columns]
    yield f'{{"evalId": {line(f"eval-{_letters(run)}-{at[:19]}")},\n'
    yield f'"results": {{"version": {VERSION}, "timestamp": {line(at)},\n"results": ['
    between = "\n"
    for sample in samples:
        if outcome(sample) != NOT_ASKED:
            metrics[sample.place.column].count(sample)
            yield f"{between}{line(_result(run, sample, columns[sample.place.column], clean))}"
            between = ",\n"
    prompts = [
        {
            "raw": clean(_raw(column.messages)),
            "label": column.label,
            "id": _id(column.label),
            "provider": clean(_asked(column, found.model)),
            "metrics": clean(found.object()),
        }
        for column, found in zip(columns, metrics, strict=True)
    ]
    yield f'\n],\n"prompts": {line(prompts)},\n"stats": {line(_stats(metrics))}}},\n'
    yield f'"config": {line(clean(_configuration(suite)))},\n"shareableUrl": null,\n'
    exported = _moment(run.updated or run.at)
    about = {
        "promptfooVersion": FORM,
        "exportedAt": exported,
        "evaluationCreatedAt": at,
    }
    yield f'"metadata": {line({**about, "writtenBy": "tempera"})}}}\n'


def _configuration(suite: Suite) -> dict[str, Any]:
    """Give the configuration, without parameters where one of them can't stand in a file."""
    try:
        return evals_to_promptfoo.configuration(suite)[0]
    except BadInput:
        bare = tuple(replace(each, parameters={}) for each in suite.columns)
        return evals_to_promptfoo.configuration(replace(suite, columns=bare))[0]


# ---- one result


def _result(run: EvalRun, sample: Sample, column: Column, clean: Clean) -> dict[str, Any]:
    place, became = sample.place, outcome(sample)
    case, label = run.suite.cases[place.case], column.label
    answered = sample.answered or Answered("")
    why = eval_clean.why(sample)
    said = f"not checked: {why.removeprefix('not checked: ')}" if became == NOT_CHECKED else why
    cost = {} if answered.cost is None else {"cost": answered.cost}
    index = place.case * run.suite.repeat + place.repeat
    named = _named(sample)
    found: dict[str, Any] = clean(
        {
            **cost,
            **({} if became == PASSED else {"error": said}),
            "gradingResult": _grading(sample, named),
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{_letters(run)} {place}")),
            "latencyMs": round(1000 * (answered.seconds or 0)),
            "namedScores": named,
            "prompt": {"raw": _raw(sample.request.get("messages") or column.messages), "label": label},
            "promptId": _id(label),
            "promptIdx": place.column,
            "provider": {"id": _asked(column, sample.model), "label": label},
            "response": _response(sample, cost),
            "score": sample.score or 0,
            "success": became == PASSED,
            "testCase": {"options": {}, "metadata": {}, **evals_to_promptfoo.test_case(case)},
            "testIdx": index,
            "vars": case.variables,
            "metadata": case.metadata,
            "failureReason": _REASONS[became],
        }
    )
    return found


def _response(sample: Sample, cost: Mapping[str, float]) -> dict[str, Any]:
    answered = sample.answered
    if answered is None:
        return {"error": eval_clean.why(sample)}
    output = values.output(answered)
    return {
        "output": output if output != "" else answered.refusal,
        "tokenUsage": _tokens(answered),
        "cached": False,
        **({"finishReason": answered.finish_reason} if answered.finish_reason else {}),
        **({"isRefusal": True} if answered.refusal else {}),
        **cost,
    }


def _tokens(answered: Answered) -> dict[str, Any]:
    """Give the usage by promptfoo's names."""
    used = answered.usage
    names = (("total", "total_tokens"), ("prompt", "prompt_tokens"), ("completion", "completion_tokens"))
    found: dict[str, Any] = {name: used[key] for name, key in names if _is_count(used.get(key))}
    details = used.get("completion_tokens_details")
    reasoning = details.get("reasoning_tokens") if isinstance(details, Mapping) else None
    return {**found, **({"completionDetails": {"reasoning": reasoning}} if _is_count(reasoning) else {})}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _grading(sample: Sample, named: Mapping[str, float]) -> dict[str, Any] | None:
    """Give the verdicts; None where no answer came. As promptfoo has it, the parts of an assert-set stand
    within it, and once more behind it, and it does not say its type."""
    judged = sample.judged
    if judged is None:
        return None
    components: list[dict[str, Any]] = []
    for each in judged.verdicts:
        components.append(_component(each))
        components += [_component(inner) for inner in each.inner]
    return {
        "pass": judged.passed is True,
        "score": judged.score or 0,
        "reason": judged.why or "all of it holds",
        "namedScores": named,
        "componentResults": components,
    }


def _component(verdict: Verdict) -> dict[str, Any]:
    unchecked = "not checked: " if verdict.passed is None else ""
    inner = [_component(each) for each in verdict.inner]
    return {
        "pass": verdict.passed is True,
        "score": verdict.score or 0,
        "reason": f"{unchecked}{verdict.why}" or "it holds",
        **({"componentResults": inner} if inner else {"assertion": eval_json.assertion(verdict.assertion)}),
    }


def _named(sample: Sample) -> dict[str, float]:
    return {name: sum(each) for name, each in (sample.judged.metrics if sample.judged else {}).items()}


def _raw(messages: Any) -> str:
    """Write messages as promptfoo does: the text of one message alone, else JSON."""
    listed = list(messages) if isinstance(messages, list | tuple) else []
    if len(listed) == 1 and listed[0].get("role") == "user" and isinstance(listed[0].get("content"), str):
        return str(listed[0]["content"])
    return json.dumps(listed, ensure_ascii=False, indent=2, default=str)


# ---- sums


class _Metrics:
    """What promptfoo counts of a column."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()
        self.named: Counter[str] = Counter()
        self.score = self.cost = 0.0
        self.many: Counter[str] = Counter()
        self.model = ""

    def count(self, sample: Sample) -> None:
        self.counts[_COUNTS[outcome(sample)]] += 1
        self.score += sample.score or 0
        self.model = self.model or sample.model
        answered = sample.answered
        if answered is not None:
            self.cost += answered.cost or 0
            self.counts["totalLatencyMs"] += round(1000 * (answered.seconds or 0))
            found = _tokens(answered)
            self.tokens["reasoning"] += found.pop("completionDetails", {}).get("reasoning", 0)
            self.tokens.update(found)
            self.tokens["numRequests"] += 1
        if sample.judged:
            for each in sample.judged.verdicts:
                self.counts["assertPassCount"] += each.passed is True
                self.counts["assertFailCount"] += each.passed is False
            for name, scores in sample.judged.metrics.items():
                self.named[name] += sum(scores)  # type: ignore[assignment]
                self.many[name] += len(scores)

    def object(self) -> dict[str, Any]:
        names = (*dict.fromkeys(_COUNTS.values()), "assertPassCount", "assertFailCount", "totalLatencyMs")
        return {
            "score": self.score,
            **{name: self.counts[name] for name in names},
            "tokenUsage": _usage(self.tokens),
            "namedScores": dict(self.named),
            "namedScoresCount": dict(self.many),
            "cost": self.cost,
        }


def _usage(tokens: Counter[str]) -> dict[str, Any]:
    counted = {name: tokens[name] for name in ("prompt", "completion", "cached", "total", "numRequests")}
    return {**counted, "completionDetails": {"reasoning": tokens["reasoning"]}}


def _stats(metrics: Iterable[_Metrics]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    for each in metrics:
        counts.update(each.counts)
        tokens.update(each.tokens)
    names = zip(("successes", "failures", "errors"), dict.fromkeys(_COUNTS.values()), strict=True)
    return {**{name: counts[own] for name, own in names}, "tokenUsage": _usage(tokens)}


# ---- names


def _asked(column: Column, model: str) -> str:
    """Name who was asked, as promptfoo does; `model` is the one that answered."""
    if column.profile or column.parameters.get("model") or not model:
        return evals_to_promptfoo.provider(column)
    return f"openai:chat:{model}"


def _id(label: str) -> str:
    return hashlib.sha256(label.encode()).hexdigest()


def _letters(run: EvalRun) -> str:
    """Give three letters, as promptfoo's names have: the same for a run each time."""
    return hashlib.sha256(f"{run.number} {run.name} {run.at}".encode()).hexdigest()[:3]


def _moment(at: float) -> str:
    try:
        moment = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    except (ValueError, OverflowError, OSError):
        moment = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
