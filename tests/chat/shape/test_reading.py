"""The text of an answer as JSON: strict, total, and in one sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.shape import reading


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("Sure! {}", "it does not begin as JSON"),
        ('{"a": 1', "it ends before it is closed"),
        ('{"a": "half', "it ends before it is closed"),
        ('{"a": 1} and more', "something follows its end"),
        ('{"a": NaN}', "NaN is no number"),
        ("[-Infinity]", "-Infinity is no number"),
        ("1e999", "too large"),
        ("9" * 5000, "too long"),
        ("[" * 100_000, "nested too deeply"),
        ("```json\n{}\n```", "it stands in a code fence"),
    ],
)
def test_what_is_no_json_says_why(text: str, problem: str) -> None:
    """Each kind of fault has its words."""
    found = reading.read(text)
    assert problem in found.problem
    assert found.value is None


def test_a_name_that_stands_twice_is_told() -> None:
    """The last one counts, as everywhere, and its name is known."""
    found = reading.read('{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}')
    assert found.value == {"a": 3, "b": {"c": 2}}
    assert set(found.twice) == {"a", "c"}
    assert not found.problem


def test_halves_of_characters_are_mended() -> None:
    """What JSON spells as a lone surrogate can be written to any terminal."""
    assert reading.read('["\\ud800"]').value == ["\ufffd"]


@given(st.text(max_size=60))
def test_it_is_total(text: str) -> None:
    """Whatever the text is, it is a value that JSON holds, or it has a problem."""
    found = reading.read(text)
    if not found.problem:
        json.dumps(found.value, allow_nan=False)


def test_what_stands_in_a_fence_is_found() -> None:
    """One fence that is all of the answer gives what stands in it; prose around it gives nothing."""
    assert reading.inside("```json\n[1]\n```\n") == "[1]"
    assert reading.inside("Here:\n```json\n[1]\n```") is None
