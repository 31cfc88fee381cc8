"""Values as JavaScript has them, where a verdict depends on it: promptfoo's files were written against that.

Numbers are doubles, `String(true)` is "true", white space is JavaScript's, and a character beyond U+FFFF has
two units.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..suite import Answered

#: What \s stands for in JavaScript, for a class of a regular expression.
SPACE = "\t\n\x0b\x0c\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SPACES = re.compile(f"[{SPACE}]+")
_WIDE = re.compile("[\U00010000-\U0010ffff]")
_EXACT = 2**53  # whole numbers up to here are doubles
_PLAIN = 10.0**21  # and up to here are written without an exponent


def output(answered: Answered) -> Any:
    """Give an answer as promptfoo's OpenAI provider does: the calls alone where there is no text, the whole
    message where there is text, too."""
    message = answered.message
    calls = message.get("function_call") or message.get("tool_calls")
    if not calls:
        return answered.text
    return dict(message) if answered.text else calls


def trimmed(text: str) -> str:
    """Take white space from both ends."""
    start = _SPACES.match(text)
    text = text[start.end() :] if start else text
    end = len(text)
    while end and _SPACES.match(text[end - 1]):
        end -= 1
    return text[:end]


def words(text: str) -> list[str]:
    """Split at white space."""
    return [word for word in _SPACES.split(text) if word]


def units(text: str) -> str:
    """Write each character beyond U+FFFF as the two units that JavaScript counts."""
    if not _WIDE.search(text):
        return text
    data = text.encode("utf-16-le", "surrogatepass")
    return "".join(map(chr, memoryview(data).cast("H")))


def number(value: float) -> str:
    """Write a number as JavaScript does."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    if abs(value) < _PLAIN and value == int(value):
        return str(int(value))
    if 1e-6 <= abs(value) < _PLAIN:
        return format(Decimal(repr(value)), "f")
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        mantissa, _, exponent = f"{value:e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent):+d}"


def said(value: Any) -> str:
    """Give what `String(value)` gives; objects are written as JSON, where it would be [object Object]."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list):
        return ",".join("" if each is None else said(each) for each in value)
    return "null" if value is None else written(value)


def written(value: Any) -> str:
    """Give a text as it is, and anything else as `JSON.stringify` writes it."""
    if isinstance(value, str):
        return value
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        value = _double(value)
        if not math.isfinite(value):
            return None
        return int(value) if value == int(value) and abs(value) < _PLAIN else value
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value)


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) and abs(value) <= _EXACT else number(_double(value))


def parsed(text: str) -> Any:
    """Read JSON as `JSON.parse` does. Raises ValueError, and RecursionError where it is nested too deeply."""

    def whole(digits: str) -> float:
        if len(digits) > 400:
            return math.inf if digits[0] != "-" else -math.inf
        value = int(digits)
        return value if abs(value) <= _EXACT else _double(value)

    return json.loads(text, parse_int=whole, parse_constant=_refused)


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def same(one: Any, other: Any) -> bool:
    """Tell whether two values of JSON are the same, whatever the order of names."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return _double(one) == _double(other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)
