"""Experiments on the embedded model itself: real requests, real verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chat.conversation.in_effect import in_effect
from chat.endpoint import embedded_tools
from chat.endpoint.client import Client
from chat.endpoint.embedded import MODEL, Embedded
from chat.endpoint.memory import HONOURED, REJECTED, UNCLEAR, ProbeVerdict
from chat.lab import probe
from chat.lab.trial import PLAIN, TRIED, Question, Trial
from tests.support.lab import Lab


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    embedded = Embedded()
    client = Client(embedded.endpoint())
    yield Lab(client, MODEL, less=12)  # every verdict comes of 12 tokens as it does of /probe's 24
    client.close()
    embedded.stop()


#: One of each kind of experiment: five seconds each on a busy machine.
KINDS = "max_tokens stop logit_bias n temperature frequency_penalty logprobs response_format samplers grammar cache_prompt".split()
#: The others, by experiments of the same kinds.
MORE = [
    *("max_completion_tokens", "seed", "top_p", "presence_penalty", "top_logprobs", "stream_options"),
    *("top_k", "typical_p", "top_n_sigma", "xtc_probability", "repeat_penalty", "dry_multiplier"),
    *("mirostat_tau", "dynatemp_range", "json_schema", "ignore_eos", "n_probs", "post_sampling_probs"),
]


@pytest.mark.parametrize("name", [*KINDS, *(pytest.param(name, marks=pytest.mark.nightly) for name in MORE)])
def test_the_embedded_model_honours(lab: Lab, name: str) -> None:
    """The parameter is seen to have its effect, with evidence, and in no more requests than a person would
    have agreed to."""
    sent = len(lab.known)
    verdict = lab.tried(name)
    assert len(lab.known) - sent <= probe.worst_case([name])[0]
    if verdict.verdict == UNCLEAR:  # what it answered before can change an answer: asked anew then
        lab.known.clear()
        verdict = lab.tried(name)
    assert verdict.verdict == HONOURED, str(verdict)
    assert verdict.evidence


def test_it_says_that_it_uses_what_is_set(lab: Lab) -> None:
    """What is set of its samplers is in effect, as the server itself says, whether or not its effect is tried."""
    asked: dict[str, Any] = {
        **{"seed": 3, "temperature": 0.5, "top_p": 0.25, "presence_penalty": 0.75, "frequency_penalty": 0.5},
        **{"top_k": 5, "typical_p": 0.5, "top_n_sigma": 2, "xtc_probability": 0.25, "repeat_penalty": 1.5},
        **{
            "dry_multiplier": 0.5,
            "mirostat": 2,
            "mirostat_tau": 3,
            "dynatemp_range": 0.25,
            "ignore_eos": True,
        },
        **{"n_probs": 2, "post_sampling_probs": True},
    }
    effective = lab.ask(Question(fields={**asked, "verbose": True}, longest=lab.less + 1)).effective
    assert effective is not None
    assert {name: in_effect(name, effective) for name in asked} == asked


def test_a_prompt_is_counted_as_the_model_reads_it(lab: Lab) -> None:
    """The server's own count of a request, template and all, is the one that its answer reports."""
    counted = lab.client.count(Question().body(MODEL, "max_tokens", str))
    usage = lab.ask(Question()).usage
    assert usage is not None and counted == usage.prompt


def test_what_has_no_visible_effect_is_unclear(lab: Lab) -> None:
    """A parameter that is taken and shows nothing is not called honoured."""
    assert lab.tried("verbosity").verdict == UNCLEAR


def test_a_call_that_was_cut_is_none_that_was_ignored(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small model reads of the tool, by its tokens, and talks until the limit with it and without: nobody can
    tell. (It would talk longer than this test waits, so the limit is lower.)"""
    asked = [
        tuple((role, replace(question, longest=lab.less + 8)) for role, question in form)
        for form in probe.TRIALS["tools"].forms
    ]
    monkeypatch.setitem(probe.TRIALS, "tools", replace(probe.TRIALS["tools"], forms=tuple(asked)))
    verdict = lab.tried("tools")
    assert verdict.verdict == UNCLEAR and "cut" in verdict.evidence
    assert "42 or 168 tokens with tools and without" in verdict.evidence


def test_a_required_call_has_its_form(lab: Lab) -> None:
    """Begun as one, the answer is one call whose arguments fit; which, is the model's guess."""
    city = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools = [
        {"type": "function", "function": {"name": name, "parameters": city}} for name in ("weather", "time")
    ]
    for choice in ("required", {"type": "function", "function": {"name": "time"}}):
        question = Question(
            "What time is it in Oslo?",
            fields={"tools": tools, "tool_choice": choice, "stream": True, "temperature": 0},
        )
        body = {**embedded_tools.begun(question.body(MODEL, "max_tokens", str)), "max_tokens": 60}
        body["cache_prompt"] = False  # what other tests asked before is not to change the answer
        answer = lab.answer(body)
        ((name, arguments),) = answer.at().tool_calls
        assert set(json.loads(arguments)) == {"city"} and answer.at().finish_reason == "tool_calls"
        assert name in (("weather", "time") if choice == "required" else ("time",))


def test_it_has_no_eyes(lab: Lab) -> None:
    """Its server fails over a picture, and says that this is not supported: that is a refusal."""
    verdict = lab.tried("images")
    assert verdict.verdict == REJECTED and "image input is not supported" in verdict.evidence


def test_a_refusal_is_rejected(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own words are the evidence: it has fewer slots than 99."""
    asks = ((PLAIN, Question()), (TRIED, Question(fields={"n": 99})))
    too_many = Trial((asks,), lambda seen: ProbeVerdict(HONOURED), Question(fields={"n": 98}))
    monkeypatch.setitem(probe.TRIALS, "n", too_many)
    verdict = lab.tried("n")
    assert verdict.verdict == REJECTED
    assert "99" in verdict.evidence
