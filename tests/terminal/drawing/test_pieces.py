"""Tokens as lines of the window."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from terminal.drawing.pieces import lines
from terminal.screen import TerminalScreen

from ...support.screen import Window


def drawn(tokens: list[str], width: int, between: str = "") -> list[str]:
    """The rows of tokens."""
    return "".join(text for text, _ in lines([(token, "a") for token in tokens], width, between)).split("\n")


@pytest.mark.parametrize(
    ("tokens", "rows"),
    [
        (["The", " extra", "ord", "inary", " sky"], ["The", " extraordinary", " sky"]),
        (["one", " two", "\n", "three"], ["one two", "three"]),
        (["a", "b" * 11, "c" * 11, " d"], ["a" + "b" * 11, "c" * 11 + " d"]),
        (["x" * 20, " y"], ["x" * 20 + " y"]),
        (["今日", "は", "とても", "良い", "天気"], ["今日はとても", "良い天気"]),
        (["end.\n\n", "New"], ["end.", "", "New"]),
    ],
)
def test_lines_break_between_words(tokens: list[str], rows: list[str]) -> None:
    """A word of several tokens stays whole; one longer than a line is broken between its tokens."""
    assert drawn(tokens, 14) == rows


tokens_of_texts = st.lists(st.text("ab \n今", max_size=12), max_size=20)


@given(tokens_of_texts, st.integers(24, 40))
def test_no_token_is_broken_and_nothing_is_lost(tokens: list[str], width: int) -> None:
    """Tokens that fit a line are never broken, lines are no wider than the window, the text stays."""
    styled = [(token.replace("\n", ""), str(number % 5)) for number, token in enumerate(tokens)]
    found = list(lines(styled, width))
    assert "".join(text for text, _ in found if text != "\n") == "".join(text for text, _ in styled)
    assert [pair for pair in found if pair[0] != "\n"] == [pair for pair in styled if pair[0]]
    shown = "".join(text for text, _ in lines([(token, "a") for token in tokens], width))
    assert all(sum(map(get_cwidth, row)) <= width for row in shown.split("\n"))
    assert "".join(shown.split()) == "".join("".join(tokens).split())


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}])
def test_no_word_is_broken_on_a_terminal(environ: dict[str, str]) -> None:
    """In colours and without: each row ends where a word does."""
    window = Window(30, **environ)
    tokens = [" remark", "able", " beginn", "ings", " are", " un", "forget", "table"] * 4
    TerminalScreen(window, read_line=lambda question, hidden: None).pieces([(token, "1") for token in tokens])
    words = {"remarkable", "beginnings", "are", "unforgettable"}
    assert set(window.text.replace("|", "").split()) == words
    assert len(window.rows) > 3
