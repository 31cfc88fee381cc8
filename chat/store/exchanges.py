"""Store what went over the connection (`wire`).

A request's body holds all messages so far, which would grow with the square of a conversation.
Where the parts of the turn that are stored anyway make the very same bytes, which is looked at
before, they are not stored again; their hash is, and is held against what they make later.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..base import facts
from ..base.errors import StoreFailed
from ..base.redact import SHORTEST, cover
from ..conversation.body import as_sent
from ..conversation.turn import Turn
from ..conversation.wire import Exchange

#: Level of compression: a long answer's bytes are packed in milliseconds.
_LEVEL = 1


def put(db: sqlite3.Connection, turn: Turn, clean: Callable[[str], str], secrets: Iterable[str]) -> None:
    """Store the exchanges of a turn in place of earlier ones. `clean` takes out what must not be in text,
    and `secrets` are covered among the bytes."""
    if not turn.answer.wire:
        return
    db.execute("DELETE FROM exchanges WHERE turn = ?", (turn.id,))
    made, secrets = as_sent(turn.request.whole), tuple(secrets)
    for number, exchange in enumerate(turn.answer.wire):
        head = {
            "method": exchange.method,
            "url": exchange.url,
            "headers": exchange.headers,
            "at": exchange.at,
            "status": exchange.status,
            "version": exchange.version,
            "answer_headers": exchange.answer_headers,
            "sha256": hashlib.sha256(exchange.body).hexdigest(),
        }
        body = None if exchange.body == made else _packed(cover(exchange.body, secrets))
        data, ends, arrivals = exchange.data, exchange.ends.tolist(), exchange.arrivals.tolist()
        if _apart(turn, data, secrets):
            data, ends, arrivals = bytearray(b"[key]"), [len(b"[key]")], arrivals[-1:]
        pieces = json.dumps([ends, [round(each, 6) for each in arrivals]])
        values = (
            turn.id,
            number,
            clean(json.dumps(head, ensure_ascii=False)),
            body,
            _packed(cover(data, secrets)),
            _packed(pieces.encode()),
        )
        db.execute(
            "INSERT INTO exchanges (turn, number, head, body, data, pieces) VALUES (?, ?, ?, ?, ?, ?)", values
        )


def _apart(turn: Turn, data: bytearray, secrets: Sequence[str]) -> bool:
    """Tell whether an answer said a key token by token: no one place of its bytes has it, and all of them
    together do."""
    said = [
        text
        for c in turn.answer.choices
        for text in (c.text, c.reasoning, c.refusal, *map(str, c.tool_calls))
    ]
    return any(
        len(secret) >= SHORTEST and secret.encode() not in data
        for secret in secrets
        if any(secret in text for text in said)
    )


def get(db: sqlite3.Connection, turn: Turn) -> tuple[Exchange, ...]:
    """Give the exchanges of a turn, in their order. Raises StoreFailed."""
    rows = db.execute("SELECT * FROM exchanges WHERE turn = ? ORDER BY number", (turn.id,)).fetchall()
    try:
        return tuple(_exchange(row, turn) for row in rows)
    except (*facts.SPOILT, zlib.error) as error:
        raise StoreFailed(f"what went over the connection for this turn can't be read: {error}") from error


def _exchange(row: sqlite3.Row, turn: Turn) -> Exchange:
    kept = json.loads(row["head"])
    head: dict[str, Any] = {
        **{name: facts.text(kept, name) for name in ("method", "url", "version", "sha256")},
        **{name: tuple(_headers(kept, name)) for name in ("headers", "answer_headers")},
        "at": facts.time(kept, "at"),
        "status": facts.whole(kept, "status"),
    }
    body = as_sent(turn.request.whole) if row["body"] is None else zlib.decompress(row["body"])
    same = hashlib.sha256(body).hexdigest() == head.pop("sha256", "")
    if row["body"] is None and not same and b"[key]" not in body:  # a key is no longer there to be sent
        raise StoreFailed("the request of this turn can't be made again byte for byte")
    ends, arrivals = json.loads(zlib.decompress(row["pieces"]))
    return Exchange(
        **head,
        body=body,
        data=bytearray(zlib.decompress(row["data"])),
        ends=array("Q", ends),
        arrivals=array("d", arrivals),
    )


def _headers(head: dict[str, Any], name: str) -> Iterator[tuple[str, str]]:
    for key, value in facts.pairs(head, name):
        yield facts.text({"": key}, ""), facts.text({"": value}, "")


def _packed(data: bytes | bytearray) -> bytes:
    return zlib.compress(data, _LEVEL)
