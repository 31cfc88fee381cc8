"""Tables that are too wide for their window: heads that break, and the text that is cut at last."""

from __future__ import annotations

from collections.abc import Sequence

from ..cells import get_cwidth

_GAP = 2  # columns between two
_LEAST = 12  # columns that a text which is cut wants; with less it is left out
_HEAD = 4  # letters of a head that stay together at least


def fitted(heads: Sequence[str], widths: Sequence[int], window: int, rest: int) -> list[str]:
    """Fit the heads of a table with wide cells. A head is broken into several lines if it would take room
    from the column at `rest`, which takes what is left. If nothing is left for that column, its head is
    ""."""
    whole = {place: head for place, head in enumerate(heads) if place != rest}
    found = _within(whole, widths, window - _GAP - _LEAST)
    if _taken(found, widths) > window - _GAP - _LEAST:  # no room for the text: all of it is theirs
        found = _within(whole, widths, window)
    room = window - _taken(found, widths) - _GAP
    found[rest] = "" if room < _LEAST else heads[rest]
    return [found[place] for place in range(len(heads))]


def _within(whole: dict[int, str], widths: Sequence[int], room: int) -> dict[int, str]:
    """Give the heads, broken no more than it takes to stay within the room, if that can be."""
    heads, limit = dict(whole), max(map(len, whole.values()), default=0)
    while _taken(heads, widths) > room and limit > _HEAD:
        limit -= 1
        heads = {place: _broken(head, max(widths[place], limit)) for place, head in whole.items()}
    return heads


def _taken(heads: dict[int, str], widths: Sequence[int]) -> int:
    each = [max(widths[place], *map(get_cwidth, head.split("\n"))) for place, head in heads.items()]
    return sum(each) + _GAP * (len(each) - 1)


def _broken(head: str, width: int) -> str:
    """Give a head in lines of that width, of nearly the same length."""
    if get_cwidth(head) <= width:
        return head
    lines = -(-len(head) // width)
    each = -(-len(head) // lines)
    return "\n".join(head[at : at + each] for at in range(0, len(head), each))
