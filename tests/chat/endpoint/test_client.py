"""The client against a server that misbehaves: the SDK's own client over real sockets."""

from __future__ import annotations

import contextlib
import gzip
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.base import errors
from chat.conversation.events import Event, Failed, Finished, Notice, Piece, Used, Waiting
from chat.conversation.folding import pump
from chat.conversation.turn import COMPLETE, FAILED, Answer
from chat.endpoint.address import Endpoint
from chat.endpoint.attempts import attempts
from chat.endpoint.client import Client
from chat.endpoint.connection import Connection

from ...support.server import (
    Reply,
    Server,
    chunk,
    chunked,
    error,
    hang_up,
    http,
    models,
    reset,
    sse,
    stall,
    stream,
    usage,
    whole,
)

KEY = "sk-test-0123456789abcdef"
BODY: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "user", "content": "hi"}],
    "stream": True,
    "stream_options": {"include_usage": True},
}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    made = Client(Endpoint(server.url, KEY, own_environment=True, key_from="OPENAI_API_KEY"))
    yield made
    made.close()


def run(client: Client, body: dict[str, Any] | None = None, **more: Any) -> Answer:
    body = dict(body or BODY)
    return pump(attempts(client, body, sleep=lambda seconds: None, **more))


def events(client: Client) -> list[Event]:
    return list(client.stream(dict(BODY)))


# ---- what is sent


def test_body_goes_as_it_is(client: Client, server: Server) -> None:
    """Every field of the body is on the wire as it was given, fields the SDK does not know too."""
    server.reply(stream("ok"))
    body = {**BODY, "temperature": 0.0, "stop": ["\n"], "min_p": 0.05, "logit_bias": {"284": -100}}
    run(client, body)
    assert server.requests[0].body == body
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_one_connection_for_many_turns(client: Client, server: Server) -> None:
    """A stream is read to its end, so that the next turn uses the same connection."""
    server.reply(stream("ok"))
    for _ in range(4):
        assert run(client).ended == COMPLETE
    assert server.connections == 1


def test_secrets_of_the_default_endpoint_stay_home(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key, organisation, project and custom headers of the environment reach no other endpoint."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-home-key-00000000")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-home")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-home")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer custom\nX-Gateway: secret")
    server.reply(stream("ok"))
    for endpoint in (Endpoint(server.url), Endpoint(server.url, "own-key")):
        client = Client(endpoint)
        run(client)
        sent = server.requests[-1].headers
        assert sent.get("authorization") == (f"Bearer {endpoint.key}" if endpoint.key else None)
        assert not {"openai-organization", "openai-project", "x-gateway"} & set(sent)
        assert "home" not in json.dumps(sent)
        client.close()


