"""Read facts from a mapping of a file, each with the type that is expected of it. BadValue names one that is
wrong.

What is missing or null is empty: files get fields with time. In a `Lenient` record, as which the store
reads its own rows, what is of another type counts as missing, too, and is noted. Plain checks, and not
pydantic's: what is read by these is read before the prompt shows (a conversation that is resumed, an
answer that a killed shell left), and pydantic and its schemas take 105 ms to load, three times what it
takes to load 500 turns.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .errors import BadValue

LARGEST = 2**63 - 1  # that SQLite holds
_LATEST = 253_000_000_000.0  # seconds since 1970: in the year 9987, the last that calendars here know

#: What reading a file raises that nobody has looked at yet, whatever it holds.
SPOILT = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, BadValue)

T = TypeVar("T")


class Lenient(dict[str, Any]):
    """A record that is read as far as it can be; `wrong` are the names of what can't."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        super().__init__(record)
        self.wrong: list[str] = []


def or_else(record: Mapping[str, Any], name: str, read: Callable[[], T], instead: T) -> T:
    """Read what may raise BadValue: that is raised, unless the record is lenient."""
    try:
        return read()
    except BadValue:
        if not isinstance(record, Lenient):
            raise
        record.wrong.append(name)
        return instead


def _got(record: Mapping[str, Any], name: str, right: Callable[[Any], bool], what: str) -> Any:
    value = record.get(name)
    if value is not None and not right(value):
        if not isinstance(record, Lenient):
            raise BadValue(f"{name} is not {what}")
        record.wrong.append(name)
        return None
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


def time(record: Mapping[str, Any], name: str) -> float:
    """Read seconds since 1970 that a calendar knows."""

    def right(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LATEST

    return float(_got(record, name, right, "a time") or 0.0)


def seconds(record: Mapping[str, Any], name: str) -> array[float]:
    """Read a list of many, so looked at all at once."""
    return or_else(record, name, lambda: _seconds(items(record, name)), array("d"))


def _seconds(values: list[Any]) -> array[float]:
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
    def right(value: Any) -> bool:
        return isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value)

    return _got(record, name, right, "a list of pairs") or []


def mapping(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadValue("an object is expected")
    return value


def mapped(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    return _got(record, name, lambda value: isinstance(value, dict), "an object") or {}


def rating(record: Mapping[str, Any]) -> int | None:
    found: int | None = _got(
        record, "rating", lambda value: type(value) is int and abs(value) == 1, "1 or -1"
    )
    return found
