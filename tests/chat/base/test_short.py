"""Texts made short: how long they are then, and what is left of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.short import both_ends, cut, several, shorten


@given(st.text(max_size=200), st.integers(2, 80))
def test_shortened_is_short_and_begins_the_text(text: str, length: int) -> None:
    """What is shortened is one line of at most that length, and the text's beginning."""
    short = shorten(text, length)
    words = " ".join(text.split())
    assert len(short) <= length
    assert words.startswith(short.removesuffix("…")) if short != words else True
    assert "\n" not in short


@pytest.mark.parametrize(
    ("text", "length", "short"),
    [
        ("one two", 7, "one two"),
        ("one two three", 10, "one two…"),
        ("one two three", 9, "one two…"),
        ("a b c d", 6, "a b…"),
        ("longest", 7, "longest"),
        ("longest", 5, "long…"),
    ],
)
def test_what_is_shortened_ends_with_a_word(text: str, length: int, short: str) -> None:
    """What fits is left alone; what does not is cut after a whole word, and within one where it is the first."""
    assert shorten(text, length) == short


@given(st.text(max_size=80), st.integers(4, 80))
def test_both_ends_stay(text: str, width: int) -> None:
    """What does not fit loses its middle: one line, of the text's beginning and its end."""
    line, short = " ".join(text.split()), both_ends(text, width)
    first, _, last = short.rpartition("…")
    assert len(short) <= width
    assert short == line or (line.startswith(first) and line.endswith(last) and last)


@given(st.text(max_size=80), st.integers(1, 80))
def test_cut_keeps_every_character_that_fits(text: str, width: int) -> None:
    """What fits is left alone, blanks and all; of what does not the beginning stays, as long as may be."""
    found = cut(text, width)
    assert found == text if len(text) <= width else found == text[: width - 1] + "…"
    assert len(found) <= width


def test_how_many_is_said_in_words_for_one() -> None:
    """One is a word, every other number a figure with the plural."""
    assert [several(count, "turn") for count in (0, 1, 2, 1000)] == [
        "0 turns",
        "one turn",
        "2 turns",
        "1,000 turns",
    ]
