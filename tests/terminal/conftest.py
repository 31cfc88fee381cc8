"""What the tests of the terminal share."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

LONGEST = 180


class OutOfTime(BaseException):
    """No Exception: hypothesis would try to find a smaller example that takes as long."""


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """Every test ends within a fixed time."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def late(*_: object) -> None:
        raise OutOfTime(f"the test took more than {LONGEST} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
