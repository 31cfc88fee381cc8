"""The pace of a long run, against servers that are simulated: hours of asking, in a time of their own."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.lab.pace import Outcome, Pace
from chat.parameters.rate import Rate
from tests.support.examples import times
from tests.support.pacing import Server, Shell, World


def sizes(lot: random.Random) -> int:
    """Give the tokens of a request: 550 on average, some of them many times that."""
    return int(lot.lognormvariate(6, 0.8))


# ---- what a server allows


@pytest.mark.parametrize("headers", [False, True], ids=["no headers", "headers"])
@pytest.mark.parametrize("retry_after", [False, True], ids=["no Retry-After", "Retry-After"])
@pytest.mark.parametrize(
    ("a_minute", "burst", "minutes"),
    [(60, 5, 30), (60, 60, 30), (500, 8, 9), (500, 500, 9), (5000, 80, 1), (5000, 5000, 2)],
)
def test_the_allowed_rate_is_used(
    a_minute: int, burst: int, minutes: int, headers: bool, retry_after: bool
) -> None:
    """In the steady state it is used for nine tenths or more, and one request in a hundred is refused at most."""
    world = World(seed=a_minute + burst)
    rate = a_minute / 60
    server = Server(world, rate, burst, headers=headers, retry_after=retry_after, failing=0.01)
    shell = Shell(server)
    first, last = minutes * 20, minutes * 60
    world.run(last)
    assert shell.answers(first, last) >= 0.9 * rate
    assert shell.refused(first, last) <= 0.01


@pytest.mark.parametrize("headers", [False, True], ids=["no headers", "headers"])
def test_a_server_that_counts_by_the_clock(headers: bool) -> None:
    """Where all 500 are there again at each full minute, they are used as well."""
    world = World()
    shell = Shell(Server(world, 500 / 60, 500, window=60, headers=headers, retry_after=True, failing=0.01))
    world.run(1800)
    assert shell.answers(600, 1800) >= 0.9 * 500 / 60
    assert shell.refused(600, 1800) <= 0.01


@pytest.mark.parametrize("headers", [False, True], ids=["no headers", "headers"])
@pytest.mark.parametrize("estimate", [0.0, 0.7, 1.5])
def test_a_limit_of_tokens(headers: bool, estimate: float) -> None:
    """So is a limit of tokens, with requests of many sizes, whose estimates are wrong or missing."""
    world = World()
    a_second = 200_000 / 60
    server = Server(
        world, tokens=a_second, tokens_burst=50_000, headers=headers, retry_after=True, failing=0.01
    )
    shell = Shell(server, tokens=sizes, estimate=estimate)
    world.run(1800)
    used = sum(outcome.tokens for when, outcome in shell.ended if when >= 600) / 1200
    assert used >= 0.9 * a_second
    assert shell.refused(600, 1800) <= 0.01


@pytest.mark.parametrize("burst", [8, 500])
@pytest.mark.parametrize("headers", [False, True], ids=["no headers", "headers"])
def test_two_shells_share(burst: int, headers: bool) -> None:
    """Two that know nothing of each other get half each, though one was there first."""
    world = World()
    server = Server(world, 500 / 60, burst, headers=headers, retry_after=True, failing=0.01)
    one, other = Shell(server), Shell(server, begins=120)
    first, last = 600, 1500
    world.run(last)
    both = one.answers(first, last) + other.answers(first, last)
    assert one.answers(first, last) / both == pytest.approx(0.5, abs=0.1)
    assert both >= 0.9 * 500 / 60
    assert (one.refused(first, last) + other.refused(first, last)) / 2 <= 0.01


@pytest.mark.parametrize("begins", [(0, 120), (0, 120, 300)], ids=["two", "three"])
def test_refusals_alone_make_shares_equal(begins: tuple[float, ...]) -> None:
    """With no word of how long to wait or what is left, and a minute saved up, each gets its part."""
    world = World(seed=5)
    server = Server(world, 500 / 60, 500, failing=0.01)
    shells = [Shell(server, begins=each) for each in begins]
    world.run(2400)
    answers = [shell.answers(1000, 2400) for shell in shells]
    assert sum(answers) >= 0.9 * 500 / 60
    for shell, each in zip(shells, answers, strict=True):
        assert each * len(shells) / sum(answers) == pytest.approx(1, abs=0.2)
        assert shell.refused(1000, 2400) <= 0.01


def test_a_limit_of_tokens_is_shared() -> None:
    """Requests of many sizes get half of a limit of tokens each, though one was there first."""
    world = World()
    server = Server(world, tokens=200_000 / 60, tokens_burst=200_000, retry_after=True, failing=0.01)
    shells = [Shell(server, tokens=sizes, estimate=0.7, begins=each) for each in (0, 120)]
    world.run(1800)
    one, other = (sum(made.tokens for when, made in each.ended if when >= 900) / 900 for each in shells)
    assert one / (one + other) == pytest.approx(0.5, abs=0.1)
    assert one + other >= 0.9 * 200_000 / 60


def test_a_limit_that_falls() -> None:
    """Where only a fifth is allowed from now on, that is found within a minute."""
    world = World()
    server = Server(world, 500 / 60, 8, failing=0.01)
    shell = Shell(server)
    world.run(900)
    server.rate = 100 / 60
    world.run(1200)
    assert shell.answers(960, 1200) >= 0.9 * 100 / 60
    assert shell.refused(960, 1200) <= 0.02


def test_what_another_shell_leaves_is_taken() -> None:
    """When one of two has finished, the other has all of it within five minutes."""
    world = World()
    server = Server(world, 500 / 60, 500, retry_after=True, failing=0.01)
    shell = Shell(server)
    Shell(server, ends=900)
    world.run(1500)
    assert shell.answers(1200, 1500) >= 0.9 * 500 / 60


def test_retry_after_holds_for_all() -> None:
    """Where one request is told to wait, none goes out before; and it is said why."""
    now = [100.0]
    pace = Pace(Rate(), lambda: now[0])
    one, _ = pace.began(), pace.began()
    assert pace.wait() == 0
    pace.ended(one, Outcome(refused=True, retry_after=12))
    assert pace.wait() == 12
    assert pace.said == "it said to wait 12 s"
    now[0] += 12
    assert pace.wait() == 0
    assert pace.said == ""


def test_a_limit_of_the_day_is_not_spread_over_the_day() -> None:
    """14,000 left until tonight do not slow down a run of a thousand; none left stops it until then."""
    now = [0.0]
    pace = Pace(Rate(), lambda: now[0])
    headers = {"x-ratelimit-remaining-requests-day": "14000", "x-ratelimit-reset-requests-day": "36000"}
    pace.ended(pace.began(), Outcome(ok=True, headers=headers))
    pace.began()
    assert pace.wait() < 0.01
    headers["x-ratelimit-remaining-requests-day"] = "0"
    pace.ended(pace.began(), Outcome(ok=True, headers=headers))
    assert pace.wait() > 3600


# ---- how many at once


def test_a_server_without_limits_is_soon_asked_by_all() -> None:
    """Where an answer takes 20 ms, 64 are under way within a second."""
    world = World()
    shell = Shell(Server(world, latency=0.02))
    world.run(1)
    assert shell.pace.limit == 64
    assert shell.most == 64


@pytest.mark.parametrize("spread", [0.1, 0.7])
def test_a_server_that_lets_others_wait_is_not_flooded(spread: float) -> None:
    """With four slots it answers as fast as it can, and few wait in its queue."""
    world = World()
    shell = Shell(Server(world, latency=2, spread=spread, slots=4))
    world.run(1200)
    assert shell.answers(0, 1200) >= 0.95 * 4 / 2
    assert shell.most <= 10


@pytest.mark.parametrize("latency", [0.5, 10])
def test_slow_answers_are_no_queue(latency: float) -> None:
    """Where answers take long, of many lengths, and more at once bring more, there are 64 at once in the end."""
    world = World()
    shell = Shell(Server(world, latency=latency, spread=0.7, failing=0.01))
    world.run(30 * latency)
    assert shell.pace.limit == 64


# ---- when it does not answer


@pytest.mark.parametrize("by_503", [False, True], ids=["no connection", "503"])
@pytest.mark.parametrize("rate", [20, math.inf])
def test_after_an_outage(rate: float, by_503: bool) -> None:
    """It is tried every few seconds, one at a time; ten seconds after the end all is as before."""
    world = World()
    shell = Shell(Server(world, rate, 2 * rate, failing=0.01, by_503=by_503, outages=[(100, 160)]))
    world.run(200)
    tries = [when for when in shell.began if 105 <= when < 160]
    assert all(0.5 <= later - one <= 5 for one, later in pairwise(tries))
    assert len(tries) >= 60 / 5 - 2
    assert shell.answers(170, 200) >= 0.9 * shell.answers(50, 100)


def test_an_answer_that_begins_ends_an_outage() -> None:
    """It need not be at its end: a minute's answer would keep all others waiting for a minute."""
    now = [0.0]
    pace = Pace(Rate(), lambda: now[0])
    for begun in [pace.began() for _ in range(4)]:
        pace.ended(begun, Outcome(unreachable=True))
    assert pace.limit == 1
    assert pace.wait() == 0.5
    assert pace.said == "the server does not answer: trying again in 1 s"
    now[0] += 0.5
    probe = pace.began()
    assert pace.wait() == math.inf
    pace.heard(probe, {})
    assert pace.limit == 4
    assert pace.wait() == 0


