"""Write suites and samples as JSON has them, and read them back: one form for the store and for files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, replace
from typing import Any

from .judging import Judged, combined
from .results import Place, Sample
from .suite import Answered, Assertion, Case, Column, NotUnderstood, Suite, Verdict

Record = dict[str, Any]

# ---- suites


def suite_record(suite: Suite) -> Record:
    """Write a whole suite."""
    record: Record = _plain(suite)
    return record


def suite_of(record: Mapping[str, Any]) -> Suite:
    """Read a suite."""
    made: Suite = _made(Suite, record)
    if not isinstance(made.repeat, int) or made.repeat < 1:
        raise ValueError("it asks for no answers")
    return replace(
        made,
        columns=tuple(_column(each) for each in record["columns"]),
        cases=tuple(_case(each) for each in record["cases"]),
        not_understood=tuple(_made(NotUnderstood, each) for each in record.get("not_understood", ())),
    )


def _column(record: Mapping[str, Any]) -> Column:
    made: Column = _made(Column, record)
    return replace(made, messages=tuple(record["messages"]))


def _case(record: Mapping[str, Any]) -> Case:
    made: Case = _made(Case, record)
    return replace(made, assertions=tuple(_assertion(each) for each in record.get("assertions", ())))


def _assertion(record: Mapping[str, Any]) -> Assertion:
    made: Assertion = _made(Assertion, record)
    return replace(made, inner=tuple(_assertion(each) for each in record.get("inner", ())))


def _plain(value: Any) -> Any:
    """Give a frozen value without what is as it would be anyway: many cases have little."""
    found: Record = {}
    for each in fields(value):
        there = getattr(value, each.name)
        if there == _default(each) and isinstance(there, type(_default(each))):
            continue
        if isinstance(there, tuple):
            there = [_plain(one) if hasattr(one, "__dataclass_fields__") else one for one in there]
        found[each.name] = dict(there) if isinstance(there, Mapping) else there
    return found


def _default(each: Field[Any]) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()


def _made(kind: Any, record: Mapping[str, Any]) -> Any:
    known = {each.name for each in fields(kind)}
    return kind(**{name: value for name, value in record.items() if name in known})


# ---- answers


def answered_record(answered: Answered) -> Record:
    """Write an answer; what its request says is not written again."""
    record: Record = _plain(replace(answered, prompt="", parameters={}))
    record.setdefault("text", answered.text)
    return record


def answered_of(record: Mapping[str, Any], request: Mapping[str, Any] | None = None) -> Answered:
    """Read an answer; `request` is the body that it answers."""
    made: Answered = _made(Answered, record)
    request = request or {}
    return replace(
        made,
        logprobs=tuple(made.logprobs),
        prompt=prompt_text(request.get("messages") or ()),
        parameters={name: value for name, value in request.items() if name != "messages"},
    )


def prompt_text(messages: Iterable[Any]) -> str:
    """Give messages as assertions see the prompt: one message's text alone, more as JSON."""
    import json

    found = list(messages)
    if len(found) == 1 and isinstance(found[0], Mapping) and isinstance(found[0].get("content"), str):
        return str(found[0]["content"])
    return json.dumps(found, ensure_ascii=False) if found else ""


# ---- verdicts


def judged_record(judged: Judged, case: Case) -> list[Any]:
    """Write the verdicts on an answer, in the order of the case's assertions."""
    return [_verdict(each, at) for each, at in zip(judged.verdicts, case.assertions, strict=False)]


def _verdict(verdict: Verdict, assertion: Assertion) -> Record:
    found: Record = {"passed": verdict.passed, "score": verdict.score}
    if verdict.why:
        found["why"] = verdict.why
    if verdict.inner:
        found["inner"] = [_verdict(*each) for each in zip(verdict.inner, assertion.inner, strict=False)]
    if verdict.assertion.value != assertion.value:
        found["value"] = verdict.assertion.value  # its templates are filled
    return found


def judged_of(records: Iterable[Mapping[str, Any]], case: Case) -> Judged:
    """Read the verdicts on an answer to a case."""
    pairs = zip(records, case.assertions, strict=False)
    return combined(case, tuple(_verdict_of(record, assertion) for record, assertion in pairs))


def _verdict_of(record: Mapping[str, Any], assertion: Assertion) -> Verdict:
    inner = zip(record.get("inner", ()), assertion.inner, strict=False)
    if "value" in record:
        assertion = replace(assertion, value=record["value"])
    return Verdict(
        assertion,
        record.get("passed"),
        record.get("score"),
        str(record.get("why") or ""),
        tuple(_verdict_of(*each) for each in inner),
    )


# ---- samples, as rows have them


def sample_of(row: Mapping[str, Any], place: Place, case: Case, bodies: bool = True) -> Sample:
    """Read a sample from its row; without `bodies` it has no text, no verdicts and no request."""
    request = row.get("request") if bodies else None
    answer = row.get("answer") if bodies else None
    verdict = row.get("verdict") if bodies else None
    answered = None
    if answer and "text" in answer:
        answered = answered_of(answer, request)
    elif not bodies and row["state"] in ("answered", "judged"):
        answered = Answered("", seconds=row["seconds"], cost=row["cost"])
    judged = judged_of(verdict["verdicts"], case) if verdict else None
    if judged is None and not bodies and row["state"] == "judged":
        passed = row["passed"]
        judged = Judged(None if passed is None else bool(passed), row["score"], "")
    return Sample(
        place,
        row["state"],
        answered,
        judged,
        str((answer or {}).get("error") or ""),
        row["kind"],
        request or {},
        str((answer or {}).get("model") or ""),
        row["at"],
        row["tries"],
        row["lost"],
        row["judging"] if row["state"] == "judged" else 0.0,
        row["flips"],
        row["turned"],
        row["rating"],
        tuple((verdict or {}).get("judges") or ()),
        row["batch"] or 0,
    )
