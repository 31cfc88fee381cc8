"""One answer on the screen: its text as it arrives, and what is said of it when it is over."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import StreamBroken
from chat.conversation.events import (
    CALL,
    REASONING,
    REFUSAL,
    TEXT,
    Event,
    Failed,
    Finished,
    Interrupted,
    Notice,
    Piece,
    Started,
    Waiting,
)
from chat.conversation.folding import Fold
from chat.conversation.turn import COMPLETE, FAILED, INTERRUPTED, Answer, Choice, Usage
from terminal.drawing.answer import StreamedAnswer
from terminal.drawing.painted import Painted
from terminal.drawing.remarks import summary
from terminal.streams import Terminal

from ...support.screen import Clock, Window


class Watched:
    """An answer in pipes, or on a terminal where `window` is one, and what was written so far."""

    def __init__(self, choices: int = 1, window: Window | None = None) -> None:
        self.out, self.err, self.clock = io.StringIO(), io.StringIO(), Clock()
        terminal = window or Terminal(io.StringIO(), self.out, self.err, {"TERM": "xterm"})
        page = Painted(window, clock=self.clock, threaded=False) if window and window.paints else None
        self.window = window
        self.answer = StreamedAnswer(terminal, choices, page=page)
        self._fold = Fold()

    def feed(self, *events: Event) -> Watched:
        for event in events:
            self.clock.now += 0.1
            self._fold.feed(event)
            self.answer.feed(event)
        return self

    def close(self, turn: Answer | None = None) -> Watched:
        self.answer.close(turn or self._fold.answer())
        return self

    @property
    def shown(self) -> str:
        return self.window.text if self.window else self.out.getvalue()

    @property
    def aside(self) -> str:
        return self.err.getvalue()


def sections(shown: str) -> list[tuple[int, str]]:
    """(number, text below it) in the order they stand there."""
    parts = re.split(r"^\[(\d+)\]\n", shown, flags=re.MULTILINE)
    assert parts[0] == "", "text that stands under no number"
    return [(int(n), text.rstrip("\n")) for n, text in zip(parts[1::2], parts[2::2], strict=True)]


# ---- one choice


def test_text_is_shown_as_it_arrives() -> None:
    """Each piece is on the screen before the next one comes; the line is ended when the answer is."""
    watched = Watched()
    for text, sofar in (("Hel", "Hel"), ("lo\n", "Hello\n"), ("you", "Hello\nyou")):
        assert watched.feed(Piece(0, text)).shown == sofar
    assert watched.feed(Finished(0, "stop")).close().shown == "Hello\nyou\n"


def test_one_choice_has_no_number() -> None:
    """A single answer is its text and nothing else."""
    assert Watched().feed(Started("m"), Piece(0, "[1] x\n"), Finished(0, "stop")).close().shown == "[1] x\n"


@pytest.mark.parametrize("window", [None, Window()], ids=["pipe", "terminal"])
def test_control_characters_are_shown_not_obeyed(window: Window | None) -> None:
    """An escape from a model is seen, even cut in two between pieces; CR LF cut in two is one newline."""
    watched = Watched(window=window)
    watched.feed(
        Piece(0, "a\x1b"), Piece(0, "[2Jb\r"), Piece(0, "\n\nc\x9b\u202e\r"), Finished(0, "stop")
    ).close()
    assert watched.shown.startswith("a␛[2Jb\n\nc‹9B›‹U+202E›␍")


@pytest.mark.parametrize("hostile", ["\x1b]0;title\x07", "\r\x1b[K", "\x9b2J"])
def test_nothing_from_a_server_steers_the_terminal(hostile: str) -> None:
    """Reasoning, refusals, tool calls, notices and reasons of waiting are cleaned like the text."""
    events = [
        *(
            Piece(0, hostile, REASONING),
            Piece(0, hostile, REFUSAL),
            Piece(0, hostile, CALL, 0, hostile, hostile),
        ),
        *(Notice(hostile), Waiting(1.0, hostile), Waiting(0.0, hostile), Finished(0, hostile)),
    ]
    watched = (
        Watched()
        .feed(*events)
        .close(Answer(choices=(Choice(0, "x", finish_reason=hostile),), usage=Usage(1, 1)))
    )
    assert not set("\x1b\x07\x9b\r") & set(watched.shown + watched.aside)


@given(st.lists(st.text()))
def test_any_text_comes_out_whole(texts: list[str]) -> None:
    """However an answer is cut, what is printed is the whole of it, cleaned."""
    from terminal.clean import clean

    whole = clean("".join(texts))
    shown = Watched().feed(*(Piece(0, text) for text in texts), Finished(0, "stop")).close().shown
    assert shown == (whole if whole.endswith("\n") or not whole else whole + "\n")


def test_reasoning_stands_apart_from_the_answer() -> None:
    """In pipes reasoning goes to stderr, dim on a terminal: stdout is the answer alone."""
    events = (Piece(0, "hm ", REASONING), Piece(0, "so", REASONING), Piece(0, "Yes"), Finished(0, "stop"))
    piped = Watched().feed(*events)
    assert (piped.shown, piped.aside.strip()) == ("Yes", "hm so")
    watched = Watched(window=(window := Window())).feed(*events)
    assert watched.shown == "hm so\n\nYes"
    assert "\x1b[2;3mhm so\x1b[0m" in window.written


def test_a_tool_call_is_shown_by_name_and_arguments() -> None:
    """The name comes once, the arguments as they arrive."""
    events = [
        Piece(0, "", CALL, 0, "id", "find"),
        Piece(0, '{"a":', CALL, 0, "", ""),
        Piece(0, "1}", CALL, 0, "", ""),
    ]
    assert Watched().feed(*events, Finished(0, "tool_calls")).close().shown == '[calls find] {"a":1}\n'


def test_two_calls_stand_on_lines_of_their_own() -> None:
    """The second call of a turn begins a line."""
    events = [Piece(0, "{}", CALL, 0, "a", "find"), Piece(0, "{}", CALL, 1, "b", "open")]
    assert (
        Watched().feed(*events, Finished(0, "tool_calls")).close().shown
        == "[calls find] {}\n[calls open] {}\n"
    )


def test_a_refusal_is_shown_as_such() -> None:
    """It is marked once, whatever the number of pieces."""
    assert (
        Watched().feed(Piece(0, "I ", REFUSAL), Piece(0, "won't", REFUSAL)).close().shown
        == "[refuses] I won't\n"
    )


def test_blanks_in_arguments_are_kept() -> None:
    """A blank at the edge of a piece is part of the argument."""
    events = [
        Piece(0, '{"text": "two', CALL, 0, "id", "say"),
        Piece(0, " words", CALL, 0, "", ""),
        Piece(0, ' "}', CALL, 0, "", ""),
    ]
    assert '{"text": "two words "}' in Watched().feed(*events, Finished(0, "tool_calls")).close().shown


# ---- several choices


def test_choices_are_shown_in_order_however_they_interleave() -> None:
    """The first choice streams; the others wait for their turn, each under its number."""
    watched = Watched(2).feed(Piece(1, "t"), Piece(0, "h"), Piece(1, "ails"))
    assert watched.shown == "[1]\nh"
    watched.feed(Piece(0, "eads"), Finished(1, "stop"))
    assert watched.shown == "[1]\nheads"
    watched.feed(Finished(0, "stop"))
    assert watched.shown == "[1]\nheads\n[2]\ntails"
    assert watched.close().shown == "[1]\nheads\n[2]\ntails\n"


def test_the_next_choice_streams_once_the_first_has_ended() -> None:
    """A choice that has its turn is shown as it arrives."""
    watched = Watched(2).feed(Piece(0, "a"), Finished(0, "stop"), Piece(1, "b"))
    assert watched.shown == "[1]\na\n[2]\nb"
    assert watched.feed(Piece(1, "c")).shown.endswith("bc")


def test_choices_that_never_ended_are_shown_at_the_close() -> None:
    """What had arrived of the waiting ones when the answer was interrupted is not lost."""
    watched = Watched(3).feed(Piece(0, "a"), Piece(2, "c"), Piece(1, "b"), Interrupted()).close()
    assert sections(watched.shown) == [(1, "a"), (2, "b"), (3, "c")]


PIECES = st.text(alphabet="abc é日 ", min_size=1, max_size=6)


@st.composite
def sound_streams(draw: st.DrawFn) -> tuple[int, list[Event]]:
    """n choices, each its texts and then its end, in any interleaving; the stream may break off."""
    n = draw(st.integers(2, 5))
    queues: list[list[Event]] = [
        [*(Piece(index, text) for text in draw(st.lists(PIECES, max_size=4))), Finished(index, "stop")]
        for index in range(n)
    ]
    order = draw(st.permutations([index for index, queue in enumerate(queues) for _ in queue]))
    events = [queues[index].pop(0) for index in order]
    return n, events[: draw(st.integers(0, len(events)))]


ANY_ORDER = st.lists(
    st.one_of(
        st.builds(Piece, st.integers(0, 4), PIECES),
        st.builds(Piece, st.integers(0, 4), PIECES, st.just(REASONING)),
        st.builds(Finished, st.integers(0, 4), st.just("stop")),
    ),
    max_size=25,
)


def texts_of(events: list[Any]) -> dict[int, str]:
    """What was said under each number, without blanks and ends of lines."""
    texts: dict[int, str] = {}
    for event in events:
        if isinstance(event, Piece) and event.kind == TEXT:
            texts[event.index + 1] = texts.get(event.index + 1, "") + "".join(event.text.split())
    return {number: text for number, text in texts.items() if text}


@given(sound_streams())
def test_each_choice_stands_once_whole_and_in_order(stream: tuple[int, list[Event]]) -> None:
    """However the choices interleave and wherever it breaks off: all text, once, under ascending numbers."""
    n, events = stream
    found = sections(Watched(n).feed(*events).close().shown)
    numbers = [number for number, _ in found]
    assert numbers == sorted(set(numbers))
    assert {number: "".join(text.split()) for number, text in found if text.strip()} == texts_of(events)


@given(ANY_ORDER)
def test_no_text_is_lost_or_misplaced_in_any_order(events: list[Event]) -> None:
    """Even where a server goes on after the end of a choice, each text comes out once, under its number."""
    gathered: dict[int, str] = {}
    for number, text in sections(Watched(5).feed(*events).close().shown):
        gathered[number] = gathered.get(number, "") + "".join(text.split())
    assert {number: text for number, text in gathered.items() if text} == texts_of(events)


@given(sound_streams())
def test_what_is_printed_is_never_touched_again(stream: tuple[int, list[Event]]) -> None:
    """Append-only: what stood on the screen after one event still stands there after the next."""
    n, events = stream
    watched = Watched(n)
    before = ""
    for event in events:
        now = watched.feed(event).shown
        assert now.startswith(before)
        before = now
    assert watched.close().shown.startswith(before)


# ---- when it is over


def closed(turn: Answer, *events: Event) -> str:
    return Watched().feed(*events).close(turn).aside


def test_the_line_about_a_turn() -> None:
    """Tokens in and out with cached and reasoning, seconds to the first, speed, finish reason, cost."""
    turn = Answer(
        choices=(Choice(0, "x", finish_reason="stop"),),
        usage=Usage(1200, 50, cached=1000, reasoning=30),
        first_token=0.5,
        duration=1.5,
        cost=0.0123,
    )
    told = "1200 in (1000 cached), 50 out (30 reasoning) · first token 0.50 s · 50 tok/s · stop · $0.0123"
    assert summary(turn) == told
    assert closed(turn, Piece(0, "x")) == told + "\n"


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (Answer(usage=Usage(9, 2, estimated=True)), "≈9 in, ≈2 out · complete · cost unknown"),
        (Answer(usage=Usage(9, 2, estimated=True), cost=0.5), "≈9 in, ≈2 out · complete · ≈$0.5000"),
        (Answer(usage=Usage(9, 2), cost=0.0), "9 in, 2 out · complete · $0"),
        (Answer(usage=Usage(9, 2), ended=FAILED), "9 in, 2 out · failed · cost unknown"),
        (
            Answer(
                choices=tuple(Choice(i, finish_reason=r) for i, r in enumerate(("stop", "length", "stop"))),
                usage=Usage(1, 1),
            ),
            "1 in, 1 out · stop/length · cost unknown",
        ),
    ],
)
def test_estimates_are_marked_and_unknown_prices_are_said(turn: Answer, told: str) -> None:
    """≈ marks what was counted here; a price that is not known is never guessed."""
    assert summary(turn) == told


@pytest.mark.parametrize("used", [None, Usage(1, 1)])
@pytest.mark.parametrize("reasons", [("length",), ("stop", "length"), ("length", "length")])
def test_the_limit_of_tokens_is_never_silent(reasons: tuple[str, ...], used: Usage | None) -> None:
    """An answer that was cut off at its limit says so, whichever choice it was, with or without usage."""
    choices = tuple(Choice(index, "x", finish_reason=reason) for index, reason in enumerate(reasons))
    assert closed(Answer(choices=choices, usage=used)).count("cut off at the limit of tokens") == 1


def test_an_answer_that_was_not_cut_says_nothing_of_limits() -> None:
    """A finish by stop draws no such line."""
    assert "cut off" not in closed(Answer(choices=(Choice(0, "x", finish_reason="stop"),), usage=Usage(1, 1)))


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (Answer(ended=INTERRUPTED, choices=(Choice(0, "x"),)), "interrupted; what arrived is kept\n"),
        (Answer(ended=INTERRUPTED), "interrupted\n"),
        (Answer(ended=COMPLETE, choices=(Choice(0, finish_reason="stop"),)), "the answer is empty\n"),
        (Answer(ended=COMPLETE, choices=(Choice(0, refusal="no"),)), ""),
        (Answer(ended=COMPLETE, choices=(Choice(0, tool_calls=(("f", "{}"),)),)), ""),
        (Answer(ended=FAILED), ""),
    ],
)
def test_how_it_ended_is_said(turn: Answer, told: str) -> None:
    """Interrupted, and with what kept; empty; a failure is the shell's to tell."""
    assert closed(turn) == told


