"""How far many requests are: a bar, the time that is left, the answers that come; and nothing of it afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from chat.conversation.events import Notice, Piece, Sent, Waiting
from chat.conversation.turn import COMPLETE, FAILED, Answer
from chat.conversation.wire import Exchange
from terminal.drawing.progress import Progress, duration

from ...support.screen import Clock, Window


def progress(window: Window, count: int, clock: Clock | None = None) -> Progress:
    labels = [f"temperature={place / 4:g}" for place in range(count)]
    return Progress(window, labels, range(count), clock=clock or Clock(), threaded=False)


def run(shown: Progress, clock: Clock, cells: range, seconds: float = 2.0, ended: str = COMPLETE) -> None:
    """Cells that are answered, one after the other."""
    for cell in cells:
        shown.feed(cell, Piece(0, "an answer"))
        clock.now += seconds
        shown.done(cell, Answer(ended=ended))


@pytest.mark.parametrize("columns", [60, 100, 160])
def test_the_bar_and_the_time_that_is_left(columns: int) -> None:
    """As many as are over, of how many; the rest is taken to be as quick as those."""
    window, clock = Window(columns), Clock()
    shown = progress(window, 10, clock)
    run(shown, clock, range(4))
    clock.now += 0.1
    shown.feed(4, Piece(0, "more"))
    bar, line = window.rows
    assert "4 of 10 · about 12 s left" in bar
    assert bar.count("━") == pytest.approx(0.4 * (bar.count("━") + bar.count("─")), abs=1)
    assert line.split() == ["5", "temperature=1", "more"]


def test_each_answer_keeps_its_line() -> None:
    """One that is over leaves its line to the next; the others stay where they are."""
    window, clock = Window(80), Clock()
    shown = progress(window, 5, clock)
    for cell in range(3):
        shown.feed(cell, Piece(0, f"answer {cell}"))
    shown.done(1, Answer())
    clock.now += 1
    shown.feed(3, Piece(0, "the next"))
    clock.now += 1
    shown.feed(3, Piece(0, " one"))
    assert [line.split()[0] for line in window.rows[1:]] == ["1", "4", "3"]
    assert "the next one" in window.rows[2]


def test_labels_of_wide_characters_keep_their_columns() -> None:
    """What comes of each answer begins in the same column, and a label that is too long is cut."""
    window = Window(80)
    labels = ["system=日本語", "system=terse", "日" * 40]
    shown = Progress(window, labels, range(3), clock=Clock(), threaded=False)
    for cell in range(3):
        shown.feed(cell, Piece(0, "§"))
    shown._paint()
    window.draw()
    rows = [window.screen.buffer[y] for y in range(1, 4)]
    assert len({x for row in rows for x in range(80) if row[x].data == "§"}) == 1
    assert sum(row[x].data == "§" for row in rows for x in range(80)) == 3


def test_a_notice_is_broken_between_words() -> None:
    """It stays above the bar, once, in any window."""
    window = Window(24)
    shown = progress(window, 2)
    for cell in range(2):
        shown.feed(cell, Notice("this server takes no n: asked again"))
    assert window.rows[:2] == ["this server takes no n:", "asked again"]


def test_nothing_is_left_of_it() -> None:
    """What is painted is taken away at the end."""
    window, clock = Window(80), Clock()
    shown = progress(window, 3, clock)
    run(shown, clock, range(3))
    shown.close()
    assert window.rows == []


def test_failures_are_counted() -> None:
    """How many failed stands beside how many are over."""
    window, clock = Window(80), Clock()
    shown = progress(window, 4, clock)
    run(shown, clock, range(1))
    run(shown, clock, range(1, 3), ended=FAILED)
    clock.now += 1
    shown.feed(3, Piece(0, "x"))
    assert "3 of 4 · 2 failed" in window.rows[0]


def test_a_rate_limit_shows_its_countdown() -> None:
    """While one waits, the seconds run, and the wait is not taken for the speed of answers."""
    window, clock = Window(100), Clock()
    shown = progress(window, 4, clock)
    run(shown, clock, range(2))
    for left in (30.0, 29.0):
        shown.feed(2, Waiting(left, "too many requests"))
        clock.now += 15
    assert "trying again in 29 s, Ctrl-C stops: too many requests" in window.rows[1]
    assert "left" not in window.rows[0]
    shown.feed(2, Waiting(0.0, "too many requests"))
    clock.now += 0.5
    shown.feed(2, Piece(0, "x"))
    assert "trying" not in window.text
    assert "about 4 s left" in window.rows[0] or "about 3 s left" in window.rows[0]


def test_a_notice_is_told_once() -> None:
    """What four requests find out alike is one line, and stays."""
    window, clock = Window(80), Clock()
    shown = progress(window, 4, clock)
    for cell in range(3):
        shown.feed(cell, Notice("no stream_options"))
    shown.close()
    assert window.rows == ["no stream_options"]


def test_nothing_steers_the_terminal() -> None:
    """Neither labels nor answers."""
    window, clock = Window(80), Clock()
    shown = Progress(window, ["model=\x1b[2Jx", "b\x07"], [0, 1], clock=clock, threaded=False)
    shown.feed(0, Piece(0, "a\x1b]0;title\x07b\rc"))
    clock.now += 1
    shown.feed(1, Piece(0, "\x9b31m"))
    assert "\x1b[2J" not in window.written and "\x1b]" not in window.written and "\x07" not in window.written
    assert "␛" in window.text


def test_plain_terminals_get_a_line_now_and_then() -> None:
    """Where nothing is painted over, some ten lines tell how far it is, and each wait once."""
    window, clock = Window(80, TERM="dumb"), Clock()
    shown = progress(window, 40, clock)
    shown.feed(0, Waiting(5.0, "too many"))
    shown.feed(0, Waiting(4.0, "too many"))
    shown.feed(0, Waiting(0.0, "too many"))
    run(shown, clock, range(40))
    shown.close()
    assert "\x1b" not in window.written
    rows = window.rows
    assert rows[0].startswith("trying again in 5 s")
    assert len(rows) == 11
    assert rows[-1].startswith("40 of 40")


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (240, "4 min"), (7200, "2.0 h")])
def test_durations(seconds: float, text: str) -> None:
    """In the unit that says most."""
    assert duration(seconds) == text


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.text(st.sampled_from("ab \n字👩\x1b\u0301"), max_size=20)),
        max_size=30,
    ),
    st.integers(20, 120),
    st.integers(3, 30),
)
def test_the_painting_fits_the_window(pieces: list[tuple[int, str]], columns: int, lines: int) -> None:
    """Whatever arrives in whatever window, every line fits, and nothing scrolls away or is left."""
    window, clock = Window(columns, lines), Clock()
    shown = progress(window, 9, clock)
    for cell, text in pieces:
        clock.now += 0.2
        shown.feed(cell, Sent(Exchange()) if not text else Piece(0, text))
        assert len(window.rows) <= lines
        assert all(get_cwidth(row) <= columns for row in window.rows)
    shown.close()
    assert window.rows == []
