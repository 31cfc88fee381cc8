"""Which name was meant: near in letters, and only that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.near import nearest, slips, spans

KNOWN = ("temperature", "top_p", "stop", "usage", "help", "n", "models", "model")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("temprature", "temperature"),
        ("tempreature", "temperature"),
        ("TEMPERATUR", "temperature"),
        ("hepl", "help"),
        ("mdoels", "models"),
        ("modle", "model"),
        ("stp", "stop"),
        ("image", None),
        ("file", None),
        ("m", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_what_is_near_is_found(typed: str, meant: str | None) -> None:
    """One slip in four letters is near; what only shares letters or length is not."""
    assert nearest(typed, KNOWN) == meant


@given(st.text("abcd", max_size=8), st.text("abcd", max_size=8))
def test_slips_are_a_distance(one: str, other: str) -> None:
    """It is nothing for equal texts alone, the same both ways, and no more than the longer one has letters."""
    assert (slips(one, other) == 0) == (one == other)
    assert slips(one, other) == slips(other, one)
    assert abs(len(one) - len(other)) <= slips(one, other) <= max(len(one), len(other))


@pytest.mark.parametrize(
    ("typed", "known", "span"),
    [
        ("swp", "sweep", 5),
        ("tmp", "temperature", 4),
        ("temp", "temperature", 4),
        ("swp", "swap_x", 4),
        ("swx", "sweep", None),
        ("wp", "sweep", None),  # another first letter
        ("sp", "s____p", None),  # spread too far
        ("", "sweep", None),
    ],
)
def test_letters_spread_over_a_name(typed: str, known: str, span: int | None) -> None:
    """Counted from the first letter of the name to the last that was typed."""
    assert spans(typed, known) == span