def test_single_failures_are_no_outage() -> None:
    """One in twenty costs nothing but itself."""
    shells = []
    for failing in (0.0, 0.05):
        world = World()
        shells.append(Shell(Server(world, latency=1, failing=failing)))
        world.run(200)
    sound, failing_ = (shell.answers(60, 200) for shell in shells)
    assert failing_ >= 0.97 * sound


def test_after_a_stall() -> None:
    """Where nothing was answered for half a minute, all is as before within ten seconds."""
    world = World()
    shell = Shell(Server(world, 20, 40, failing=0.01, stalls=[(100, 130)]))
    world.run(240)
    assert shell.answers(140, 240) >= 0.9 * 20
    assert shell.refused(140, 240) <= 0.01


# ---- what the person allows


@times(1)
@given(st.integers(1, 3000), st.integers(1, 80), st.sampled_from([0.02, 0.5, 5.0]), st.integers(0, 99))
def test_no_minute_has_more_than_the_ceiling(a_minute: int, at_once: int, latency: float, seed: int) -> None:
    """In no minute, whenever it begins, more requests go out, and never more are under way."""
    world = World(seed)
    shell = Shell(
        Server(world, latency=latency, failing=0.01, outages=[(40, 50)]), Rate(a_minute, None, at_once)
    )
    world.run(150)
    went = shell.began
    assert all(later - one >= 60 - 1e-6 for one, later in zip(went, went[a_minute:], strict=False))
    assert shell.most <= at_once