def test_environment_of_the_sdk_holds_for_its_own_endpoint(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Organisation, project and custom headers go to the endpoint they were set for."""
    monkeypatch.setenv("OPENAI_ORG_ID", "org-home")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-home")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway: yes")
    server.reply(stream("ok"))
    client = Client(Endpoint(server.url, KEY, own_environment=True))
    run(client)
    sent = server.requests[0].headers
    assert (sent["openai-organization"], sent["openai-project"], sent["x-gateway"]) == (
        "org-home",
        "proj-home",
        "yes",
    )
    client.close()


# ---- what comes back


def test_stream_becomes_events(client: Client, server: Server) -> None:
    """A sound stream: its pieces, its finish reason, its usage."""
    details = {
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 1},
    }
    server.reply(stream("Hel", "lo", used=usage(9, 2, **details)))
    turn = run(client)
    assert turn.at().text == "Hello"
    assert turn.at().finish_reason == "stop"
    assert turn.usage
    assert (turn.usage.prompt, turn.usage.completion, turn.usage.cached, turn.usage.reasoning) == (9, 2, 4, 1)
    assert turn.first_token is not None


def test_whole_answer_is_the_same(client: Client, server: Server) -> None:
    """`stream: false`: every choice comes, and the usage."""
    server.reply(whole("one", "two"))
    turn = run(client, {**BODY, "stream": False})
    assert [choice.text for choice in turn.choices] == ["one", "two"]
    assert turn.usage
    assert turn.usage.prompt == 9


def test_server_that_answers_whole_when_asked_to_stream(client: Client, server: Server) -> None:
    """A JSON completion in place of a stream is shown all the same."""
    server.reply(whole("all at once"))
    assert run(client).at().text == "all at once"


def test_usage_of_each_choice_adds_up(client: Client, server: Server) -> None:
    """llama.cpp reports each choice apart: completions add up, the prompt counts once."""
    parts = [chunk({"content": "a"}, 0), chunk({"content": "b"}, 1), chunk({}, 0, "stop")]
    parts += [chunk(usage=usage(9, 5)), chunk({}, 1, "stop"), chunk(usage=usage(9, 7))]
    server.reply(chunked(sse(*parts)))
    turn = run(client)
    assert turn.usage
    assert (turn.usage.prompt, turn.usage.completion) == (9, 12)


def test_running_usage_counts_once(client: Client, server: Server) -> None:
    """vLLM can report a running total with every chunk: the last one counts."""
    parts = [
        chunk({"content": "a"}, usage=usage(9, 1)),
        chunk({"content": "b"}, finish="stop", usage=usage(9, 2)),
    ]
    server.reply(chunked(sse(*parts)))
    turn = run(client)
    assert turn.usage
    assert turn.usage.completion == 2


def test_odd_but_sound_streams(client: Client, server: Server) -> None:
    """Pings, comments, blank data, retry, a byte order mark, CR LF and a last event without its
    blank line are read as a person would expect."""
    odd = b"\xef\xbb\xbf: hello\r\n\r\nevent: ping\r\ndata: {}\r\n\r\nretry: 3\r\n\r\ndata:\r\n\r\ndata: null\r\n\r\n"
    good = json.dumps(chunk({"content": "he\u2028y"}))
    last = json.dumps(chunk({}, finish="stop"))
    server.reply(chunked(odd + f"data: {good}\r\n\r\n".encode() + f"data: {last}".encode()))
    turn = run(client)
    assert turn.at().text == "he\u2028y"
    assert turn.ended == COMPLETE


def test_every_byte_apart(client: Client, server: Server) -> None:
    """An answer that arrives byte by byte is the same answer."""
    data = sse(chunk({"content": "naïve ☃"}), chunk({}, finish="stop"))
    server.reply(chunked(*(data[at : at + 1] for at in range(len(data)))))
    assert run(client).at().text == "naïve ☃"


def test_null_fields_are_nothing(client: Client, server: Server) -> None:
    """`choices: null`, `delta: null`, a number for content: skipped, and the rest is kept."""
    parts: list[Any] = [{"choices": None}, {"choices": [None, {"delta": None}, {"delta": {"content": 7}}]}]
    server.reply(chunked(sse(*parts, chunk({"content": "ok"}), chunk({}, finish="stop"))))
    assert run(client).at().text == "ok"


def test_done_alone_is_an_end(client: Client, server: Server) -> None:
    """`[DONE]` without a finish reason is a complete answer."""
    server.reply(chunked(sse(chunk({"content": "ok"}))))
    assert run(client).ended == COMPLETE


def test_gzip(client: Client, server: Server) -> None:
    """A compressed stream is read like any other."""
    data = gzip.compress(sse(chunk({"content": "packed"}), chunk({}, finish="stop")))
    server.reply(http(data, kind="text/event-stream", Content_Encoding="gzip"))
    assert run(client).at().text == "packed"


def test_ten_thousand_empty_deltas(client: Client, server: Server) -> None:
    """Empty pieces cost nothing and show nothing."""
    server.reply(
        chunked(sse(*[chunk({"content": ""})] * 10_000, chunk({"content": "x"}), chunk({}, finish="stop")))
    )
    assert [event for event in events(client) if isinstance(event, Piece)] == [Piece(0, "x")]


def test_one_chunk_of_ten_megabytes(client: Client, server: Server) -> None:
    """A huge chunk arrives whole."""
    server.reply(chunked(sse(chunk({"content": "x" * 10_000_000}), chunk({}, finish="stop"))))
    assert len(run(client).at().text) == 10_000_000


def test_choices_that_end_at_different_times(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of one choice sets no limit to the others."""
    monkeypatch.setattr("chat.endpoint.client.AFTER_FINISH", 0.05)
    early = sse(chunk({"content": "a"}, 0), chunk({}, 0, "stop"), done=False)
    late = sse(chunk({"content": "b"}, 1), chunk({}, 1, "stop"))
    server.reply(chunked(early, late, pause=0.3))
    turn = run(Client(Endpoint(server.url)), {**BODY, "n": 2})
    assert [choice.text for choice in turn.choices] == ["a", "b"]
    assert turn.ended == COMPLETE


# ---- what goes wrong


def failure(client: Client) -> errors.RequestFailed:
    turn = run(client)
    assert turn.ended == FAILED
    assert turn.error is not None
    return turn.error


@pytest.mark.parametrize(
    ("status", "fields", "kind", "says"),
    [
        ("401 Unauthorized", {"code": "invalid_api_key"}, errors.Unauthorized, "does not take this key"),
        ("403 Forbidden", {}, errors.Forbidden, "may not do that"),
        ("404 Not Found", {"code": "model_not_found"}, errors.ModelNotFound, "no model m"),
        ("404 Not Found", {"message": "The model `m` does not exist"}, errors.ModelNotFound, "no model m"),
        (
            "404 Not Found",
            {"message": "model 'm' not found, try pulling it first"},
            errors.ModelNotFound,
            "no model m",
        ),
        ("404 Not Found", {"message": "File Not Found"}, errors.NotAnApi, "nothing at"),
        ("429 Too Many", {"code": "insufficient_quota"}, errors.QuotaExceeded, "quota"),
        ("429 Too Many", {"code": "rate_limit_exceeded"}, errors.RateLimited, "too many"),
        (
            "400 Bad",
            {"param": "temperature", "code": "unsupported_value"},
            errors.ParameterRefused,
            "temperature",
        ),
        ("400 Bad", {"param": "stop", "code": "unsupported_parameter"}, errors.ParameterRefused, "stop"),
        (
            "400 Bad",
            {"message": "Field 'n': Value must be between 1 <= value <= 4"},
            errors.ParameterRefused,
            "n is not",
        ),
        ("400 Bad", {"message": "something else"}, errors.RequestFailed, "something else"),
        ("500 Oops", {"message": "boom"}, errors.ServerFailed, "boom"),
        ("503 Busy", {"message": "loading"}, errors.ServerFailed, "503"),
    ],
)
def test_refusals(
    client: Client, server: Server, status: str, fields: dict[str, Any], kind: type[Exception], says: str
) -> None:
    """Each refusal is an error of its own, in one line, with a hint."""
    server.reply(error(status, **fields))
    broke = failure(client)
    assert type(broke) is kind
    assert says in broke.message
    assert "\n" not in broke.message
    assert broke.hint


@pytest.mark.parametrize(
    "body",
    [
        {"object": "error", "message": "bad seed", "code": 400},
        {"error": "bad seed"},
        {"detail": "bad seed"},
        {"detail": [{"loc": ["body", "seed"], "msg": "bad seed"}]},
    ],
)
def test_other_servers_words(client: Client, server: Server, body: dict[str, Any]) -> None:
    """vLLM, Ollama and FastAPI servers word their errors in other shapes: they are shown too."""
    server.reply(http(json.dumps(body).encode(), "400 Bad Request"))
    assert "bad seed" in failure(client).message


def test_key_is_never_in_a_sentence(client: Client, server: Server) -> None:
    """A server that repeats the key in its error does not get it onto the screen."""
    server.reply(error("401 Unauthorized", f"Incorrect API key provided: {KEY}. Bearer {KEY}"))
    broke = failure(client)
    assert KEY not in f"{broke.message} {broke.hint} {broke!r} {broke.__cause__!r} {broke.__context__!r}"
    assert "[key]" in broke.message


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (http(b"<html><body>Welcome</body></html>", kind="text/html"), "a web page"),
        (http(b"hello", kind="text/plain"), "no JSON"),
        (http(b'{"status": "ok"}'), "JSON without choices"),
        (http(b"<html>bad gateway</html>", "502 Bad Gateway", "text/html"), "the server failed (502)"),
        (http(b"", "307 Temporary Redirect", Location="http://127.0.0.1:9/elsewhere"), "redirects elsewhere"),
    ],
)
def test_what_is_not_the_api(client: Client, server: Server, reply: bytes, says: str) -> None:
    """A web page, other JSON or a redirect is named as what it is, and nothing is followed."""
    server.reply(reply)
    broke = failure(client)
    assert says in broke.message
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"error": {"message": "overloaded", "type": "server_error"}},
        {"error": "overloaded"},
        b'event: error\ndata: {"message": "overloaded"}\n\n',
    ],
)
def test_error_inside_the_stream(client: Client, server: Server, bad: Any) -> None:
    """An error in any of three shapes ends the turn; what arrived before it is kept."""
    server.reply(chunked(sse(chunk({"content": "partial"}), bad)))
    turn = run(client)
    assert turn.error is not None
    assert "overloaded" in turn.error.message
    assert turn.at().text == "partial"


