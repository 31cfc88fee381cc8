"""Heatmaps and points of characters: figures beside shades, nothing wider than the window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chat.lab.chart import Chart, Heatmap, Scatter
from terminal.cells import get_cwidth
from terminal.drawing import planes, plot

FIGURES = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False))
LABELS = st.lists(st.text(max_size=6), min_size=1, max_size=12).map(tuple)


@st.composite
def heatmaps(draw: st.DrawFn) -> Heatmap:
    labels, names = draw(LABELS), draw(LABELS)
    row = st.lists(FIGURES, min_size=len(labels), max_size=len(labels)).map(tuple)
    values = draw(st.lists(row, min_size=len(names), max_size=len(names)).map(tuple))
    return Heatmap("measure", "temperature", labels, "top_p", names, values)


@given(heatmaps(), st.integers(20, 120), st.booleans())
def test_no_heatmap_is_wider_than_the_window(picture: Heatmap, width: int, blocks: bool) -> None:
    """Whatever the labels and figures, it has a row for each value, and ASCII where nothing else is known."""
    lines = planes.heatmap(picture, width, blocks)
    assert max(map(get_cwidth, lines)) <= width
    assert len(lines) >= 4 + len(picture.names)
    if not blocks:
        assert not set("░▒▓█") & set("".join(lines))


def test_a_cell_has_its_figure() -> None:
    """Shade and number stand together; what is not known is a question mark."""
    values = ((0.0, 0.5), (None, 1.0))
    lines = planes.heatmap(Heatmap("share", "temperature", ("0", "1"), "top_p", ("0.1", "1"), values), 60)
    assert lines == [
        "share",
        "top_p 0       1",
        "0.1      0    ▒▒ 0.5",
        "1     ?       ██ 1",
        "      temperature",
        "        0  ░ 0.25  ▒ 0.5  ▓ 0.75  █ 1",
    ]


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.just("turn")), min_size=1, max_size=30),
    st.integers(24, 120),
    st.booleans(),
)
def test_every_point_is_drawn_within_the_window(
    points: list[tuple[float, float, str]], width: int, blocks: bool
) -> None:
    """Dots of braille or signs of ASCII, some for any points."""
    lines = planes.scatter(Scatter("t", "x", "y", tuple(points)), width, blocks)
    assert max(map(get_cwidth, lines)) <= width
    drawn = "".join(lines[1:11])
    assert any(0x2800 < ord(sign) < 0x2900 for sign in drawn) if blocks else ("o" in drawn or "*" in drawn)


def test_columns_have_the_ends_of_their_intervals() -> None:
    """The upper end stands above the column, the lower one in it; without an interval there is none."""
    chart = Chart("m", "p", ("0", "1"), (("", (0.5, 0.5)),), ((0.25, 1.0), None))
    lines = plot.drawn(chart, 60)
    assert [sum(sign in line for line in lines[:-1]) for sign in "┬┴"] == [1, 1]
    assert lines[-1].strip() == "┬│┴ interval at 95%"
