"""/probe against aimock and llmock: what is true of them, and nothing that is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chat.endpoint.address import Endpoint
from chat.endpoint.client import Client
from chat.endpoint.memory import HONOURED, IGNORED, REJECTED, UNCLEAR, ProbeVerdict
from chat.lab.probe import OPENAIS

from ..support.lab import Lab
from . import mocks


def verdicts(command: Sequence[str]) -> dict[str, ProbeVerdict]:
    """Try every parameter there."""
    with mocks.running(command) as url:
        client = Client(Endpoint(url, "sk-none"))
        lab = Lab(client, "gpt-4o")
        try:
            return {name: lab.tried(name) for name in OPENAIS}
        finally:
            client.close()


@pytest.fixture(scope="module")
def aimock() -> dict[str, ProbeVerdict]:
    command = mocks.aimock()
    if not command:
        pytest.skip("aimock is not installed: npm install --prefix tests/servers")
    return verdicts(command)


@pytest.fixture
def llmock() -> list[str]:
    command = mocks.llmock()
    if not command:
        pytest.skip("llmock is not installed: pip install -r requirements-dev.txt")
    return command


#: What neither of them can show: texts that are a script's are the same whatever is asked.
SCRIPTED = {
    "temperature": IGNORED,
    "top_p": UNCLEAR,
    "max_completion_tokens": IGNORED,
    "max_tokens": IGNORED,
    "presence_penalty": UNCLEAR,
    "logit_bias": IGNORED,
    "stop": IGNORED,
    "seed": UNCLEAR,
    "reasoning_effort": UNCLEAR,
    "verbosity": UNCLEAR,
    "service_tier": UNCLEAR,
    "logprobs": IGNORED,
    "top_logprobs": UNCLEAR,
    "stream_options": HONOURED,
}


def test_aimock(aimock: dict[str, ProbeVerdict]) -> None:
    """It looks at no parameter but at how it streams."""
    assert {name: each.verdict for name, each in aimock.items()} == {
        **SCRIPTED,
        "images": IGNORED,
        "frequency_penalty": IGNORED,
        "n": IGNORED,
        "response_format": IGNORED,
        "tools": IGNORED,
    }


def test_llmock(llmock: list[str]) -> None:
    """It makes choices, answers of a form and calls; its text repeats nothing that could be penalised, and is
    another for any other message: whether it looked at a picture can't be told."""
    assert {name: each.verdict for name, each in verdicts(llmock).items()} == {
        **SCRIPTED,
        "images": UNCLEAR,
        "frequency_penalty": UNCLEAR,
        "n": HONOURED,
        "response_format": HONOURED,
        "tools": HONOURED,
    }


def test_a_llmock_that_refuses_at_random(llmock: list[str]) -> None:
    """Refusals that have nothing to do with what is asked are none of a parameter."""
    sound = verdicts(llmock)
    broken = verdicts([*llmock[:-1], "--error-rate", "400=0.2", llmock[-1]])
    said = {name: each.verdict for name, each in broken.items() if each.verdict != UNCLEAR}
    assert all(verdict in (sound[name].verdict, REJECTED) for name, verdict in said.items())
    assert sum(verdict == REJECTED for verdict in said.values()) <= 3  # by chance, 1 of 125 parameters
