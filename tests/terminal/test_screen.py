"""What the screen makes of text that is no answer."""

from __future__ import annotations

import pytest

from terminal.screen import TerminalScreen

from ..support.screen import Window


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_a_drawing_keeps_its_lines(columns: int) -> None:
    """A line of a drawing that is too wide is cut, not broken, also one of wide characters."""
    window = Window(columns)
    TerminalScreen(window).show("├─  1  " + "asked " * 20 + "\n└─● 2  " + "問い" * 50, drawing=True)
    first, second = window.rows[:2]
    assert first.startswith("├─  1  asked") and first.endswith("…")
    assert second.startswith("└─● 2  問い") and second.rstrip().endswith("…")
    assert not any(window.rows[2:])
