"""Read the text of an answer as JSON: strictly, and with what is wrong in one sentence."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any

from ..base import halves
from ..base.dataclass import dataclass

#: What is said of a text that was cut off.
ENDED = "it ends before it is closed"
_FENCE = re.compile(r"\s*(```+|~~~+)[ \t]*\w*[ \t]*\r?\n(?P<inside>.*?)\n?\s*\1\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class Read:
    """What a text is as JSON. `problem`: why it is none; `twice`: names that stand twice in one object,
    of which the last counts."""

    value: Any = None
    problem: str = ""
    twice: tuple[str, ...] = ()


class _Refused(ValueError):
    """What Python's reader would take, and JSON does not hold."""


def read(text: str) -> Read:
    """Read the text of an answer. Total: whatever it is, it is told."""
    twice: dict[str, None] = {}

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) < len(found):
            counted = Counter(name for name, _ in found)
            twice.update((name, None) for name in made if counted[name] > 1)
        return made

    try:
        value = halves.read_json(
            text, object_pairs_hook=pairs, parse_constant=_constant, parse_float=_number, parse_int=_whole
        )
    except json.JSONDecodeError as error:
        return Read(problem=_why(text, error))
    except _Refused as error:
        return Read(problem=str(error))
    except RecursionError:
        return Read(problem="it is nested too deeply")
    return Read(value, twice=tuple(twice))


def _why(text: str, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return "it is empty"
    if inside(text) is not None:
        return "it stands in a code fence"
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return ENDED
    if error.pos == len(text) - len(text.lstrip()):
        return "it does not begin as JSON"
    what = "something follows its end" if error.msg == "Extra data" else error.msg[:1].lower() + error.msg[1:]
    return f"{what}, line {error.lineno}, character {error.colno}"


def inside(text: str) -> str | None:
    """Give what stands in the one code fence that a text is made of."""
    found = _FENCE.match(text) if len(text) < 1_000_000 else None
    return found["inside"] if found else None


def _constant(name: str) -> Any:
    raise _Refused(f"{name} is no number of JSON's")


def _number(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise _Refused(f"{written[:40]} is too large a number")
    return number


def _whole(written: str) -> int:
    try:
        return int(written)
    except ValueError:  # more digits than Python reads
        raise _Refused(f"{written[:40]}… is too long a number") from None
