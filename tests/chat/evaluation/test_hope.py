"""When a column is asked no further: it only fails, and alike, or its server does not answer for long."""

from __future__ import annotations

import pytest

from chat.base import errors
from chat.evaluation.hope import HOPELESS, PATIENCE, Hope, kind_of

from ...support.screen import Clock


@pytest.mark.parametrize(
    ("said", "hopeless"),
    [
        (("no such key",) * 3, True),
        (("request req_1a2b: 300 tokens", "request req_9z: 7 tokens", "request req_77: 8 tokens"), True),
        (("too long", "refused by a filter", "too long"), False),
        (("no such key",) * 2, False),
    ],
)
def test_failures_alike_end_it(said: tuple[str, ...], hopeless: bool) -> None:
    """Three of them, whatever numbers are in them."""
    hope = Hope()
    told = [hope.lost(0, each) for each in said]
    assert bool(told[-1]) is hopeless and not any(told[:-1])
    assert hope.lost(1, said[0]) == "", "columns are apart"
    if hopeless:
        assert told[-1] == f"3 requests failed alike: {said[-1]}"


def test_a_column_that_answers_goes_on() -> None:
    """However often it fails."""
    hope = Hope()
    hope.answered(0)
    assert [hope.lost(0, "no") for _ in range(5 * HOPELESS)] == [""] * 5 * HOPELESS


def test_what_an_earlier_go_has_got_is_hope() -> None:
    """A run that goes on begins with what was refused before: that ends nothing, but a key that is gone does."""
    hope = Hope()
    hope.answered_before(0)
    assert [hope.lost(0, "not done here", "refused") for _ in range(5 * HOPELESS)] == [""] * 5 * HOPELESS
    assert [hope.lost(0, "no such key", "key refused") for _ in range(HOPELESS)][-1]


def test_a_silent_server_is_waited_for_a_while() -> None:
    """An answer, or a refusal, begins the time anew."""
    clock = Clock()
    hope = Hope(clock)
    for other in (lambda: hope.answered(0), lambda: hope.failed(0, "rate limit", "wait")):
        assert hope.failed(0, "no connection", "nothing listens") == ""
        clock.now += PATIENCE - 1
        assert hope.failed(0, "server error", "500") == ""
        other()
    clock.now += 10
    assert hope.failed(0, "timeout", "late") == ""
    clock.now += PATIENCE + 1
    assert hope.failed(0, "timeout", "late") == "the server has not answered for 120 s: late"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.QuotaExceeded("x"), "quota used up"),
        (errors.RateLimited("x"), "rate limit"),
        (errors.RequestFailed("x"), "refused"),
        (None, "refused"),
    ],
)
def test_failures_have_kinds(error: errors.RequestFailed | None, kind: str) -> None:
    """A quota that is used up is no rate limit, though both are 429."""
    assert kind_of(error) == kind
