"""Say how alike two texts are: how much of their words and signs stands in the same order in both."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence

WORDS = 300  # of a text, that are compared
_WORD = re.compile(r"\w+|[^\w\s]")


def words(text: str) -> list[str]:
    """Give the first words and signs of a text."""
    return [found[0] for found, _ in zip(_WORD.finditer(text), range(WORDS), strict=False)]


def by_words() -> Callable[[str, str], float]:
    """Give what tells how alike two texts are; each text is taken apart once."""
    known: dict[str, list[str]] = {}

    def similar(one: str, other: str) -> float:
        for text in (one, other):
            if text not in known:
                known[text] = words(text)
        return alike(known[one], known[other])

    return similar


def alike(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Give twice the length of their longest common subsequence over both lengths: 1 where they are equal, 0
    where nothing is in both."""
    if not one and not other:
        return 1.0
    return 2 * _common(one, other) / (len(one) + len(other))


def _common(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Give the length of the longest common subsequence. One bit stands for each place of `one`, so that a
    word of `other` takes a few operations on whole numbers (Hyyrö 2004)."""
    places: dict[Hashable, int] = {}
    for place, each in enumerate(one):
        places[each] = places.get(each, 0) | 1 << place
    full = (1 << len(one)) - 1
    open_ = full
    for each in other:
        met = open_ & places.get(each, 0)
        open_ = ((open_ + met) | (open_ - met)) & full
    return len(one) - open_.bit_count()
