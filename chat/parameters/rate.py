"""The ceilings that a person sets for a long run: requests and tokens a minute, and how many at once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadValue

RULE = "write requests=500/min,tokens=200k/min,at_once=64, or any of the three"
_NAMES = ("requests", "tokens", "at_once")
_SPEED = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?)\s*([kKmM]?)\s*/\s*(s|min|h)")
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000}
_A_MINUTE = {"s": 60.0, "min": 1.0, "h": 1 / 60}


@dataclass(frozen=True)
class Rate:
    """Ceilings; None is none. `requests` and `tokens` are of a minute."""

    requests: float | None = None
    tokens: float | None = None
    at_once: int | None = None


def read_rate(value: Any) -> Rate:
    """Read ceilings from a profile's `rate`, a mapping, or from what was typed after `--rate`. Raises
    BadValue."""
    if isinstance(value, str):
        value = _typed(value)
    if not isinstance(value, Mapping):
        raise BadValue(f"{value!r} is not a rate", RULE)
    if unknown := next((name for name in value if name not in _NAMES), None):
        raise BadValue(f"a rate has requests, tokens and at_once, not {unknown}", RULE)
    return Rate(
        _speed("requests", value.get("requests")),
        _speed("tokens", value.get("tokens")),
        _count(value.get("at_once")),
    )


class Ceilings:
    """The kind of value of `rate`: it is kept as text, with what was written for each ceiling."""

    def read(self, text: str) -> str:
        return self.check(text)

    def check(self, value: object) -> str:
        read_rate(value)
        given = _typed(value) if isinstance(value, str) else dict(value)  # type: ignore[call-overload]
        kept = {name: str(given[name]).strip() for name in _NAMES if given.get(name) is not None}
        if not kept:
            raise BadValue("a rate without a ceiling", RULE)
        return ",".join(f"{name}={amount}" for name, amount in kept.items())

    def write(self, value: str) -> str:
        return value

    def describe(self) -> str:
        return "requests=500/min,tokens=200k/min,at_once=64, or some of the three"

    def suggest(self) -> tuple[str, ...]:
        return ("at_once=8", "requests=500/min", "requests=500/min,tokens=200k/min")

    def schema(self) -> dict[str, Any]:
        amount = {"type": ["string", "integer"]}
        return {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": dict.fromkeys(_NAMES, amount),
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }


def _typed(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, equals, amount = (each.strip() for each in part.partition("="))
        if not equals:
            raise BadValue(f"{part} is not a ceiling", RULE)
        if name in found:
            raise BadValue(f"{name} is there twice: {found[name]} and {amount}", "leave one of them out")
        found[name] = amount
    return found


def _speed(name: str, value: Any) -> float | None:
    """Give how many a minute."""
    if value is None:
        return None
    found = _SPEED.fullmatch(str(value).strip())
    if found:
        number = float(found[1].replace("_", "")) * _SCALE[found[2].lower()] * _A_MINUTE[found[3]]
        if 0 < number < math.inf:
            return number
    raise BadValue(
        f"{value} is not a number of {name} a time",
        f"write {name} as 500/min, 10/s, 200k/min or 1.5M/h; leave it out for no ceiling",
    )


def _count(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, bool) and re.fullmatch(r"0*[1-9][0-9]{0,5}", str(value).strip()):
        return int(value)
    raise BadValue(
        f"{value} is not a number of requests at once",
        "write a whole number from 1, such as at_once=64; leave it out for no ceiling",
    )
