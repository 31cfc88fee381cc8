"""How many tokens a prompt has: counted by the server where it can, else by a formula."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.conversation.body import Carried
from chat.conversation.branch import Branch
from chat.endpoint.address import Endpoint
from chat.endpoint.servers import Servers
from chat.endpoint.target import Target
from chat.parameters.settings import Settings
from chat.session.size import RequestPrompt, Size, Sizes, prompt_of
from chat.tokens.counting import Tokenizers

from ...support.server import Reply, Request, Server, error, http, models

TOOL = {"type": "function", "function": {"name": "look"}}


class Llama(Server):
    """A server as llama.cpp's: its template writes the request's text as JSON, each letter a token."""

    owner = "llamacpp"
    refusal: Reply | None = None

    def _next(self, request: Request) -> Reply:
        if request.path == "/v1/models":
            return models("m", owned_by=self.owner)
        if self.refusal is not None:
            return self.refusal
        if request.path == "/apply-template" and self.owner == "llamacpp":
            told = {name: value for name, value in request.body.items() if name != "model"}
            return http(json.dumps({"prompt": json.dumps(told)}).encode())
        if request.path == "/tokenize":
            text = request.body.get("content") or json.dumps(request.body["messages"])
            return http(json.dumps({"tokens": list(range(len(text)))}).encode())
        return error("404 Not Found")

    @property
    def counted(self) -> int:
        return sum(request.path != "/v1/models" for request in self.requests)


@pytest.fixture
def server() -> Iterator[Llama]:
    with Llama() as running:
        yield running


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory: pytest.TempPathFactory) -> Tokenizers:
    found = Tokenizers(tmp_path_factory.mktemp("ranks"))
    found.count("m", "they are loaded")
    return found


@pytest.fixture
def sizes(tokenizers: Tokenizers) -> Sizes:
    return Sizes(tokenizers)


Make = Callable[..., Target]


@pytest.fixture
def target(server: Llama) -> Iterator[Make]:
    servers = Servers()

    def make(**values: Any) -> Target:
        settings = Settings().set("model", "m")
        for name, value in values.items():
            settings = settings.set(name, value)
        found = servers.at(Endpoint(server.url, timeout=5))
        found.models()
        return Target(settings, found)

    yield make
    servers.close()


ASKED = Branch().add("user", "hello")


@pytest.mark.parametrize(
    ("values", "carried"),
    [
        ({}, Carried()),
        ({"tools": [TOOL]}, Carried()),
        ({"response_format": {"type": "json_object"}}, Carried("Be brief.")),
        ({"chat_template_kwargs": {"enable_thinking": False}}, Carried(prefill="Well,")),
    ],
)
def test_a_server_that_counts_is_asked(
    server: Llama, sizes: Sizes, target: Make, values: dict[str, Any], carried: Carried
) -> None:
    """It gets all that a model reads of the request, and its count is shown without a mark; it is asked once."""
    prompt = prompt_of(target(**values), ASKED, carried)
    found = sizes.find(prompt)
    told = {name: value for name, value in prompt.body().items() if name != "model"}
    assert found == Size(len(json.dumps(told)), exact=True)
    assert all(name.removeprefix("extra.") in told for name in values)
    assert str(found) == f"{found.tokens:,}"
    asked = server.counted
    assert sizes.find(prompt) == found and server.counted == asked


def test_vllm_counts_messages(server: Llama, sizes: Sizes, target: Make) -> None:
    """Its /tokenize takes them as they are."""
    server.owner = "vllm"
    assert sizes.find(prompt_of(target(), ASKED, Carried())).exact
    assert server.requests[-1].path == "/tokenize" and server.requests[-1].body["messages"]


@pytest.mark.parametrize("owner", ["llamacpp", "somebody"])
def test_where_no_server_counts_the_formula_does(
    server: Llama, sizes: Sizes, target: Make, owner: str
) -> None:
    """It is marked; a server that has no such thing is asked once, others never."""
    server.owner, server.refusal = owner, error("404 Not Found")
    there = target()
    for text in ("hello", "hello again"):
        found = sizes.find(prompt_of(there, Branch().add("user", text), Carried()))
        assert not found.exact and str(found).startswith("≈")
    assert server.counted == (owner == "llamacpp")


def test_a_body_that_can_not_be_counted_says_nothing_of_others(
    server: Llama, sizes: Sizes, target: Make
) -> None:
    """A template that refuses one request is asked about the next."""
    there = target()
    server.refusal = error("400 Bad Request", "the roles must take turns")
    assert not sizes.find(prompt_of(there, ASKED, Carried())).exact
    server.refusal = None
    assert sizes.find(prompt_of(there, ASKED, Carried())).exact


def test_while_somebody_types_nothing_is_waited_for(server: Llama, sizes: Sizes, target: Make) -> None:
    """First an estimate, the server's own count as soon as it is there; then the same text, once it is
    a message, is known."""
    there, told = target(), threading.Event()
    sizes.told = told.set
    server.refusal = _later = _Later()
    first = sizes.now(prompt_of(there, Branch(), Carried(), "hello"))
    assert first is not None and not first.exact
    _later.go.set()
    assert told.wait(5)
    server.refusal = None
    told.clear()
    sizes.now(prompt_of(there, Branch(), Carried(), "hello you"))
    assert told.wait(5)
    known = sizes.now(prompt_of(there, Branch(), Carried(), "hello you"))
    assert known is not None and known.exact
    assert sizes.find(prompt_of(there, Branch().add("user", "hello you"), Carried()), ask=False) == known


class _Later:
    """A refusal that comes when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, connection: Any) -> None:
        self.go.wait(5)
        connection.sendall(error("400 Bad Request"))


def test_what_is_only_typed_goes_to_this_machine_alone(
    server: Llama, sizes: Sizes, target: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server elsewhere is not told of a message that was not sent."""
    there = target()
    monkeypatch.setattr(Endpoint, "is_loopback", False)
    found = sizes.now(prompt_of(there, Branch(), Carried(), "a secret"))
    assert found is not None and not found.exact
    assert not [each for each in threading.enumerate() if "_work" in each.name]
    assert server.counted == 0


def test_before_anything_is_loaded_nothing_is_known(tmp_path: Path, target: Make, server: Llama) -> None:
    """Neither the ranks nor the server: the count is not known yet."""
    server.owner = "somebody"
    assert Sizes(Tokenizers(tmp_path)).now(prompt_of(target(), ASKED, Carried())) is None


def test_the_next_message_has_a_place(server: Llama, target: Make) -> None:
    """A template would take an answer at the end for one to go on with: an empty message stands there."""
    there = target()
    answered = ASKED.add("assistant", "Hi.")
    assert [each["role"] for each in prompt_of(there, answered, Carried()).body()["messages"]] == [
        "user",
        "assistant",
        "user",
    ]
    assert RequestPrompt(there.server, "m", ASKED, Carried(), {}).body()["messages"] == [
        {"role": "user", "content": "hello"}
    ]