def test_malformed_chunks_are_left_out_and_said_once(client: Client, server: Server) -> None:
    """What is not JSON is skipped, the rest kept, and one notice says so."""
    parts = [
        chunk({"content": "a"}),
        "{broken",
        '{"choices": [',
        chunk({"content": "b"}),
        chunk({}, finish="stop"),
    ]
    server.reply(chunked(sse(*parts)))
    seen = events(client)
    assert [event.text for event in seen if isinstance(event, Piece)] == ["a", "b"]
    assert [event.text for event in seen if isinstance(event, Notice)] == [
        "2 pieces of the answer could not be read and were left out"
    ]


def test_bad_utf8_is_marked_and_kept(client: Client, server: Server) -> None:
    """Bytes that are no text become U+FFFD; the text around them stays."""
    data = json.dumps(chunk({"content": "caf@"})).encode().replace(b"@", b"\xff")
    server.reply(chunked(b"data: " + data + b"\n\n" + sse(chunk({}, finish="stop"))))
    assert run(client).at().text == "caf\ufffd"


def test_cut_connection_keeps_what_arrived(client: Client, server: Server) -> None:
    """A connection that breaks in the middle of an answer fails the turn and keeps the text."""
    server.reply(chunked(sse(chunk({"content": "half"}), done=False), end=False))
    turn = run(client)
    assert isinstance(turn.error, errors.StreamBroken)
    assert turn.at().text == "half"


