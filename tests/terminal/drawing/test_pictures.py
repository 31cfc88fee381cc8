"""Small pictures: by kitty's and iTerm2's protocols, in half blocks, in words; never by their own bytes."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from chat.base.errors import BadInput
from chat.media.medium import Medium
from chat.media.reading import read
from terminal.drawing.pictures import BLOCKS, COLUMNS, ITERM, KITTY, ROWS, WORDS, drawn, way
from terminal.screen import TerminalScreen

from ...support import pictures as made
from ...support.pictures import RED
from ...support.screen import Window

MEDIUM = read(made.png(400, 200, RED, made.chunk(b"tEXt", b"Comment\0\x1b]0;owned\x07")))
DEEP = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-kitty"}, KITTY),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, KITTY),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1", "TMUX": "/tmp/x"}, BLOCKS),
        ({"TERM": "tmux-256color", "LC_TERMINAL": "iTerm2"}, BLOCKS),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, ITERM),
        ({"TERM": "xterm-256color"}, BLOCKS),
        ({"TERM": "linux"}, WORDS),
    ],
)
def test_the_environment_says_how(environ: dict[str, str], expected: str) -> None:
    """Nothing is asked of the terminal; within tmux no protocol is spoken that it would swallow."""
    assert way(environ, blocks=True) == expected
    assert way(environ, blocks=False) != BLOCKS


def test_half_blocks_are_as_wide_as_fits_and_keep_the_shape() -> None:
    """Two pixels a cell, in the picture's colours, its sides in proportion, at 80 and at 20 columns."""
    for width in (80, 20):
        rows = drawn(MEDIUM, DEEP, True, width).splitlines()
        cells = [row.count("▀") for row in rows]
        assert 0 < len(rows) <= ROWS and set(cells) == {min(COLUMNS, width - 1)}
        assert abs(cells[0] / (2 * len(rows)) - 2) < 0.3
        assert "38;2;255;0;0;48;2;255;0;0" in rows[0] and rows[0].endswith("\x1b[0m")


def test_256_colours_do() -> None:
    """Where no more are promised, the nearest of the cube is taken."""
    assert "\x1b[38;5;196;48;5;196m" in drawn(MEDIUM, {"TERM": "xterm-256color"}, True, 80)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_kitty_gets_a_new_png_in_pieces(form: str) -> None:
    """Whatever the form was, what goes out is a PNG made here, in base64, in pieces of at most 4,096."""
    out = io.BytesIO()
    Image.effect_noise((400, 200), 90).convert("P" if form == "GIF" else "RGB").save(out, form)
    medium = read(out.getvalue())
    written = drawn(medium, {"TERM": "xterm-kitty"}, True, 80)
    pieces = re.findall(r"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\", written)
    assert "".join(f"\x1b_G{head};{data}\x1b\\" for head, data in pieces) + "\n" == written
    assert all(len(data) <= 4096 for _, data in pieces) and len(pieces) > 1
    assert [head[-1] for head, _ in pieces] == ["1"] * (len(pieces) - 1) + ["0"]
    sent = base64.b64decode("".join(data for _, data in pieces))
    assert sent.startswith(b"\x89PNG") and (form == "PNG" or medium.data not in sent)
    assert Image.open(io.BytesIO(sent)).size == (400, 200)
    assert "c=40,r=10" in pieces[0][0]


def test_iterm_gets_it_by_its_own_protocol() -> None:
    """One sequence, with the size in cells."""
    written = drawn(MEDIUM, {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True, 80)
    found = re.fullmatch(
        r"\x1b\]1337;File=inline=1;width=40;height=10;preserveAspectRatio=1:(\S+)\x07\n", written
    )
    assert found and base64.b64decode(found[1]).startswith(b"\x89PNG")


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_words_alone_where_nothing_is_painted(environ: dict[str, str]) -> None:
    """Without colours, nothing is drawn."""
    window = Window(**environ)
    TerminalScreen(window).picture(MEDIUM)
    assert window.written == ""


def test_the_screen_draws_below_what_stands() -> None:
    """A picture begins and ends a line of its own."""
    window = Window(COLORTERM="truecolor")
    screen = TerminalScreen(window)
    screen.say("before")
    screen.picture(MEDIUM)
    screen.say("after")
    assert window.rows[0] == "before" and window.rows[-1] == "after"
    assert set("".join(window.rows[1:-1])) == {"▀"}


def test_what_cannot_be_decoded_is_a_sentence() -> None:
    """A header that is right over pixels that are not: BadInput, whatever Pillow raises."""
    for data in (made.png(8, 8, rows=b"no zlib"), made.webp()):
        medium: Medium = read(data)
        with pytest.raises(BadInput, match="can't be decoded"):
            drawn(medium, DEEP, True, 80)
