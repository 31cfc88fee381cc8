"""Several choices growing on a terminal: what is painted, and what stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from chat.base.manner import Manner
from chat.conversation.events import Event, Finished, Notice, Piece
from chat.conversation.folding import Fold
from terminal.drawing.raw import wrapped
from terminal.drawing.together import Choices

from ...support.screen import Clock, Window


def shown(events: list[Event], choices: int, columns: int = 80, lines: int = 24) -> tuple[str, str]:
    """(what is painted before the end, what the terminal holds after it)."""
    window = Window(columns, lines)
    clock = Clock()
    live = Choices(window, choices, Manner(plain=True), clock=clock, threaded=False)
    fold = Fold()
    for event in events:
        clock.now += 0.1
        fold.feed(event)
        live.feed(event)
    before = window.text
    live.close(fold.answer())
    return before, window.text


def test_side_by_side_where_there_is_room() -> None:
    """Two choices in 80 columns grow beside each other, each under its number."""
    before, _ = shown([Piece(0, "left"), Piece(1, "right")], 2)
    assert before.splitlines()[0].startswith("[1]")
    assert "[2]" in before.splitlines()[0]
    assert before.splitlines()[1].split() == ["left", "│", "right"]


def test_a_notice_is_broken_between_words() -> None:
    """It stands above the choices, also in a narrow window."""
    before, _ = shown([Notice("this server takes no n: asked again"), Piece(0, "a")], 2, columns=24)
    assert before.splitlines()[:2] == ["this server takes no n:", "asked again"]


def test_one_under_another_where_there_is_none() -> None:
    """In 50 columns they are stacked."""
    before, _ = shown([Piece(0, "upper"), Piece(1, "lower")], 2, columns=50)
    assert [line.split()[0] for line in before.splitlines()[:4]] == ["[1]", "upper", "[2]", "lower"]


def test_the_end_leaves_the_whole_text_once() -> None:
    """Nothing of the painting is left: each choice stands whole, with its finish reason and tokens."""
    events: list[Event] = [
        Piece(1, "b1 "),
        Piece(0, "a1 "),
        Piece(0, "a2"),
        Piece(1, "b2"),
        Finished(0, "stop"),
        Finished(1, "length"),
    ]
    _, after = shown(events, 2)
    assert after.splitlines()[:4] == ["[1] stop · 2 chunks", "a1 a2", "[2] length · 2 chunks", "b1 b2"]
    assert after.count("a1 a2") == 1


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.text(st.sampled_from("ab \n字"), min_size=1, max_size=30)),
        max_size=40,
    ),
    st.integers(20, 120),
    st.integers(6, 30),
)
def test_no_painting_is_left_behind(pieces: list[tuple[int, str]], columns: int, lines: int) -> None:
    """Whatever arrives in whatever window, the scrollback holds each text once, and no more."""
    events: list[Event] = [Piece(index, text) for index, text in pieces]
    _, after = shown(events, 3, columns, lines)
    seen = "".join(after.split())
    expected = ""
    for index in sorted({index for index, _ in pieces}):
        text = "".join(text for each, text in pieces if each == index)
        count = sum(each == index for each, _ in pieces)
        expected += f"[{index + 1}]…·{count}chunk{'s' if count > 1 else ''}" + "".join(text.split())
    assert seen.startswith(expected)


@given(st.text(st.sampled_from("ab字 \n\u0301👩"), max_size=200), st.integers(2, 40))
def test_wrapped_lines_fit(text: str, width: int) -> None:
    """No line is wider than asked, and no letter is lost."""
    lines = wrapped(text, width)
    assert all(get_cwidth(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.text(st.sampled_from("ab -"), max_size=200), st.integers(2, 40))
def test_ascii_is_wrapped_as_all_text_is(text: str, width: int) -> None:
    """The quick way for ASCII breaks lines where the way for any text does."""
    expected = [row.replace("a", "é") for row in wrapped("a" + text, width)]
    assert wrapped("é" + text.replace("a", "é"), width) == expected


def test_escapes_do_not_reach_the_terminal() -> None:
    """Control characters in a growing choice are shown, not obeyed."""
    before, after = shown([Piece(0, "\x1b[2Jx\x07"), Piece(1, "y")], 2)
    assert "␛[2Jx␇" in before
    assert "␛[2Jx␇" in after


@pytest.mark.parametrize("lines", [4, 6, 24])
def test_the_painting_fits_the_window(lines: int) -> None:
    """A long text never pushes the painting out of the window, where it could not be erased."""
    before, _ = shown([Piece(0, "word " * 500), Piece(1, "x")], 2, lines=lines)
    assert len(before.splitlines()) <= lines
