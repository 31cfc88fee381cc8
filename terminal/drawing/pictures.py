"""Small pictures in a terminal: by kitty's or iTerm2's protocol, or in half blocks; in words elsewhere.

A picture comes from anywhere, so no byte of it reaches the terminal as it is: Pillow decodes it and makes a
new PNG, which goes out in base64, or its pixels become colours. Nothing is asked of the terminal, whose
answer would have to be waited for: its environment says what it is.

kitty: https://sw.kovidgoyal.net/kitty/graphics-protocol/; iTerm2: https://iterm2.com/documentation-images.html
(both read 2026-11).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

from chat.media import pixels
from chat.media.medium import Medium

from ..abilities import ALL, SIXTEEN, depth
from .styles import RESET

KITTY, ITERM, BLOCKS, WORDS = "kitty", "iterm", "blocks", "words"

#: The most that a picture takes of the screen, in cells.
ROWS, COLUMNS = 10, 40
#: A cell is about twice as high as wide; a picture by protocol has so many pixels a cell.
_CELL = (10, 20)
#: Base64 of one of kitty's commands, at most.
_PIECE = 4096
_BLOCK = "▀"
#: The levels of the 6×6×6 cube among 256 colours.
_LEVELS = (0, 95, 135, 175, 215, 255)


def way(environ: Mapping[str, str], blocks: bool) -> str:
    """Tell how a terminal that shows colours draws a picture; `blocks`: it has such characters. Within tmux
    and screen, which let no picture through unless they are told to, by blocks."""
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if not (environ.get("TMUX") or term.startswith(("tmux", "screen"))):
        if environ.get("KITTY_WINDOW_ID") or term in ("xterm-kitty", "xterm-ghostty") or program == "ghostty":
            return KITTY
        if program in ("iTerm.app", "WezTerm", "mintty") or environ.get("LC_TERMINAL") == "iTerm2":
            return ITERM
    colours = depth(environ) > SIXTEEN or term.startswith(("xterm", "tmux"))
    return BLOCKS if blocks and colours else WORDS


def drawn(medium: Medium, environ: Mapping[str, str], blocks: bool, width: int) -> str:
    """Give what draws a picture, its lines ended; "" where words have to do. Raises BadInput."""
    columns = max(1, min(COLUMNS, width - 1))
    how = way(environ, blocks)
    if how == KITTY:
        return _kitty(medium, columns)
    if how == ITERM:
        return _iterm(medium, columns)
    if how == BLOCKS:
        return "".join(_half_blocks(medium, columns, depth(environ) == ALL))
    return ""


def _png(medium: Medium, columns: int) -> tuple[str, int, int]:
    """Give (a PNG in base64, its columns, its rows)."""
    data = pixels.as_png(medium, columns * _CELL[0], ROWS * _CELL[1])
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    across, down = -(-width // _CELL[0]), -(-height // _CELL[1])
    return base64.b64encode(data).decode(), max(1, across), max(1, down)


def _kitty(medium: Medium, columns: int) -> str:
    encoded, across, down = _png(medium, columns)
    pieces = [encoded[at : at + _PIECE] for at in range(0, len(encoded), _PIECE)]
    out = []
    for place, piece in enumerate(pieces):
        more = f"m={int(place + 1 < len(pieces))}"
        head = f"a=T,f=100,q=2,c={across},r={down},{more}" if place == 0 else more
        out.append(f"\x1b_G{head};{piece}\x1b\\")
    return "".join(out) + "\n"


def _iterm(medium: Medium, columns: int) -> str:
    encoded, across, down = _png(medium, columns)
    how = f"inline=1;width={across};height={down};preserveAspectRatio=1"
    return f"\x1b]1337;File={how}:{encoded}\x07\n"


def _half_blocks(medium: Medium, columns: int, true_colour: bool) -> Iterator[str]:
    for row in pixels.pairs(medium, columns, ROWS):
        before = None
        for pair in row:
            if pair != before:
                upper, lower = (_colour(each, true_colour) for each in pair)
                yield f"\x1b[38;{upper};48;{lower}m"
                before = pair
            yield _BLOCK
        yield RESET + "\n"


def _colour(rgb: tuple[int, int, int], true_colour: bool) -> str:
    if true_colour:
        return f"2;{rgb[0]};{rgb[1]};{rgb[2]}"
    red, green, blue = (min(range(6), key=lambda at: abs(_LEVELS[at] - each)) for each in rgb)
    return f"5;{16 + 36 * red + 6 * green + blue}"
