"""Keys that nobody was there for, and keys that come together: what text they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

from terminal import ahead


def keys(data: str) -> list[KeyPress]:
    """What a terminal's bytes are as keys."""
    found: list[KeyPress] = []
    Vt100Parser(found.append).feed_and_flush(data)
    return found


@pytest.mark.parametrize(
    ("pressed", "text"),
    [
        ("hello", "hello"),
        ("hello\r", "hello"),
        ("\r\r", ""),
        ("one\rtwo\r", "one\ntwo"),
        ("one\r\rtwo", "one\n\ntwo"),
        ("one\ntwo\n", "one\ntwo"),
        ("日本 👍 é\r", "日本 👍 é"),
        ("ac\x1b[D\x1b[Ab", "acb"),
        ("\x1b[1;5C\x1bOP\x1b[15~\x1b[200~a\rb\x1b[201~c", "a\nbc"),
        ("\x1bhello", "hello"),
        ("ab\x7fc", "ac"),
        ("a\r\x7fb", "ab"),
        ("\x7f\x7fa", "a"),
        ("one two\x17three", "one three"),
        ("one\rtwo\x15three", "one\nthree"),
        ("\x04\x01\x0b\x1a\x0cok", "ok"),
        ("a\tb", "a\tb"),
        ("a\t\r", "a"),
        ("/te\t 3", "/te 3"),
        (" indented", " indented"),
    ],
)
def test_what_was_typed_blind(pressed: str, text: str) -> None:
    """Letters and Enter are text, keys that take back take back, and keys that steer do nothing."""
    assert ahead.text(keys(pressed)) == text


@pytest.mark.parametrize(
    ("data", "text", "sent"),
    [
        ("one\rtwo\rthree\r", "one\ntwo\nthree", False),
        ("one\rtwo", "one\ntwo", False),
        ("one\r\rtwo\r", "one\n\ntwo", False),
        ("\rtwo\r", "\ntwo", False),
        ("one\n\rtwo", "one\n\ntwo", False),
        ("\tif x:\r\t\treturn\r", "\tif x:\n\t\treturn", False),
        ("a\tb\tc", "a\tb\tc", False),
        ("a\tb\r", "a\tb", True),
        ("red \x1b[A\rblue", "red \nblue", False),
        ("/set n 2\rhello\r", "/set n 2\nhello", False),
        ("\x1b[200~a\rb\x1b[201~\rc", "a\nb\nc", False),
    ],
)
def test_lines_that_come_together_are_a_paste(data: str, text: str, sent: bool) -> None:
    """They are one text with its tabs; several lines are not sent, whatever stands at their end."""
    first, *rest = ahead.together(keys(data))
    assert (first.key, first.data) == (Keys.BracketedPaste, text)
    assert [key.key for key in rest] == [Keys.ControlM] * sent


@pytest.mark.parametrize(
    "data",
    [
        "hello\r",
        "hello\r\r",
        "hello\r\x04",
        "one\x1b\rtwo\r",
        "one\ntwo\r",
        "/te\t 0.5\r",
        "\tx",
        "x\t",
        "\x1b[200~a\rb\x1b[201~\r",
        "",
    ],
)
def test_what_a_person_can_have_typed_stays_as_it_is(data: str) -> None:
    """A line with its Enter, new lines by Alt-Enter or Ctrl-J, completion: keys, however quick they came."""
    assert ahead.together(keys(data)) == keys(data)


_TEXT = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="/"), min_size=1, max_size=5)


@given(st.lists(_TEXT, min_size=2, max_size=5), st.booleans())
def test_any_lines_that_come_together_are_read_as_they_stand(lines: list[str], ends: bool) -> None:
    """No letter is lost, and none sends anything."""
    data = "\r".join(lines) + "\r" * ends
    (paste,) = ahead.together(keys(data))
    assert paste.data == "\n".join(lines) == ahead.text(keys(data))