def test_end_without_a_word_may_be_cut(client: Client, server: Server) -> None:
    """A stream that ends without `[DONE]` and without a finish reason is not taken for whole."""
    server.reply(chunked(sse(chunk({"content": "half"}), done=False)))
    turn = run(client)
    assert turn.error is not None
    assert "may be cut off" in turn.error.message


def test_silence_in_the_middle_ends(server: Server) -> None:
    """A server that falls silent is given up after the time allowed."""
    server.reply(stall(sse(chunk({"content": "half"}), done=False)))
    turn = run(Client(Endpoint(server.url, timeout=0.2)))
    assert turn.error is not None
    assert "fell silent" in turn.error.message
    assert turn.at().text == "half"


def test_silence_after_the_finish_is_an_end(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once every choice has finished, an open connection does not hold the prompt back."""
    monkeypatch.setattr("chat.endpoint.client.AFTER_FINISH", 0.1)
    server.reply(stall(sse(chunk({"content": "all"}), chunk({}, finish="stop"), done=False)))
    turn = run(Client(Endpoint(server.url, timeout=20)))
    assert (turn.ended, turn.at().text) == (COMPLETE, "all")
    assert turn.duration < 10


@pytest.mark.parametrize("breaks", [stall, reset])
def test_what_breaks_after_the_finish_is_an_end(server: Server, breaks: Callable[[bytes], Reply]) -> None:
    """An answer that has finished is whole, also where less time is allowed than its end is waited for, or
    where the connection is reset instead of closed."""
    server.reply(breaks(sse(chunk({"content": "all"}), chunk({}, finish="stop"), done=False)))
    turn = run(Client(Endpoint(server.url, timeout=0.2)))
    assert (turn.ended, turn.at().text) == (COMPLETE, "all")


def test_no_answer_in_time(server: Server) -> None:
    """Silence before the answer is a time-out with a sentence."""
    server.reply(lambda connection: time.sleep(2))
    broke = run(Client(Endpoint(server.url, timeout=0.2))).error
    assert isinstance(broke, errors.TimedOut)


def test_hang_up(client: Client, server: Server) -> None:
    """A server that hangs up without a word is no connection."""
    server.reply(hang_up)
    assert isinstance(failure(client), errors.NoConnection)


def test_a_host_that_never_takes_the_connection() -> None:
    """The time to connect is shorter than the time to answer, and it is the one that is named."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent, contextlib.ExitStack() as others:
        for _ in range(4):  # what the system takes for a server that accepts nothing is used up
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(silent.getsockname())
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        broke = run(Client(Endpoint(url, timeout=0.3))).error
        assert isinstance(broke, errors.TimedOut)
        assert broke.message == f"no connection to {url} within 0.3 s"


def test_nothing_listens() -> None:
    """A closed port is named."""
    broke = run(Client(Endpoint("http://127.0.0.1:1/v1"))).error
    assert isinstance(broke, errors.NoConnection)
    assert "nothing listens at http://127.0.0.1:1/v1" in broke.message


def test_unknown_host() -> None:
    """A name that does not resolve is said to be one."""
    broke = run(Client(Endpoint("http://no-such-host.invalid/v1"))).error
    assert isinstance(broke, errors.NoConnection)
    assert "no-such-host.invalid" in broke.message


def test_reset_before_the_answer(client: Client, server: Server) -> None:
    """A connection that is reset, not closed, before a word came: no connection, in one sentence."""
    server.reply(reset())
    broke = failure(client)
    assert isinstance(broke, errors.NoConnection)
    assert "no connection to http://127.0.0.1" in broke.message


def test_reset_in_the_middle_keeps_what_arrived(client: Client, server: Server) -> None:
    """A connection that is reset in an answer: one sentence, and the text is there."""
    server.reply(reset(sse(chunk({"content": "half"}), done=False)))
    turn = run(client)
    assert isinstance(turn.error, errors.StreamBroken)
    assert "the connection broke in the middle of the answer" in turn.error.message
    assert turn.at().text == "half"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nno size\r\n",
        HEAD + b"Content-Length: 900\r\n\r\ndata: {}\n\n",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!",
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ],
    ids=["a chunk without a size", "less than was announced", "no gzip", "not HTTP"],
)
def test_what_breaks_the_protocol_is_one_sentence(client: Client, server: Server, raw: bytes) -> None:
    """Whatever the transport makes of it, a person reads one plain sentence, and the turn is over."""

    def send(connection: socket.socket) -> None:
        connection.sendall(raw)
        hang_up(connection)

    server.reply(send)
    broke = failure(client)
    assert isinstance(broke, errors.NoConnection | errors.StreamBroken)
    assert broke.message and "\n" not in broke.message and "Traceback" not in broke.message
    assert broke.hint


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"]
)
def test_a_redirect_takes_neither_key_nor_prompt_elsewhere(
    client: Client, server: Server, status: str
) -> None:
    """The other host is never asked: nothing follows, the key least of all."""
    with Server() as elsewhere:
        elsewhere.reply(stream("stolen"))
        server.reply(http(b"", status, Location=f"{elsewhere.url}/chat/completions"))
        broke = failure(client)
        assert "redirects elsewhere, which is not followed" in broke.message
        assert not elsewhere.requests and not elsewhere.connections
    assert len(server.requests) == 1


