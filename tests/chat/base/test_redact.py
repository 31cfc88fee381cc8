"""What is taken out of text and bytes before anybody else sees them."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from chat.base.redact import SHORTEST, cover, hide, hide_bytes, redact, spelt

secrets = st.lists(st.text("abcdefgh0123-", min_size=SHORTEST, max_size=20), min_size=1, max_size=4)


def test_the_longest_goes_first() -> None:
    """A secret that begins with another leaves nothing of itself, in whatever order they are known."""
    for known in (["abcdefgh", "abcdefghSECRETPART"], ["abcdefghSECRETPART", "abcdefgh"]):
        assert hide("it is abcdefghSECRETPART.", known) == "it is [key]."
        assert hide_bytes(b"it is abcdefghSECRETPART.", spelt(known)) == b"it is [key]."
        assert cover(b"it is abcdefghSECRETPART.", known) == b"it is [key]*************."


def test_what_is_short_stays() -> None:
    """Seven characters would be found in any text."""
    assert hide("1234567 12345678", ["1234567", "12345678", ""]) == "1234567 [key]"


@given(secrets, st.text("xyz ", max_size=20), st.data())
def test_no_secret_is_left(known: list[str], text: str, data: st.DataObject) -> None:
    """Wherever one of them stands, it is gone, from bytes too, and those that are covered keep their length."""
    secret = data.draw(st.sampled_from(known))
    whole = f"{text}{secret}{text}"
    assert secret not in hide(whole, known)
    assert secret.encode() not in hide_bytes(whole.encode(), spelt(known))
    covered = cover(whole.encode(), known)
    assert secret.encode() not in covered
    assert len(covered) == len(whole)


@given(st.text(min_size=SHORTEST, max_size=20))
def test_no_secret_is_left_in_json(secret: str) -> None:
    """However JSON writes a secret, it is gone: with or without escapes, and with its slashes escaped."""
    for ascii in (True, False):
        written = json.dumps(["so ", secret], ensure_ascii=ascii)
        for text in (written, written.replace("/", "\\/")):
            data = text.encode("utf-8", "surrogateescape" if ascii else "replace")
            assert json.loads(hide_bytes(data, spelt([secret])))[1] == "[key]"


def test_what_looks_like_a_key_is_taken_out() -> None:
    """By its beginning, or behind `Bearer`; words that only contain one stay."""
    assert redact("sk-abcdefgh12 and Bearer abc.def-ghi, a task-force") == "[key] and [key] a task-force"
    assert redact("the key is hunter2", "hunter2") == "the key is [key]"
