"""What went over the connection, as it was: recorded, cut into events, stored and read again."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import wire
from chat.client import Client
from chat.conversation import Conversation
from chat.endpoint import Endpoint
from chat.events import Sent
from chat.redact import cover
from chat.request import as_sent
from chat.session import Session
from chat.store import Store
from chat.turn import INTERRUPTED
from chat.wire import HIDDEN, Exchange

from ..support.asking import ask
from ..support.server import Server, chunk, chunked, error, hang_up, http, sse, stream, usage, whole

BODY: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "user", "content": 'é \u2028 "x" 宽'}],
    "temperature": 1e-05,
    "stream": True,
    "stop": ["\n"],
}
KEY = "sk-abcdefghijklmnop"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def exchange(server: Server, body: dict[str, Any] = BODY) -> Exchange:
    """The record of one request."""
    client = Client(Endpoint(server.url, KEY, headers=(("X-Team", "red"), ("X-Api-Key", "other"))))
    sent = [event for event in list(client.stream(dict(body))) if isinstance(event, Sent)]
    assert len(sent) == 1
    return sent[0].exchange


def test_the_request_is_what_the_server_got(server: Server) -> None:
    """Method, address and body are those that arrived, byte for byte; so is what `as_sent` makes of the body."""
    server.reply(stream("hi"))
    record = exchange(server)
    request = server.requests[0]
    assert record.body == request.raw == as_sent(BODY)
    assert (record.method, record.url) == (request.method, server.url + "/chat/completions")
    shown = {name.lower(): value for name, value in record.headers}
    assert shown.keys() == request.headers.keys()
    assert shown["content-length"] == str(len(request.raw))


def test_secrets_are_not_in_the_record(server: Server) -> None:
    """The key, and headers that are named like secrets, went out and are not kept."""
    server.reply(stream("hi"))
    record = exchange(server)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    shown = {name.lower(): value for name, value in record.headers}
    assert (shown["authorization"], shown["x-api-key"], shown["x-team"]) == (HIDDEN, HIDDEN, "red")


def test_every_byte_of_the_answer_is_there(server: Server) -> None:
    """What came is what the server sent, [DONE] included, cut into its events, each with its time."""
    parts = [sse(chunk({"content": "a"}), done=False), b": ping\n\n", sse(chunk({}, finish="stop"))]
    server.reply(chunked(*parts, pause=0.02))
    record = exchange(server)
    assert bytes(record.data) == b"".join(parts)
    events = list(wire.events(record))
    assert b"".join(each.raw for each in events) == bytes(record.data)
    assert [each.data for each in events][-1] == "[DONE]"
    assert json.loads(events[0].data)["choices"][0]["delta"] == {"content": "a"}
    assert events[1].gap > 0.01
    assert all(one.seconds <= other.seconds for one, other in pairwise(events))


def test_refusals_and_silence_are_exchanges_too(server: Server) -> None:
    """A refusal has its status and body; of a connection that broke there is the request alone."""
    server.reply(error("400 Bad Request", "no such thing"))
    record = exchange(server)
    assert record.status == 400
    assert b"no such thing" in record.data
    server._replies[:] = [hang_up]
    silent = exchange(server)
    assert (silent.status, bytes(silent.data)) == (0, b"")
    assert silent.body == as_sent(BODY)


def test_a_request_that_was_interrupted_before_any_answer_is_kept(server: Server, talking: Session) -> None:
    """Ctrl-C while the server still thinks: what was sent is in the store, with no answer to it."""

    def silent(connection: socket.socket) -> None:
        main = threading.main_thread().ident
        assert main
        signal.pthread_kill(main, signal.SIGINT)
        time.sleep(5)

    server.reply(silent)
    turn = ask(talking, "x")
    assert turn.answer.ended == INTERRUPTED
    (record,) = talking.store.wire(turn)
    assert (record.body, record.status, bytes(record.data)) == (server.requests[0].raw, 0, b"")


def test_a_request_that_was_never_made_is_no_exchange(make_session: Callable[..., Session]) -> None:
    """A header that no request can carry: nothing went out, and so nothing is recorded."""
    session = make_session("bad:\n  base_url: http://127.0.0.1:1/v1\n  model: m\n", profile="bad")
    session.settings = session.settings.set("headers", {"X-Team": "\u5bbd"})
    session.store = Store(session.places.conversations, session.secrets)
    turn = ask(session, "x")
    assert turn.answer.error
    assert session.store.wire(turn) == ()


def test_a_compressed_answer_can_be_read(server: Server) -> None:
    """gzip is kept as it came, and shown unpacked."""
    sound = json.dumps({"choices": [{"message": {"content": "hi"}}]}).encode()
    server.reply(http(gzip.compress(sound), Content_Encoding="gzip"))
    record = exchange(server, {**BODY, "stream": False})
    assert bytes(record.data) == gzip.compress(sound) or gzip.decompress(bytes(record.data)) == sound
    assert b"".join(raw for _, raw in record.decoded()) == sound


@given(st.lists(st.sampled_from([b"sk-secret-1", b"sk-sec", b"\xff\x00", b" "])))
def test_no_secret_stays_among_bytes(parts: list[bytes]) -> None:
    """Whatever stands around it, text or not, and nothing moves; what holds none is not copied."""
    data = bytearray(b"".join(parts))
    found = cover(data, ["", "short", "sk-secret-1"])
    assert found == bytes(data).replace(b"sk-secret-1", b"[key]******")
    assert b"sk-secret-1" in data or found is data


@given(st.lists(st.sampled_from([b"data: a", b"\n", b"\r\n", b"\r", b"\n\n", b": c", b"\xff"])), st.data())
def test_no_byte_is_lost_however_it_is_cut(parts: list[bytes], data: st.DataObject) -> None:
    """Events, joined, are the bytes, whatever the pieces; the cuts do not decide where events end."""
    whole_text = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole_text)), max_size=5)))
    kind = (("content-type", "text/event-stream"),)
    record, at_once = Exchange(answer_headers=kind), Exchange(answer_headers=kind)
    for seconds, (start, end) in enumerate(pairwise([0, *cuts, len(whole_text)])):
        record.came(whole_text[start:end], float(seconds))
    at_once.came(whole_text, 0.0)
    assert b"".join(each.raw for each in wire.events(record)) == whole_text
    assert b"".join(each.raw for each in wire.events(at_once)) == whole_text


def test_an_address_with_a_secret_in_it_is_not_kept() -> None:
    """The values of a query that are named like secrets are left out."""
    assert wire.safe_url("http://h/v1?api-key=abc&v=2", "") == f"http://h/v1?api-key={HIDDEN}&v=2"


@pytest.fixture
def talking(server: Server, make_session: Callable[..., Session]) -> Session:
    session = make_session(
        f"here:\n  base_url: {server.url}\n  model: m\n  temperature: 0.5\n", profile="here"
    )
    session.store = Store(session.places.conversations, session.secrets)
    return session


def test_the_store_gives_back_what_went_over_the_connection(server: Server, talking: Session) -> None:
    """After the conversation is loaded again, each turn's request and answer are there byte for byte, though
    the messages are not stored twice; in memory they are no longer held."""
    server.reply(stream("one"), stream("two"))
    for text in ("first", "second"):
        ask(talking, text)
    assert [turn.answer.wire for turn in talking.turns] == [(), ()]
    loaded = talking.store.load(talking.conversation.number)
    for turn, request in zip(loaded.turns, server.requests[-2:], strict=True):
        (record,) = talking.store.wire(turn)
        assert record.body == request.raw
        assert record.status == 200
        assert b"[DONE]" in record.data
        assert [len(record.ends), len(record.arrivals)] == [len(list(record.pieces()))] * 2
    with talking.store._database.reading() as db:
        assert [row["body"] for row in db.execute("SELECT body FROM exchanges")] == [None, None]


def test_a_request_in_several_parts_is_kept_whole(server: Server, talking: Session) -> None:
    """Where a turn took several requests (n, one by one), each is there."""
    server.reply(error("400 Bad Request", "n is not supported", param="n"), stream("a"))
    talking.settings = talking.settings.set("n", 2)
    turn = ask(talking, "x")
    records = talking.store.wire(turn)
    assert sorted(record.status for record in records) == [200, 200, 400]
    assert {record.body for record in records} == {request.raw for request in server.requests if request.raw}


def test_a_key_that_was_typed_into_a_message_is_not_stored(
    server: Server, make_session: Callable[..., Session]
) -> None:
    """The store's rule holds for bytes as well."""
    own = f"here:\n  base_url: {server.url}\n  model: m\n"
    session = make_session(own, profile="here", SOME_KEY=KEY)
    session.store = Store(session.places.conversations, session.secrets)
    server.reply(whole("no", used=usage()))
    session.settings = session.settings.set("stream", False)
    ask(session, f"is {KEY} a key?")
    session.store.close()
    data = b"".join(path.read_bytes() for path in session.places.data.glob("conversations.db*"))
    assert KEY.encode() not in data
    loaded = Store(session.places.conversations).load(1)
    assert isinstance(loaded, Conversation)
