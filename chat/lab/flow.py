"""How many requests or tokens a second: what a person, a server's headers and its refusals allow."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..endpoint.allowances import Allowance

#: So many seconds of being late are made up for, which is all the burst there is.
LATE = 0.1
#: A rate is learnt from no fewer accepted requests than this: it is right to one in so many.
ENOUGH = 10
#: What is taken off a learnt rate at a refusal, always the same part of it: the larger of two shells meets
#: more refusals, and so they meet in the middle. What was accepted since the last refusal would say more of a
#: shell alone; of two it is chance, and the smaller is the one that it starves.
DOWN = 0.05
#: So much a second a learnt rate grows just after a refusal, and it is doubled after so many seconds without
#: one: gently near the limit that was found, and soon quick if that limit is gone. The growth is by time and
#: not by requests, so that it helps the smaller of two shells more.
UP, UP_DOUBLES = 0.0007, 40.0
#: That holds where so many requests a second go out. Where they are fewer, growth is slower by as much, so
#: that at most one in a hundred is refused. Where they are more, it is slower by a root: less is enough,
#: and of shells that are refused all at once, too, the smaller then gains. Nothing of this is remembered, so
#: that shells at the same rate always grow alike.
SELDOM, ROOT = 2.5, 0.5
#: At first it grows by so much a second, and after each refusal by so much of that: whoever comes to a server
#: that another shell uses up has to be pushing to get a share. As long as it grows by the last or more, the
#: rate is no more than what was accepted: a server's savings are used up then, which are no rate.
EAGER, EAGER_DOWN, EAGER_ENDS = 0.1, 0.7, 0.02
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
        self._refused, self._eager = now, EAGER
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
            speed = self.learnt / self._each(amount)
            bold = min(speed / SELDOM, (SELDOM / speed) ** ROOT)
            calm = (now - self._refused) * bold / UP_DOUBLES
            passed = min(now - self._last, 2 / speed)  # a rate that is not used proves nothing
            self.learnt *= 1 + passed * max(self._eager, UP * bold * (1 + calm**2))
        self._last = now
        self.count += 1
        self.total += amount
        self._accepted += amount
        self._debt += amount
        if self._accepted - self._marks[1][1] >= 2 * ENOUGH * self._each(amount):
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
        """Learn the rate at a refusal: at first what was accepted, between two moments when the server had
        nothing left; later less than it was. Returns whether enough was accepted to learn from."""
        since, before = self._marks[0]
        accepted = self._accepted - before
        enough = accepted >= ENOUGH * self._each(amount) and now > since
        some = self.learnt < math.inf and accepted > self._each(amount) / 2
        if not amount or not (enough or some):
            return False  # where nothing is accepted at all, it is no matter of the rate
        if enough and self._eager >= EAGER_ENDS:
            self.learnt = min(self.learnt, accepted / (now - since))
        self.learnt *= 1 - DOWN
        self._eager *= EAGER_DOWN
        self._refused = now
        self._mark(now)
        self._mark(now)
        return True

    def _each(self, amount: float) -> float:
        """Give the amount of a request, on average: one that is refused may be small, and prove little."""
        return self.total / self.count if self.total > 0 else amount or 1.0

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
