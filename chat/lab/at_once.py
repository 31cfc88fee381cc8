"""How many requests at once: as many as bring more answers a second, and no more.

A local server with four slots answers no quicker if forty wait; a provider answers forty as it answers four.
What is measured is the time that answers take while so many are under way: from that and how many they are
follows how many come a second.
"""

from __future__ import annotations

#: At once at the beginning: a local server often has four slots.
FIRST = 4
#: Answers that are measured before the limit is raised: at first one for each at once, and no fewer than
#: these; later so many for each at once.
FEWEST, LATER = 8, 4
#: Of what more at once could bring at best, so much has to come.
GAIN = 1 / 3
#: After a rise that brought nothing, so many measurements pass at most before the next is tried.
RESTS = 8


class AtOnce:
    """A limit, doubled and later raised by a quarter for as long as that brings more answers a second."""

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

    def answered(self, number: int, full: bool, count: int, seconds: float) -> None:
        """Take note of an answer to the request of this number, which began with as many at once as may be or
        not; `count` have begun until now."""
        if number < self._first or not full:
            return  # it had not so many beside it, and says nothing about them
        self._count += 1
        self._seconds += seconds
        if self._count < max(FEWEST, self.limit * (1 if self._doubling else LATER)):
            return
        speed = self.limit * self._count / max(self._seconds, 1e-9)
        if self._before and speed < self._before[1] * (1 + (self.limit / self._before[0] - 1) * GAIN):
            self.limit, self._before, self._doubling = self._before[0], None, False
            self._resting = self._rests
            self._rests = min(2 * self._rests, RESTS)
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
