"""Limit how much of an answer is taken in, so that no server can fill the memory.

The figures are far above what real answers have. Pure.
"""

from __future__ import annotations

import json
from typing import Any

_MIB = 2**20

#: Bytes, without compression: of one event of a stream, of an answer in one piece, of an error's body, and
#: of all that comes for one request.
EVENT, WHOLE, ERROR, ANSWER = 16 * _MIB, 32 * _MIB, _MIB, 128 * _MIB
#: Lines of one event: each costs more memory than it has bytes.
LINES = 250_000
#: Objects and lists in one JSON text: an empty one takes twenty times its two bytes.
_CONTAINERS = 2_000_000


class TooLarge(ValueError):
    """An answer was larger than its limit; the message says in what."""

    def __init__(self, what: str, limit: int, unit: str = "MiB") -> None:
        size = limit // _MIB if unit == "MiB" else limit
        super().__init__(f"{what} has more than {size:,} {unit}")


def loads(data: str | bytes) -> Any:
    """Read JSON. Raises ValueError if it is no JSON, is nested too deeply, or would take too much memory."""
    if len(data) > _MIB:
        marks: tuple[Any, ...] = ("[", "{") if isinstance(data, str) else (b"[", b"{")
        if sum(data.count(mark) for mark in marks) > _CONTAINERS:
            raise ValueError("too many objects and lists")
    try:
        if isinstance(data, bytes):
            data = data.decode(json.detect_encoding(data), "replace").removeprefix("\ufeff")
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None
