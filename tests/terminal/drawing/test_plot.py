"""Charts of characters, in windows of any width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from chat.lab.chart import Chart, number
from terminal.drawing import plot
from terminal.screen import TerminalScreen

from ...support.screen import Window

ONE = Chart("similarity", "temperature", ("0", "0.5", "1", "1.5"), (("", (1.0, 0.5, None, 0.25)),))
TWO = Chart("tokens", "model", ("alpha", "beta"), (("seed=1", (10.0, 50.0)), ("seed=2", (40.0, 5.0))))


def shown(charts: list[Chart], columns: int, **environ: str) -> list[str]:
    window = Window(columns, 40, **environ)
    TerminalScreen(window).plot(charts)
    return window.rows


@pytest.mark.parametrize("columns", [60, 100, 160])
def test_both_axes_are_labelled(columns: int) -> None:
    """The measure's name and numbers stand beside one axis, the parameter's name and values below the other; no
    row is broken by the window."""
    rows = shown([ONE], columns)
    assert len(rows) == plot.HEIGHT + 4
    assert "similarity" in rows[0]
    assert [row.partition("┤")[0].strip() for row in rows if "┤" in row] == ["1", "0.5", "0"]
    assert rows[-2].split() == ["0", "0.5", "1", "1.5"]
    assert rows[-1].strip() == "temperature"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.5, "0.5"), (0.0012, "0.0012"), (-2.25, "-2.25"), (12.5, "12.5"), (150.0, "150")],
)
def test_numbers_beside_an_axis(value: float, text: str) -> None:
    """As short as they can be, and no small one is taken for 0."""
    assert number(value) == text


@pytest.mark.parametrize(("columns", "count"), [(60, 1), (100, 1), (120, 2), (160, 2)])
def test_two_stand_beside_each_other_where_there_is_room(columns: int, count: int) -> None:
    """In a narrow window the first one stands alone."""
    rows = shown([ONE, TWO], columns)
    assert rows[0].split() == ["similarity", "tokens"][:count]


def test_columns_rise_with_their_values() -> None:
    """The column of 1 fills the plane, that of a half fills half of it, and what is not known is a gap."""
    lines = [line.ljust(60) for line in plot.drawn(ONE, 60)]
    plane, names = lines[1 : plot.HEIGHT + 1], lines[-2]
    columns = [names.index(name) for name in (" 0 ", " 0.5", " 1 ", " 1.5")]
    heights = [sum(line[column + 1] != " " for line in plane) for column in columns]
    assert heights == [9, 5, 0, 3]


def test_series_are_letters() -> None:
    """Each series has a letter, and the legend says which is which."""
    rows = shown([TWO], 80)
    plane = "\n".join(rows[1 : plot.HEIGHT + 1])
    assert plane.count("a") == 2 and plane.count("b") == 2
    assert rows[-1].split("  ")[-2:] == ["a seed=1", "b seed=2"]


def test_plain_terminals_get_ascii() -> None:
    """Where there may be no blocks, signs of ASCII draw the same."""
    rows = shown([ONE], 80, TERM="dumb")
    assert "".join(rows).isascii()
    assert any("#" in row for row in rows)


def test_names_do_not_steer_the_terminal() -> None:
    """A value may be a stranger's text."""
    evil = Chart("m", "p\x1b[2J", ("\x1b[31ma", "b\x07"), (("s\x1b]0;x\x07", (1.0, 0.0)), ("t", (0.0, 1.0))))
    window = Window(80, 40)
    TerminalScreen(window).plot([evil])
    assert "\x1b" not in window.written and "\x07" not in window.written


_VALUES = st.none() | st.floats(-1e6, 1e6)


@given(st.data(), st.integers(24, 200), st.integers(1, 300), st.integers(1, 30))
def test_no_line_is_wider_than_the_window(data: st.DataObject, width: int, labels: int, series: int) -> None:
    """However many values and series there are, whatever they are called."""
    name = st.text(st.sampled_from("ab 字\u0301👩\x1b"), min_size=1, max_size=30)
    chart = Chart(
        data.draw(name),
        data.draw(name),
        tuple(data.draw(st.lists(name, min_size=1, max_size=12))) * (labels // 12 + 1),
        (),
    )
    few = st.lists(_VALUES, min_size=1, max_size=5)
    values = [(data.draw(few) * len(chart.labels))[: len(chart.labels)] for _ in range(min(series, 3))]
    wanted = (values * series)[:series]
    chart = Chart(
        chart.title, chart.across, chart.labels, tuple((f"s{at}", tuple(v)) for at, v in enumerate(wanted))
    )
    for signs in (plot.BLOCKS, plot.ASCII):
        for line in plot.beside([chart, chart], width, signs):
            assert get_cwidth(line) <= width
