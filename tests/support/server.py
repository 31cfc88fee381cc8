"""A small server on loopback that answers as a test says, and misbehaves as real ones do.

    with Server() as server:
        server.reply(stream("Hel", "lo"))        # the next request gets this
        server.url, server.requests              # where it is, and what it was asked

A reply is bytes of a whole HTTP response, or a function that gets the socket and does as it
likes. Each request takes the next reply; the last one is repeated. Real sockets, no mocks: what
is tested is the SDK's own client.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Reply = bytes | Callable[[socket.socket], None]


@dataclass
class Request:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Server:
    """Serves until the `with` ends. Connections are kept alive where the reply allows it."""

    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    _replies: list[Reply] = field(default_factory=list)

    def __enter__(self) -> Server:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for connections
        self._socket.close()
        for connection in self._open:
            connection.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def reply(self, *replies: Reply) -> None:
        self._replies.extend(replies)

    def replies_with(self, reply: Reply) -> None:
        """From now on this, whatever was to come."""
        self._replies[:] = [reply]

    def forget_replies(self) -> None:
        """From now on whatever it answers by itself."""
        self._replies.clear()

    def _next(self, request: Request) -> Reply:
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            # each piece goes out at once, and does not wait 40 ms for the client to acknowledge the last one
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        file = connection.makefile("rb")
        try:
            while request := _read(file):
                self.requests.append(request)
                reply = self._next(request)
                if callable(reply):
                    reply(connection)
                else:
                    connection.sendall(reply)
        except (OSError, ValueError, IndexError):  # not HTTP at all; nobody said what to answer
            pass
        finally:
            file.close()
            connection.close()


def _read(file: Any) -> Request | None:
    line = file.readline().decode()
    if not line.strip():
        return None
    method, path, _ = line.split(" ", 2)
    headers: dict[str, str] = {}
    while (line := file.readline().decode()).strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(method, path, headers, file.read(int(headers.get("content-length", 0))))


# ---- replies


def http(content: bytes, status: str = "200 OK", kind: str = "application/json", **headers: str) -> bytes:
    """A whole response. Header names have _ for -."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def error(status: str, message: str = "no", **fields: Any) -> bytes:
    """An error as OpenAI words it."""
    headers = {name: fields.pop(name) for name in list(fields) if name[0].isupper()}
    body = {
        "error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **fields}
    }
    return http(json.dumps(body).encode(), status, **headers)


def chunk(
    delta: dict[str, Any] | None = None, index: int = 0, finish: str | None = None, **more: Any
) -> dict[str, Any]:
    """One chunk of a stream."""
    choices = [] if delta is None else [{"index": index, "delta": delta, "finish_reason": finish}]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "model": "test-model",
        "choices": choices,
        **more,
    }


def usage(prompt: int = 9, completion: int = 2, **details: Any) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        **details,
    }


def sse(*events: Any, done: bool = True) -> bytes:
    """Events as they stand in a stream: dicts as JSON, text as data, bytes as they are."""
    out = b""
    for event in events:
        if isinstance(event, bytes):
            out += event
        else:
            data = event if isinstance(event, str) else json.dumps(event)
            out += f"data: {data}\n\n".encode()
    return out + (b"data: [DONE]\n\n" if done else b"")


