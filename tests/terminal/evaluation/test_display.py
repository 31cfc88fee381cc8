"""The display of a run: what is painted while samples come, in a window and in a pipe, and nothing afterwards."""

from __future__ import annotations

import io
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation import results
from chat.evaluation.results import Place, Sample
from chat.evaluation.states import ASKED, shape
from chat.evaluation.suite import Suite
from terminal.cells import get_cwidth
from terminal.evaluation import display
from terminal.evaluation.display import EvalGrid
from terminal.streams import Terminal

from ...support.evaluations import driven, run, sample, states, suite
from ...support.examples import times
from ...support.screen import Clock, Window


def begun(window: Terminal, of: Suite, clock: Clock | None = None, **more: Any) -> EvalGrid:
    """The display of a run of which nothing was asked yet."""
    shown = EvalGrid(window, clock=clock or Clock(), threaded=False)
    shown.begin(run(of), more.pop("states", bytearray(shape(of).samples)), **more)
    return shown


def cases(window: Window) -> list[int]:
    """The numbers of the cases in view."""
    found = (re.match(r" *(\d+) (?!of)\S.*  [·…◦✓✗?!]$", row) for row in window.rows)
    return [int(each[1]) for each in found if each]


def test_samples_show_as_they_come() -> None:
    """Each new state changes the sign of its cell and the counts, at most ten times a second."""
    window, clock, of = Window(80, 24), Clock(), suite(8, 2)
    shown = begun(window, of, clock)
    assert "0 of 16" in window.rows[0]
    clock.now = 1.0
    shown.sample(Sample(Place(0, 0), results.SENT))
    assert "…" in window.text
    shown.sample(sample(of, Place(0, 0)))
    assert "1 of 16" not in window.text
    clock.now = 1.2
    shown.pace(3, 8)
    assert "1 of 16 · 1 passed" in window.text and "3 of 8 at once" in window.text
    assert window.rows[3].split()[-2:] == ["✓", "·"]
    shown.close()
    assert window.rows == []


def test_what_was_there_before_counts_and_has_its_cost() -> None:
    """A run that goes on begins where it was: at the first sample that is open."""
    window, of = Window(80, 24), suite(60, 3)
    begun(window, of, states=states(of)[:120] + bytes(60), spent=0.5)
    assert "120 of 180" in window.text and "$0.5000" in window.text
    assert cases(window)[0] == 41


def test_what_was_lost_is_open_again() -> None:
    """What was under way when the program was killed is not taken to be under way now."""
    window, clock, of = Window(80, 24), Clock(), suite(60, 1)
    shown = begun(window, of, clock, states=bytes([ASKED] * 60))
    assert "…  " not in window.text and "0 of 60" in window.text
    clock.now = 1.0
    shown.sample(Sample(Place(0, 50), results.SENT))
    assert cases(window)[-1] == 51 and window.rows[-1].endswith("…")


def test_a_cost_that_is_not_known_is_not_made_up() -> None:
    """What was not priced before makes the sum a part of it, and so does an answer without a price."""
    window, clock, of = Window(80, 24), Clock(), suite(8, 1)
    begun(window, of, clock, spent=None)
    assert "cost unknown" in window.text


def test_the_pace_is_of_the_last_seconds_and_the_rest_is_taken_to_be_as_quick() -> None:
    """Two samples a second, and seven seconds for fourteen."""
    window, clock, of = Window(100, 24), Clock(), suite(20, 1)
    shown = begun(window, of, clock)
    for case in range(6):
        clock.now += 0.5
        shown.sample(sample(of, Place(0, case)))
    assert "2 a second" in window.text and "about 7 s left" in window.text


def test_a_wait_stands_there_until_it_is_over() -> None:
    """While requests wait, no time is promised."""
    window, clock, of = Window(100, 24), Clock(), suite(20, 1)
    shown = begun(window, of, clock)
    for case in range(6):
        clock.now += 0.5
        shown.sample(sample(of, Place(0, case)))
    clock.now += 1
    shown.pace(0, 1, "trying again in 5 s: too many requests")
    assert "trying again in 5 s: too many requests" in window.text and "left" not in window.text
    clock.now += 1
    shown.pace(1, 1)
    assert "trying" not in window.text and "left" in window.text


