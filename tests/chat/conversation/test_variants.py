"""Every row of the table of what servers send, through the real client and from the bytes that it kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chat.base.errors import RequestFailed
from chat.conversation import reading
from chat.conversation.events import Event, Notice, Sent
from chat.conversation.folding import Fold
from chat.conversation.turn import COMPLETE, FAILED, Answer
from chat.endpoint.address import Endpoint
from chat.endpoint.client import Client
from chat.endpoint.failures import EndpointWording

from ...support.server import Server, http
from .variants import VARIANTS, Variant

ASKED: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def good(variant: Variant) -> bool:
    return variant.status.startswith("200")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def events(server: Server, variant: Variant) -> list[Event]:
    """What the client makes of it."""
    server.replies_with(http(variant.body, variant.status, variant.label))
    client = Client(Endpoint(server.url))
    try:
        return list(
            client.stream({**ASKED, "stream": variant.streamed or not good(variant), **dict(variant.asked)})
        )
    finally:
        client.close()


def folded(seen: list[Event]) -> Answer:
    fold = Fold()
    for event in seen:
        fold.feed(event)
    return fold.answer()


def shown(answer: Answer) -> dict[str, object]:
    """What the row tells of an answer."""
    choice, used = answer.at(), answer.usage
    return {
        "text": choice.text,
        "reasoning": choice.reasoning,
        "refusal": choice.refusal,
        "calls": choice.tool_calls,
        "finish": choice.finish_reason,
        "model": answer.model,
        "fingerprint": answer.fingerprint,
        "usage": used and (used.prompt, used.completion),
        "logprobs": tuple(each.token for each in choice.logprobs),
    }


def told(variant: Variant) -> dict[str, object]:
    return {name: getattr(variant, name) for name in shown(Answer())}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_what_a_server_sends_is_shown(server: Server, variant: Variant) -> None:
    """Its text, reasoning, refusal, calls, usage and errors are what the row says."""
    seen = events(server, variant)
    answer = folded(seen)
    assert shown(answer) == told(variant)
    assert len(answer.choices) <= 1
    assert answer.ended == (FAILED if variant.error else COMPLETE)
    assert (variant.error or "None") in (answer.error.message if answer.error else "None")
    assert (answer.error.param if answer.error else None) == (variant.param or None)
    notices = [event.text for event in seen if isinstance(event, Notice)]
    assert len(notices) == bool(variant.notice) and variant.notice in "".join(notices)


@pytest.mark.parametrize(
    "variant", [each for each in VARIANTS if good(each)], ids=lambda variant: variant.name
)
def test_what_was_recorded_reads_the_same(server: Server, variant: Variant) -> None:
    """The bytes that were kept make the same answer again."""
    (sent,) = (event for event in events(server, variant) if isinstance(event, Sent))
    again = folded(list(reading.recorded(sent.exchange, RequestFailed("none"))))
    assert shown(again) == told(variant)
    assert again.ended == (FAILED if variant.error else COMPLETE)


@pytest.mark.parametrize(
    "variant", [each for each in VARIANTS if good(each)], ids=lambda variant: variant.name
)
def test_however_it_is_cut(variant: Variant) -> None:
    """Byte by byte it is the same answer."""
    wording = EndpointWording(Endpoint("http://127.0.0.1/v1"), {**ASKED, **dict(variant.asked)})
    pieces = (variant.body[at : at + 1] for at in range(len(variant.body)))
    answer = folded(list(reading.answer(pieces, variant.label, wording)))
    assert shown(answer) == told(variant)
    assert variant.error in (answer.error.message if answer.error else "")


def test_names_are_of_one_row_each() -> None:
    """A row can be found by its name."""
    names = [variant.name for variant in VARIANTS]
    assert len(set(names)) == len(names)
