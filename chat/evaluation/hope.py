"""Say of failures what kind they are, and when a column is asked no further for them."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable

from ..base import errors
from ..base.errors import RequestFailed
from ..base.short import several

#: Failures of one kind, and no answer, after which a column is asked no further.
HOPELESS = 3
#: Seconds after which a column is asked no further whose server cannot be reached, or does not answer.
PATIENCE = 120.0

#: Kinds of failures, by which they are counted.
_KINDS: tuple[tuple[type[RequestFailed], str], ...] = (
    (errors.QuotaExceeded, "quota used up"),
    (errors.RateLimited, "rate limit"),
    (errors.TimedOut, "timeout"),
    (errors.NoConnection, "no connection"),
    (errors.ServerFailed, "server error"),
    (errors.StreamBroken, "broken off"),
    (errors.Unauthorized, "key refused"),
    (errors.Forbidden, "key refused"),
    (errors.ModelNotFound, "no such model"),
    (errors.NotAnApi, "no API there"),
)
#: The kind of what a server says to one request.
REFUSED = "refused"
#: Kinds that say nothing of the request.
_SILENT = ("timeout", "no connection", "server error")
#: Numbers, by which two failures may differ that are alike otherwise: of requests, of tokens.
_NUMBERS = re.compile(r"\b(?=\w*\d)[\w-]+")


def kind_of(error: RequestFailed | None) -> str:
    """Name the kind of a failure, by which failures are counted."""
    return next((name for type_, name in _KINDS if isinstance(error, type_)), REFUSED)


class Hope:
    """What is to be hoped of each column."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: Counter[tuple[int, str]] = Counter()
        self._good: set[int] = set()
        self._before: set[int] = set()  # columns that an earlier go had answers of
        self._silent: dict[int, float] = {}  # since when a column's server has not answered

    def answered(self, column: int) -> None:
        """Take note of an answer."""
        self._good.add(column)
        self._silent.pop(column, None)

    def answered_before(self, column: int) -> None:
        """Take note of an answer that an earlier go has got: where a request is refused now, that says
        nothing of the others. A key, or a model, may have gone since."""
        self._before.add(column)

    def failed(self, column: int, kind: str, said: str) -> str:
        """Take note of a request that failed, and may be sent again. Say why the column is to be asked no
        further; "" if it is."""
        if kind not in _SILENT:
            self._silent.pop(column, None)
        elif self._clock() - self._silent.setdefault(column, self._clock()) > PATIENCE:
            return f"the server has not answered for {PATIENCE:g} s: {said}"
        return ""

    def lost(self, column: int, said: str, kind: str = "") -> str:
        """Take note of one that is not sent again. Say why the column is to be asked no further."""
        if kind == REFUSED and column in self._before:
            return ""
        alike = column, _NUMBERS.sub("#", said)
        self._failures[alike] += 1
        if column not in self._good and self._failures[alike] >= HOPELESS:
            return f"{several(HOPELESS, 'request')} failed alike: {said}"
        return ""
