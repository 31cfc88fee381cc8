"""Read what can be read of a damaged JSON list of conversations: the parts before and after the damage.

A file that was cut, or has a few bytes that are wrong, holds the rest of its conversations whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

#: How often the text is read over, all attempts together: what is nested and broken costs most.
_PATIENCE = 20


def objects(text: str, decoder: json.JSONDecoder, wanted: Callable[[Any], bool]) -> Iterator[Any]:
    """Yield the values of a list that can be read, and None for each stretch that can't. After such a
    stretch the list goes on at the next value that is `wanted`."""
    at = _blanks(text, text.find("[") + 1)
    left = _PATIENCE * len(text)
    broken = False
    while left > 0 and not _ends(text, at):
        try:
            found, end = decoder.raw_decode(text, at)
            left -= end - at
            read = not broken or wanted(found)
        except json.JSONDecodeError as error:
            left -= error.pos - at + 1
            read = False
        except (ValueError, RecursionError):
            left -= len(text) // 100 + 1
            read = False
        if read:
            broken = False
            yield found
            at = _blanks(text, end)
            if text.startswith(",", at):
                at = _blanks(text, at + 1)
                continue
            if _ends(text, at):
                return
        if not broken:
            broken = True
            yield None
        at = text.find("{", at if read else at + 1)
        if at < 0:
            return


def _blanks(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _ends(text: str, at: int) -> bool:
    """Tell whether the list, and the text with it, ends here."""
    return text.startswith("]", at) and not text[at + 1 :].strip(" \t\r\n}")
