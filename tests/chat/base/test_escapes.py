"""Words, quotes and escapes on one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadValue
from chat.base.escapes import meant, quote, split, visible

text = st.text(st.characters(exclude_categories=["Cs"]))


@given(text)
def test_what_is_quoted_is_read_again(given_text: str) -> None:
    """split(quote(t)) is t, whatever it holds."""
    assert [word.text for word in split(quote(given_text))] == [given_text]


@given(st.lists(text, max_size=6))
def test_several_words_stay_apart(words: list[str]) -> None:
    """Quoted words with blanks between them are those words."""
    assert [word.text for word in split(" ".join(map(quote, words)))] == words


@given(text)
def test_visible_text_is_printable(given_text: str) -> None:
    """Whatever it holds, it can be seen and stands on one line."""
    assert visible(given_text).isprintable()


@given(text)
def test_anything_typed_is_words_or_a_sentence(line: str) -> None:
    """No line raises anything but BadValue, and spans point into it."""
    try:
        words = split(line)
    except BadValue:
        return
    assert all(0 <= word.start < word.end <= len(line) for word in words)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("a  b", ["a", "b"]),
        (r'"\n" "\t"', ["\n", "\t"]),
        (r"\n a\ b", ["\n", "a b"]),
        (r"'\n'", [r"\n"]),
        ('"two words"', ["two words"]),
        ("don't stop", ["don't", "stop"]),
        (r'"say \"hi\""', ['say "hi"']),
        (r"\x41 \u2603 \U0001F600", ["A", "☃", "😀"]),
        ('name="a b"', ["name=a b"]),
        ('""', [""]),
    ],
)
def test_reading(line: str, words: list[str]) -> None:
    """As a shell reads, with the escapes of programming languages."""
    assert [word.text for word in split(line)] == words


@pytest.mark.parametrize("line", ['"open', "'open", "end\\", r"\q", r"\x4", r"\uD800", r"\U99999999"])
def test_what_cannot_be_read_is_refused(line: str) -> None:
    """Open quotes, unknown escapes, half characters."""
    with pytest.raises(BadValue):
        split(line)


@pytest.mark.parametrize(
    ("typed", "text"),
    [("", ""), ("a b", "a b"), (r'"a\n"', "a\n"), ("'a' b", "'a' b"), (r"a\n", r"a\n"), ("''", "")],
)
def test_quotes_about_all_of_it_are_not_meant(typed: str, text: str) -> None:
    """One word in quotes is what it means; anything else stays as it was typed."""
    assert meant(typed) == text
    with pytest.raises(BadValue):
        meant('"open')
