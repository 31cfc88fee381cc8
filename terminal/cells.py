"""Count how many cells of a terminal a text takes, by Unicode's tables.

As prompt-toolkit counts it, which is not loaded for that: a run that only answers needs no prompt.
"""

from __future__ import annotations

from functools import lru_cache


def get_cwidth(text: str) -> int:
    """Count the cells of a text. Characters that can't be printed take none."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_cells, text))


@lru_cache(maxsize=4096)
def _cells(character: str) -> int:
    from wcwidth import wcwidth  # late: plain text needs no table

    return max(0, wcwidth(character))
