"""Streamed text, broken between words: what a real terminal then shows."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st

from terminal.wrap import Wrapper


def shown(pieces: list[str], width: int) -> list[str]:
    """What a window of this width shows of text that arrives in these pieces."""
    wrapper = Wrapper(lambda: width)
    screen = pyte.HistoryScreen(width, 30, history=3000, ratio=0.5)
    stream = pyte.Stream(screen)
    for piece in pieces:
        stream.feed(wrapper.feed(piece).replace("\n", "\r\n"))
    top = ["".join(row[column].data for column in range(width)) for row in screen.history.top]
    return "\n".join(line.rstrip() for line in [*top, *screen.display]).rstrip().split("\n")


def test_words_stay_whole() -> None:
    """A word that does not fit goes to the next line, also where half of it was shown already."""
    assert shown(["the quick br", "own fox"], 13) == ["the quick", "brown fox"]


def test_a_word_longer_than_half_a_line_is_cut() -> None:
    """Nothing is carried back and forth for a word that fills the line."""
    assert shown(["aaaaaaaaaaaaaaaaaaaa"], 10) == ["aaaaaaaaa", "aaaaaaaaa", "aa"]


def test_fenced_code_is_left_to_the_terminal() -> None:
    """Code can be copied as it was written: no line is broken in it."""
    wrapper = Wrapper(lambda: 10)
    code = "```\nsome long line of code\n```\n"
    assert wrapper.feed(code) == code


@given(st.lists(st.text(st.sampled_from("abc  \n字é"), max_size=20), max_size=20), st.integers(8, 60))
def test_nothing_is_lost_and_nothing_too_wide(pieces: list[str], width: int) -> None:
    """However it is cut, every letter is shown once, in order, and the cuts make no difference."""
    text = "".join(pieces)
    lines = shown(pieces, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert lines == shown([text], width)
