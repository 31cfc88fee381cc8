"""Where tokens stand in an answer: cut between characters, or not at all."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chat.lab.token_places import Position, is_part, position

from ...support.turns import texts


def spelt(data: bytes) -> str:
    """A token as `events` tells it."""
    return data.decode("utf-8", "backslashreplace")


@given(texts, st.data())
def test_a_text_is_cut_before_any_token(text: str, data: st.DataObject) -> None:
    """However its bytes are cut into tokens: the text before a token is the bytes before it, and where those
    end inside a character, the tokens that make it up are named."""
    raw = text.encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(raw) - 1)), max_size=12)) if raw else [])
    bounds = [0, *(cut for cut in cuts if cut < len(raw)), len(raw)]
    tokens = [spelt(raw[start:end]) for start, end in pairwise(bounds)]
    for number in range(1, len(tokens) + 1):
        found = position(tokens, text, number)
        try:
            expected = raw[: bounds[number - 1]].decode()
        except UnicodeDecodeError:
            assert found.before is None
            assert found.within
            first, last = found.within
            assert first <= number <= last
            assert position(tokens, text, first).before is not None
            whole = raw[bounds[first - 1] : bounds[last]]
            assert whole.decode()
        else:
            assert found == Position(expected)


def test_spelt_bytes_and_text_that_reads_like_them() -> None:
    r"""`\xf0` that a model wrote out is text; a token of that byte is a part of a character."""
    assert position(["a", r"\xf0", "b"], r"a\xf0b", 3) == Position(r"a\xf0")
    assert position([r"\xf0\x9f", r"\xa6\x84", "!"], "🦄!", 2) == Position(None, (1, 2))
    assert position([r"\xf0\x9f", r"\xa6\x84", "!"], "🦄!", 3) == Position("🦄")


def test_tokens_that_do_not_add_up_are_said_so() -> None:
    """Where a token is not the text that follows, nothing is known of the places after it."""
    assert position(["a", "\ufffd", "b"], "a宽b", 2) == Position("a")
    assert position(["a", "\ufffd", "b"], "a宽b", 3) == Position()


def test_parts_of_characters_are_told_apart() -> None:
    """They can't be sent as text."""
    assert is_part(r" \xf0\x9f") and is_part("\ufffd")
    assert not is_part("宽") and not is_part(r"\n")
