"""Several requests at once: their events in one, stopped together."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chat.base.errors import ServerFailed
from chat.conversation.events import Event, Failed, Interrupted, Notice, Piece, Used, Waiting
from chat.conversation.folding import pump
from chat.conversation.parallel import Stop, choices, merged, one_choice
from chat.endpoint.address import Endpoint
from chat.endpoint.attempts import attempts
from chat.endpoint.client import Client

from ...support.server import Server, chunk, chunked, error, sse, stall, stream, usage

BODY: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "x"}], "stream": True, "n": 3}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def test_server_without_n_gets_that_many_requests(server: Server) -> None:
    """A refusal of `n` becomes n requests at once, said so; the choices come under their numbers."""
    server.reply(error("400 Bad Request", "n is not supported", param="n"), stream("hi"))
    told: list[str | None] = []
    body = dict(BODY)
    turn = pump(attempts(Client(Endpoint(server.url)), body, lambda refusal: told.append(refusal.param)))
    assert told == ["n"]
    assert [(choice.index, choice.text) for choice in turn.choices] == [(0, "hi"), (1, "hi"), (2, "hi")]
    assert ["n" in request.body for request in server.requests] == [True, False, False, False]
    assert turn.dropped == ("n",)
    assert body == BODY, "what was to be sent stays as it was; Sent tells what went without"


def test_every_request_pays_for_its_own_prompt(server: Server) -> None:
    """Prompt and completion tokens add up."""
    server.reply(stream("hi", used=usage(9, 4)))
    body = dict(BODY)
    turn = pump(attempts(Client(Endpoint(server.url)), body, split=True))
    assert turn.usage
    assert (turn.usage.prompt, turn.usage.completion) == (27, 12)


def test_seed_is_counted_up() -> None:
    """The same seed for all would make the choices the same."""
    bodies = [one_choice({**BODY, "seed": 7}, index) for index in range(3)]
    assert [body["seed"] for body in bodies] == [7, 8, 9]
    assert not any("n" in body for body in bodies)


def test_one_failure_is_a_notice(server: Server) -> None:
    """A choice that fails does not take the others with it."""
    server.reply(error("500 Oops"), stream("hi"))
    seen = list(choices(Client(Endpoint(server.url)), {**BODY, "n": 2}))
    assert sum(isinstance(event, Piece) for event in seen) == 1
    assert [event.text.partition(" failed")[0] for event in seen if isinstance(event, Notice)] in (
        ["choice 1"],
        ["choice 2"],
    )
    assert not any(isinstance(event, Failed) for event in seen)


def test_all_failures_are_one(server: Server) -> None:
    """Where every choice fails, the turn does."""
    server.reply(error("500 Oops"))
    last = list(choices(Client(Endpoint(server.url)), {**BODY, "n": 2}))[-1]
    assert isinstance(last, Failed)
    assert isinstance(last.error, ServerFailed)


def test_closing_hangs_up_on_all(server: Server) -> None:
    """Ctrl-C in the middle ends the reading threads, though the server goes on talking to them."""
    server.reply(stall(sse(chunk({"content": "a"}), done=False)))
    events = choices(Client(Endpoint(server.url)), {**BODY, "n": 2})
    others = set(threading.enumerate())
    while not isinstance(next(events), Piece):
        pass
    readers = [each for each in threading.enumerate() if each not in others and each.name == "stream"]
    events.close()
    for thread in readers:
        thread.join(timeout=10)
    assert readers
    assert [each.name for each in readers if each.is_alive()] == []


def test_stop_calls_late_comers_at_once() -> None:
    """A stream that begins after the stop is hung up as soon as it begins."""
    stop, called = Stop(), []
    stop.on_stop(lambda: called.append("early"))
    stop.set()
    stop.on_stop(lambda: called.append("late"))
    assert called == ["early", "late"]


def test_an_exception_in_a_stream_is_a_failure() -> None:
    """What goes wrong in a thread is told, and the others go on."""

    def bad(stop: Stop) -> Iterator[Event]:
        raise RuntimeError("oops")
        yield

    def good(stop: Stop) -> Iterator[Event]:
        yield Used(1, 2)

    seen = list(merged([bad, good]))
    assert {type(event) for _, event, _ in seen} == {Failed, Used, type(None)}


def test_no_more_are_under_way_than_wanted() -> None:
    """Of six streams two are under way at once, each begun when another has ended."""
    under_way, most = 0, 0
    lock = threading.Lock()

    def one(stop: Stop) -> Iterator[Event]:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.01)
        yield Used(1, 1)
        with lock:
            under_way -= 1

    seen = list(merged([one] * 6, at_once=2))
    assert sorted(number for number, event, _ in seen if event is None) == list(range(6))
    assert most == 2


def test_one_can_be_stopped_alone() -> None:
    """Its own stop ends a stream with Interrupted; the others end by themselves."""
    stops = [Stop(), Stop()]

    def endless(stop: Stop) -> Iterator[Event]:
        while True:
            yield Used(0, 0)
            time.sleep(0.001)

    def short(stop: Stop) -> Iterator[Event]:
        time.sleep(0.02)
        yield Used(1, 2)

    seen = []
    for number, event, _ in merged([endless, short], stops):
        seen.append((number, type(event)))
        stops[0].set()
    assert (0, Interrupted) in seen
    assert (1, Interrupted) not in seen
    assert seen[-1] in ((0, type(None)), (1, type(None)))


def test_none_is_begun_while_one_waits_for_a_rate_limit() -> None:
    """A countdown holds back what has not begun; when it is over the rest goes on."""
    begun: list[int] = []

    def waits(stop: Stop) -> Iterator[Event]:
        begun.append(0)
        yield Waiting(0.02, "slow down")
        time.sleep(0.02)
        assert begun == [0]
        yield Waiting(0.0, "slow down")
        yield Used(1, 1)

    def other(stop: Stop) -> Iterator[Event]:
        begun.append(1)
        yield Used(1, 1)

    events = [event for _, event, _ in merged([waits, other, other], at_once=1)]
    assert not [event for event in events if isinstance(event, Failed)]
    assert begun == [0, 1, 1]


def test_events_of_each_come_in_their_order(server: Server) -> None:
    """However they interleave, the pieces of one choice stay in order."""
    pieces = [chunk({"content": f"{number} "}) for number in range(50)]
    server.reply(chunked(*(sse(piece, done=False) for piece in pieces), sse(chunk({}, finish="stop"))))
    turn = pump(choices(Client(Endpoint(server.url)), BODY))
    assert {choice.text for choice in turn.choices} == {"".join(f"{number} " for number in range(50))}
