"""Calls of tools, drawn as they stream: as written while they grow, then as JSON over several lines where
one is too long for a line."""

from __future__ import annotations

import json

from chat.base import halves

from .raw import Raw, wrapped
from .styles import coloured

#: How `remarks.spelt` begins a call.
_BEGINS = "[calls "
_LARGE = 20_000  # characters of arguments from which on they stay as they were written


class Called:
    """The calls of an answer, one after another: each is finished where the next begins."""

    def __init__(self, style: str = "") -> None:
        self._style = style
        self._pieces: list[str] = []
        self._raw: Raw | None = None  # one that grew too long to be drawn again

    def feed(self, text: str) -> None:
        if self._raw:
            self._raw.feed(text)
        else:
            self._pieces.append(text)

    def lines(self, width: int, room: int) -> tuple[list[str], list[str]]:
        """Give (lines that are finished since the last call, the open ones)."""
        if self._raw:
            return self._raw.lines(width, room)
        text = "".join(self._pieces)
        *complete, last = _parted(text)
        self._pieces = [last]
        finished = [row for each in complete for row in self._drawn(each, width)]
        if len(last) > _LARGE:
            self._raw = Raw(self._style)
            self._raw.feed(last)
            more, rows = self._raw.lines(width, room)
            return finished + more, rows
        rows = self._styled(wrapped(last, width)) if last else []
        return finished, rows

    def close(self, width: int) -> list[str]:
        """Give the lines that were left."""
        finished, _ = self.lines(width, 1 << 30)
        if self._raw:
            return finished + self._raw.close(width)
        last, self._pieces = "".join(self._pieces), []
        return finished + (self._drawn(last, width) if last else [])

    def _drawn(self, text: str, width: int) -> list[str]:
        head, mark, arguments = text.partition("] ")
        if mark and len(text) > width:
            try:
                pretty = json.dumps(halves.read_json(arguments), indent=2, ensure_ascii=False)
            except (ValueError, RecursionError):
                pass
            else:
                return self._styled(
                    [row for line in f"{head}] {pretty}".split("\n") for row in wrapped(line, width)]
                )
        return self._styled(wrapped(text.rstrip("\n"), width))

    def _styled(self, rows: list[str]) -> list[str]:
        return [coloured(row, self._style) for row in rows]


def _parted(text: str) -> list[str]:
    """Part a text where calls begin."""
    first, *others = text.split("\n" + _BEGINS)
    return [first, *(_BEGINS + each for each in others)]
