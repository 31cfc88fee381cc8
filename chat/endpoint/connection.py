"""Make the SDK's client for an endpoint, keep its connections, and hang up.

Authentication, connections and timeouts are the SDK's. It retries nothing (`max_retries=0`), follows no
redirect, and gets none of another endpoint's secrets.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

from ..base.dataclass import dataclass
from . import proxy
from .address import Endpoint
from .failures import connect_timeout
from .recorder import Tap

if TYPE_CHECKING:
    import httpx2

    from .sdk import openai

#: Seconds after which the thread that hangs up ends, when nothing is due.
_IDLE = 10.0
#: The environment of the SDK that is meant for its own endpoint alone.
_AMBIENT = ("Authorization", "OpenAI-Organization", "OpenAI-Project")


@dataclass
class Connection:
    """The SDK's client for one endpoint. Made at once, connected when first used. Any thread may ask."""

    endpoint: Endpoint
    transport: Any = None
    _sdk: openai.OpenAI | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.tap = Tap(self.endpoint.key)

    def warm(self) -> None:
        """Make the client ahead of the first message. Fails silently."""
        with contextlib.suppress(Exception):  # told when the first request needs it
            _ = self.sdk().chat.completions

    def close(self) -> None:
        with contextlib.suppress(Exception):
            if self._sdk is not None:
                self._sdk.close()

    def move(self, base_url: str) -> None:
        """Send all further requests to another address of the same server."""
        self.sdk().base_url = base_url

    def sdk(self) -> openai.OpenAI:
        """Return the SDK's client, and make it if there is none yet. Raises BadEndpoint."""
        with self._lock:
            if self._sdk is None:
                self._sdk = self._make()
            return self._sdk

    def _make(self) -> openai.OpenAI:
        import ssl

        import httpx2

        from .sdk import openai

        timeout = openai.Timeout(self.endpoint.timeout, connect=connect_timeout(self.endpoint))
        options: dict[str, Any] = {
            "follow_redirects": False,
            "timeout": timeout,
            "event_hooks": self.tap.hooks,
        }
        if not self.endpoint.base_url.lower().startswith("https:"):
            # It trusts nobody: plain HTTP asks for no certificates, and to load the system's takes long.
            options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.endpoint.is_loopback:
            options["trust_env"] = False  # no proxy stands between this machine and itself
        elif self.transport is None and (by := proxy.of(self.endpoint.base_url)):
            options["proxy"] = by.url
        elif self.transport is None and getproxies():  # none for this address
            options["transport"] = httpx2.HTTPTransport(
                options.get("verify", True), limits=openai.DEFAULT_CONNECTION_LIMITS
            )
        if self.transport is not None:
            options["transport"] = self.transport
        try:
            http = openai.DefaultHttpx2Client(**options, headers={"Accept-Encoding": "gzip, deflate"})
        except FileNotFoundError as error:
            raise ValueError(
                f"the certificates named by SSL_CERT_FILE are not there ({error.filename})"
            ) from None
        own = self.endpoint.own_environment
        return openai.OpenAI(
            api_key=self.endpoint.key or "none",
            base_url=self.endpoint.base_url,
            default_query=dict(self.endpoint.query) or None,
            organization=None if own else "",
            project=None if own else "",
            max_retries=0,
            timeout=timeout,
            http_client=http,
        )

    def headers(self) -> dict[str, Any]:
        """Return headers that keep another endpoint's secrets at home. The SDK adds headers from its
        environment variables to every client. A request header set to `omit` takes one out again."""
        from .sdk import openai

        omitted: set[str] = set()
        if not self.endpoint.own_environment:
            omitted.update(_AMBIENT)
            for line in os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n"):
                omitted.add(line.partition(":")[0].strip())
        if not self.endpoint.key:
            omitted.add("Authorization")
        headers: dict[str, Any] = {name: openai.omit for name in omitted if name}
        headers.update(self.endpoint.headers)
        if self.endpoint.key and not self.endpoint.own_environment:
            headers["Authorization"] = f"Bearer {self.endpoint.key}"
        return headers


def hang_up(response: httpx2.Response) -> None:
    """Shut the socket down, which ends a read in any thread; closing a response does not."""
    with contextlib.suppress(Exception):
        wire = response.extensions["network_stream"].get_extra_info("socket")
        socket.socket.shutdown(wire, socket.SHUT_RDWR)


class Limit:
    """How long a stream may still stay open. Once its answer is there, its end is not worth waiting for,
    and a break is not worth a word."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self._due: Due | None = None

    def start(self, seconds: float) -> None:
        """Start the clock, or start it anew."""
        self.cancel()
        self._due = CLOCK.after(seconds, lambda: hang_up(self._response))

    def cancel(self) -> None:
        if self._due is not None:
            self._due.call = None
            self._due = None

    def chunks(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the chunks. A break after the clock has started is an end, not an error."""
        import httpx2

        try:
            yield from chunks
        except (httpx2.HTTPError, OSError):
            if self._due is None:
                raise


@dataclass(order=True)
class Due:
    """What is to be called at a time, by time.monotonic; None when it no longer is."""

    at: float
    number: int
    call: Callable[[], None] | None = field(compare=False)


class Clock:
    """Call things later, all from one thread: a thread for each answer would cost a fourth of its time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[Due] = []
        self._numbers = itertools.count()
        self._runs = False

    def after(self, seconds: float, call: Callable[[], None]) -> Due:
        """Call this in so many seconds, unless its `call` is taken away before."""
        with self._changed:
            made = Due(time.monotonic() + seconds, next(self._numbers), call)
            heapq.heappush(self._due, made)
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._run, daemon=True).start()
            elif self._due[0] is made:
                self._changed.notify()
        return made

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._due and self._due[0].call is None:
                    heapq.heappop(self._due)
                if not self._due:
                    self._changed.wait(_IDLE)
                    if not self._due:
                        self._runs = False
                        return
                    continue
                left = self._due[0].at - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                call = heapq.heappop(self._due).call
            if call is not None:
                call()


CLOCK = Clock()
