"""An address without a path, where nothing takes chat completions, and what may lie below it: /v1.

What answered 404 has answered nothing, and the server is the same one, with the same key: so it is asked
again there, in the open. A client remembers which of the two it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from typing import TypeVar
from urllib.parse import urlsplit

from ..base.dataclass import dataclass
from ..base.errors import NotAnApi, RequestFailed
from ..conversation.events import Event, Failed, Notice
from .address import display_url

BELOW = "/v1"

_Answer = TypeVar("_Answer")


@dataclass
class Below:
    """Where a client's requests go: to its address, or below it. `move` tells the client."""

    base_url: str
    move: Callable[[str], None]
    _moved: bool = field(default=False, init=False)
    _told: bool = field(default=False, init=False)

    def stream(self, send: Callable[[], Iterator[Event]]) -> Iterator[Event]:
        """Give the events of a request, sent below where there is nothing at the address itself."""
        if self._moved:
            yield from self._tell()
        for event in send():
            if not (isinstance(event, Failed) and self._tries(event.error)):
                yield event
                continue
            yield Notice(f"{self._where} answers 404: sent again to {self._where}{BELOW}")
            for again in send():
                if isinstance(again, Failed) and _is_nothing(again.error):
                    self._go_back()
                    again = event
                yield again
            if self._moved:
                yield from self._tell()
            return

    def ask(self, send: Callable[[], _Answer]) -> _Answer:
        """Send a request in the same way, and return the answer. Raises RequestFailed."""
        try:
            return send()
        except RequestFailed as error:
            if not self._tries(error):
                raise
            try:
                return send()
            except RequestFailed as again:
                if not _is_nothing(again):
                    raise
                self._go_back()
                raise error from None

    @property
    def _where(self) -> str:
        return display_url(self.base_url)

    def _tell(self) -> Iterator[Event]:
        if not self._told:
            self._told = True
            yield Notice(f"this goes to {self._where}{BELOW}: /set base_url {self._where}{BELOW} keeps that")

    def _tries(self, error: RequestFailed) -> bool:
        """Tell whether it is worth a try, from now on."""
        if self._moved or urlsplit(self.base_url).path or not _is_nothing(error):
            return False
        self._moved = True
        self.move(self.base_url + BELOW)
        return True

    def _go_back(self) -> None:
        self._moved = False
        self.move(self.base_url)


def _is_nothing(error: RequestFailed) -> bool:
    """Tell whether there is nothing at the address."""
    return error.status == 404 and isinstance(error, NotAnApi)