def chunked(*pieces: bytes, end: bool = True, pause: float = 0.0) -> Callable[[socket.socket], None]:
    """A streamed response, a piece at a time; without its end the connection is closed."""

    def send(connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for piece in pieces:
            connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            time.sleep(pause)
        if end:
            connection.sendall(b"0\r\n\r\n")
        else:
            connection.shutdown(socket.SHUT_RDWR)
            raise OSError("closed on purpose")

    return send


def stream(
    *texts: str, finish: str = "stop", used: dict[str, Any] | None = None
) -> Callable[[socket.socket], None]:
    """A sound answer, a chunk for each text."""
    chunks: list[Any] = [chunk({"role": "assistant", "content": ""})]
    chunks += [chunk({"content": text}) for text in texts]
    chunks += [chunk({}, finish=finish), chunk(usage=used or usage(completion=len(texts)))]
    return chunked(sse(*chunks))


def called(*calls: tuple[str, str], text: str = "") -> Callable[[socket.socket], None]:
    """A streamed answer that calls tools: (name, arguments) of each, which have ids from call_1 on. The
    arguments come in two pieces."""
    chunks: list[Any] = [chunk({"role": "assistant", "content": text or None})]
    for at, (name, arguments) in enumerate(calls):
        half = len(arguments) // 2
        first = {"index": at, "id": f"call_{at + 1}", "type": "function"}
        for more, piece in (({**first, "name": name}, arguments[:half]), ({"index": at}, arguments[half:])):
            function = {"arguments": piece, **({"name": more.pop("name")} if "name" in more else {})}
            chunks.append(chunk({"tool_calls": [{**more, "function": function}]}))
    chunks += [chunk({}, finish="tool_calls"), chunk(usage=usage())]
    return chunked(*(sse(each, done=False) for each in chunks), sse())


def whole(*texts: str, used: dict[str, Any] | None = None, finish: str = "stop") -> bytes:
    """A sound answer in one piece, a choice for each text."""
    choices = [
        {"index": index, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        for index, text in enumerate(texts)
    ]
    return _completion(choices, used)


def called_whole(*calls: tuple[str, str]) -> bytes:
    """An answer in one piece that calls tools: (name, arguments) of each, which have ids from call_1 on."""
    made = [
        {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for at, (name, arguments) in enumerate(calls, 1)
    ]
    message = {"role": "assistant", "content": None, "tool_calls": made}
    return _completion([{"index": 0, "message": message, "finish_reason": "tool_calls"}])


def _completion(choices: list[dict[str, Any]], used: dict[str, Any] | None = None) -> bytes:
    body = {"id": "chatcmpl-1", "object": "chat.completion", "model": "test-model", "choices": choices}
    return http(json.dumps({**body, "usage": used or usage()}).encode())


def models(*names: str, **facts: Any) -> bytes:
    """The answer of /v1/models."""
    entries: Sequence[dict[str, Any]] = [{"id": name, "object": "model", **facts} for name in names]
    return http(json.dumps({"object": "list", "data": entries}).encode())


def drip(text: str, pause: float) -> Callable[[socket.socket], None]:
    """A sound answer of three characters at a time."""
    pieces = [chunk({"role": "assistant", "content": ""})]
    pieces += [chunk({"content": text[i : i + 3]}) for i in range(0, len(text), 3)]
    pieces += [chunk({}, finish="stop"), chunk(usage=usage(completion=len(text) // 3))]
    return chunked(*(sse(piece, done=False) for piece in pieces), sse(), pause=pause)


def stall(after: bytes = b"", seconds: float = 30.0) -> Callable[[socket.socket], None]:
    """Send this much of a stream and then nothing."""

    def send(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + after)
        time.sleep(seconds)

    return send


def hang_up(connection: socket.socket) -> None:
    """Close without a word."""
    connection.shutdown(socket.SHUT_RDWR)
    raise OSError("closed on purpose")


def reset(after: bytes = b"") -> Callable[[socket.socket], None]:
    """Send this much of a stream, if anything, and have the connection reset, as a proxy that dies does."""

    def send(connection: socket.socket) -> None:
        if after:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + after)
            time.sleep(0.1)  # a reset throws away what the other side has not read yet
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        raise OSError("reset on purpose")

    return send


# ---- a server that knows its API


STORY = "story"  # a message that has this word gets a long answer, which takes its time
_WORDS = "of all the words there are these are the ones that come to a mind which has nothing to say".split()
_LONG, _SHORT, _PAUSE = 300, 12, 0.01


class Api(Server):
    """A server that says which models it has, and how much they hold if that is set; its replies are
    for messages.

    Where no reply was given it answers a message as a real one would: with so many words as it
    may say, drawn by lot unless the temperature is 0, by the seed if there is one, in as many
    choices as were asked for, streamed or not, or with the first value that a schema has.
    """

    def __init__(self) -> None:
        super().__init__()
        self.listed: tuple[str, ...] = ("test-model",)
        self.window = 0
        self.draw_anew()

    def draw_anew(self) -> None:
        """Draw the same lots again: what a test is answered does not hang on those before it."""
        self._lots = itertools.count(1)  # for answers without a seed

    def __enter__(self) -> Api:
        super().__enter__()
        return self

    def _next(self, request: Request) -> Reply:
        if request.path.endswith("/chat/completions"):
            return super()._next(request) if self._replies else talk(request.body, self._lots)
        if request.path.endswith("/models"):
            return models(*self.listed, **({"n_ctx": self.window} if self.window else {}))
        return error("404 Not Found")

    @property
    def asked(self) -> list[Any]:
        """The bodies of the messages that came."""
        return [r.body for r in self.requests if r.path.endswith("/chat/completions") and r.raw]


def talk(body: dict[str, Any], lots: Iterator[int], pause: float = _PAUSE) -> Reply:
    """Answer as a real server would, a word a token; without a seed by the next of the lots."""
    asked = body["messages"][-1]["content"]
    wanted = _LONG if STORY in asked else _SHORT
    most = body.get("max_tokens") or body.get("max_completion_tokens") or wanted
    finish = "stop" if most >= wanted else "length"
    answers = [_said(body, index, lots)[: min(most, wanted)] for index in range(body.get("n") or 1)]
    prompt = sum(len(message["content"].split()) for message in body["messages"])
    used = usage(prompt, sum(map(len, answers)))
    if body.get("stream") is False or "stream" not in body:
        return whole(*("".join(words) for words in answers), used=used, finish=finish)
    chunks = [chunk({"role": "assistant", "content": ""}, index) for index in range(len(answers))]
    for words in itertools.zip_longest(*answers):
        chunks += [chunk({"content": word}, index) for index, word in enumerate(words)]
    chunks += [chunk({}, index, finish) for index in range(len(answers))]
    pieces = [sse(each, done=False) for each in (*chunks, chunk(usage=used))]
    return chunked(*pieces, sse(), pause=pause if STORY in asked else 0)


def _said(body: dict[str, Any], index: int, lots: Iterator[int]) -> list[str]:
    form = body.get("response_format") or {}
    if "json_schema" in form:
        return [json.dumps(form["json_schema"]["schema"]["enum"][0])]
    temperature, seed = body.get("temperature", 1.0), body.get("seed")
    if temperature == 0 or body.get("top_p", 1.0) < 0.01:
        start = index
    else:
        drawn = int(10 * temperature) + (next(lots) if seed is None else seed)
        start = index + 1 + drawn % (len(_WORDS) - 1)  # never the answer that temperature 0 gives
    words = itertools.islice(itertools.cycle(_WORDS), start, start + _LONG)
    return [word if not place else f" {word}" for place, word in enumerate(words)]
