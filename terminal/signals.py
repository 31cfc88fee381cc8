"""A polite end by SIGTERM or SIGHUP: the terminal is put right and what runs is stopped."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any


class Ended(BaseException):
    """The system asked the shell to end. `status`: what shells report, 128 and the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


class Signals:
    """While it holds, SIGTERM and SIGHUP raise Ended, at the prompt through its own exit.

    prompt-toolkit runs an event loop that an exception from a handler would tear down with the
    terminal still raw; `at_prompt` is how a prompt that is up wants to be told.
    """

    def __init__(self) -> None:
        self.at_prompt: Callable[[Ended], bool] | None = None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
        before: dict[int, Any] = {}
        with contextlib.suppress(ValueError):  # not the main thread: somebody else's program
            for number in numbers:
                before[number] = signal.signal(number, self._handle)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle(self, number: int, frame: object) -> None:
        ended = Ended(number)
        if self.at_prompt is None or not self.at_prompt(ended):
            raise ended
