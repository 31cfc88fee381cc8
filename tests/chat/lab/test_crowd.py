"""Many are asked at once: each answer comes once, and the thread that takes them is as free after it as before."""

from __future__ import annotations

import os
import threading

import pytest

from chat.base.interrupts import Unguarded
from chat.conversation.parallel import Stop
from chat.conversation.turn import Answer, Choice
from chat.lab.crowd import Crowd, Job
from chat.lab.pace import Pace
from chat.parameters.rate import Rate


def test_each_is_answered_once() -> None:
    """Forty jobs at four at once: every answer comes, each to whoever asked."""
    asked = iter(range(40))

    def begin() -> Job[int] | None:
        number = next(asked, None)
        return None if number is None else Job(number, lambda stop: Answer((Choice(0, str(number)),)))

    crowd: Crowd[int] = Crowd(Pace(Rate(at_once=4)), begin)
    found = [each for some in crowd.answers(Unguarded(), 8) for each in some]
    crowd.close()
    assert sorted(key for key, _ in found) == list(range(40))
    assert all(answer.at().text == str(key) for key, answer in found)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system keeps no thread to a core")
def test_its_threads_share_a_core() -> None:
    """Those who ask run on one core while it goes on; the thread that takes answers is let go by `close`."""
    before = os.sched_getaffinity(0)
    seen: list[set[int]] = []
    left = iter(range(8))

    def ask(stop: Stop) -> Answer:
        seen.append(os.sched_getaffinity(threading.get_native_id()))
        return Answer()

    crowd: Crowd[int] = Crowd(
        Pace(Rate(at_once=4)), lambda: None if (number := next(left, None)) is None else Job(number, ask)
    )
    for _ in crowd.answers(Unguarded(), 8):
        assert len(os.sched_getaffinity(0)) == 1
    crowd.close()
    assert os.sched_getaffinity(0) == before
    assert len(seen) == 8 and all(each == seen[0] and len(each) == 1 for each in seen)
