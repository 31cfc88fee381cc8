"""Guess which name a person meant: one that is near in letters, not in length or by chance. Pure."""

from __future__ import annotations

from collections.abc import Iterable

#: So many letters of a name bear one slip.
_LETTERS = 4
_LONGEST = 60  # letters that are looked at


def nearest(typed: str, known: Iterable[str]) -> str | None:
    """Find the known name that takes the fewest slips to become this one. At most one slip in four letters
    is allowed. Return None if no name is near."""
    wanted = typed.lower()[:_LONGEST]
    found = [(slips(wanted, each.lower()[:_LONGEST]), place, each) for place, each in enumerate(known)]
    near = [each for each in found if each[0] <= max(1, max(len(wanted), len(each[2])) // _LETTERS)]
    best = min(near, default=None)
    return best[2] if best and (best[0] < min(len(wanted), len(best[2]))) else None


def spans(typed: str, known: str) -> int | None:
    """Tell over how many letters of a name those typed are spread, in their order, from the first letter on.
    The fewer, the nearer. None where they are not all there, or spread over more than twice as many."""
    if not typed or typed[0] != known[:1]:
        return None
    at = -1
    for letter in typed:
        at = known.find(letter, at + 1)
        if at < 0:
            return None
    return at + 1 if at < 2 * len(typed) else None


def slips(one: str, other: str) -> int:
    """Tell how many letters were left out, put in, taken for another or swapped with the next
    (Damerau-Levenshtein distance, each place changed once)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]
