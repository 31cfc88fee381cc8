"""When the next request of a long run may go out.

Three things hold it back. A `_Flow` each, of requests and of tokens, is how many a second: the person's
ceiling, what the server's headers say is left, and what was learnt from its refusals. A `_Crowd` is how many
at once: it grows while more at once brings more answers a second. And a pause: the server said how long to
wait, or does not answer at all.

Nothing here sleeps, sends or has a thread; one thread calls it. Each request is told to `began` and, whatever
comes of it, to `ended`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..endpoint.allowances import Allowance, allowances
from ..parameters.rate import Rate

#: At once where nobody says more: what the threads of one machine serve well.
MOST = 64
#: At once at the beginning: a local server often has four slots.
FIRST = 4
#: A flow makes up for being late by so many seconds at most, which is all the burst there is.
LATE = 0.1
#: What is taken off the rate that a server was found to accept.
DOWN = 0.04
#: So much a second a learnt rate grows just after a refusal, and it is doubled after so many seconds without
#: one: gently near the limit that was found, and soon quick if that limit is gone.
UP, UP_DOUBLES = 0.001, 30.0
#: Below so many a second, growth is slower in proportion: it is to cost one refusal in some hundred requests.
SLOW = 4.0
#: A rate is learnt from no fewer accepted requests than this: it is right to one in so many.
ENOUGH = 10
#: Seconds between two attempts to reach a server that does not answer: the first, and the most.
RETRY, RETRY_MOST = 0.5, 4.0
#: Seconds of the longest pause that a server did not ask for.
PAUSE_MOST = 30.0


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
    unreachable: bool = False  # no connection, no answer in time, 5xx
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
        self._requests = _Flow("requests", rate.requests, now)
        self._tokens = _Flow("tokens", rate.tokens, now)
        self._crowd = _Crowd(rate.at_once or MOST)
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
        return 1 if self._down else self._crowd.limit

    def wait(self) -> float:
        """Give the seconds until the next request may begin: 0 is now; infinite is not before one that is
        under way has ended."""
        now = self._clock()
        self.said = ""
        if self._probe is not None or (not self._down and self.under_way >= self._crowd.limit):
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
        full = self.under_way >= self._crowd.limit
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
        for each in allowances(headers, self._date()):
            if each.of_tokens:
                self._tokens.told(begun.at, begun.tokens_before + begun.tokens, each)
            else:
                self._requests.told(begun.at, begun.number + 1, each)

    def ended(self, begun: Begun, outcome: Outcome) -> None:
        """Take note of what came of a request."""
        now = self._clock()
        self.under_way -= 1
        if self._probe == begun.number:
            self._probe = None
        if outcome.tokens:
            self._size += (outcome.tokens - self._size) * (0.05 if self._size else 1)
            self._tokens.correct(outcome.tokens - begun.tokens)
        if outcome.retry_after is not None:
            self._asked_for = max(self._asked_for, now + outcome.retry_after)
            self._pause = max(self._pause, self._asked_for)
        if outcome.unreachable:
            self._unreachable(begun, now)
            return
        self.heard(begun, outcome.headers)
        if outcome.refused:
            self._refused(begun, now, outcome)
        elif outcome.ok:
            self._crowd.answered(begun, self._requests.count, outcome.seconds)

    def _refused(self, begun: Begun, now: float, outcome: Outcome) -> None:
        self._requests.refusals += 1
        self._tokens.refusals += begun.tokens
        if begun.at <= self._refused_at:
            return  # it went out before the last refusal was known: nothing new
        self._refused_at = now
        if self._requests.refused(now, 1) | self._tokens.refused(now, begun.tokens):
            self._strikes = 0
        self._strikes += 1
        if begun.full:
            self._crowd.cut(self._requests.count)
        if outcome.retry_after is None:
            some = max(0.2, min(3 / self._requests.learnt, 5.0)) * 2 ** (self._strikes - 1)
            self._pause = max(self._pause, now + min(some, PAUSE_MOST))

    def _unreachable(self, begun: Begun, now: float) -> None:
        """Count a failure. One in a hundred is no outage: that is three, and half of what began since."""
        if not self._failed:
            self._failed_first = begun.number
        self._failed += 1
        since = self._requests.count - min(self._failed_first, begun.number)
        if self._down or (self._failed >= 3 and 2 * self._failed >= since):
            self._pause = max(self._pause, now + min(RETRY * 2**self._down, RETRY_MOST))
            self._down += 1

    def _alive(self, begun: Begun) -> None:
        if begun.number >= self._failed_first:
            self._failed = 0
            self._down, self._probe = 0, None


class _Flow:
    """How many a second may begin: the least of three, and each once begun is a debt that is paid off at that
    rate. The next one may begin when nothing is owed."""

    def __init__(self, what: str, ceiling: float | None, now: float) -> None:
        self._what = what
        self._ceiling = (
            math.inf if ceiling is None else ceiling / (60 + LATE)
        )  # so none is over in any minute
        self.learnt = math.inf
        self.count, self.total, self.refusals = 0, 0.0, 0.0
        self._debt, self._paid, self._last = 0.0, now, now
        self._marks = [
            (now, 0.0),
            (now, 0.0),
        ]  # accepted until then; between the first and now, it is measured
        self._refused = now
        self._told: list[tuple[float, float, Allowance]] = []

    def wait(self, now: float) -> tuple[float, str]:
        rate = self._rate(now)
        self._pay(now, rate)
        if self._debt <= 0:
            return 0.0, ""
        whose = "your ceiling is" if rate == self._ceiling else "the server allows"
        return self._debt / rate, f"{whose} {float(f'{rate * 60:.2g}'):,.0f} {self._what} a minute"

    def began(self, now: float, amount: float) -> None:
        self._pay(now, self._rate(now))
        if self.learnt < math.inf:
            since = (now - self._refused) * min(1.0, self.learnt / SLOW)
            passed = min(now - self._last, 2 / self.learnt)  # a rate that is not used proves nothing
            self.learnt *= 1 + UP * passed * min(1.0, self.learnt / SLOW) * (1 + (since / UP_DOUBLES) ** 2)
        self._last = now
        self.count += 1
        self.total += amount
        self._debt += amount
        if self._accepted - self._marks[1][1] >= 2 * ENOUGH * amount:
            self._mark(now)

    def correct(self, amount: float) -> None:
        """Take note that a request had more or fewer than was thought."""
        self.total += amount
        self._debt += amount

    def told(self, at: float, total: float, allowance: Allowance) -> None:
        """Take what a server says was left for what began after this `total`."""
        if not self._told or total >= self._told[-1][1]:
            self._told = [each for each in self._told if each[1] == total] + [(at, total, allowance)]

    def refused(self, now: float, amount: float) -> bool:
        """Learn the rate from what was accepted since the server last had nothing left. Returns whether
        enough of it was accepted to learn."""
        since, before = self._marks[0]
        accepted = self._accepted - before
        if not amount or accepted < ENOUGH * amount or now <= since:
            return False
        self.learnt = min(self.learnt, accepted / (now - since)) * (1 - DOWN)
        self._refused = now
        self._mark(now)
        self._mark(now)
        return True

    @property
    def _accepted(self) -> float:
        return self.total - self.refusals

    def _mark(self, now: float) -> None:
        self._marks = [self._marks[1], (now, self._accepted)]

    def _rate(self, now: float) -> float:
        rate = min(self._ceiling, self.learnt)
        for at, total, allowance in self._told:
            left = allowance.reset - (now - at)
            if left > 0:  # What is left is spread over the time until all of it is there again. Where that
                # comes at once, this ends with it; where it comes little by little, as it does to a bucket,
                # this settles at the rate at which it comes, with the bucket half full. Two shells that both
                # do so get the same.
                rate = min(rate, max(1.0, allowance.remaining - (self.total - total)) / left)
        return rate

    def _pay(self, now: float, rate: float) -> None:
        if rate == math.inf:
            self._debt = 0.0
        else:
            self._debt = max(self._debt - rate * (now - self._paid), -LATE * rate)
        self._paid = now


class _Crowd:
    """How many at once: doubled, later raised by a quarter, for as long as that brings more answers a second."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.limit = min(FIRST, most)
        self._doubling = True
        self._before: tuple[int, float] | None = (
            None  # the limit before it was raised, and its answers a second
        )
        self._rests, self._resting = 1, 0
        self._start(0)

    def _start(self, first: int) -> None:
        self._first, self._count, self._seconds = first, 0, 0.0

    def answered(self, begun: Begun, count: int, seconds: float) -> None:
        """Take note of an answer; `count` requests have begun until now."""
        if begun.number < self._first or not begun.full:
            return  # it had not so many beside it, and says nothing about them
        self._count += 1
        self._seconds += seconds
        if self._count < max(2 * FIRST, self.limit * (1 if self._doubling else 4)):
            return
        speed = self.limit * self._count / max(self._seconds, 1e-9)
        if self._before and speed < self._before[1] * (1 + (self.limit / self._before[0] - 1) / 3):
            self.limit, self._before, self._doubling = self._before[0], None, False
            self._resting = self._rests
            self._rests = min(2 * self._rests, 8)
        elif self._resting:
            self._resting -= 1
        elif self.limit < self._most:
            self._before = self.limit, speed
            self.limit = min(
                self._most, self.limit + (self.limit if self._doubling else max(1, self.limit // 4))
            )
        self._start(count)

    def cut(self, count: int) -> None:
        """Take fewer at once: the server refused one of so many."""
        self.limit = max(1, min(self.limit - 1, int(self.limit * (0.5 if self._doubling else 0.9))))
        self._doubling, self._before = False, None
        self._start(count)