@times(1)
@given(st.integers(5_000, 500_000), st.integers(0, 99))
def test_no_minute_has_more_tokens_than_the_ceiling(a_minute: int, seed: int) -> None:
    """In no minute more tokens go out, but for the last request."""
    world = World(seed)
    shell = Shell(Server(world), Rate(tokens=a_minute), tokens=sizes)
    world.run(150)
    before = list(accumulate(shell.asked, initial=0))
    for first, start in enumerate(shell.began):
        last = bisect_left(shell.began, start + 60) - 1
        assert before[last] - before[first] <= a_minute


def test_a_ceiling_of_the_person_is_used() -> None:
    """It is kept, and used; and it is said whose it is."""
    world = World()
    shell = Shell(Server(world, failing=0.01), Rate(requests=500))
    world.run(600)
    assert shell.answers(60, 600) >= 0.98 * 500 / 60
    assert shell.pace.said == "your ceiling is 500 requests a minute"


def test_estimates_are_corrected() -> None:
    """Where requests turn out to have three times the tokens, no more are asked for than the ceiling allows."""
    world = World()
    shell = Shell(Server(world), Rate(tokens=60_000), tokens=sizes, estimate=1 / 3)
    world.run(1200)
    used = sum(outcome.tokens for when, outcome in shell.ended if when >= 120) / 1080
    assert 0.95 * 1000 <= used <= 1.01 * 1000


@times(2)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ok", "refused", "unreachable", "other"]),
            st.floats(0, 60),
            st.none() | st.floats(0, 30),
            st.integers(0, 10_000),
            st.text(max_size=4) | st.floats(0, 1e12).map(str),
        ),
        max_size=60,
    )
)
def test_whatever_comes_it_goes_on(what: list[tuple[str, float, float | None, int, str]]) -> None:
    """With nothing under way, a run is never told to wait for ever, nor for longer than the server said by much."""
    now = [0.0]
    pace = Pace(Rate(), lambda: now[0])
    for kind, seconds, retry_after, tokens, value in what:
        begun = pace.began(tokens)
        now[0] += seconds
        headers = {"x-ratelimit-remaining-requests": value, "x-ratelimit-reset-requests": "20s"}
        pace.ended(
            begun,
            Outcome(
                kind == "ok", kind == "refused", kind == "unreachable", retry_after, seconds, tokens, headers
            ),
        )
        assert pace.under_way == 0
        assert pace.limit >= 1
        assert 0 <= pace.wait() < 130
