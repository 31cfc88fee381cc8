"""Read the lines that answer a batch, whoever wrote them. Pure; raises nothing that a file could cause.

An answer has `response.body`; a request that was refused has no error of its own, but the server's in that
body, with its status; one that was never asked has `error` and no response. vLLM writes the same, but for a
request that was refused: its status stands in `response`, with no body, and the server's error in `error`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ..base.dataclass import dataclass
from ..conversation import bounds, complaint

#: Bytes of a line at most.
MOST = bounds.WHOLE


@dataclass(frozen=True)
class Result:
    """What came of a request. `body` answers it, as bytes of JSON; b"" where `said` tells why none does, and
    `code` the same for programs. `status` is the one of HTTP, 0 where none is given."""

    id: str
    body: bytes = b""
    status: int = 0
    code: str = ""
    said: str = ""


def read(line: bytes) -> Result | None:
    """Read a line; None where it can't be read, or answers nothing."""
    try:
        found = bounds.loads(line) if len(line) <= MOST else None
    except ValueError:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("custom_id"), str):
        return None
    response, error = found.get("response"), found.get("error")
    if not isinstance(response, dict):
        if error is None:
            return None
        return Result(
            found["custom_id"],
            code=complaint.of(error).code,
            said=complaint.of(error).text or "no reason given",
        )
    status = response.get("status_code")
    status = status if isinstance(status, int) and not isinstance(status, bool) else 0
    body = response.get("body", response if "choices" in response else None)
    if error and not body:
        return Result(found["custom_id"], b"", status, complaint.of(error).code, complaint.of(error).text)
    return Result(found["custom_id"], _bytes(body), status)


def _bytes(body: Any) -> bytes:
    if isinstance(body, str):  # it is written twice by some
        return body.encode("utf-8", "replace")
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a file that comes in pieces; one that is too long is cut, and so can't be read."""
    held = bytearray()
    for piece in pieces:
        *whole, rest = piece.split(b"\n")
        for each in whole:
            if len(held) <= MOST:
                held += each
            if held.strip():
                yield bytes(held)
            held.clear()
        if len(held) <= MOST:
            held += rest
    if held.strip():
        yield bytes(held)
