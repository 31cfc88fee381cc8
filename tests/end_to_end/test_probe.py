"""Experiments on the embedded model itself: real requests, real verdicts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chat.endpoint.client import Client
from chat.endpoint.embedded import MODEL, Embedded
from chat.endpoint.memory import HONOURED, REJECTED, UNCLEAR, Verdict
from chat.lab import probe


@pytest.fixture(scope="module")
def lab() -> Iterator[probe.Lab]:
    embedded = Embedded()
    client = Client(embedded.endpoint())
    yield probe.Lab(
        client, MODEL, "max_tokens", lambda text: [str(token) for token in client.tokenize(text)[0]]
    )
    client.close()
    embedded.stop()


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "max_completion_tokens",
        "stop",
        "logit_bias",
        "n",
        "seed",
        "temperature",
        "frequency_penalty",
        "logprobs",
        "top_logprobs",
        "response_format",
        "stream_options",
    ],
)
def test_the_embedded_model_honours(lab: probe.Lab, name: str) -> None:
    """The parameter is seen to have its effect, with evidence, and in no more requests than a person would
    have agreed to."""
    sent = lab.sent
    verdict = probe.run(name, lab)
    assert lab.sent - sent <= probe.worst_case([name])[0]
    assert lab.sent > 0, "nothing was counted"
    assert verdict.verdict == HONOURED, str(verdict)
    assert verdict.evidence


def test_a_prompt_is_counted_as_the_model_reads_it(lab: probe.Lab) -> None:
    """The server's own count of a request, template and all, is the one that its answer reports."""
    counted = lab.client.count([{"role": "user", "content": probe.COUNT}])  # type: ignore[attr-defined]
    usage = lab.ask().usage
    assert usage is not None and counted == usage.prompt


def test_what_has_no_visible_effect_is_unclear(lab: probe.Lab) -> None:
    """A parameter that is taken and shows nothing is not called honoured."""
    assert probe.run("verbosity", lab).verdict == UNCLEAR


def test_a_refusal_is_rejected(lab: probe.Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own words are the evidence: it has fewer slots than 99."""

    def too_many(lab: probe.Lab) -> Verdict:
        lab.ask(n=99)
        raise AssertionError("99 choices were taken")

    monkeypatch.setitem(probe.EXPERIMENTS, "n", probe.Experiment(too_many, 1))
    verdict = probe.run("n", lab)
    assert verdict.verdict == REJECTED
    assert "99" in verdict.evidence
