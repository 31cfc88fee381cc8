"""When the next request of a long run may go out.

Three things hold it back: how many requests and tokens a second, which is `flow`; how many at once, which is
`at_once`; and a pause, if the server said how long to wait, or does not answer at all.

Nothing here sleeps, sends or has a thread; one thread calls it. Each request is told to `began` and, whatever
comes of it, to `ended`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import field

from ..base.dataclass import dataclass
from ..endpoint.allowances import allowances
from ..parameters.rate import Rate
from .at_once import AtOnce
from .flow import Flow

#: At once where nobody says more: what the threads of one machine serve well.
MOST = 64
#: Seconds between two attempts to reach a server that does not answer: the first, and the most.
RETRY, RETRY_MOST = 0.5, 4.0
#: Seconds of a pause that a server did not ask for: the first, which is the same at every rate, as otherwise
#: the smaller of two shells would wait longest; and the longest, as it doubles while refusals go on.
PAUSE, PAUSE_MOST = 1.0, 30.0


@dataclass(frozen=True)
class Begun:
    """A request that is under way: when it began, as the how many-th, with how many tokens before it."""

    at: float
    number: int
    tokens_before: float
    tokens: float
    full: bool  # as many at once as may be


@dataclass(frozen=True)
class Outcome:
    """What came of a request. `tokens` is 0 where it is not known; headers have names in lower case."""

    ok: bool = False
    refused: bool = False  # 429, 503, overloaded: it may pass later
    unreachable: bool = False  # no connection, no answer in time, 5xx; 503 may be both
    retry_after: float | None = None
    seconds: float = 0.0
    tokens: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


class Pace:
    """Says when the next request may go out."""

    def __init__(
        self,
        rate: Rate,
        clock: Callable[[], float] = time.monotonic,
        date: Callable[[], float] = time.time,
    ) -> None:
        self._clock, self._date = clock, date
        now = clock()
        self._requests = Flow("requests", rate.requests, now)
        self._tokens = Flow("tokens", rate.tokens, now)
        self._at_once = AtOnce(rate.at_once or MOST)
        self._size = 0.0  # tokens of a request, on average
        self._pause, self._asked_for = 0.0, 0.0  # until when; and until when the server said
        self._strikes, self._refused_at = 0, -math.inf
        self._failed, self._failed_first = 0, 0
        self._probe: int | None = None
        self._down = 0  # how often it was tried to reach a server that does not answer
        self.under_way = 0
        self.said = ""

    @property
    def limit(self) -> int:
        """How many may be under way at once, now."""
        return 1 if self._down else self._at_once.limit

    def wait(self) -> float:
        """Give the seconds until the next request may begin: 0 is now; infinite is not before one that is
        under way has ended."""
        now = self._clock()
        self.said = ""
        if self._probe is not None or self.under_way >= self._at_once.limit:
            self.said = "the server does not answer: trying to reach it" if self._down else ""
            return math.inf
        seconds, self.said = max(
            (self._pause - now, self._why_paused(now)), self._requests.wait(now), self._tokens.wait(now)
        )
        if seconds <= 0:
            self.said = ""
        return max(0.0, seconds)

    def _why_paused(self, now: float) -> str:
        left = math.ceil(self._pause - now)
        if self._down:
            return f"the server does not answer: trying again in {left} s"
        return (
            f"it said to wait {left} s" if self._pause <= self._asked_for else "the server wants less at once"
        )

    def began(self, tokens: int = 0) -> Begun:
        """Take note that a request goes out, with so many tokens by an estimate; 0 is as many as others."""
        now = self._clock()
        self.under_way += 1
        full = self.under_way >= self._at_once.limit
        begun = Begun(now, self._requests.count, self._tokens.total, tokens or self._size, full)
        self._requests.began(now, 1)
        self._tokens.began(now, begun.tokens)
        if self._down:
            self._probe = begun.number
        return begun

    def heard(self, begun: Begun, headers: Mapping[str, str]) -> None:
        """Take note that an answer has begun: what its headers say is news for as long as it goes on. It may
        be left out, or called more than once."""
        self._alive(begun)
        left = allowances(headers, self._date())
        self._requests.told(begun.at, begun.number + 1, [each for each in left if not each.of_tokens])
        self._tokens.told(
            begun.at, begun.tokens_before + begun.tokens, [each for each in left if each.of_tokens]
        )

    def ended(self, begun: Begun, outcome: Outcome) -> None:
        """Take note of what came of a request."""
        now = self._clock()
        self.under_way -= 1
        if probe := self._probe == begun.number:
            self._probe = None
        if outcome.tokens:
            self._size += (outcome.tokens - self._size) * (0.05 if self._size else 1)
            self._tokens.correct(outcome.tokens - begun.tokens)
        if outcome.retry_after is not None:
            self._asked_for = max(self._asked_for, now + outcome.retry_after)
            self._pause = max(self._pause, self._asked_for)
        if outcome.unreachable:
            self._unreachable(begun, now, probe)
        else:
            self.heard(begun, outcome.headers)
        if outcome.refused:
            self._refused(begun, now, outcome)
        elif outcome.ok:
            self._at_once.answered(begun.number, begun.full, self._requests.count, outcome.seconds)

    def _refused(self, begun: Begun, now: float, outcome: Outcome) -> None:
        self._requests.not_taken(1)
        self._tokens.not_taken(begun.tokens)
        if begun.at <= self._refused_at:
            return  # it went out before the last refusal was known: nothing new
        self._refused_at = now
        if self._failed < 2 and self._requests.learn(now, 1) | self._tokens.learn(now, begun.tokens):
            self._strikes = 0
        self._strikes += 1
        if begun.full:
            self._at_once.cut(self._requests.count)
        if outcome.retry_after is None:
            some = PAUSE * 2 ** min(self._strikes - 1, 8)
            most = RETRY_MOST if outcome.unreachable else PAUSE_MOST
            self._pause = max(self._pause, now + min(some, most))

    def _unreachable(self, begun: Begun, now: float, probe: bool) -> None:
        """Count a failure. One in a hundred is no outage: that is three, and half of what began since."""
        if not self._failed:
            self._failed_first = begun.number
        self._failed += 1
        since = self._requests.count - self._failed_first
        if probe or (not self._down and self._failed >= 3 and 2 * self._failed >= since):
            self._pause = max(self._pause, now + min(RETRY * 2 ** min(self._down, 8), RETRY_MOST))
            self._down += 1

    def _alive(self, begun: Begun) -> None:
        if begun.number >= self._failed_first:
            self._failed = 0
            self._down, self._probe = 0, None
