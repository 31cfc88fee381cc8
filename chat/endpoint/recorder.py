"""Record each thread's next request, by hooks of the SDK's HTTP client (`wire`)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..conversation import bounds
from ..conversation.wire import Exchange, Unpacker, safe_headers, safe_url

if TYPE_CHECKING:
    import httpx2


class Tap(threading.local):
    """Give `hooks` to an HTTP client. They fill the record that `begin` returns before a request."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._wanted = False
        self._exchange: Exchange | None = None
        self.most = 0  # bytes of an answer that are taken in, where it is another number

    @property
    def hooks(self) -> dict[str, list[Any]]:
        return {"request": [self._request], "response": [self._response]}

    def begin(self) -> Exchange:
        """Give the record of this thread's next request: empty until that goes out."""
        self._wanted, self._exchange = True, Exchange()
        return self._exchange

    def _request(self, request: httpx2.Request) -> None:
        exchange = self._exchange
        if not self._wanted or exchange is None:
            return
        self._wanted = False
        exchange.method = request.method
        exchange.url = safe_url(str(request.url), self._key)
        exchange.headers = safe_headers(_pairs(request.headers), _of_the_environment(), self._key)
        exchange.body = request.read()
        exchange.at, exchange.sent = time.time(), time.monotonic()

    def _response(self, response: httpx2.Response) -> None:
        exchange = self._exchange
        if exchange is not None and (exchange.status or exchange.sent is None):
            exchange = None  # of another request, which nobody looks at
        if exchange is not None:
            exchange.status = response.status_code
            exchange.version = response.http_version
            exchange.answer_headers = safe_headers(_pairs(response.headers), set(), self._key)
        good = response.status_code < 300
        most = bounds.ERROR if not good else bounds.WHOLE if exchange is None else bounds.ANSWER
        most = self.most if good and self.most else most
        # unpacked here, in parts and to a limit: the client would unpack whatever comes
        unpacker = Unpacker(response.headers.pop("content-encoding", ""))
        response.stream = _bounded(response.stream, unpacker, exchange, most, good)


def _bounded(
    source: Any, unpacker: Unpacker, exchange: Exchange | None, most: int, good: bool
) -> httpx2.SyncByteStream:
    """Give the same bytes unpacked, kept packed as they pass. No more than `most`: the rest of an error
    is not read, and any other answer breaks off with TooLarge."""
    import httpx2

    class Bounded(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            kept = given = 0
            for piece in source:
                kept += len(piece)
                if exchange is not None:
                    exchange.came(piece, time.monotonic() - (exchange.sent or 0.0))
                for part in unpacker.feed(piece):
                    given += len(part)
                    yield part
                    if max(kept, given) > most:
                        if good:
                            raise bounds.TooLarge("the answer", most)
                        return

        def close(self) -> None:
            source.close()

    return Bounded()


def _pairs(headers: httpx2.Headers) -> Iterator[tuple[str, str]]:
    return ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)


def _of_the_environment() -> set[str]:
    """Return the headers that OPENAI_CUSTOM_HEADERS adds. They are private."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    return {line.partition(":")[0].strip().lower() for line in lines if line.strip()}
