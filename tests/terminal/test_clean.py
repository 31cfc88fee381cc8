"""Untrusted text is made safe: it can be read, and it can't steer the terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.clean import Cleaner, clean, one_line, typed

#: What a hostile text is made of, beside any character at all.
BAD = "\x00\x07\x08\x0b\x0c\r\x1b\x7f\x80\x85\x9b\x9d\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\U000e0041\ud800\udfff"
TEXTS = st.lists(
    st.one_of(
        st.text(),
        st.text(alphabet=BAD + "\n\ta[", max_size=8),
        st.characters(codec=None),
        st.sampled_from(["\r\n", "\x1b[31m", "\x1b]0;title\x07", "\x1b]52;c;eA==\x1b\\", "\u202egnp.exe"]),
    )
).map("".join)


def unsafe(text: str) -> list[str]:
    """The characters that could steer a terminal, or that no encoding can write."""
    return [
        character
        for character in text
        if (unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t")
        or "\u202a" <= character <= "\u202e"
        or "\u2066" <= character <= "\u2069"
        or "\U000e0000" <= character <= "\U000e007f"
        or character in "\u2028\u2029\ufeff"
    ]


@given(TEXTS)
def test_nothing_unsafe_comes_out(text: str) -> None:
    """No control character but newline and tab, no bidi override, no tag, no half character comes out."""
    assert unsafe(clean(text)) == []
    clean(text).encode()  # no half character is left


@given(TEXTS)
def test_one_line_is_safe_and_one_line(text: str) -> None:
    """A text for one line holds neither line breaks nor tabs, and nothing unsafe."""
    assert unsafe(one_line(text)) == []
    assert "\n" not in one_line(text) and "\t" not in one_line(text)


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs", "Cf", "Cn", "Zl", "Zp"))))
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Letters, signs and blanks of any script come out as they are."""
    assert clean(text) == text


@given(TEXTS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """What is clean stays as it is."""
    assert clean(clean(text)) == clean(text)


@given(TEXTS, st.data())
def test_a_cleaner_over_pieces_is_clean_over_the_whole(text: str, data: st.DataObject) -> None:
    """However the text is cut, the pieces come out as the whole would, and each piece is safe."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    cleaner = Cleaner()
    out = [cleaner.feed(piece) for piece in pieces] + [cleaner.flush()]
    assert "".join(out) == clean(text)
    assert not any(unsafe(piece) for piece in out)


@given(TEXTS)
def test_a_character_at_a_time(text: str) -> None:
    """Cut between any two characters, the result is that of the whole."""
    cleaner = Cleaner()
    assert "".join(map(cleaner.feed, text)) + cleaner.flush() == clean(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a␛[31mb"),
        ("\x1b]0;pwned\x07", "␛]0;pwned␇"),
        ("50%\r100%", "50%␍100%"),
        ("a\r\nb", "a\nb"),
        ("del\x7f", "del␡"),
        ("\x9b31m", "‹9B›31m"),
        ("user\u202egnp.exe", "user‹U+202E›gnp.exe"),
        ("a\u2028b", "a‹U+2028›b"),
        ("\ud83d", "�"),
        ("tab\tline\n", "tab\tline\n"),
        ("naïve 日本 👩‍👩‍👧", "naïve 日本 👩‍👩‍👧"),
    ],
)
def test_what_is_hidden_becomes_visible(text: str, shown: str) -> None:
    """Each unsafe character is shown: C0 by its picture, the others by their code."""
    assert clean(text) == shown


@given(TEXTS)
def test_what_is_typed_can_be_sent_and_stored(text: str) -> None:
    """Typed text has no NUL, no carriage return and no half character; any other character stays."""
    kept = typed(text)
    kept.encode()
    assert "\0" not in kept and "\r" not in kept
    assert typed(kept) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\0b", "ab"),
        ("bad \udcff byte", "bad � byte"),
        ("\ud83d\ude00", "😀"),
        ("\x1b stays for the model", "\x1b stays for the model"),
        ("日本", "日本"),
    ],
)
def test_typed_text_is_mended(text: str, kept: str) -> None:
    """Line breaks become newlines, halves that belong together one character, others U+FFFD."""
    assert typed(text) == kept
