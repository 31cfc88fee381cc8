"""The end of what took long is told, if that is wanted."""

from __future__ import annotations

import io

import pytest

from chat.conversation.turn import Answer
from terminal.drawing.notify import LONG, Long
from terminal.drawing.progress import Progress
from terminal.drawing.together import Choices, Together

from ...support.screen import Clock, Window


def told(way: str | None, seconds: float, **environ: str) -> str:
    """What is written when something ends after so many seconds."""
    window, clock = Window(**environ), Clock()
    window.preferred = {"notify": way}.get
    long = Long(window, clock)
    clock.now += seconds
    long.over("the answer is there")
    return window.written


@pytest.mark.parametrize(
    ("way", "written"),
    [
        ("bell", "\a"),
        ("osc9", "\x1b]9;the answer is there after 12 s\x1b\\"),
        ("osc99", "\x1b]99;;the answer is there after 12 s\x1b\\"),
        ("osc777", "\x1b]777;notify;Tempera;the answer is there after 12 s\x1b\\"),
        ("off", ""),
        (None, ""),
    ],
)
def test_how_it_is_told(way: str | None, written: str) -> None:
    """Each way is written as its terminals take it; by itself nothing is."""
    assert told(way, 12.0) == written


def test_what_was_quick_is_not_told() -> None:
    """Who waited hardly has looked elsewhere."""
    assert told("bell", LONG - 0.1) == ""


def test_tmux_hands_notifications_on() -> None:
    """Within tmux they are wrapped; the bell needs no wrapping."""
    assert told("osc9", 12.0, TMUX="x").startswith("\x1bPtmux;\x1b\x1b]9;")
    assert told("bell", 12.0, TMUX="x") == "\a"


def test_no_file_is_rung() -> None:
    """Nothing is written where there is no terminal."""
    window, clock = Window(), Clock()
    window.preferred = {"notify": "bell"}.get
    window.stdout = window.stderr = io.StringIO()
    long = Long(window, clock)
    clock.now = 99.0
    long.over("it")
    assert window.stdout.getvalue() == ""


def test_an_experiment_tells_when_it_is_over() -> None:
    """Progress rings once, with what is there, and only after it took long."""
    for seconds, rings in ((LONG + 1, 1), (1.0, 0)):
        window, clock = Window(), Clock()
        window.preferred = {"notify": "bell"}.get
        progress = Progress(window, ["a", "b"], [0, 1], clock=clock, threaded=False)
        clock.now += seconds
        progress.close()
        assert window.written.count("\a") == rings


def test_choices_and_columns_tell_when_they_are_over() -> None:
    """So do answers beside each other."""
    for display in (Choices, lambda window, _, **more: Together(window, ["a"], **more)):
        window, clock = Window(), Clock()
        window.preferred = {"notify": "osc9"}.get
        made = display(window, 2, clock=clock, threaded=False)
        clock.now += LONG
        made.close(Answer()) if isinstance(made, Choices) else made.close()
        assert "are there after 10 s" in window.written
