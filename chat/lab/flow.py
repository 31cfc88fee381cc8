"""How many requests or tokens a second: what a person, a server's headers and its refusals allow."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..endpoint.allowances import Allowance

#: So many seconds of being late are made up for, which is all the burst there is.
LATE = 0.1
#: A rate is learnt from no fewer accepted requests than this: it is right to one in so many.
ENOUGH = 10
#: What is taken off the rate that a server was found to accept.
DOWN = 0.05
#: So much a second a learnt rate grows just after a refusal, and it is doubled after so many seconds without
#: one: gently near the limit that was found, and soon quick if that limit is gone. The growth is by time and
#: not by requests, so that it helps the smaller of two shells more: the larger meets more refusals.
UP, UP_DOUBLES = 0.0015, 40.0
#: At first it grows by so much a second, and after each refusal by so much of that: whoever comes to a server
#: that another shell uses up has to be pushing to get a share.
EAGER, EAGER_DOWN = 0.1, 0.5
#: If there are fewer requests than this between refusals, as where ten a minute are allowed, growth is less
#: bold, down to the least: at most one in a hundred is to be refused.
SELDOM, BOLD_LEAST = 120, 0.02
#: Nothing waits for longer than so many seconds only because of what was learnt: that may be wrong.
DOUBT = 60.0
#: What a server says is left is spread over so many seconds at most: a day's limit may be used up in an hour.
SPREAD = 60.0


class Flow:
    """A debt: each that begins is owed and paid off at the rate allowed; the next may begin when nothing is
    owed. Rates are a second, `amount` is 1 of requests and the number of tokens."""

    def __init__(self, what: str, ceiling: float | None, now: float) -> None:
        self._what = what
        #: A little less than the person's, for the burst: no minute has more than that.
        self._ceiling = math.inf if ceiling is None else ceiling / (60 + LATE)
        self.learnt = math.inf
        self.count, self.total = 0, 0.0
        self._debt, self._paid, self._last = 0.0, now, now
        self._accepted = 0.0  # until a refusal is known
        #: When how much was accepted. From the first of them until now, that is measured: it is ten to forty
        #: requests, none of them before the server had nothing left, as what it had saved up is no rate.
        self._marks = [(now, 0.0), (now, 0.0)]
        self._refused, self._accepted_then = now, 0.0
        self._eager, self._bold, self._between = EAGER, 1.0, 4.0 * SELDOM
        self._told: tuple[float, float, Sequence[Allowance]] = now, 0.0, ()

    def wait(self, now: float) -> tuple[float, str]:
        """Give the seconds until the next may begin, at most until that may have changed, and why."""
        rate, until = self._rate(now)
        self._pay(now, rate)
        if self._debt <= 0:
            return 0.0, ""
        if rate == self._ceiling:
            why = f"your ceiling is {_number(rate * (60 + LATE))} {self._what} a minute"
        else:
            why = f"the server allows about {_number(float(f'{rate * 60:.2g}'))} {self._what} a minute"
        if rate == self.learnt:
            until = max(0.0, self._last + DOUBT - now)
        return min(self._debt / rate, until), why

    def began(self, now: float, amount: float) -> None:
        self._pay(now, self._rate(now)[0])
        if self.learnt < math.inf:
            calm = (now - self._refused) * self._bold / UP_DOUBLES
            passed = min(now - self._last, 2 / self.learnt)  # a rate that is not used proves nothing
            self.learnt *= 1 + passed * max(self._eager, UP * self._bold * (1 + calm**2))
        self._last = now
        self.count += 1
        self.total += amount
        self._accepted += amount
        self._debt += amount
        if self._accepted - self._marks[1][1] >= 2 * ENOUGH * amount:
            self._mark(now)

    def correct(self, amount: float) -> None:
        """Take note that a request had so many more than was thought, or fewer."""
        self.total += amount
        self._accepted += amount
        self._debt += amount

    def told(self, at: float, total: float, left: Sequence[Allowance]) -> None:
        """Take what a server said was left when this `total` had begun."""
        if left and total >= self._told[1]:
            self._told = at, total, left

    def not_taken(self, amount: float) -> None:
        """Take note that what had begun was refused."""
        self._accepted -= amount

    def learn(self, now: float, amount: float) -> bool:
        """Learn the rate at a refusal: what was accepted, between two moments when the server had nothing
        left, is what it allows. Returns whether that was enough to learn from."""
        since, before = self._marks[0]
        accepted = self._accepted - before
        if not amount or accepted < ENOUGH * amount or now <= since:
            return False
        self.learnt = min(self.learnt, accepted / (now - since)) * (1 - DOWN)
        if self._eager < UP:
            self._between += ((self._accepted - self._accepted_then) / amount - self._between) / 4
            bold = self._bold * (0.8 if self._between < SELDOM else 1.25)
            self._bold = max(BOLD_LEAST, min(1.0, bold))
        self._eager *= EAGER_DOWN
        self._refused, self._accepted_then = now, self._accepted
        self._mark(now)
        self._mark(now)
        return True

    def _mark(self, now: float) -> None:
        self._marks = [self._marks[1], (now, self._accepted)]

    def _rate(self, now: float) -> tuple[float, float]:
        """Give how many a second, and for how many seconds that holds.

        What a server says is left is spread over the time until all of it is there again. Where all comes at
        once, this ends with it. Where it comes little by little, this settles at the rate at which it comes,
        with half of it left. Shells that share a limit see the same and go the same pace."""
        rate, until = min(self._ceiling, self.learnt), math.inf
        at, total, told = self._told
        for each in told:
            time_left, left = at + each.reset - now, each.remaining - (self.total - total)
            if time_left > 0:
                spread = left / min(time_left, SPREAD) if left >= 1 else 1 / time_left
                if spread < rate:
                    rate, until = spread, time_left
        return rate, until

    def _pay(self, now: float, rate: float) -> None:
        if rate == math.inf:
            self._debt = 0.0
        else:
            self._debt = max(self._debt - rate * (now - self._paid), -LATE * rate)
        self._paid = now


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
