"""What went over the connection for a turn: the request as it was sent, and every byte that came back.

It is recorded by `endpoint.recorder`, at the HTTP client, so that nothing here is made from the shell's own
objects. Only HTTP's transfer coding (the lengths between the chunks) has been taken off. Header
values that are secrets are left out before anything is kept.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ..base.redact import SECRET_NAME, redact
from . import sse

Headers = tuple[tuple[str, str], ...]

_HARMLESS = ("x-request-id", "idempotency-key", "openai-processing-ms")
HIDDEN = "[hidden]"


@dataclass(eq=False)
class Exchange:
    """One request and its answer. It grows while the answer is read.

    `at` is when it was sent, in seconds since 1970, and `sent` by time.monotonic; `status` 0 means
    that no answer began. `data` is the answer's body as it came, `ends` where each piece of it
    ends, and `arrivals` when each came, in seconds since it was sent.
    """

    method: str = "POST"
    url: str = ""
    headers: Headers = ()
    body: bytes = b""
    at: float = 0.0
    status: int = 0
    version: str = ""
    answer_headers: Headers = ()
    data: bytearray = field(default_factory=bytearray, repr=False)
    ends: array[int] = field(default_factory=lambda: array("Q"), repr=False)
    arrivals: array[float] = field(default_factory=lambda: array("d"), repr=False)
    sent: float | None = None

    def came(self, piece: bytes, seconds: float) -> None:
        """A piece of the answer's body."""
        self.data += piece
        self.ends.append(len(self.data))
        self.arrivals.append(seconds)

    def pieces(self) -> Iterator[tuple[float, bytes]]:
        """(seconds, bytes) as they came."""
        start = 0
        for end, seconds in zip(self.ends, self.arrivals, strict=False):
            yield seconds, bytes(self.data[start:end])
            start = end

    def header(self, name: str) -> str:
        """A header of the answer, or ""."""
        return next((value for each, value in self.answer_headers if each.lower() == name), "")

    @property
    def streamed(self) -> bool:
        """Whether the answer is labelled as a stream of events."""
        return "text/event-stream" in self.header("content-type").lower()

    @property
    def taken(self) -> bool:
        """Whether the server took the request: what comes with another status is no answer."""
        return 200 <= self.status < 300

    def unpacker(self) -> Callable[[bytes], bytes]:
        """Give what takes gzip or deflate off one piece after the other, where the server used one
        of them. What it gives raises zlib.error."""
        if self.header("content-encoding").lower() not in ("gzip", "deflate"):
            return bytes
        return zlib.decompressobj(47).decompress  # either, by its own header

    def decoded(self) -> Iterator[tuple[float, bytes]]:
        """The pieces without gzip or deflate."""
        unpack = self.unpacker()
        for seconds, piece in self.pieces():
            try:
                yield seconds, unpack(piece)
            except zlib.error:
                return


@dataclass(frozen=True)
class Arrived:
    """One event of a streamed answer: its bytes, blank line included, and its data; when it was
    complete, in seconds since the request was sent, and since the one before. Of any other answer
    a piece of it as it came, without data."""

    seconds: float
    gap: float
    raw: bytes
    data: str = ""


def events(exchange: Exchange) -> Iterator[Arrived]:
    """Give the events of a stream; of any other answer the pieces as they came."""
    decoder = sse.Decoder() if exchange.streamed else None
    before = last = 0.0
    for seconds, raw in exchange.decoded():
        last = seconds
        for event in decoder.feed(raw) if decoder else (sse.ServerEvent(raw, "", ""),):
            yield Arrived(seconds, seconds - before, event.raw, event.data)
            before = seconds
    for event in decoder.end() if decoder else ():
        yield Arrived(last, last - before, event.raw, event.data)


def safe_headers(pairs: Iterator[tuple[str, str]], hidden: set[str], key: str) -> Headers:
    """Headers without the values that are secrets: by their names, by those that the environment
    added (`hidden`), and wherever the key stands."""
    return tuple(
        (name, HIDDEN if value and _is_secret(name.lower(), hidden) else redact(value, key))
        for name, value in pairs
    )


def _is_secret(name: str, hidden: set[str]) -> bool:
    return name in hidden or (name not in _HARMLESS and SECRET_NAME.search(name) is not None)


def safe_url(url: str, key: str) -> str:
    """The address without the values of its query that are secrets."""
    start, mark, query = url.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&")) if mark else ()
    shown = "&".join(f"{n}={HIDDEN}" if SECRET_NAME.search(n) and v else f"{n}{eq}{v}" for n, eq, v in pairs)
    return redact(start + mark + shown, key)
