"""Read facts from a mapping of a file, each with the type that is expected of it. BadValue names one that is
wrong.

What is missing or null is empty: files get fields with time. Plain checks, and not pydantic's: what
is read by these is read before the prompt shows (a conversation that is resumed, an answer that a
killed shell left), and pydantic and its schemas take 105 ms to load, three times what it takes to
load 500 turns.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping
from typing import Any

from .errors import BadValue

LARGEST = 2**63 - 1  # that SQLite holds


def _got(record: Mapping[str, Any], name: str, right: Callable[[Any], bool], what: str) -> Any:
    value = record.get(name)
    if value is not None and not right(value):
        raise BadValue(f"{name} is not {what}")
    return value


def text(record: Mapping[str, Any], name: str) -> str:
    return _got(record, name, lambda value: isinstance(value, str), "a text") or ""


def whole_or_none(record: Mapping[str, Any], name: str) -> int | None:
    def right(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST

    found: int | None = _got(record, name, right, "a whole number")
    return found


def whole(record: Mapping[str, Any], name: str) -> int:
    return whole_or_none(record, name) or 0


def number(record: Mapping[str, Any], name: str) -> float | None:
    def right(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST

    found = _got(record, name, right, "a number")
    return None if found is None else float(found)


def seconds(values: list[Any]) -> array[float]:
    """Read a list of times in seconds. There may be many, so they are checked all at once."""
    try:
        found = array("d", values)
    except (TypeError, OverflowError):
        found = array("d", (math.nan,))
    if not math.isfinite(sum(found)):
        raise BadValue("a time is not a number")
    return found


def items(record: Mapping[str, Any], name: str) -> list[Any]:
    return _got(record, name, lambda value: isinstance(value, list), "a list") or []


def pairs(record: Mapping[str, Any], name: str) -> list[list[Any]]:
    found = items(record, name)
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in found):
        raise BadValue(f"{name} is not a list of pairs")
    return found


def mapping(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadValue("an object is expected")
    return value


def rating(record: Mapping[str, Any]) -> int | None:
    found: int | None = _got(
        record, "rating", lambda value: type(value) is int and abs(value) == 1, "1 or -1"
    )
    return found