def test_https_to_a_plain_server(server: Server) -> None:
    """TLS that fails is a sentence."""
    server.reply(http(b""))
    broke = run(Client(Endpoint(server.url.replace("http://", "https://")))).error
    assert isinstance(broke, errors.NoConnection)
    assert broke.message.startswith(f"no secure connection to {server.url.replace('http://', 'https://')}")
    assert "SSL_CERT_FILE" not in broke.message


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_a_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    """A server with a certificate of its own making gets neither key nor prompt; the sentence says what to do."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -out {} -keyout {}"
    subprocess.run(make.format(certificate, key).split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Secure(Server):
        def _serve(self, connection: socket.socket) -> None:
            with contextlib.suppress(OSError):
                super()._serve(context.wrap_socket(connection, server_side=True))

    with Secure() as server:
        url = server.url.replace("http://", "https://")
        broke = run(Client(Endpoint(url, KEY, own_environment=True))).error
        assert isinstance(broke, errors.NoConnection)
        assert broke.message.startswith(f"no secure connection to {url}")
        assert "certificate" in broke.message and "\n" not in broke.message
        assert "SSL_CERT_FILE" in broke.hint
        assert not server.requests


# ---- sent again, in the open


def test_rate_limit_is_waited_for(client: Client, server: Server) -> None:
    """429 with Retry-After: a countdown of that many seconds, then the answer."""
    server.reply(error("429 Too Many", Retry_After="3"), stream("late"))
    slept: list[float] = []
    seen = list(attempts(client, dict(BODY), sleep=slept.append))
    assert [event.seconds for event in seen if isinstance(event, Waiting)] == [3, 2, 1, 0]
    assert slept == [1, 1, 1]
    assert Piece(0, "late") in seen


def test_quota_is_not_retried(client: Client, server: Server) -> None:
    """A quota that is used up fails at once."""
    server.reply(error("429 Too Many", code="insufficient_quota", Retry_After="1"))
    assert isinstance(failure(client), errors.QuotaExceeded)
    assert len(server.requests) == 1


def test_rate_limit_is_given_up_in_the_end(client: Client, server: Server) -> None:
    """A limit that does not pass is not waited for for ever."""
    server.reply(error("429 Too Many"))
    assert isinstance(failure(client), errors.RateLimited)
    assert 1 < len(server.requests) < 10


@pytest.mark.parametrize("reply", [error("500 Oops"), error("408 Timeout"), hang_up])
def test_nothing_else_is_sent_twice(client: Client, server: Server, reply: Any) -> None:
    """What may have been billed is not sent again unasked."""
    server.reply(reply)
    failure(client)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"param": "stream_options", "code": "unknown_parameter"},
        {"message": "Unrecognized request argument supplied: stream_options"},
        {"message": "[{'loc': ('body', 'stream_options'), 'msg': 'extra fields not permitted'}]"},
    ],
)
def test_stream_options_refused(client: Client, server: Server, fields: dict[str, Any]) -> None:
    """A server that takes no stream_options gets the request again without, and it is said."""
    server.reply(error("400 Bad Request", **fields), stream("ok"))
    told: list[str] = []
    seen = list(
        attempts(client, dict(BODY), lambda error: told.append(str(error.param)), sleep=lambda _: None)
    )
    assert told == ["stream_options"]
    assert any(isinstance(event, Notice) and "stream_options" in event.text for event in seen)
    assert "stream_options" in server.requests[0].body
    assert "stream_options" not in server.requests[1].body
    assert Finished(0, "stop") in seen


def test_what_is_to_go_as_it_is_goes_as_it_is(client: Client, server: Server) -> None:
    """A refusal ends such a request; a rate limit is waited for, and the same bytes go out again."""
    refusal = error("400 Bad Request", param="stream_options", code="unknown_parameter")
    server.reply(error("429 Too Many Requests", Retry_After="0"), refusal, stream("ok"))
    seen = list(attempts(client, dict(BODY), sleep=lambda _: None, as_is=True))
    assert isinstance(seen[-1], Failed)
    assert len(server.requests) == 2
    assert server.requests[0].raw == server.requests[1].raw


# ---- other questions


def test_models(client: Client, server: Server) -> None:
    """The server's own list, as it has it."""
    server.reply(models("b", "a", owned_by="me"))
    assert [(each["id"], each["owned_by"]) for each in client.models()] == [("b", "me"), ("a", "me")]
    assert server.requests[0].path == "/v1/models"