def test_an_open_line_is_ended_first() -> None:
    """What is said after the answer begins on a line of its own, on a terminal too."""
    watched = Watched(window=Window()).feed(Piece(0, "Hal"), Interrupted()).close()
    assert watched.shown.startswith("Hal\ninterrupted; what arrived is kept")
    watched = Watched().feed(Piece(0, "Hal"), Failed(StreamBroken("cut"))).close()
    assert watched.shown == "Hal\n"


# ---- waiting, notices, colour


def test_a_countdown_is_one_line_that_goes_away() -> None:
    """On a terminal the seconds count down in place, and nothing of it is left before the answer."""
    watched = Watched(window=Window())
    for left in (3.0, 2.0):
        line = f"trying again in {left:.0f} s, Ctrl-C stops: too many requests"
        assert watched.feed(Waiting(left, "too many requests")).shown == line
    assert watched.feed(Waiting(0.0, "too many requests"), Piece(0, "ok")).shown == "ok"


def test_a_countdown_in_a_pipe_is_said_once() -> None:
    """Without a terminal each wait is one line on stderr."""
    watched = Watched()
    for first in (3.0, 5.0):
        watched.feed(Waiting(first, "busy"), Waiting(first - 1, "busy"), Waiting(0.0, "busy"))
    assert watched.aside == "".join(f"trying again in {n} s, Ctrl-C stops: busy\n" for n in (3, 5))
    assert watched.shown == ""


