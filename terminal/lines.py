"""Lines of styled text that keep to a number of columns: what full screens are drawn with. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .cells import get_cwidth
from .clean import one_line

Piece = tuple[str, str]  # style, text
Line = list[Piece]

#: What joins two signs into one, picks the form of one, or gives it a colour of skin: some terminals draw
#: what it makes narrower than others.
_DISPUTED = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_FIRST_FLAG = 0x1F1E6
#: More marks than this above one character would be drawn over the lines around it.
_HEAP = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]{3})"
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]+"
)


def steady(text: str) -> str:
    """Give a text that takes as many cells in every terminal: signs stand singly, a flag by its letters."""
    if text.isascii():
        return text
    text = _FLAG.sub(lambda found: chr(ord("A") + ord(found[0]) - _FIRST_FLAG), text)
    return _HEAP.sub(r"\1", _DISPUTED.sub("", text))


def fit(text: str, width: int, more: str = "…") -> str:
    """Cut a text, safe and on one line, to so many cells."""
    text = one_line(steady(text[: 16 * max(4, width)]) if len(text) > 16 * max(4, width) else steady(text))
    if get_cwidth(text) <= width:
        return text
    out, room = "", width - get_cwidth(more)
    for character in text:
        room -= get_cwidth(character)
        if room < 0:
            break
        out += character
    return out + more if width > 0 else ""


def middle(text: str, width: int, more: str = "…") -> str:
    """Give both ends of a text, safe and on one line, in so many cells: what tells one from another often
    stands at its end."""
    text = one_line(steady(text[:1000]))
    room = width - get_cwidth(more)
    if get_cwidth(text) <= width or room < 4:
        return fit(text, width, more)
    head = fit_raw(text, (room + 1) // 2)
    tail = ""
    for character in reversed(text):
        if get_cwidth(head + character + tail) > room:
            break
        tail = character + tail
    return f"{head.rstrip()}{more}{tail.lstrip()}"


def ending(text: str, width: int, more: str = "…") -> str:
    """Give the end of a text, safe and on one line, in so many cells."""
    text = one_line(text[-4 * max(1, width) :])
    if get_cwidth(text) <= width:
        return text
    while text and get_cwidth(text) > width - get_cwidth(more):
        text = text[1:]
    return more + text


def cut(text: str, width: int) -> str:
    """Give the beginning of a text, blanks and all, in so many cells."""
    while get_cwidth(text) > width:
        text = text[:-2] + "…" if len(text) > 1 else ""
    return text


def padded(text: str, width: int, right: bool = False) -> str:
    """Fill a text up to so many cells."""
    blanks = " " * max(0, width - get_cwidth(text))
    return blanks + text if right else text + blanks


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
