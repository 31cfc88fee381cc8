"""What is known of servers: asked once, told to all who share an address, and of the model that was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chat.endpoint import OPENAI, Endpoint
from chat.errors import RequestFailed
from chat.servers import Servers
from chat.session import Session

from ..support.server import Server, error, models


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        running.reply(models("a", "b", owned_by="vllm", max_model_len=4096))
        yield running


@pytest.fixture
def servers() -> Iterator[Servers]:
    made = Servers(lambda model, endpoint: 1000)
    yield made
    made.close()


def test_nothing_is_asked_before_it_is_needed(server: Server, servers: Servers) -> None:
    """Finding the server of an endpoint sends nothing, and what is not known is none."""
    found = servers.at(Endpoint(server.url))
    assert found.listed == [] and found.owners == set()
    assert found.window("a") is None and found.vocabulary is None
    assert not found.lacks("c")
    assert not server.requests


def test_who_shares_an_address_shares_what_it_told(server: Server, servers: Servers) -> None:
    """Another key or time-out is another client; the list of models is that of the address."""
    one, other = servers.at(Endpoint(server.url)), servers.at(Endpoint(server.url, timeout=5))
    assert one is servers.at(Endpoint(server.url)) and one is not other
    one.models()
    assert [entry["id"] for entry in other.listed] == ["a", "b"]
    assert one.client() is not other.client()
    assert len(server.requests) == 1


def test_the_window_is_the_servers_own_word(server: Server, servers: Servers) -> None:
    """It is asked for once; a model that the list does not name has the window that is published."""
    found = servers.at(Endpoint(server.url))
    assert found.find_window("a") == 4096 == found.window("a")
    assert found.find_window("c") == 1000
    assert len(server.requests) == 1


def test_a_server_without_a_list_costs_one_question(server: Server, servers: Servers) -> None:
    """What is published stands in, and the prompt does not wait for the server again."""
    server._replies[:] = [error("404 Not Found")]
    found = servers.at(Endpoint(server.url))
    assert found.find_window("a") == 1000
    assert found.find_window("a") == 1000
    assert len(server.requests) == 1
    with pytest.raises(RequestFailed):
        found.models()


def test_what_is_warmed_for_one_model_is_not_said_of_another(
    server: Server, make_session: Callable[..., Session]
) -> None:
    """The model is changed while the background still finds out: each has the window that is its own."""
    session = make_session(f"here:\n  base_url: {server.url}\n  model: a\n", profile="here")
    server._replies[:] = [models("a", max_model_len=4096)]
    target = session.target()
    session.settings = session.settings.set("model", "gpt-4o")
    session.warm(target)
    assert target.window() == 4096
    assert session.window() is None


def test_a_model_that_is_not_listed_is_lacking(server: Server, servers: Servers) -> None:
    """By its name or an alias; OpenAI's list and the embedded model say nothing of what else is taken."""
    server._replies[:] = [models("a", aliases=["latest"])]
    found = servers.at(Endpoint(server.url))
    found.models()
    assert [found.lacks(name) for name in ("a", "latest", "b", "")] == [False, False, True, False]
    assert not servers.at(Endpoint("embedded")).lacks("b")
    assert not servers.at(Endpoint(OPENAI)).lacks("b")


def test_who_takes_the_beginning_of_an_answer(server: Server, servers: Servers) -> None:
    """vLLM and llama.cpp do, by what their lists say; OpenAI does not; of others it is not known."""
    assert servers.at(Endpoint(server.url)).lacks_prefill() == ""
    assert "begin every answer themselves" in servers.at(Endpoint(OPENAI)).lacks_prefill()
    server._replies[:] = [models("a", owned_by="somebody")]
    servers.at(Endpoint(server.url)).models()
    assert "not known to take" in servers.at(Endpoint(server.url)).lacks_prefill()
