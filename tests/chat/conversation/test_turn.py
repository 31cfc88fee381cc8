"""Events folded into the record of a turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import ServerFailed
from chat.conversation.events import (
    CALL,
    REASONING,
    REFUSAL,
    TEXT,
    Event,
    Failed,
    Finished,
    Interrupted,
    Piece,
    Used,
    Waiting,
)
from chat.conversation.folding import Fold, pump
from chat.conversation.turn import COMPLETE, FAILED, INTERRUPTED, Usage, estimated

pieces = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([TEXT, REASONING, REFUSAL]), st.text(max_size=4))
)


@given(pieces)
def test_pieces_add_up(given_pieces: list[tuple[int, str, str]]) -> None:
    """Each choice holds its own pieces, in their order, by their sort."""
    fold = Fold()
    for index, kind, text in given_pieces:
        fold.feed(Piece(index, text, kind))
    turn = fold.answer()
    for choice in turn.choices:
        for kind, value in ((TEXT, choice.text), (REASONING, choice.reasoning), (REFUSAL, choice.refusal)):
            assert value == "".join(
                text for index, each, text in given_pieces if (index, each) == (choice.index, kind)
            )
    assert {choice.index for choice in turn.choices} == {index for index, _, _ in given_pieces}


def test_time_starts_when_it_was_sent() -> None:
    """First token and duration are counted from the last sending, countdowns apart."""
    now = iter([0.0, 10.0, 12.5, 14.0])
    fold = Fold(clock=lambda: next(now))
    fold.feed(Waiting(0.0, "busy"))
    fold.feed(Piece(0, "a"))
    turn = fold.answer()
    assert (turn.first_token, turn.duration) == (2.5, 4.0)


def test_times_are_those_of_arrival() -> None:
    """An event that was fed late counts from when it came, so that a slow screen makes no slow answers."""
    fold = Fold(clock=lambda: 0.0)
    fold.feed(Piece(0, "a"), 1.5)
    fold.feed(Piece(0, "b"), 2.0)
    turn = fold.answer(3.0)
    assert (turn.first_token, list(turn.arrivals), turn.duration) == (1.5, [1.5, 2.0], 3.0)


def test_tool_calls_are_put_together() -> None:
    """Names and arguments come in pieces."""
    fold = Fold()
    for event in (
        Piece(0, "", CALL, 0, "c", "look"),
        Piece(0, '{"a"', CALL, 0, "", ""),
        Piece(0, ":1}", CALL, 0, "", ""),
    ):
        fold.feed(event)
    assert fold.answer().at().tool_calls == (("look", '{"a":1}'),)


def test_speed_is_after_the_first_token() -> None:
    """Tokens a second, from the first one on; none where there is nothing to measure."""
    now = iter([0.0, 1.0, 2.0, 3.0])
    fold = Fold(clock=lambda: next(now))
    fold.feed(Piece(0, "a"))
    fold.feed(Piece(0, "b"))
    fold.feed(Used(5, 20))
    assert fold.answer().speed == 10


def test_the_speed_of_what_comes_at_once_is_over_the_whole_time() -> None:
    """An answer in one piece was made while nothing was to be seen, not in the moment it came."""
    fold = Fold(clock=lambda: 0.0)
    fold.feed(Piece(0, "a b"), 2.0)
    fold.feed(Piece(1, "a b"), 2.0)
    fold.feed(Used(5, 20), 2.0)
    assert fold.answer(2.002).speed == pytest.approx(10, rel=0.01)


@pytest.mark.parametrize(
    ("last", "ended"),
    [(Finished(0, "stop"), COMPLETE), (Interrupted(), INTERRUPTED), (Failed(ServerFailed("x")), FAILED)],
)
def test_how_it_ended(last: Event, ended: str) -> None:
    """Complete, interrupted or failed, and what arrived is kept in each."""
    turn = pump(iter([Piece(0, "a"), last]))
    assert (turn.ended, turn.at().text) == (ended, "a")


def test_ctrl_c_in_a_consumer_is_an_end() -> None:
    """An interrupt that lands in a consumer ends the turn; the stream is closed, the record whole."""
    closed: list[bool] = []

    def stream() -> Iterator[Event]:
        try:
            yield Piece(0, "a")
            yield Piece(0, "b")
        finally:
            closed.append(True)

    class Screen:
        seen: list[Event]

        def __init__(self) -> None:
            self.seen = []

        def feed(self, event: Event) -> None:
            self.seen.append(event)
            if event == Piece(0, "a"):
                raise KeyboardInterrupt

    screen = Screen()
    turn = pump(stream(), screen)
    assert (turn.ended, turn.at().text) == (INTERRUPTED, "a")
    assert closed == [True]
    assert screen.seen[-1] == Interrupted()


def test_estimates_stand_in_only_where_nothing_was_reported() -> None:
    """The server's own count is never replaced."""
    reported = pump(iter([Piece(0, "a"), Used(9, 1)]))
    assert estimated(reported, 5, 5) is reported
    assert estimated(pump(iter([Piece(0, "a")])), 5, 3).usage == Usage(5, 3, estimated=True)
