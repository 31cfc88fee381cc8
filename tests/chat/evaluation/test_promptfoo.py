"""Verdicts beside those of the real promptfoo, whose own are kept as data: equal, or the difference explained."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.evaluation import judging
from chat.evaluation.assertions.declaration import Allowed
from chat.evaluation.assertions.values import written
from chat.evaluation.suite import Answered, Assertion, Case

from ...conftest import ROOT
from ...support import promptfoo_cases

KEPT = json.loads(promptfoo_cases.DATA.read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = KEPT["cases"]


def assertion(said: dict[str, Any]) -> Assertion:
    """Read an assertion of promptfoo's, as far as these cases go."""
    kind = said["type"]
    return Assertion(
        kind.removeprefix("not-"),
        said.get("value"),
        said.get("threshold"),
        said.get("weight", 1.0),
        said.get("metric", ""),
        negated=kind.startswith("not-"),
        inner=tuple(assertion(each) for each in said.get("assert", ())),
    )


def answered(case: dict[str, Any]) -> Answered:
    """Make the answer that promptfoo's provider would have given."""
    response, output = case["response"], case["response"]["output"]
    message: dict[str, Any] = {}
    text = output if isinstance(output, str) else ""
    if isinstance(output, dict) and "tool_calls" in output:
        text, message = output["content"], output
    elif isinstance(output, dict) and "arguments" in output:
        message = {"function_call": output}
    elif isinstance(output, list) and "function" in output[0]:
        message = {"tool_calls": output}
    elif not isinstance(output, str):
        text = written(output)
    milliseconds = case.get("latencyMs")
    return Answered(
        text,
        message,
        finish_reason=response.get("finishReason", ""),
        seconds=None if milliseconds is None else milliseconds / 1000,
        cost=response.get("cost"),
        logprobs=tuple(response.get("logProbs", ())),
        parameters=case.get("config", {}),
    )


def judged(case: dict[str, Any]) -> judging.Judged:
    row = Case(case.get("vars", {}), tuple(map(assertion, case["assert"])), threshold=case.get("threshold"))
    return judging.judge(row, answered(case), Allowed(python=True))


def same(case: dict[str, Any]) -> bool:
    """Tell whether both say the same: an error of promptfoo's is what is not checked here."""
    ours, theirs = judged(case), case["promptfoo"]
    if "error" in theirs:
        return ours.passed is None
    return ours.passed is theirs["pass"] and ours.score == pytest.approx(theirs["score"], abs=1e-9)


def name(case: dict[str, Any]) -> str:
    return "+".join(each["type"] for each in case["assert"])


@pytest.mark.parametrize("case", [each for each in CASES if "differs" not in each], ids=name)
def test_the_verdict_is_promptfoos(case: dict[str, Any]) -> None:
    """An answer passes where promptfoo lets it pass, with the same score; its errors are not checked."""
    assert same(case), (judged(case), case["promptfoo"])


@pytest.mark.parametrize("case", [each for each in CASES if "differs" in each], ids=name)
def test_a_verdict_that_differs_is_explained(case: dict[str, Any]) -> None:
    """What differs from promptfoo does so still, and the page on evaluation has its row."""
    assert not same(case), "it is the same: take the difference away"
    page = (ROOT / "docs/evaluation.md").read_text(encoding="utf-8")
    assert f"| {case['differs']} |" in page


def test_the_page_counts_the_cases() -> None:
    """docs/evaluation.md says how many cases there are, and in how many the verdicts are equal."""
    page = " ".join((ROOT / "docs/evaluation.md").read_text(encoding="utf-8").split())
    equal = sum("differs" not in case for case in CASES)
    assert f"{len(CASES)} cases were asked of promptfoo {KEPT['version']}" in page
    assert f"{equal} have the same verdict and the same score" in page


def test_the_kept_answers_are_those_of_the_cases() -> None:
    """Each case has been asked of promptfoo 0.118.17; `python -m tests.support.promptfoo_cases` does it."""
    kept = [{key: value for key, value in case.items() if key != "promptfoo"} for case in CASES]
    assert kept == json.loads(json.dumps(promptfoo_cases.cases()))
    assert KEPT["version"] == "0.118.17"