def test_what_has_to_be_known_stays() -> None:
    """It stands above the grid, once, broken between words, and is there when the grid is gone."""
    window, of = Window(40, 24), suite(8, 2)
    shown = begun(window, of)
    for _ in range(2):
        shown.tell("this server takes no seed: \x1b[2J asked without it")
    assert window.rows[:2] == ["this server takes no seed: ␛[2J asked", "without it"]
    shown.close()
    assert window.rows == ["this server takes no seed: ␛[2J asked", "without it"]


def test_what_is_asked_is_in_view() -> None:
    """The grid goes along with what is asked; a case that is asked for long stays in it."""
    window, clock, of = Window(80, 24), Clock(), suite(500, 1)
    shown = begun(window, of, clock)
    shown.sample(Sample(Place(0, 2), results.SENT))
    for case in range(100, 140):
        shown.sample(Sample(Place(0, case), results.SENT))
        shown.sample(sample(of, Place(0, case)))
    clock.now = 1.0
    shown.sample(Sample(Place(0, 140), results.SENT))
    numbers = cases(window)
    assert numbers[0] == 3 and numbers[-1] == 141 and numbers == sorted(numbers)


def test_columns_scroll_along() -> None:
    """Where not all columns have room, the one that is asked is in view."""
    window, clock, of = Window(80, 24), Clock(), suite(5, 40)
    shown = begun(window, of, clock)
    clock.now = 1.0
    shown.sample(Sample(Place(33, 4), results.SENT))
    assert "29-34 of 40 columns" in window.text
    assert cases(window) == [1, 2, 3, 4, 5] and window.rows[-1].endswith("…")


def test_painting_does_not_cost_more_with_more_cells(monkeypatch: Any) -> None:
    """Of 100,000 cells only those in view are looked at."""
    asked: list[int] = []
    named = display.case_name
    monkeypatch.setattr(display, "case_name", lambda case: asked.append(1) or named(case))
    looks = []
    cell = display.Shape.cell
    monkeypatch.setattr(display.Shape, "cell", lambda *given: looks.append(1) or cell(*given))
    window, clock = Window(80, 24), Clock()
    few = suite(1000, 2)
    of = Suite(few.name, few.columns, few.cases * 50)
    shown = begun(window, of, clock)
    for number in range(100):
        clock.now += 1
        shown.sample(Sample(Place(0, number), results.SENT))
    assert len(asked) <= 120 and len(looks) <= 101 * 2 * 12


def test_a_pipe_gets_a_line_every_few_seconds() -> None:
    """In words, without painting, fewer the longer it takes; each kind of error once, and the end."""
    out, clock, of = io.StringIO(), Clock(), suite(40, 3)
    shown = begun(Terminal(io.StringIO(), io.StringIO(), out, {}), of, clock)
    for each in driven(of, 4):
        clock.now += 0.25
        shown.sample(each)
    shown.pace(0, 2, "trying again in 3 s: too many")
    shown.pace(0, 2, "trying again in 2 s: too many")
    shown.close()
    told = out.getvalue().splitlines()
    assert "\x1b" not in out.getvalue()
    assert 8 <= len(told) <= 25
    assert sum("429" in line for line in told) == 1 and sum("trying" in line for line in told) == 1
    assert told[-1].startswith("120 of 120 · ") and "at once" not in told[-1]
    assert all(" of 120 · " in line or "case" in line or "trying" in line for line in told)


def test_a_screen_reader_gets_words() -> None:
    """Nothing is painted over, and no sign stands for a word."""
    window, clock, of = Window(80, 24, ACCESSIBLE="1"), Clock(), suite(40, 3)
    shown = begun(window, of, clock)
    for each in driven(of, 4):
        clock.now += 0.25
        shown.sample(each)
    shown.close()
    assert "\x1b" not in window.written and not set(window.written) & set("·…✓✗◦━─")
    assert "120 of 120, " in window.rows[-1]


@times(0.3)
@given(st.integers(3, 160), st.integers(2, 50), st.integers(1, 6), st.integers(1, 3))
def test_it_keeps_to_the_window(columns: int, lines: int, many: int, repeat: int) -> None:
    """In any window, lines fit, nothing scrolls away, and nothing is left."""
    window, clock, of = Window(columns, lines), Clock(), suite(4, many, repeat)
    shown = begun(window, of, clock)
    for number, each in enumerate(driven(of)):
        clock.now += 0.2
        shown.sample(each)
        if number % 9 == 0:
            assert len(window.rows) <= lines
            assert all(get_cwidth(row) <= columns for row in window.rows)
    shown.close()
    assert window.rows == []
