"""A table with a text that takes what is left, in windows of any width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from chat.base.tables import Cut, TableColumn
from terminal.drawing.narrow import fitted
from terminal.screen import TerminalScreen

from ...support.screen import Window

HEADS = ("#", "temperature", "distinct", "cost", "answer")
COLUMNS = (*(TableColumn(name, right=True) for name in HEADS[:-1]), TableColumn(HEADS[-1], cut=Cut.REST))
ROWS = [
    ("1–3", "0.25", "2 of 3", "$0.0012", "the answer is long " * 20),
    ("4–6", "1.5", "1 of 3", "$0", "short"),
]


@pytest.mark.parametrize("columns", [40, 50, 60, 100, 160])
def test_a_row_a_line(columns: int) -> None:
    """Each row takes one line; the text is cut, what stands before it is whole."""
    window = Window(columns)
    TerminalScreen(window).table(COLUMNS, ROWS)
    body = [row for row in window.rows if row.lstrip().startswith(("1–3", "4–6"))]
    assert len(body) == 2
    assert body[0].split()[:2] == ["1–3", "0.25"]
    assert "2 of 3" in body[0] and "$0.0012" in body[0]
    assert "…" in body[0]
    assert all(get_cwidth(row) <= columns for row in window.rows)


def test_heads_break_only_where_they_have_to() -> None:
    """A head is whole where there is room, and in lines of nearly one length where there is none."""
    widths = [3, 4, 6, 7, 200]
    assert fitted(HEADS, widths, 100, 4) == ["#", "temperature", "distinct", "cost", "answer"]
    assert fitted(HEADS, widths, 36, 4)[-1] == "", "there is no room for the text"
    assert fitted(HEADS, widths, 39, 4) == ["#", "temperature", "distinct", "cost", ""], (
        "what it had is theirs"
    )
    assert fitted(HEADS, widths, 45, 4) == ["#", "temper\nature", "distinct", "cost", "answer"]


@given(
    st.lists(
        st.tuples(st.text("abcdefgh", min_size=1, max_size=14), st.integers(0, 12)), min_size=1, max_size=8
    ),
    st.integers(20, 200),
)
def test_no_letter_of_a_head_is_lost(columns: list[tuple[str, int]], window: int) -> None:
    """However they are broken, heads say the same."""
    names = [name for name, _ in columns]
    found = fitted([*names, "text"], [*(wide for _, wide in columns), 500], window, len(names))
    assert [head.replace("\n", "") for head in found[:-1]] == names
    assert found[-1] in ("text", "")
