"""What a terminal can do, as its environment tells."""

from __future__ import annotations

import io

import pytest

from terminal.abilities import ALL, CUBE, SIXTEEN, depth, takes_links
from terminal.streams import Terminal

from ..support.screen import Tty


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "linux"}, SIXTEEN),
        ({"TERM": "xterm"}, SIXTEEN),
        ({"TERM": "xterm-256color"}, CUBE),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, ALL),
        ({"TERM": "xterm-kitty"}, ALL),
        ({"TERM": "screen-256color", "STY": "x", "COLORTERM": "truecolor"}, CUBE),
        ({"TERM": "xterm-256color", "FORCE_COLOR": "1"}, SIXTEEN),
        ({"TERM": "dumb", "FORCE_COLOR": "3"}, ALL),
        ({"TERM": "xterm-256color", "FORCE_COLOR": "true"}, CUBE),
    ],
)
def test_how_many_colours(environ: dict[str, str], colours: int) -> None:
    """TERM and COLORTERM say it, and FORCE_COLOR before them."""
    assert depth(environ) == colours


@pytest.mark.parametrize(
    ("tty", "environ", "coloured", "painted"),
    [
        (True, {"TERM": "xterm"}, True, True),
        (True, {"TERM": "dumb"}, False, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        (True, {"TERM": "dumb", "FORCE_COLOR": "1"}, True, False),
        (True, {"TERM": "xterm", "FORCE_COLOR": "0"}, False, False),
        (False, {"TERM": "xterm"}, False, False),
        (False, {"FORCE_COLOR": "1"}, True, False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": ""}, True, False),
    ],
)
def test_whether_there_are_any(tty: bool, environ: dict[str, str], coloured: bool, painted: bool) -> None:
    """NO_COLOR takes colours away; FORCE_COLOR brings them into pipes, where nothing is painted over."""
    terminal = Terminal(Tty(), Tty() if tty else io.StringIO(), Tty(), environ)
    assert (terminal.colour(terminal.stdout), terminal.paints) == (coloured, painted)


@pytest.mark.parametrize(
    ("environ", "taken"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"VTE_VERSION": "6800"}, True),
        ({"VTE_VERSION": "4200"}, False),
        ({"VTE_VERSION": "6800", "TMUX": "x"}, False),
        ({"KITTY_WINDOW_ID": "1", "STY": "x"}, False),
        ({"TERM": "xterm", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
    ],
)
def test_who_takes_links(environ: dict[str, str], taken: bool) -> None:
    """Links are written only where they are known to be taken, or where FORCE_HYPERLINK says so."""
    assert takes_links(environ) is taken
