"""Proxies as the environment names them: taken as they are meant, never shown with their password."""

from __future__ import annotations

import base64
import socket

import pytest

from chat.base.errors import BadEndpoint, NoConnection, RequestFailed
from chat.conversation.events import Failed, Piece
from chat.endpoint import proxy
from chat.endpoint.address import Endpoint
from chat.endpoint.client import Client

from ...support.server import Server, http, stream

WHERE = "http://api.example/v1"
BODY = {"model": "m", "stream": True, "messages": []}


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name no proxy but the test's."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def failure(url: str = WHERE) -> RequestFailed:
    """Give what comes of a request to an address."""
    client = Client(Endpoint(url))
    (failed,) = [event for event in client.stream(BODY) if isinstance(event, Failed)]
    client.close()
    return failed.error


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("proxy.example:3128/", "http://proxy.example:3128"),
        ("http://me:pa#ss@proxy.example:3128", "http://me:pa%23ss@proxy.example:3128"),
        ("http://me:p/a?s@s@proxy.example:3128", "http://me:p%2Fa%3Fs%40s@proxy.example:3128"),
        ("http://me:pa%23ss@proxy.example", "http://me:pa%23ss@proxy.example"),
        ("http://me@[::1]:3128", "http://me@[::1]:3128"),
        ("SOCKS5://proxy.example", "socks5://proxy.example"),
    ],
)
def test_a_proxy_is_taken_as_it_is_meant(monkeypatch: pytest.MonkeyPatch, named: str, url: str) -> None:
    """Whatever characters its password holds; it is shown without."""
    monkeypatch.setenv("HTTP_PROXY", named)
    found = proxy.of(WHERE)
    assert found is not None
    assert (found.url, found.variable) == (url, "HTTP_PROXY")
    assert "@" not in f"{found.shown} {found!r}"


@pytest.mark.parametrize(
    "named", ["http://me:s3cr3t@", "http://proxy:port", "ftp://proxy", "http://pro#xy:s3cr3t", "://"]
)
def test_what_is_no_proxy(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """It is refused by its variable's name, and not shown; so is a request that would go by it."""
    monkeypatch.setenv("http_proxy", named)
    with pytest.raises(BadEndpoint, match="http_proxy names no proxy") as refused:
        proxy.of(WHERE)
    assert "s3cr3t" not in f"{refused.value} {refused.value.hint}"
    assert "http_proxy names no proxy" in failure().message


@pytest.mark.parametrize(
    ("none", "by_proxy"),
    [("", True), ("*", False), ("api.example", False), (".example", False), ("other", True)],
)
def test_no_proxy(monkeypatch: pytest.MonkeyPatch, none: str, by_proxy: bool) -> None:
    """NO_PROXY names the hosts that are reached without."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", none)
    assert (proxy.of(WHERE) is not None) == by_proxy
    assert proxy.of("https://api.example/v1") is None


def test_requests_go_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name and the password arrive as they are."""
    with Server() as server:
        server.reply(stream("Hello"))
        monkeypatch.setenv(
            "HTTP_PROXY", server.url.replace("http://", "http://me:pa#s@s@").removesuffix("/v1")
        )
        client = Client(Endpoint(WHERE))
        assert any(isinstance(event, Piece) for event in client.stream(BODY))
        client.close()
        (request,) = server.requests
    assert request.path == f"{WHERE}/chat/completions"
    login = request.headers["proxy-authorization"].removeprefix("Basic ")
    assert base64.b64decode(login) == b"me:pa#s@s"


def test_a_closed_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is not to blame, nor the password shown."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://me:s3cr3t@127.0.0.1:{port}")
        error = failure(WHERE.replace("http", scheme))
        assert isinstance(error, NoConnection)
        assert error.message == (
            f"the proxy http://127.0.0.1:{port} ({scheme.upper()}_PROXY) can't be reached: nothing listens there"
        )
        assert "api.example" not in error.message
        assert "base_url" not in error.hint


@pytest.mark.parametrize(
    ("status", "says"),
    [("407 Proxy Authentication Required", "password"), ("503 Service Unavailable", "NO_PROXY")],
)
def test_a_proxy_that_does_not_lead_there(monkeypatch: pytest.MonkeyPatch, status: str, says: str) -> None:
    """What it says instead of a connection is told as its word."""
    with Server() as server:
        server.reply(http(b"", status))
        monkeypatch.setenv("HTTPS_PROXY", server.url.removesuffix("/v1"))
        error = failure("https://api.example/v1")
    assert f"does not lead to https://api.example/v1: {status}" in error.message
    assert says in error.hint
