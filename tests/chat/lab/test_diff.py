"""What differs between two turns: what was asked with, and what was said."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.conversation.branch import Branch
from chat.lab import diff
from chat.lab.diff import GONE, NEW, SAME, words
from chat.store.records import turn_of, turn_record

from ...support.turns import made


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    asked = Branch().add("user", "hi")
    one, other = (made(asked, "x", settings=values) for values in (before, after))
    found = [str(change) for change in diff.parameters(one, other)]
    nodes = {0: Branch(), asked.id: asked}
    stored = [turn_of({**turn_record(turn), "choices": []}, nodes) for turn in (one, other)]
    assert [str(change) for change in diff.parameters(*stored)] == found, "as a store has them"
    return found


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {}, []),
        ({"temperature": 1.0}, {"temperature": 1.0}, []),
        ({"temperature": 1.0}, {"temperature": 0.2}, ["temperature 1.0 → 0.2"]),
        ({}, {"seed": 7}, ["seed unset → 7"]),
        ({"seed": 0}, {}, ["seed 0 → unset (not sent)"]),
        ({"stop": ("a", "b")}, {"stop": ("a", "b")}, []),
        ({"stop": ("a",)}, {"stop": ("a", "\n")}, [r'stop a → a "\n"']),
        ({"bias": ((" sky", -5),)}, {"bias": ((" sky", -5),)}, []),
        ({"extra.tfs_z": 0.1}, {"extra.tfs_z": 0.2}, ["extra.tfs_z 0.1 → 0.2"]),
        ({"extra.min_p": 0.1}, {"min_p": 0.2}, ["min_p 0.1 → 0.2"]),
        (
            {"model": "a", "temperature": 0.5},
            {"temperature": 0.1, "model": "b"},
            ["model a → b", "temperature 0.5 → 0.1"],
        ),
        ({"timeout": 5.0, "api_key_env": "A"}, {"timeout": 9.0, "api_key_env": "B"}, []),
    ],
)
def test_the_parameters_that_differ(before: dict[str, Any], after: dict[str, Any], told: list[str]) -> None:
    """In the order of the table, as the shell writes them, the same whether they come from the
    store or not; what does not make an answer what it is does not count."""
    assert changes(before, after) == told


def test_what_no_parameter_answers_to_is_passed_over() -> None:
    """A setting of a stranger's file, or a value that its kind does not take, is no difference."""
    assert changes({}, {"of the future": 1, "temperature": "hot", "n": [1]}) == []


# ---- words


def texts_of(pieces: list[tuple[str, str]]) -> tuple[str, str]:
    before = "".join(text for text, style in pieces if style != NEW)
    after = "".join(text for text, style in pieces if style != GONE)
    return before, after


@given(st.text(max_size=60), st.text(max_size=60))
def test_both_texts_are_in_the_pieces(one: str, other: str) -> None:
    """The pieces without the new ones are the first text, those without the gone ones the second."""
    pieces = words(one, other)
    assert texts_of(pieces) == (one, other)
    assert all(text for text, _ in pieces)


WORDS = st.lists(st.sampled_from(["the", "sky", "is", "blue", ",", "\n", "very", "ü"]), max_size=30).map(
    " ".join
)


@given(WORDS, WORDS)
def test_both_texts_are_in_the_pieces_of_sentences(one: str, other: str) -> None:
    """The same of texts that have much in common."""
    assert texts_of(words(one, other)) == (one, other)


@given(WORDS)
def test_the_same_text_is_one_piece(text: str) -> None:
    """Equal texts have nothing gone and nothing new."""
    assert words(text, text) == ([(text, SAME)] if text else [])


@pytest.mark.parametrize(
    ("one", "other", "pieces"),
    [
        ("the sky is blue", "the sky is red", [("the sky is ", SAME), ("blue", GONE), ("red", NEW)]),
        ("", "new", [("new", NEW)]),
        ("gone", "", [("gone", GONE)]),
        # one word that both have by chance, between changes, is not picked out
        ("a big dog ran", "one small dog sat", [("a big dog ran", GONE), ("one small dog sat", NEW)]),
        (
            "It was the best of times, it was",
            "It was the worst of times, it was",
            [("It was the ", SAME), ("best", GONE), ("worst", NEW), (" of times, it was", SAME)],
        ),
    ],
)
def test_words_that_differ(one: str, other: str, pieces: list[tuple[str, str]]) -> None:
    """Whole words are gone and new, and what is the same stands between."""
    assert words(one, other) == pieces


def test_long_texts_are_compared_in_a_moment() -> None:
    """Two answers of three thousand words that have little in common take no minutes."""
    one = " ".join(f"alpha{n % 97} of the {n}" for n in range(1_000))
    other = " ".join(f"beta{n % 89} of the {n * 7}" for n in range(1_000))
    start = time.thread_time()
    pieces = words(one, other)
    assert texts_of(pieces) == (one, other)
    assert time.thread_time() - start < 10
