"""The panel through prompt-toolkit's own pipe: keys as a terminal sends them, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from terminal.dials.application import Panel, run

from ...support.panel import Scripted

DOWN, UP, RIGHT, LEFT, ENTER, ESC, CTRL_C = "\x1b[B", "\x1b[A", "\x1b[C", "\x1b[D", "\r", "\x1b", "\x03"


def panel(keys: str, source: Scripted | None = None, **more: Any) -> Mapping[str, Any] | None:
    """What is kept after these keys."""
    with create_pipe_input() as pipe:
        pipe.send_text(keys)
        return run(source or Scripted(), input=pipe, output=DummyOutput(), **more)


@pytest.mark.parametrize(
    ("keys", "kept"),
    [
        (ENTER, {}),
        (RIGHT + ENTER, {"temperature": 0.9}),
        ("1.6" + ENTER + ENTER, {"temperature": 1.6}),
        (DOWN + "\t" + UP + LEFT + ENTER, {"top_k": 30}),
        (RIGHT + "u" + ENTER, {}),
        (RIGHT + DOWN + RIGHT + "R" + ENTER, {}),
        (RIGHT + ESC, None),
        (RIGHT + CTRL_C, None),
        (RIGHT + "\x04", None),
        ("\x1b[200~0.5\x1b[201~" + ENTER + ENTER, {"temperature": 0.5}),
        ("q?é海" + ENTER, {}),
    ],
)
def test_keys_turn_and_end(keys: str, kept: Mapping[str, Any] | None) -> None:
    """Enter keeps what was turned and typed; Esc, Ctrl-C and Ctrl-D drop all of it; other keys do nothing."""
    assert panel(keys) == kept


@pytest.mark.parametrize("more", [{"colour": False}, {"blocks": False}])
def test_it_needs_neither_colour_nor_blocks(more: dict[str, Any]) -> None:
    """NO_COLOR and a plain terminal have the same keys."""
    assert panel(RIGHT + ENTER, **more) == {"temperature": 0.9}


def test_space_samples_with_the_dials_as_they_are() -> None:
    """Each press is a sample at that place, with what is set by then."""
    source = Scripted()
    panel(" " + RIGHT + " " + UP + RIGHT + " " + ESC, source)
    assert source.sampled == [(0, {}), (0, {"temperature": 0.9}), (1, {"temperature": 0.9})]


def test_walking_looks_at_each_place() -> None:
    """The place that is shown is the one that is asked for, from the first picture on."""
    source = Scripted()
    panel(UP + RIGHT + RIGHT + "r" + ESC, source)
    assert [place for place, _, _ in source.looked] == [0, 0, 1, 2, 2]
    assert source.looked[-1][2] is True


def test_what_a_source_finds_out_is_drawn() -> None:
    """An answer that is cut into tokens while the panel is up has that many places to walk along."""
    source = Scripted(places=5)
    with create_pipe_input() as pipe:
        shown = Panel(source, input=pipe, output=DummyOutput())
        shown.press("[")
        assert shown.view().state.places == 5
        source.places = 2
        assert shown.view().state.places == 2
        assert "word0" in "".join(piece[1] for piece in shown.fragments())


def test_a_click_turns_a_dial() -> None:
    """The mouse puts a knob where it points, and the wheel turns the dial below it."""
    with create_pipe_input() as pipe:
        shown = Panel(Scripted(), input=pipe, output=DummyOutput())
        view = shown.view()
        shown.click(20 + view.slider - 1, 2)
        assert dict(shown.state.values) == {"temperature": 2.0}
        shown.click(5, 2, -1)
        assert dict(shown.state.values) == {"temperature": 1.9}
        shown.click(5, 3)
        assert shown.state.row == 2 and dict(shown.state.values) == {"temperature": 1.9}
        shown.click(79, 2)
        assert shown.state.row == 2
