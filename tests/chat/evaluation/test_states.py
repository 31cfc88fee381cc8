"""A byte for each sample: what it says, how cells are made of them, and which cases a filter lets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation import results, states
from chat.evaluation.judging import Judged
from chat.evaluation.results import Place, Sample
from chat.evaluation.states import ANSWERED, ASKED, ERROR, FAILED, OPEN, PASSED, UNCHECKED, Shape

from ...support.evaluations import suite

shapes = st.builds(Shape, st.integers(1, 5), st.integers(1, 9), st.integers(1, 4))


@st.composite
def grids(draw: st.DrawFn) -> tuple[Shape, bytes]:
    """A shape, and a state for each of its samples."""
    shape = draw(shapes)
    codes = st.lists(st.integers(OPEN, ERROR), min_size=shape.samples, max_size=shape.samples)
    return shape, bytes(draw(codes))


@pytest.mark.parametrize(
    ("state", "passed", "code"),
    [
        (results.OPEN, None, OPEN),
        (results.SENT, None, ASKED),
        (results.ANSWERED, None, ANSWERED),
        (results.JUDGED, True, PASSED),
        (results.JUDGED, False, FAILED),
        (results.JUDGED, None, UNCHECKED),
        (results.FAILED, None, ERROR),
        ("of a later version", None, OPEN),
    ],
)
def test_each_state_has_its_byte(state: str, passed: bool | None, code: int) -> None:
    """What was judged says its verdict, and what was not checked is none that passed."""
    judged = Judged(passed, None, "") if state == results.JUDGED else None
    assert states.code(Sample(Place(0, 0), state, judged=judged)) == code
    assert states.coded(state, passed) == code and states.WORDS[code]


@given(grids())
def test_a_place_has_one_byte(grid: tuple[Shape, bytes]) -> None:
    """Places and bytes belong together one to one; rows, cells and columns hold the bytes of theirs."""
    shape, codes = grid
    for index in range(shape.samples):
        place = shape.place(index)
        assert shape.index(place) == index
        assert shape.cell(codes, place.case, place.column)[place.repeat] == codes[index]
    cells = [shape.cell(codes, case, 0) for case in range(shape.cases)]
    assert sorted(b"".join(cells)) == sorted(shape.column(codes, 0))
    assert b"".join(shape.case(codes, case) for case in range(shape.cases)) == codes


@pytest.mark.parametrize("place", [Place(2, 0), Place(0, 3), Place(0, 0, 1), Place(-1, 0), Place(0, -1)])
def test_a_place_that_the_run_does_not_have_is_an_error(place: Place) -> None:
    """It is no byte of another sample."""
    with pytest.raises(IndexError):
        Shape(2, 3).index(place)


def test_a_cell_has_passed_if_all_of_it_has() -> None:
    """An error stands for a cell, then what fell short, then what was not checked, then what is not over."""
    assert states.together([PASSED, PASSED]) == PASSED
    assert states.together([PASSED, OPEN]) == OPEN
    assert states.together([PASSED, ASKED, OPEN]) == ASKED
    assert states.together([PASSED, UNCHECKED, ASKED]) == UNCHECKED
    assert states.together([FAILED, UNCHECKED, PASSED]) == FAILED
    assert states.together([FAILED, ERROR]) == ERROR


@given(grids())
def test_filters_let_the_cases_through_that_have_it(grid: tuple[Shape, bytes]) -> None:
    """All, or those with a sample that failed, was not checked or has an error: each once, in order."""
    shape, codes = grid
    for wanted, code in ((states.SHORT, FAILED), (states.NOT_CHECKED, UNCHECKED), (states.ERRORS, ERROR)):
        meant = [case for case in range(shape.cases) if code in shape.case(codes, case)]
        assert list(states.cases(codes, shape, wanted)) == meant
    assert list(states.cases(codes, shape)) == list(range(shape.cases))


def test_columns_differ_that_came_out_differently() -> None:
    """Two verdicts differ, and so do two of three and one of three; what is not over differs from nothing."""

    def differ(shape: Shape, *codes: int) -> bool:
        return list(states.cases(bytes(codes), shape, states.DIFFER)) == [0]

    assert differ(Shape(2, 1), PASSED, FAILED) and differ(Shape(2, 1), UNCHECKED, FAILED)
    assert not differ(Shape(2, 1), PASSED, PASSED) and not differ(Shape(2, 1), PASSED, OPEN)
    assert differ(Shape(3, 1), OPEN, PASSED, FAILED)
    assert differ(Shape(2, 1, 2), PASSED, FAILED, FAILED, FAILED)
    assert not differ(Shape(2, 1, 2), PASSED, FAILED, FAILED, PASSED)


def test_a_suite_without_columns_is_asked_in_one() -> None:
    """What is in force is a column, too."""
    assert states.shape(suite(7, 0, 2)) == Shape(1, 7, 2)
    assert states.shape(suite(7, 3)).samples == 21
