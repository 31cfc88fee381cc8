"""Record what went over the connection for a turn: the request as it was sent, and every byte that came back.

It is recorded by `endpoint.recorder`, at the HTTP client, so that nothing here is made from the shell's own
objects. Only HTTP's transfer coding (the lengths between the chunks) has been taken off. Header
values that are secrets are left out before anything is kept.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator
from dataclasses import field

from ..base.dataclass import dataclass
from ..base.redact import SECRET_NAME, redact
from . import bounds, sse

Headers = tuple[tuple[str, str], ...]

_HARMLESS = ("x-request-id", "idempotency-key", "openai-processing-ms")
HIDDEN = "[hidden]"
#: The version of HTTP of what came in a batch's file, where that says what was answered, and not how.
BY_BATCH = "by a batch:"
BEGINNING = 1024  # bytes, packed or not, that tell whether an answer is a stream


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
        """Add a piece of the answer's body."""
        self.data += piece
        self.ends.append(len(self.data))
        self.arrivals.append(seconds)

    def pieces(self) -> Iterator[tuple[float, bytes]]:
        """Give (seconds, bytes) as they came."""
        start = 0
        for end, seconds in zip(self.ends, self.arrivals, strict=False):
            yield seconds, bytes(self.data[start:end])
            start = end

    def header(self, name: str) -> str:
        """Give a header of the answer, or ""."""
        return next((value for each, value in self.answer_headers if each.lower() == name), "")

    @property
    def streamed(self) -> bool:
        """Tell whether the answer is a stream of events: by its first bytes, or else by its label."""
        begin = next(self.unpacker().feed(bytes(self.data[:BEGINNING])), b"")
        return sse.is_stream(begin, self.header("content-type"))

    @property
    def taken(self) -> bool:
        """Tell whether the server took the request. What comes with another status is no answer."""
        return 200 <= self.status < 300

    def unpacker(self) -> Unpacker:
        """Return what takes gzip or deflate off, if the server used one of them."""
        return Unpacker(self.header("content-encoding"))

    def decoded(self) -> Iterator[tuple[float, bytes]]:
        """Give the pieces without gzip or deflate."""
        unpacker = self.unpacker()
        for seconds, piece in self.pieces():
            for part in unpacker.feed(piece):
                yield seconds, part


class Unpacker:
    """Take gzip or deflate off bytes that come in pieces; any other coding stays.

    A small piece can hold a thousand times its size: it is given in parts of at most 1 MiB. What is not
    what it says to be ends there.
    """

    MOST = 2**20

    def __init__(self, coding: str) -> None:
        # by its own header which of the two it is; deflate may have none
        windows = {"gzip": [47], "x-gzip": [47], "deflate": [47, -15]}.get(coding.strip().lower(), [])
        self._ways = [zlib.decompressobj(window) for window in windows]
        self._begun = self._broken = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Give the parts of the next piece."""
        while piece and self._ways:
            try:
                part = self._ways[0].decompress(piece, self.MOST)
            except zlib.error:
                if self._begun:
                    self._ways, self._broken = [], True
                else:
                    self._ways.pop(0)
                continue
            self._begun, piece = True, self._ways[0].unconsumed_tail
            if part:
                yield part
        if piece and not self._broken:
            yield piece


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
    try:
        for seconds, raw in exchange.decoded():
            last = seconds
            for event in decoder.feed(raw) if decoder else (sse.ServerEvent(raw, "", ""),):
                yield Arrived(seconds, seconds - before, event.raw, event.data)
                before = seconds
        for event in decoder.end() if decoder else ():
            yield Arrived(last, last - before, event.raw, event.data)
    except bounds.TooLarge:  # where the answer was given up, too
        return


def safe_headers(pairs: Iterator[tuple[str, str]], hidden: set[str], key: str) -> Headers:
    """Leave out header values that are secrets: by their names, by those that the environment added
    (`hidden`), and wherever the key stands."""
    return tuple(
        (name, HIDDEN if value and _is_secret(name.lower(), hidden) else redact(value, key))
        for name, value in pairs
    )


def _is_secret(name: str, hidden: set[str]) -> bool:
    return name in hidden or (name not in _HARMLESS and SECRET_NAME.search(name) is not None)


def safe_url(url: str, key: str) -> str:
    """Return the address without the secrets in its query."""
    start, mark, query = url.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&")) if mark else ()
    shown = "&".join(f"{n}={HIDDEN}" if SECRET_NAME.search(n) and v else f"{n}{eq}{v}" for n, eq, v in pairs)
    return redact(start + mark + shown, key)
