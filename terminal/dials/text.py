"""Lines of styled text that keep to a number of columns: what the panel is drawn with. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chat.base import escapes

from ..cells import get_cwidth
from ..clean import clean, one_line

Piece = tuple[str, str]  # style, text
Line = list[Piece]


@dataclass(frozen=True)
class PanelSigns:
    """What is drawn with. `parts` are how full a cell of a bar is, from empty to full."""

    parts: str = " ▏▎▍▌▋▊▉█"
    ghost: str = "░"
    track: str = "─"
    fill: str = "━"
    knob: str = "●"
    mark: str = "┼"
    side: str = "│"
    chosen: str = "▸"
    space: str = "␣"
    more: str = "…"
    honoured: str = "✓"
    cut: str = "✗"


ASCII = PanelSigns(" #", ".", "-", "=", "O", "+", "|", ">", "_", "~", "v", "x")


def fit(text: str, width: int, more: str = "…") -> str:
    """Cut a text, safe and on one line, to so many cells."""
    text = one_line(text)
    if get_cwidth(text) <= width:
        return text
    out, room = "", width - get_cwidth(more)
    for character in text:
        room -= get_cwidth(character)
        if room < 0:
            break
        out += character
    return out + more if width > 0 else ""


def ending(text: str, width: int, more: str = "…") -> str:
    """Give the end of a text, safe and on one line, in so many cells."""
    text = one_line(text[-4 * max(1, width) :])
    if get_cwidth(text) <= width:
        return text
    while text and get_cwidth(text) > width - get_cwidth(more):
        text = text[1:]
    return more + text


def padded(text: str, width: int, right: bool = False) -> str:
    """Fill a text up to so many cells."""
    blanks = " " * max(0, width - get_cwidth(text))
    return blanks + text if right else text + blanks


def token(text: str, width: int, signs: PanelSigns) -> str:
    """Write a token so that its blanks are seen, in so many cells."""
    shown = clean(escapes.visible(text)).replace(" ", signs.space) or '""'
    return padded(fit(shown, width, signs.more), width)


def bar(share: float, before: float, width: int, signs: PanelSigns) -> tuple[str, str]:
    """Draw a share of the width, and what is left of it up to what it was `before`."""
    steps = len(signs.parts) - 1
    count = min(width * steps, max(0, round(share * width * steps)))
    if share > 0 and not count and steps > 1:
        count = 1  # it can come, so something is to be seen
    full, part = divmod(count, steps)
    drawn = signs.parts[-1] * full + (signs.parts[part] if part else "")
    ghost = signs.ghost * max(0, min(width, math.ceil(before * width - 0.25)) - len(drawn))
    return drawn, padded(ghost, width - len(drawn))


def wrapped(text: str, width: int, most: int) -> Iterator[str]:
    """Break a text into lines of so many cells, between words where that can be; at most so many lines."""
    lines: list[str] = []
    for paragraph in clean(text).replace("\t", " ").split("\n"):
        line = ""
        for word in paragraph.split(" "):
            while True:
                joined = f"{line} {word}" if line else word
                if get_cwidth(joined) <= width:
                    line = joined
                    break
                if line:
                    lines.append(line)
                    line = ""
                    continue
                head = fit(word, width, "")
                lines.append(head or word[:1])
                word = word[max(1, len(head)) :]
        lines.append(line)
        if len(lines) > 200:
            break
    while lines and not lines[-1]:
        lines.pop()
    return iter(lines[:most])


def exactly(line: Iterable[Piece], width: int) -> Line:
    """Cut a line to the width, and fill it up."""
    out: Line = []
    room = width
    for style, text in line:
        wide = get_cwidth(text)
        if wide > room:
            text = fit_raw(text, room)
            wide = get_cwidth(text)
        if text:
            out.append((style, text))
        room -= wide
        if room <= 0:
            break
    if room > 0:
        out.append(("", " " * room))
    return out


def fit_raw(text: str, width: int) -> str:
    """Give as much of a text as fits, blanks and all."""
    out = ""
    for character in text:
        width -= get_cwidth(character)
        if width < 0:
            break
        out += character
    return out