def test_tokenize_stands_beside_the_version(client: Client, server: Server) -> None:
    """llama.cpp's tokeniser is asked at the server's root."""
    server.reply(http(b'{"tokens": [284, 33662]}'))
    assert client.tokenize(" and hello") == ([284, 33662], [])
    assert server.requests[0].path == "/tokenize"
    assert server.requests[0].body["content"] == " and hello"


def test_a_prompt_is_counted_with_its_template(client: Client, server: Server) -> None:
    """llama.cpp makes the prompt of the messages, then cuts it; a server without either refuses."""
    server.reply(http(b'{"prompt": "<user>hi"}'), http(b'{"tokens": [1, 2, 3]}'))
    assert client.count({"messages": [{"role": "user", "content": "hi"}]}) == 3
    template, cut = server.requests
    assert (template.path, template.body) == (
        "/apply-template",
        {"messages": [{"role": "user", "content": "hi"}]},
    )
    assert (cut.path, cut.body["content"], cut.body["parse_special"]) == ("/tokenize", "<user>hi", True)
    for replies in ([http(b'{"prompt": 1}')], [http(b'{"prompt": "x"}'), http(b'{"tokens": 3}')]):
        server._replies[:] = replies
        with pytest.raises(errors.NotAnApi):
            client.count({"messages": []})


