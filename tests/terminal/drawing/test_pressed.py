"""Single keys while answers stream: digits at once, text for the prompt."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal import ahead
from terminal.drawing.pressed import Pressed, give_back


class Read(Pressed):
    """Says what it has taken."""

    taken = ""

    def take(self, keys: str) -> None:
        super().take(keys)
        self.taken += keys


class Board:
    """A keyboard made of a pseudo-terminal, and who reads it."""

    def __init__(self) -> None:
        import tty

        self.keys, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.digits: list[int] = []
        self.pressed = Read(self._slave, self.digits.append)
        self._typed = ""

    def press(self, *keys: str) -> None:
        """Press keys one by one: each is taken before the next is pressed."""
        for key in keys:
            self.paste(key)

    def paste(self, text: str) -> None:
        """Press keys at once; return when they have been taken."""
        self._typed += text
        os.write(self.keys, text.encode())
        end = time.monotonic() + 20
        while self.pressed.taken != self._typed:
            assert time.monotonic() < end, f"only {self.pressed.taken!r} was taken"
            time.sleep(0.001)

    def close(self) -> str:
        text = ahead.text(self.pressed.stop())
        os.close(self.keys)
        os.close(self._slave)
        return text


@pytest.fixture
def board() -> Iterator[Board]:
    before = threading.active_count()
    made = Board()
    yield made
    assert threading.active_count() == before, "the thread that reads keys is still there"


def test_a_digit_pressed_alone_means_something(board: Board) -> None:
    """Digits arrive at once, and leave nothing for the prompt."""
    board.press("2", "1")
    assert board.close() == ""
    assert board.digits == [2, 1]


def test_a_line_typed_ahead_is_for_the_prompt(board: Board) -> None:
    """Digits after other keys belong to what is typed, and so does Enter, which only ends a line."""
    board.press(*"/pick 2", "\r", "3")
    assert board.close() == "/pick 2\n3"
    assert board.digits == []


def test_what_is_taken_back_makes_digits_digits_again(board: Board) -> None:
    """Backspace and Ctrl-U take back what was typed by mistake."""
    board.press("x", "\x7f", "3", "a", "b", "\x15", "4")
    assert board.close() == ""
    assert board.digits == [3, 4]


def test_arrows_and_control_keys_are_no_text(board: Board) -> None:
    """They do nothing: least of all does Ctrl-D leave the shell later."""
    board.press("\x1b[A", "\x04", "0", "\x7f", "5")
    assert board.close() == ""
    assert board.digits == [5]


def test_pasted_digits_are_text(board: Board) -> None:
    """What comes at once was not pressed."""
    board.paste("12 é字")
    assert board.close() == "12 é字"
    assert board.digits == []


def test_it_ends_with_the_terminal(board: Board) -> None:
    """A terminal that has gone leaves no thread that spins, and stopping is no error."""
    os.close(board.keys)
    board.pressed._thread.join(2)
    assert not board.pressed._thread.is_alive()
    assert board.pressed.stop() == []
    os.close(board._slave)


def test_an_arrow_that_comes_in_pieces_is_an_arrow(board: Board) -> None:
    """The digit of a sequence that is cut in two is no digit, and its letter no text."""
    board.press("\x1b[", "2", "~", "\x1b", "[A", "3")
    assert board.close() == ""
    assert board.digits == [3]


@given(st.lists(st.text(max_size=6), max_size=12))
def test_any_keys_give_text_that_can_be_typed(keys: list[str]) -> None:
    """Whatever is pressed, nothing that steers is left for the prompt."""
    master, slave = os.openpty()
    pressed = Pressed(slave, lambda number: None)
    for key in keys:
        pressed.take(key)
    text = ahead.text(pressed.stop())
    os.close(master)
    os.close(slave)
    assert not set(text) & {chr(code) for code in (*range(9), *range(11, 32), 127)}


def test_the_prompt_begins_with_what_is_given_back(board: Board) -> None:
    """The next prompt that reads this terminal finds the keys typed."""
    from prompt_toolkit.input import create_input
    from prompt_toolkit.input.typeahead import get_typeahead

    board.press(*"/pick 2")
    master, slave = os.openpty()
    with os.fdopen(slave, "r") as stream:
        give_back(stream, board.pressed.stop())
        keys = get_typeahead(create_input(stream))
    os.close(master)
    assert "".join(key.data for key in keys) == "/pick 2"
