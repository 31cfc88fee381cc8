"""What a server's headers say is left of its limits: `x-ratelimit-remaining-requests` and its kin.

Servers agree on the names and not on the values. The time until all of a limit is there again is "6m0s" or
"20ms" (OpenAI, Groq), seconds (Azure, Cerebras), seconds or milliseconds since 1970 (GitHub, OpenRouter), or
a date. Some have a limit twice, a minute and a day (`-tokens-minute`, `-requests-day`), or one for requests
that has no name (`x-ratelimit-remaining`). Azure may send -1 for what it does not tell; where it refuses, it
may send no `Retry-After`, but `x-rate-limit-reset-tokens`, spelt so: then nothing is left.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timezone

from ..base.dataclass import dataclass

_NAME = re.compile(r"x-(ratelimit|rate-limit)-(remaining|reset)(?:-(.+))?")
_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = r"([0-9]+(?:\.[0-9]+)?)(d|h|ms|us|µs|ns|m|s)"
_DURATION = re.compile(rf"(?:{_PART})+")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True)
class Allowance:
    """What is left of one limit of a server; all of it is there again after `reset` seconds."""

    of_tokens: bool
    remaining: float
    reset: float


def allowances(headers: Mapping[str, str], now: float) -> list[Allowance]:
    """Read what is left from headers whose names are in lower case; what is not understood is left out.
    `now` is seconds since 1970, for servers that say when and not how long."""
    said: dict[str, dict[str, str]] = {}
    for name, value in headers.items():
        if found := _NAME.fullmatch(name):
            of = said.setdefault(found[3] or "requests", {})
            of[found[2]] = value.strip()
            if found[1] == "rate-limit":
                of.setdefault("remaining", "0")
    result = []
    for name, each in said.items():
        remaining, reset = each.get("remaining", ""), seconds(each.get("reset", ""), now)
        if _NUMBER.fullmatch(remaining) and reset is not None:
            result.append(Allowance(name.startswith("token"), float(remaining), reset))
    return result


def seconds(text: str, now: float) -> float | None:
    """Read the time until a limit is whole again, in seconds."""
    if _DURATION.fullmatch(text):
        found = sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, text))
    elif _NUMBER.fullmatch(text):
        found = float(text)
        if found >= 1e11:  # milliseconds since 1970
            found = found / 1000 - now
        elif found >= 1e8:  # seconds since 1970: as a time to wait, it were three years
            found -= now
    else:
        try:
            when = datetime.fromisoformat(text.replace("Z", "+00:00"))
            found = when.replace(tzinfo=when.tzinfo or timezone.utc).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return max(0.0, found) if math.isfinite(found) else None