@pytest.mark.parametrize(
    "reply", [error("404 Not Found"), http(b"[]"), http(b"<html>"), http(b'{"tokens": "x"}')]
)
def test_no_tokenizer_is_a_refusal(client: Client, server: Server, reply: bytes) -> None:
    """A server without one is told apart from one that answers."""
    server.reply(reply)
    with pytest.raises(errors.RequestFailed):
        client.tokenize("x")


def test_bodies_that_cannot_be_sent(client: Client, server: Server) -> None:
    """NaN or half a character in the body is a sentence, not a traceback."""
    server.reply(stream("ok"))
    for bad in (float("nan"), "\ud800"):
        turn = run(client, {**BODY, "user": bad})
        assert turn.error is not None
        assert "could not be made" in turn.error.message
    assert not server.requests


def test_used_event_only_from_the_server(client: Client, server: Server) -> None:
    """A server that reports no usage gives none: nothing is made up here."""
    server.reply(chunked(sse(chunk({"content": "x"}), chunk({}, finish="stop"))))
    assert not [event for event in events(client) if isinstance(event, Used)]


def test_interrupt_keeps_what_arrived(server: Server) -> None:
    """Ctrl-C in a consumer ends the turn with what arrived, and hangs up."""
    server.reply(stall(sse(chunk({"content": "some"}), done=False)))
    client = Client(Endpoint(server.url))

    class Impatient:
        """Presses Ctrl-C at the first piece of text."""

        def feed(self, event: Event) -> None:
            if isinstance(event, Piece):
                raise KeyboardInterrupt

    turn = pump(attempts(client, dict(BODY)), Impatient())
    assert turn.ended == "interrupted"
    assert turn.at().text == "some"


def test_plain_http_asks_for_no_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where they are missing, a client for http:// is made all the same; one for https:// is not."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert Connection(Endpoint("http://model.example/v1")).sdk()
    with pytest.raises(ValueError, match="SSL_CERT_FILE"):
        Connection(Endpoint("https://model.example/v1")).sdk()
