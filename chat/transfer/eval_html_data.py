"""Write what an evaluation's report has of cases and samples: a line of JSON each, for its script to read.

Nothing in it can end the element that holds it, and no half of a character is in it. Texts are as people are
shown them: what would steer is visible. The request is the very one that went out, laid out as JSON.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from ..conversation.counted import used
from ..evaluation import expected
from ..evaluation.assertions import table, values
from ..evaluation.results import Sample
from ..evaluation.suite import Assertion, Case, Verdict
from .eval_clean import Clean
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


def of_case(case: Case, clean: Clean) -> Facts:
    """Give what a report has of a case."""
    given = [(_said(str(name), clean), _said(value, clean)) for name, value in case.variables.items()]
    return _known(
        about=_said(case.description, clean),
        variables=given,
        group=_said(case.group, clean),
        where=_said(case.place, clean),
        expects=[_assertion(each, clean) for each in case.assertions],
        expected=_expected(case.assertions, clean),
        judged=any(_judged(each) for each in expected.leaves(case.assertions)),
    )


def of_sample(sample: Sample, case: Case, clean: Clean) -> Facts:
    """Give what a report has of a sample; what it shares with its case is left out."""
    answered, judged = sample.answered, sample.judged
    place = sample.place
    found = _known(
        state=sample.state,
        error=_said(sample.error, clean),
        kind=_said(sample.kind, clean),
        model=_said(sample.model, clean),
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
            answer=_said(values.output(answered), clean),
            refusal=_said(answered.refusal, clean),
            finish=_said(answered.finish_reason, clean),
            seconds=_number(answered.seconds),
            cost=_number(answered.cost),
            tokens=[counted.prompt, counted.completion] if counted else None,
        )
    if judged:
        asked = [each.assertion for each in judged.verdicts]
        wanted = _expected(asked, clean)
        found |= _known(
            passed=judged.passed,
            score=_number(judged.score),
            why=_said(judged.why, clean),
            checks=_verdicts(judged.verdicts, [_assertion(each, clean) for each in case.assertions], clean),
            expected=wanted if wanted != _expected(case.assertions, clean) else None,
        )
    return {"column": place.column, "case": place.case, **_known(repeat=place.repeat), **found}


def beside(sample: Sample, clean: Clean) -> list[Any]:
    """Give what is looked at in an opened cell alone: the request, and what judges were asked and said."""
    said: Sequence[Facts] = clean(sample.judges)
    judges = [
        _known(
            type=_said(each.get("type"), clean),
            model=_said(each.get("model"), clean),
            cost=_number(cost) if isinstance(cost := each.get("cost"), int | float) else None,
            asked=request(each.get("messages") or {}),
            answer=_said(each.get("answer"), clean),
        )
        for each in said
    ]
    return [request(clean(sample.request)), judges]


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


def _said(value: Any, clean: Clean) -> str:
    return shown(written(clean(value)))


def _assertion(assertion: Assertion, clean: Clean) -> Facts:
    return _known(
        type=_said(assertion.name, clean),
        value=_said(assertion.value, clean),
        threshold=_number(assertion.threshold),
        weight=_number(assertion.weight) if assertion.weight != 1 else None,
        metric=_said(assertion.metric, clean),
        judged=_judged(assertion),
        config=_said(assertion.config, clean) if assertion.config else "",
        inner=[_assertion(each, clean) for each in assertion.inner],
    )


def _verdicts(verdicts: tuple[Verdict, ...], expects: list[Facts], clean: Clean) -> list[Facts]:
    """Give the verdicts; one on what the case has at the same place does not say what that is again."""
    found = []
    for place, verdict in enumerate(verdicts):
        asked = _assertion(verdict.assertion, clean)
        same = place < len(expects) and expects[place] == asked
        asked.pop("inner", None)
        said = _known(
            passed=verdict.passed,
            score=_number(verdict.score),
            why=_said(verdict.why, clean),
            inner=_verdicts(verdict.inner, expects[place].get("inner", []) if same else [], clean),
        )
        found.append(said if same else {**asked, **said})
    return found


def _judged(assertion: Assertion) -> bool:
    declared = table.find(assertion.type)
    return declared is not None and declared.judged


def _expected(assertions: Any, clean: Clean) -> str | None:
    found = expected.text(assertions)
    return None if found is None else _said(found, clean)


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
