"""Hooks of the SDK's HTTP client by which each thread's next request is recorded (`wire`)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..conversation.wire import Exchange, safe_headers, safe_url

if TYPE_CHECKING:
    import httpx2


class Tap(threading.local):
    """Give `hooks` to an HTTP client; what `begin` gives before a request has it afterwards."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._wanted = False
        self._exchange: Exchange | None = None

    @property
    def hooks(self) -> dict[str, list[Any]]:
        return {"request": [self._request], "response": [self._response]}

    def begin(self) -> Exchange:
        """The record of this thread's next request: empty until that goes out."""
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
        if exchange is None or exchange.status:
            return
        exchange.status = response.status_code
        exchange.version = response.http_version
        exchange.answer_headers = safe_headers(_pairs(response.headers), set(), self._key)
        response.stream = _recorded(response.stream, exchange, exchange.sent or 0.0)


def _recorded(source: Any, exchange: Exchange, sent: float) -> httpx2.SyncByteStream:
    """The same bytes, kept as they pass."""
    import httpx2

    class Recorded(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for piece in source:
                exchange.came(piece, time.monotonic() - sent)
                yield piece

        def close(self) -> None:
            source.close()

    return Recorded()


def _pairs(headers: httpx2.Headers) -> Iterator[tuple[str, str]]:
    return ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)


def _of_the_environment() -> set[str]:
    """The headers that OPENAI_CUSTOM_HEADERS adds: what is in them is nobody's business."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    return {line.partition(":")[0].strip().lower() for line in lines if line.strip()}
