"""Convert values of other programs' conversations to ours. Nothing in their files is trusted: a value of
the wrong type counts as missing."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..base.errors import BadInput
from ..conversation.branch import number_at
from ..parameters.table import BY_NAME, EXTRA, extra

Record = Mapping[str, Any]

_LATEST = 4e9  # seconds since 1970: a time that is later is none
#: Settings that a stranger has no say in: where requests go, and with what.
ENDPOINT = ("base_url", "api_key_env", "headers", "timeout")


def text(record: object, name: str) -> str:
    value = record.get(name) if isinstance(record, Mapping) else None
    return value if isinstance(value, str) else ""


def mapping(record: object, name: str) -> Record:
    value = record.get(name) if isinstance(record, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def listed(record: object, name: str) -> list[Any]:
    value = record.get(name) if isinstance(record, Mapping) else None
    return value if isinstance(value, list) else []


def number(record: object, name: str) -> float | None:
    value = record.get(name) if isinstance(record, Mapping) else None
    right = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63
    return float(value) if right and value is not None and math.isfinite(value) else None


def count(record: object, name: str) -> int | None:
    found = number(record, name)
    return int(found) if found is not None and found >= 0 else None


def time(record: object, name: str) -> float:
    """Read a time in seconds since 1970. Return 0 if there is none."""
    found = number(record, name) or 0.0
    return found if 0 < found < _LATEST else 0.0


def conversation_number(program: str, own: str) -> int:
    """Return the number of another program's conversation: the same at each import, and never one that is
    given here."""
    return 1 << 62 | _hash(f"{program}:{own}", 62)


def _hash(words: str, bits: int) -> int:
    found = hashlib.blake2b(words.encode(), digest_size=8).digest()
    return int.from_bytes(found, "big") & ((1 << bits) - 1)


class Numbers:
    """Numbers for messages and turns: the same whenever they are imported, as far as the order
    allows, for they count up."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, at: float, own: str) -> int:
        """Give the next number. `own` is the other program's own name for the item."""
        self._last = max(self._last + 1, number_at(at, _hash(own, 20)))
        return self._last


def settings(model: str, system: str, options: Record) -> dict[str, Any]:
    """Give the settings that were in force. What is no parameter here is one of the server's own."""
    found: dict[str, Any] = {"model": model} if model else {}
    if system:
        found["system"] = system
    for name, value in options.items():
        with suppress(BadInput):
            parameter = BY_NAME[name] if name in BY_NAME else extra(name)
            if name not in ENDPOINT and value is not None and not name.startswith(EXTRA):
                parameter.kind.check(value)
                found[parameter.name] = value
    return found
