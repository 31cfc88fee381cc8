"""What keys make of the browser's state: pure, key by key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation.browsing import Bookmark
from chat.evaluation.results import Place
from chat.evaluation.states import FILTERS, Shape
from terminal.evaluation import state as keys
from terminal.evaluation.state import BrowserState, Viewport, begun, choose, press, scrolled, settled, sifted

SHAPE = Shape(3, 100)
ROOM = Viewport(rows=10, columns=2, lines=10, of=35)
KEYS = "up down left right pageup pagedown home end enter escape backspace tab s-tab leave".split()
KEYS += [*"fF/rohjklbq+-=[] x字"]


def pressed(*given_: str, state: BrowserState | None = None) -> BrowserState:
    """The state after these keys."""
    state = state or begun(SHAPE)
    for key in given_:
        state = settled(press(state, key, ROOM), ROOM)
    return state


def test_arrows_choose_a_cell_within_the_grid() -> None:
    """They stop at the edges; vi's letters do the same."""
    assert pressed("down", "right").place == Place(1, 1)
    assert pressed("up", "left").place == Place(0, 0)
    assert pressed(*["right"] * 9, "end").place == Place(2, 99)
    assert pressed("j", "j", "l", "k", "h") == pressed("down", "down", "right", "up", "left")


def test_the_grid_scrolls_in_both_directions() -> None:
    """Pages, the first and the last case; what is chosen is in view."""
    assert pressed("pagedown").row == 9 and pressed("pagedown", "pagedown").top == 9
    assert pressed(" ", "pageup").row == 0
    assert pressed("end").top == 90 and pressed("end", "home").top == 0
    assert pressed("right", "right").left == 1 and pressed("right", "right", "left", "left").left == 0


def test_the_filter_goes_round() -> None:
    """f goes on, F back; the cases are to be found out by who holds the run."""
    state = begun(SHAPE)
    for wanted in (*FILTERS[1:], FILTERS[0]):
        state = press(state, "f", ROOM)
        assert (state.filter, state.wants) == (wanted, keys.SIFT)
    assert pressed("f", "F").filter == FILTERS[0] and pressed("F").filter == FILTERS[-1]


def test_a_search_is_typed() -> None:
    """/ begins, Enter finds, Esc drops it, and meanwhile no letter is a key."""
    assert pressed(*"/foq").typed == "foq"
    found = press(pressed(*"/Oslo"), "enter", ROOM)
    assert (found.search, found.typed, found.wants) == ("Oslo", None, keys.SIFT)
    assert pressed(*"/Oslo", "escape").search == "" and not pressed(*"/Oslo", "escape").wants
    assert pressed("/", "a", "backspace").typed == "" and pressed("/", "backspace").typed is None
    assert pressed(*"/q", "leave").wants == keys.LEAVE


def test_other_cases_keep_the_place() -> None:
    """The case where one was, or the next that is let through, or the last; without any nothing is chosen."""
    at = pressed(*["down"] * 50)
    assert sifted(at, [3, 50, 70]).place == Place(0, 50)
    assert sifted(at, [3, 60, 70]).place == Place(0, 60)
    assert sifted(at, [3, 4]).place == Place(0, 4)
    none = sifted(at, [])
    assert none.place is None
    assert all(pressed(key, state=none).place is None for key in KEYS)
    assert sifted(none, range(100)).place == Place(0, 0)


def test_an_opened_cell_has_neighbours() -> None:
    """Left and right are the columns of the same case, up and down the next cases; Esc goes back, q leaves."""
    state = pressed("down", "enter")
    assert state.opened and pressed("right", state=state).place == Place(1, 1)
    assert pressed("down", state=state).place == Place(0, 2) and pressed("down", state=state).opened
    assert not pressed("escape", state=state).opened and not pressed("escape", state=state).wants
    assert not pressed("enter", state=state).opened
    assert pressed("q", state=state).wants == keys.LEAVE and pressed("escape").wants == keys.LEAVE


def test_an_opened_cell_is_read_on() -> None:
    """By pages to its end and no further; another cell begins at its beginning."""
    state = pressed("enter", "pagedown")
    assert state.scroll == 9 and pressed("end", state=state).scroll == 25
    assert pressed("pagedown", "pagedown", "pagedown", state=state).scroll == 25
    assert pressed("b", state=state).scroll == 0 and pressed("end", "home", state=state).scroll == 0
    assert pressed("down", state=state).scroll == 0 and pressed("up", state=state).scroll == 9


def test_the_answers_of_a_cell_are_gone_through() -> None:
    """Brackets and Tab, round and round."""
    state = press(begun(Shape(2, 2, 3)), "enter", ROOM)
    assert [pressed("]", state=state).repeat, pressed("[", state=state).repeat] == [1, 2]
    assert pressed("tab", "tab", "tab", state=state).repeat == 0


@pytest.mark.parametrize(
    ("key", "wants"),
    [
        ("r", keys.RETRY),
        ("o", keys.OPEN),
        ("+", keys.GOOD),
        ("=", keys.GOOD),
        ("-", keys.BAD),
        ("_", keys.BAD),
    ],
)
def test_what_is_done_to_one_answer(key: str, wants: str) -> None:
    """In the grid and in the cell; of several answers of a cell, only the one that is seen."""
    assert pressed(key).wants == pressed("enter", key).wants == wants
    several = pressed(key, state=begun(Shape(3, 100, 2)))
    assert not several.wants and "Enter opens it" in several.note
    assert pressed("enter", key, state=begun(Shape(3, 100, 2))).wants == wants


def test_one_comes_back_to_a_cell() -> None:
    """As it was left; one that the run does not have is not."""
    seen = Bookmark(Place(2, 5, 1), True, "failed", "Oslo")
    state = begun(Shape(3, 9, 2), seen)
    assert state.opened and state.place == Place(2, 5, 1) and state.seen == seen
    assert begun(Shape(3, 9, 2), Bookmark(Place(3, 5))) == begun(Shape(3, 9, 2))


def test_the_mouse_chooses_and_then_opens() -> None:
    """A click on the cell that is chosen opens it; the wheel goes through rows, and reads on."""
    state = choose(begun(SHAPE), 4, 1)
    assert state.place == Place(1, 4) and not state.opened and choose(state, 4, 1).opened
    assert scrolled(state, 3, ROOM).row == 7 and scrolled(state, -9, ROOM).row == 0
    assert scrolled(choose(state, 4, 1), 3, ROOM).scroll == 3
    assert choose(begun(SHAPE), 400, 0).row == 99


@given(st.lists(st.sampled_from(KEYS), max_size=40), st.integers(0, 5), st.integers(1, 3), st.integers(0, 30))
def test_whatever_is_pressed_the_place_is_one_of_the_run(
    given_: list[str], cases: int, repeat: int, lines: int
) -> None:
    """No keys lead out of the grid, whatever the filter lets through, in a window of any size."""
    state, room = begun(Shape(3, cases, repeat)), Viewport(lines, lines // 9, lines, lines * 2)
    for number, key in enumerate(given_):
        state = press(state, key, room)
        if state.wants == keys.SIFT:
            state = sifted(state, [case for case in range(cases) if (case + number) % 3])
        state = settled(state, room)
        if state.place:
            assert state.shape.index(state.place) >= 0
        assert 0 <= state.top <= max(0, state.row) and state.scroll >= 0 and 0 <= state.left <= state.column
        assert state.cases or not state.opened
