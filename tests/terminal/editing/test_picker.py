"""One of several, picked with keys: through prompt-toolkit's own pipe."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from terminal.editing.picker import pick
from terminal.screen import TerminalScreen

from ...support.screen import Window

OPTIONS = ("alpha", "beta one", "beta two", "gamma")
DOWN, UP, ENTER, CTRL_C = "\x1b[B", "\x1b[A", "\r", "\x03"


@pytest.fixture
def choose() -> Callable[[str], int | None]:
    """Press keys at a question; what was picked, and what was said in between is in the window."""

    def choose(pressed: str) -> int | None:
        with create_pipe_input() as keys:

            def ask(question: str, options: Sequence[str]) -> str | None:
                try:
                    return pick(question, options, input=keys, output=DummyOutput())
                except KeyboardInterrupt:
                    return None

            keys.send_text(pressed)
            screen = TerminalScreen(Window())
            screen.asks(lambda question, hidden: None, ask)
            return screen.choose("which?", OPTIONS)

    return choose


@pytest.mark.parametrize(
    ("pressed", "picked"),
    [
        (ENTER, None),
        (CTRL_C, None),
        ("2" + ENTER, 1),
        ("gamma" + ENTER, 3),
        ("GAM" + ENTER, 3),
        ("two" + ENTER, 2),
        (DOWN + ENTER, 0),
        (DOWN * 3 + ENTER, 2),
        (DOWN * 5 + ENTER, 0),
        (UP + ENTER, 3),
        (UP * 2 + ENTER, 2),
        (DOWN * 3 + UP + ENTER, 1),
        ("beta" + DOWN + ENTER, 1),
        ("9" + ENTER + "1" + ENTER, 0),
        ("beta" + ENTER + "beta t" + ENTER, 2),
        ("nothing" + ENTER + ENTER, None),
    ],
)
def test_keys_pick(choose: Callable[[str], int | None], pressed: str, picked: int | None) -> None:
    """Numbers, names, beginnings and arrow keys pick one; what could be several, or none, is asked again."""
    assert choose(pressed) == picked


@pytest.mark.parametrize("lines", [6, 24])
@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}])
def test_where_there_is_no_room_the_options_are_lines(lines: int, colour: dict[str, str]) -> None:
    """A list that does not fit the window, or a terminal without colour, has numbered lines and a question."""
    window = Window(40, lines, **colour)
    screen = TerminalScreen(window)
    drawn: list[Sequence[str]] = []

    def ask(question: str, options: Sequence[str]) -> str | None:
        drawn.append(options)
        return "beta two"

    screen.asks(lambda question, hidden: "beta two", ask)
    assert screen.choose("which?", OPTIONS) == 2
    assert bool(drawn) == (lines == 24 and not colour)
    assert bool(drawn) != ("  3  beta two" in window.text)
