"""Write what an evaluation's report has of cases and samples: a line of JSON each, for its script to read.

Nothing in it can end the element that holds it, and no half of a character is in it. Texts are as people are
shown them: what would steer is visible. The request is the very one that went out, laid out as JSON.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from ..conversation.counted import used
from ..evaluation import expected
from ..evaluation.assertions import table, values
from ..evaluation.results import Sample
from ..evaluation.suite import Assertion, Case, Verdict
from .transcript import shown

Facts = dict[str, Any]
#: What turns lines and letters around, and what is no character of HTML.
_STEERING = "\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_STEERS = re.compile(f"[{_STEERING}]")
#: The same, and what could end the element that the line stands in.
_UNSAFE = re.compile(f"[<>&{_STEERING}]")


def line(value: Any) -> str:
    """Write facts as JSON on one line, which may stand in any page."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _UNSAFE.sub(_escape, text)


def of_case(case: Case) -> Facts:
    """Give what a report has of a case."""
    given = [(shown(str(name)), shown(written(value))) for name, value in case.variables.items()]
    return _known(
        about=shown(case.description),
        variables=given,
        group=shown(case.group),
        where=shown(case.place),
        expects=[_assertion(each) for each in case.assertions],
        expected=_expected(case.assertions),
        judged=any(_judged(each) for each in expected.leaves(case.assertions)),
    )


def of_sample(sample: Sample, case: Case) -> Facts:
    """Give what a report has of a sample; what it shares with its case is left out."""
    answered, judged = sample.answered, sample.judged
    place = sample.place
    found = _known(
        state=sample.state,
        error=shown(sample.error),
        kind=shown(sample.kind),
        model=shown(sample.model),
        at=_number(sample.at) or None,
        tries=sample.tries if sample.tries > 1 else 0,
        lost=sample.lost,
        judging=_number(sample.judging) if sample.judging else None,
        turned=[sample.flips, sample.turned] if sample.turned else None,
        rating=sample.rating,
    )
    if answered:
        counted = used({"usage": dict(answered.usage)}) if answered.usage else None
        found |= _known(
            answer=shown(values.written(values.output(answered))),
            refusal=shown(answered.refusal),
            finish=shown(answered.finish_reason),
            seconds=_number(answered.seconds),
            cost=_number(answered.cost),
            tokens=[counted.prompt, counted.completion] if counted else None,
        )
    if judged:
        asked = [each.assertion for each in judged.verdicts]
        wanted = _expected(asked)
        found |= _known(
            passed=judged.passed,
            score=_number(judged.score),
            why=shown(judged.why),
            checks=_verdicts(judged.verdicts, [_assertion(each) for each in case.assertions]),
            expected=wanted if wanted != _expected(case.assertions) else None,
        )
    return {"column": place.column, "case": place.case, **_known(repeat=place.repeat), **found}


def beside(sample: Sample) -> list[Any]:
    """Give what is looked at in an opened cell alone: the request, and what judges were asked and said."""
    judges = [
        _known(
            type=shown(written(each.get("type"))),
            model=shown(written(each.get("model"))),
            cost=_number(cost) if isinstance(cost := each.get("cost"), int | float) else None,
            asked=request(each.get("messages") or {}),
            answer=shown(written(each.get("answer"))),
        )
        for each in sample.judges
    ]
    return [request(sample.request), judges]


def request(sent: Any) -> str:
    """Write a request as JSON for the eye, its numbers as they went out."""
    if not sent:
        return ""
    try:
        return _STEERS.sub(_escape, json.dumps(sent, ensure_ascii=False, indent=2, default=str))
    except (TypeError, ValueError, RecursionError):
        return ""


def written(value: Any) -> str:
    """Write any value as a text: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False, indent=1, default=str)
    except (TypeError, ValueError, RecursionError):
        return "a value that JSON does not have"


def _assertion(assertion: Assertion) -> Facts:
    return _known(
        type=shown(assertion.name),
        value=shown(written(assertion.value)),
        threshold=_number(assertion.threshold),
        weight=_number(assertion.weight) if assertion.weight != 1 else None,
        metric=shown(assertion.metric),
        judged=_judged(assertion),
        config=shown(written(assertion.config)) if assertion.config else "",
        inner=[_assertion(each) for each in assertion.inner],
    )


def _verdicts(verdicts: tuple[Verdict, ...], expects: list[Facts]) -> list[Facts]:
    """Give the verdicts; one on what the case has at the same place does not say what that is again."""
    found = []
    for place, verdict in enumerate(verdicts):
        asked = _assertion(verdict.assertion)
        same = place < len(expects) and expects[place] == asked
        asked.pop("inner", None)
        said = _known(
            passed=verdict.passed,
            score=_number(verdict.score),
            why=shown(verdict.why),
            inner=_verdicts(verdict.inner, expects[place].get("inner", []) if same else []),
        )
        found.append(said if same else {**asked, **said})
    return found


def _judged(assertion: Assertion) -> bool:
    declared = table.find(assertion.type)
    return declared is not None and declared.judged


def _expected(assertions: Any) -> str | None:
    found = expected.text(assertions)
    return None if found is None else shown(found)


def _number(value: float | None) -> float | None:
    """Give a number that JSON has."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.6g}") if isinstance(value, float) and abs(value) < 1e5 else value


def _known(**facts: Any) -> Facts:
    """Leave out what says nothing. False and 0.0 do say something."""
    return {
        name: value
        for name, value in facts.items()
        if not (value is None or value == "" or value == [] or (value == 0 and name in _QUIET))
    }


_QUIET = ("repeat", "tries", "lost", "judged")


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
