"""The client against aimock and llmock, which answer as OpenAI does: written by others, who read the API too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chat.base.errors import ParameterRefused, RateLimited, ServerFailed, StreamBroken
from chat.conversation.events import Event, Failed, Notice
from chat.conversation.folding import pump
from chat.conversation.turn import COMPLETE, FAILED, Answer
from chat.endpoint.address import Endpoint
from chat.endpoint.client import Client
from chat.shape import verdict

from . import mocks


def ask(url: str, text: str, **fields: Any) -> Answer:
    return pump(iter(events(url, text, **fields)))


def events(url: str, text: str, **fields: Any) -> list[Event]:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], "stream": True, **fields}
    if body["stream"]:
        body.setdefault("stream_options", {"include_usage": True})
    client = Client(Endpoint(url, "sk-none"))
    try:
        return list(client.stream(body))
    finally:
        client.close()


@pytest.fixture(scope="module")
def aimock() -> Iterator[str]:
    command = mocks.aimock()
    if not command:
        pytest.skip("aimock is not installed: npm install --prefix tests/servers")
    with mocks.running(command) as url:
        yield url


@pytest.fixture(scope="module")
def llmock() -> Iterator[str]:
    command = mocks.llmock()
    if not command:
        pytest.skip("llmock is not installed: pip install -r requirements-dev.txt")
    with mocks.running(command) as url:
        yield url


@pytest.mark.parametrize("streamed", [True, False])
def test_aimock_answers(aimock: str, streamed: bool) -> None:
    """Text and usage come, streamed and whole."""
    answer = ask(aimock, "hello", stream=streamed)
    assert (answer.ended, answer.at().text, answer.at().finish_reason) == (COMPLETE, "Hi there!", "stop")
    assert answer.usage and answer.usage.total and answer.model == "gpt-4o"


@pytest.mark.parametrize("streamed", [True, False])
def test_aimock_calls_a_tool(aimock: str, streamed: bool) -> None:
    """The call comes with its name and its arguments."""
    answer = ask(aimock, "tool", stream=streamed)
    assert answer.at().tool_calls == (("look", '{"x": 1}'),)
    assert answer.at().finish_reason == "tool_calls"


@pytest.mark.parametrize("streamed", [True, False])
def test_aimock_thinks(aimock: str, streamed: bool) -> None:
    """Reasoning comes apart from the answer."""
    answer = ask(aimock, "think", model="deepseek-reasoner", stream=streamed)
    assert (answer.at().reasoning, answer.at().text) == ("hm, let me see", "Done.")


def test_aimock_refuses_and_fails(aimock: str) -> None:
    """A refusal names the parameter, a failure is the server's."""
    refused = ask(aimock, "refuse", seed=3)
    assert isinstance(refused.error, ParameterRefused) and refused.error.param == "seed"
    failed = ask(aimock, "fail")
    assert failed.ended == FAILED and isinstance(failed.error, ServerFailed)


FORM = {
    "type": "json_schema",
    "json_schema": {
        "name": "pair",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "array", "items": {"enum": ["u", "v"]}}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    },
}


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("server", ["aimock", "llmock"])
def test_an_answer_follows_a_schema(request: pytest.FixtureRequest, server: str, streamed: bool) -> None:
    """What they make of a schema is found to fit it."""
    answer = ask(request.getfixturevalue(server), "shape", response_format=FORM, stream=streamed)
    form = verdict.form_of(FORM)
    assert form is not None
    found = verdict.of(answer.at(), form)
    assert (found.kind, found.value) == (verdict.FITS, {"a": 1, "b": ["u"]})


def test_aimock_lists_models(aimock: str) -> None:
    """Its list is read."""
    assert "gpt-4o" in [each["id"] for each in Client(Endpoint(aimock)).models()]


@pytest.mark.parametrize("streamed", [True, False])
def test_llmock_answers(llmock: str, streamed: bool) -> None:
    """Text and usage come, streamed and whole."""
    answer = ask(llmock, "hello", stream=streamed)
    assert answer.ended == COMPLETE and answer.at().text and answer.at().finish_reason == "stop"
    assert answer.usage and answer.usage.completion


def test_llmock_lists_models(llmock: str) -> None:
    """Its list is read."""
    assert "gpt-4o" in [each["id"] for each in Client(Endpoint(llmock)).models()]


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        ("--error-rate=429=1", RateLimited),
        ("--stream-fault=truncate=1", StreamBroken),
        ("--stream-fault=malformed=1", None),
    ],
)
def test_llmock_breaks(broken: str, kind: type[Exception] | None) -> None:
    """What it is told to break is an error of its kind; what it spoils in a stream is left out, and told."""
    if not mocks.llmock():
        pytest.skip("llmock is not installed: pip install -r requirements-dev.txt")
    *command, port = mocks.llmock()
    with mocks.running([*command, broken, port]) as url:
        seen = events(url, "hello, tell me of the sea")
    failed = [type(event.error) for event in seen if isinstance(event, Failed)]
    assert failed == ([kind] if kind else [])
    assert kind or any(isinstance(event, Notice) for event in seen)
