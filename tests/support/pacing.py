"""A server with limits and shells that ask it, in a time of their own: an hour passes in a moment."""

from __future__ import annotations

import functools
import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chat.lab.pace import Begun, Outcome, Pace
from chat.parameters.rate import Rate

#: Seconds since 1970 when a world begins.
DATE = 1_800_000_000.0


class World:
    """What happens, in order of time."""

    def __init__(self, seed: int = 0) -> None:
        self.now = 0.0
        self.random = random.Random(seed)
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._coming, (self.now + seconds, next(self._order), what))

    def run(self, until: float) -> None:
        while self._coming and self._coming[0][0] <= until:
            self.now, _, what = heapq.heappop(self._coming)
            what()
        self.now = until


@dataclass
class Server:
    """Answers after about `latency` seconds. `rate` a second are taken, and `burst` at once after a rest; of
    tokens, too. `slots` answer at once while others wait. In an outage nothing connects, in a stall nothing
    is answered until it is over."""

    world: World
    rate: float = math.inf
    burst: float = math.inf
    tokens: float = math.inf
    tokens_burst: float = math.inf
    latency: float = 0.5
    spread: float = 0.3
    slots: int = 0
    failing: float = 0.0
    headers: bool = False
    retry_after: bool = False
    window: float = 0.0  # not a bucket, but `burst` in each such time
    by_503: bool = False  # in an outage, somebody says so
    outages: Sequence[tuple[float, float]] = ()
    stalls: Sequence[tuple[float, float]] = ()

    def __post_init__(self) -> None:
        self._left, self._left_tokens, self._at = self.burst, self.tokens_burst, 0.0
        self._working = 0
        self._queue: deque[tuple[float, Callable[[Outcome], None], int]] = deque()

    def ask(self, tokens: int, answer: Callable[[Outcome], None]) -> None:
        began = self.world.now
        self.world.after(self._about(0.01), lambda: self._arrives(began, tokens, answer))

    def _about(self, seconds: float) -> float:
        return seconds * self.world.random.lognormvariate(-(self.spread**2) / 2, self.spread)

    def _refill(self) -> None:
        now = self.world.now
        if self.window:
            if now // self.window > self._at // self.window:
                self._left = self.burst
        elif self.rate < math.inf:
            self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        if self.tokens < math.inf:
            self._left_tokens = min(self.tokens_burst, self._left_tokens + (now - self._at) * self.tokens)
        self._at = now

    def _arrives(self, began: float, tokens: int, answer: Callable[[Outcome], None]) -> None:
        now = self.world.now
        self._refill()

        def after(seconds: float, **outcome: Any) -> None:
            self.world.after(seconds, lambda: answer(Outcome(**outcome, seconds=self.world.now - began)))

        if any(first <= now < last for first, last in self.outages):
            after(0.0, unreachable=True, refused=self.by_503)
        elif self._left < 1 or self._left_tokens < tokens:
            wait = math.ceil(self._again(tokens)) if self.retry_after else None
            after(self._about(0.03), refused=True, retry_after=wait, headers=self._headers())
        else:
            self._left -= 1
            self._left_tokens -= tokens
            if self.world.random.random() < self.failing:
                after(self._about(self.latency), unreachable=True)
            else:
                self._queue.append((began, answer, tokens))
                self._work()

    def _again(self, tokens: int) -> float:
        """Give the seconds until there is enough left."""
        if self.window:
            return self.window - self.world.now % self.window
        of_requests = 0.0 if self.rate == math.inf else (1 - self._left) / self.rate
        of_tokens = 0.0 if self.tokens == math.inf else (tokens - self._left_tokens) / self.tokens
        return max(of_requests, of_tokens)

    def _work(self) -> None:
        while self._queue and (not self.slots or self._working < self.slots):
            began, answer, tokens = self._queue.popleft()
            self._working += 1
            self._answer(began, answer, tokens, self._headers())

    def _answer(
        self, began: float, answer: Callable[[Outcome], None], tokens: int, headers: dict[str, str]
    ) -> None:
        takes = self._about(self.latency)
        for first, last in self.stalls:
            if first <= self.world.now + takes < last:
                takes = last - self.world.now + self._about(0.05)

        def done() -> None:
            self._working -= 1
            answer(Outcome(ok=True, seconds=self.world.now - began, tokens=tokens, headers=headers))
            self._work()

        self.world.after(takes, done)

    def _headers(self) -> dict[str, str]:
        if not self.headers:
            return {}
        self._refill()
        found = {}
        if self.rate < math.inf:
            reset = (
                self.window - self.world.now % self.window
                if self.window
                else (self.burst - self._left) / self.rate
            )
            found |= {
                "x-ratelimit-limit-requests": f"{self.burst:.0f}",
                "x-ratelimit-remaining-requests": f"{math.floor(self._left)}",
                "x-ratelimit-reset-requests": f"{reset * 1000:.0f}ms" if reset < 1 else f"{reset:.3f}s",
            }
        if self.tokens < math.inf:
            reset = (self.tokens_burst - self._left_tokens) / self.tokens
            found |= {
                "x-ratelimit-remaining-tokens": f"{math.floor(self._left_tokens)}",
                "x-ratelimit-reset-tokens": f"{reset:.3f}s",
            }
        return found


class Shell:
    """Asks as a run does: whenever its pace lets it, for as long as the world lasts."""

    def __init__(
        self,
        server: Server,
        rate: Rate | None = None,
        tokens: Callable[[random.Random], int] = lambda lot: 0,
        estimate: float = 1.0,
        begins: float = 0.0,
        ends: float = math.inf,
    ) -> None:
        self.world, self.server = server.world, server
        self.pace = Pace(rate or Rate(), lambda: self.world.now, lambda: DATE + self.world.now)
        self._tokens, self._estimate, self._ends = tokens, estimate, ends
        self.began: list[float] = []
        self.asked: list[int] = []  # tokens of each
        self.ended: list[tuple[float, Outcome]] = []
        self.most = 0  # under way at once
        self._wakes = 0
        self.world.after(begins, self._go)

    def _go(self, wake: int | None = None) -> None:
        if wake is not None and wake != self._wakes:
            return  # something else woke it before
        self._wakes += 1
        while self.world.now < self._ends:
            seconds = self.pace.wait()
            if seconds == math.inf:
                break
            if seconds > 0:
                late = self.world.random.uniform(0, 0.003)
                self.world.after(seconds + late, functools.partial(self._go, self._wakes))
                break
            tokens = self._tokens(self.world.random)
            begun = self.pace.began(round(tokens * self._estimate))
            self.began.append(self.world.now)
            self.most = max(self.most, self.pace.under_way)
            self.asked.append(tokens)
            self.server.ask(tokens, self._answered(begun))

    def _answered(self, begun: Begun) -> Callable[[Outcome], None]:
        def answered(outcome: Outcome) -> None:
            self.pace.ended(begun, outcome)
            self.ended.append((self.world.now, outcome))
            self._go()

        return answered

    def count(self, what: Callable[[Outcome], bool], first: float, last: float) -> int:
        return sum(what(outcome) for when, outcome in self.ended if first <= when < last)

    def refused(self, first: float, last: float) -> float:
        """Give the share of requests that were refused in a time."""
        every = self.count(lambda outcome: True, first, last)
        return self.count(lambda outcome: outcome.refused, first, last) / max(1, every)

    def answers(self, first: float, last: float) -> float:
        """Give how many a second were answered, of those not refused."""
        return self.count(lambda outcome: not outcome.refused, first, last) / (last - first)
