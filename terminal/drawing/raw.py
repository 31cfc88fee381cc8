"""Text as it was written, as lines of the window: those that are finished, and the open one."""

from __future__ import annotations

from ..cells import get_cwidth
from .styles import coloured


class Undrawn(Exception):
    """A body can't be drawn, or not in reasonable time. `finished`: lines that still were;
    `rest`: the text from there on."""

    def __init__(self, finished: list[str], rest: str) -> None:
        super().__init__("not drawn")
        self.finished = finished
        self.rest = rest


class Raw:
    """One text, fed in pieces, in the style of one role. Fenced code is left to the terminal to break once
    it is finished, so that it can be copied as it was written."""

    def __init__(self, style: str = "") -> None:
        self._style = style
        self._pieces: list[str] = []
        self._open = ""
        self._fenced = False
        self._part = False  # whether the open line has finished rows

    def feed(self, text: str) -> None:
        self._pieces.append(text)

    def lines(self, width: int, room: int) -> tuple[list[str], list[str]]:
        """Return (lines that are finished since the last call, rows of the open line)."""
        *complete, self._open = (self._open + "".join(self._pieces)).split("\n")
        self._pieces = []
        finished = [row for line in complete for row in self._finished(line, width)]
        rows = wrapped(self._open, width)
        if len(rows) > max(1, room) and not self._fenced:
            finished += self._styled(rows[:-1])
            rows = rows[-1:]
            self._open, self._part = rows[0], True
        return finished, self._styled(rows) if self._open else []

    def close(self, width: int) -> list[str]:
        finished, _ = self.lines(width, 1 << 30)
        last, self._open = self._open, ""
        return finished + (self._finished(last, width) if last else [])

    def _finished(self, line: str, width: int) -> list[str]:
        fence = not self._part and line.lstrip().startswith("```")
        rows = [line] if self._fenced or fence else wrapped(line, width)
        self._fenced, self._part = self._fenced != fence, False
        return self._styled(rows)

    def _styled(self, rows: list[str]) -> list[str]:
        return [coloured(row, self._style) for row in rows]


def wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` columns, between words where possible."""
    lines: list[str] = []
    for paragraph in text.expandtabs(4).split("\n"):
        if len(paragraph) <= width and paragraph.isascii():
            lines.append(paragraph)
            continue
        if paragraph.isascii():
            lines += _wrapped_ascii(paragraph, width)
            continue
        line, used = "", 0
        for character in paragraph:
            wide = max(0, get_cwidth(character))
            if used + wide > width:
                kept, space, carried = line.rpartition(" ")
                if not space or max(get_cwidth(carried) * 2, get_cwidth(carried) + wide) > width:
                    kept, carried = line, ""
                lines.append(kept)
                line, used = carried, get_cwidth(carried)
            line += character
            used += wide
        lines.append(line)
    return lines


def _wrapped_ascii(paragraph: str, width: int) -> list[str]:
    """Give the same where a character is a column: ten megabytes in one line don't hold Ctrl-C up."""
    lines, start = [], 0
    while len(paragraph) - start > width:
        end = start + width
        space = paragraph.rfind(" ", start, end)
        carried = end - space - 1
        if space < 0 or max(carried * 2, carried + 1) > width:
            lines.append(paragraph[start:end])
            start = end
        else:
            lines.append(paragraph[start:space])
            start = space + 1
    return [*lines, paragraph[start:]]
