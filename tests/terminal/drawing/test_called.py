"""Calls of tools on the screen: as they grow, and when they are complete."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from terminal.drawing.called import Called

LONG = {"path": "/srv/docs/a-long-name-of-a-file.txt", "edits": [{"old": "a", "new": "b"}]}


def drawn(*pieces: str, width: int = 40) -> list[str]:
    """All lines, painted after each piece."""
    body, found = Called(), []
    for piece in pieces:
        body.feed(piece)
        found += body.lines(width, 20)[0]
    return found + body.close(width)


def test_a_short_call_stays_in_its_line() -> None:
    """What fits the window stands as the model wrote it."""
    assert drawn('[calls add] {"a"', ":1}") == ['[calls add] {"a":1}']


def test_a_long_call_becomes_lines_of_json() -> None:
    """Arguments that do not fit are laid out once they are complete; before that they grow as they come."""
    text = json.dumps(LONG)
    body = Called()
    body.feed(f"[calls edit] {text[:60]}")
    finished, rows = body.lines(40, 20)
    assert finished == [] and "".join(rows).startswith('[calls edit] {"path":')
    body.feed(text[60:])
    lines = body.close(80)
    assert lines[0] == "[calls edit] {" and lines[-1] == "}"
    assert json.loads("\n".join(lines).removeprefix("[calls edit] ")) == LONG


def test_a_call_is_finished_where_the_next_begins() -> None:
    """Each of several calls is laid out by itself."""
    first, second = drawn('[calls a] {"x":1}', '\n[calls b] {"y"', ":2}")
    assert (first, second) == ('[calls a] {"x":1}', '[calls b] {"y":2}')


def test_what_is_no_json_stays_as_it_was_written() -> None:
    """A call that was cut off, or is prose, is not made to look sound."""
    assert "".join(drawn("[calls a] " + '{"x": "' + "y" * 60)).endswith("y" * 20)


@given(st.lists(st.text(max_size=30), max_size=6), st.integers(20, 80))
def test_nothing_is_lost(pieces: list[str], width: int) -> None:
    """Whatever comes, in whatever pieces, all its words are shown."""
    pieces = ["".join(ch for ch in piece if ch.isprintable()) for piece in pieces]
    shown = "".join(drawn("[calls a] ", *pieces, width=width))
    assert sorted("".join(shown.split())) == sorted("".join("".join(["[calls a] ", *pieces]).split()))


def test_a_huge_call_is_not_drawn_again_and_again() -> None:
    """Arguments that do not end are written as they come, like any long text."""
    body = Called()
    body.feed("[calls a] ")
    for _ in range(100):
        body.feed("x" * 1000)
        finished, rows = body.lines(80, 20)
        assert len(rows) <= 300
    assert len(finished) > 0