def test_an_interrupted_countdown_leaves_a_clean_line() -> None:
    """Ctrl-C while waiting takes the countdown off the line before anything else is said."""
    watched = Watched(window=Window()).feed(Waiting(3.0, "busy"), Interrupted()).close()
    assert watched.shown == "interrupted"


def test_a_narrow_window_shows_how_long_the_wait_is() -> None:
    """What does not fit of a countdown is the reason, not the seconds."""
    watched = Watched(window=Window(columns=45)).feed(Waiting(3.0, "too many requests or tokens for now"))
    assert watched.shown.startswith("trying again in 3 s, Ctrl-C stops: too")


def test_the_line_about_a_turn_is_broken_between_words() -> None:
    """Also where the window is narrower than it."""
    watched = Watched(window=Window(columns=30)).feed(
        Piece(0, "Hi"), Notice("one two three four five six seven")
    )
    turn = Answer(choices=(Choice(0, "Hi", finish_reason="stop"),), usage=Usage(12345, 678), first_token=0.5)
    rows = watched.close(turn).shown.split("\n")
    assert rows == [
        *("one two three four five six", "seven", "Hi"),
        *("12345 in, 678 out · first", "token 0.50 s · stop · cost", "unknown"),
    ]


def test_a_notice_stands_on_a_line_of_its_own() -> None:
    """A notice in the middle of an answer is not glued to it; in pipes it goes to stderr."""
    piped = (
        Watched()
        .feed(Piece(0, "a"), Notice("by\nthe way"), Piece(0, "b"))
        .close(Answer(choices=(Choice(0, "ab"),)))
    )
    assert (piped.shown, piped.aside) == ("ab\n", "by the way\n")
    watched = Watched(window=Window()).feed(Piece(0, "a"), Notice("by the way"), Piece(0, "b"))
    assert watched.shown == "by the way\nab"  # above what is still open


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_styles_where_none_are_wanted(environ: dict[str, str]) -> None:
    """NO_COLOR and a dumb terminal get text alone, as it was written."""
    events = (
        Piece(0, "hm", REASONING),
        Piece(0, "no", REFUSAL),
        Piece(0, "**x**"),
        Notice("n"),
        Finished(0, "length"),
    )
    Watched(window=(window := Window(**environ))).feed(*events).close()
    assert "\x1b" not in window.written and "**x**" in window.text
    Watched(window=(window := Window())).feed(*events).close()
    assert "\x1b[33m" in window.written and "**" not in window.text
