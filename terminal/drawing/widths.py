"""Count how many columns a text takes, and handle what terminals disagree on.

A family of emoji, a flag or a sign with a variation selector is one sign two columns wide to most
terminals, several signs to others, one column wide to a few. What stands below each other, as in
a table, is kept there by telling the cursor its column.
"""

from __future__ import annotations

import re

from ..cells import get_cwidth

STYLES = re.compile(r"\x1b\[[0-9;]*[mK]|\x1b\]8;[^\x1b]*\x1b\\")
_STEPS = re.compile(r"(\x1b\[[0-9;]*[mK]|\x1b\]8;[^\x1b]*\x1b\\)|(  +)|([^\x1b ]+| )")
#: Blanks at the end of a line that show nothing but their background.
_FILL = re.compile(r"(\x1b\[48;[0-9;]*m) +\x1b\[0m(?:\1 +\x1b\[0m)*\Z")
#: What joins two signs into one; what gives a sign the colour of a skin; halves of flags.
_JOINER = "\u200d"
_SKINS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_FLAGS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))


def most(line: str) -> int:
    """Count the columns if the terminal draws each character by itself: the most that the text may take."""
    plain = STYLES.sub("", line)
    return len(plain) if plain.isascii() else get_cwidth(plain)


def meant(line: str) -> int:
    """Count the columns by Unicode's tables, as rich does, which fills cells by them."""
    plain = STYLES.sub("", line)
    if plain.isascii():
        return len(plain)
    from rich.cells import cell_len

    return cell_len(plain)


def disputed(line: str) -> bool:
    """Tell whether terminals disagree on the line's width."""
    return not line.isascii() and most(line) != meant(line)


def placed(line: str) -> str:
    """Place what follows a gap of blanks in its column, wherever the terminal has put the text before it."""
    if "  " not in line or not disputed(line):
        return line
    out, shown, moved = [], "", False
    for step in _STEPS.finditer(line):
        style, gap, text = step.groups()
        if text and moved:
            out.append(f"\x1b[{meant(shown) + 1}G")
            moved = False
        out.append(step[0])
        if not style:
            shown += step[0]
            moved = moved or bool(gap and shown.strip() and disputed(shown))
    return "".join(out)


def filled(line: str, columns: int) -> str:
    """Give the line, whose background the terminal draws up to its end where blanks would do it: they
    would be broken into lines of their own when a window becomes narrower, and copied."""
    if "\x1b[" not in line or most(line) != columns or disputed(line):
        return line
    return _FILL.sub("\\1\x1b[K\x1b[0m", line)


def joins(before: str, after: str) -> bool:
    """Tell whether the beginning of `after` may be part of the sign at the end of `before`: a combining
    mark, a joined sign, a colour of skin, the other half of a flag. Most terminals do not join it if a
    sequence of styles stands between the two."""
    if before.endswith(_JOINER):
        return True
    first = after[:1]
    return not first.isascii() and (get_cwidth(first) < 1 or first in _SKINS or first in _FLAGS)
