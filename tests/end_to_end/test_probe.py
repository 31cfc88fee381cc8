"""Experiments on the embedded model itself: real requests, real verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from chat.conversation.turn import Answer, pump
from chat.endpoint.client import Client
from chat.endpoint.embedded import MODEL, Embedded
from chat.endpoint.memory import HONOURED, REJECTED, UNCLEAR, Verdict
from chat.lab import probe


@dataclass
class Lab:
    """Asks the embedded model what a trial asks."""

    client: Client
    sent: list[probe.Question] = field(default_factory=list)

    def ask(self, question: probe.Question) -> Answer:
        self.sent.append(question)
        return pump(self.client.stream(question.body(MODEL, "max_tokens", self._token)))

    def _token(self, text: str) -> str:
        return str(self.client.tokenize(text)[0][0])

    def tried(self, name: str) -> Verdict:
        answers: list[Answer] = []
        while isinstance(seen := probe.found(name, answers), probe.Question):
            answers.append(self.ask(seen))
        return seen


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    embedded = Embedded()
    client = Client(embedded.endpoint())
    yield Lab(client)
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
def test_the_embedded_model_honours(lab: Lab, name: str) -> None:
    """The parameter is seen to have its effect, with evidence, and in no more requests than a person would
    have agreed to."""
    sent = len(lab.sent)
    verdict = lab.tried(name)
    assert 0 < len(lab.sent) - sent <= probe.worst_case([name])[0]
    assert verdict.verdict == HONOURED, str(verdict)
    assert verdict.evidence


def test_a_prompt_is_counted_as_the_model_reads_it(lab: Lab) -> None:
    """The server's own count of a request, template and all, is the one that its answer reports."""
    counted = lab.client.count([{"role": "user", "content": probe.COUNT}])
    usage = lab.ask(probe.Question()).usage
    assert usage is not None and counted == usage.prompt


def test_what_has_no_visible_effect_is_unclear(lab: Lab) -> None:
    """A parameter that is taken and shows nothing is not called honoured."""
    assert lab.tried("verbosity").verdict == UNCLEAR


def test_a_refusal_is_rejected(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own words are the evidence: it has fewer slots than 99."""
    too_many = probe.Trial((probe.Question(fields={"n": 99}),), lambda answers: Verdict(HONOURED))
    monkeypatch.setitem(probe.TRIALS, "n", too_many)
    verdict = lab.tried("n")
    assert verdict.verdict == REJECTED
    assert "99" in verdict.evidence
