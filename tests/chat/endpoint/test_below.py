"""An address without /v1, where what is meant lies below it."""

from __future__ import annotations

import json

import pytest

from chat.base.errors import NotAnApi, RequestFailed, Unauthorized
from chat.conversation.events import Event, Failed, Notice, Piece
from chat.endpoint.address import Endpoint
from chat.endpoint.client import Client

from ...support.server import Server, error, http, stream

BODY = {"model": "m", "stream": True, "messages": []}
NOTHING = http(b"404 page not found", "404 Not Found", "text/plain")


def said(events: list[Event]) -> list[str]:
    """Give what was told of the way."""
    return [event.text for event in events if isinstance(event, Notice)]


def test_what_lies_below_is_asked_in_the_open() -> None:
    """A bare address that answers 404 is asked again at /v1, with the same key; from then on at once."""
    with Server() as server:
        server.reply(NOTHING, stream("Hello"))
        bare = server.url.removesuffix("/v1")
        client = Client(Endpoint(bare, "sk-home-0123456789"))
        first, second = list(client.stream(BODY)), list(client.stream(BODY))
        client.close()
        assert [request.path for request in server.requests] == [
            "/chat/completions",
            "/v1/chat/completions",
            "/v1/chat/completions",
        ]
        assert len({request.headers["authorization"] for request in server.requests}) == 1
    assert said(first) == [
        f"{bare} answers 404: sent again to {bare}/v1",
        f"this goes to {bare}/v1: /set base_url {bare}/v1 keeps that",
    ]
    assert said(second) == []
    assert any(isinstance(event, Piece) for event in first)


def test_where_there_is_nothing_below_either() -> None:
    """The first answer is the one that is told, and the next request goes to the address that is set."""
    with Server() as server:
        server.reply(NOTHING)
        client = Client(Endpoint(server.url.removesuffix("/v1")))
        events = list(client.stream(BODY))
        assert isinstance(events[-1], Failed)
        assert isinstance(events[-1].error, NotAnApi)
        assert len([event for event in events if isinstance(event, Failed)]) == 1
        with pytest.raises(RequestFailed):
            client.models()
        client.close()
        bare, below = "/chat/completions", "/v1/chat/completions"
        assert [request.path for request in server.requests] == [bare, below, "/models", "/v1/models"]


def test_the_list_is_found_below_too() -> None:
    """What the list of models found out is said before the first message goes there."""
    with Server() as server:
        server.reply(NOTHING, http(json.dumps({"data": [{"id": "m"}]}).encode()), stream("Hello"))
        client = Client(Endpoint(server.url.removesuffix("/v1")))
        assert [model["id"] for model in client.models()] == ["m"]
        events = list(client.stream(BODY))
        client.close()
        assert server.requests[-1].path == "/v1/chat/completions"
    assert len(said(events)) == 1


@pytest.mark.parametrize(
    "reply", [error("401 Unauthorized"), error("404 Not Found", "The model `m` does not exist")]
)
def test_other_answers_are_final(reply: bytes) -> None:
    """Only a 404 that is about the address is asked about again, and only where that has no path."""
    with Server() as server:
        server.reply(reply)
        client = Client(Endpoint(server.url.removesuffix("/v1")))
        assert isinstance(list(client.stream(BODY))[-1], Failed)
        client.close()
        other = Client(Endpoint(server.url + "/openai"))
        list(other.stream(BODY))
        other.close()
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        ({"key_from": "OPENAI_API_KEY", "own_environment": True}, ("OPENAI_API_KEY is not set", "/key")),
        ({"key_from": "GW_KEY"}, ("GW_KEY is not set", "set GW_KEY")),
        ({}, ("no variable is named for it", "/set api_key_env NAME")),
    ],
)
def test_without_a_key_the_line_is_about_the_key(
    status: str, endpoint: dict[str, object], says: tuple[str, str]
) -> None:
    """Which variable is not set, or that none is named."""
    with Server() as server:
        server.reply(error(status, "You didn't provide an API key"))
        client = Client(Endpoint(server.url, **endpoint))  # type: ignore[arg-type]
        failed = list(client.stream(BODY))[-1]
        client.close()
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, Unauthorized)
    assert says[0] in failed.error.message
    assert says[1] in failed.error.hint


def test_a_query_goes_along() -> None:
    """What an address has behind its ? stands behind each request's path."""
    with Server() as server:
        server.reply(stream("Hello"))
        client = Client(Endpoint(server.url, query=(("api-version", "2024-06-01"),)))
        list(client.stream(BODY))
        client.close()
        assert server.requests[0].path == "/v1/chat/completions?api-version=2024-06-01"
