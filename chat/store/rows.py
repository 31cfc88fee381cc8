"""Convert rows of the database to values and back: pack columns, and put a conversation together from its
rows."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from ..base.dataclass import dataclass
from ..base.facts import LARGEST, Lenient, mapped, number, or_else, text, time, whole, whole_or_none
from ..conversation.branch import Branch, count_from, new_id
from ..conversation.experiment import experiment_of
from ..conversation.tree import Conversation
from .attachments import Attachments
from .records import Record, branches, turn_of

_TEXTS = ("settings", "body", "effective", "tool_calls", "form", "template", "beside")
_WITH_BYTES = ("form", "beside")
_PACKED = ("arrivals", "logprobs")
#: Columns of a conversation that a person changes, beside its names.
FACTS = ("title", "head", "branch", "after", "summary", "budget_cost", "budget_tokens")


def column(name: str, value: Any, clean: Callable[[str], str]) -> Any:
    """Convert a field of a record to its column. `clean` takes out what must not be written."""
    if name in _PACKED:
        text = clean(json.dumps(value, ensure_ascii=False)) if value else ""
        return zlib.compress(text.encode()) if text else b""
    if name in _TEXTS and value is not None:
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):  # no row is to be refused for a number
        return max(-LARGEST, min(value, LARGEST))
    return clean(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class LoadedConversation:
    """A conversation as far as it can be read. `wrong`: what can't be, by its place; `spoilt`: the rows of
    that as they are, with the names of their tables; `astray`: none of its turns are where it says."""

    conversation: Conversation
    wrong: list[str]
    spoilt: list[tuple[str, Record]]
    astray: bool


def conversation(db: sqlite3.Connection, number: int, attachments: Attachments) -> LoadedConversation | None:
    """Give the conversation of that number as it was left; None where there is none."""
    row = db.execute("SELECT id FROM conversations WHERE number = ?", (number,)).fetchone()
    if row is None:
        return None
    reader = _RowReader(db, row["id"], attachments.put_back)
    nodes = branches(reader.each("messages", "SELECT * FROM messages WHERE conversation = ? ORDER BY id"))
    choices: dict[Any, list[Record]] = {}
    for each in reader.each(
        "choices",
        "SELECT choices.* FROM choices JOIN turns ON turns.id = turn WHERE conversation = ?"
        ' ORDER BY turn, "index"',
    ):
        choices.setdefault(each["turn"], []).append(each)
    (own,) = reader.each("conversations", "SELECT * FROM conversations WHERE id = ?")
    found = Conversation(whole(own, "id") or new_id(), own["number"], text(own, "title"))
    for each in reader.each("experiments", "SELECT * FROM experiments WHERE conversation = ? ORDER BY id"):
        record = mapped(each, "record")
        experiment = or_else(each, "record", partial(experiment_of, record, nodes), None)
        if experiment:
            found.experiments[experiment.id] = experiment
    for turn in reader.each("turns", "SELECT * FROM turns WHERE conversation = ? ORDER BY id"):
        turn["choices"] = choices.get(turn["id"], [])
        for choice in turn["choices"]:
            if choice["text"] is None:
                choice["text"] = _said(choice, nodes, len(text(turn, "prefill")))
        found.add(turn_of(turn, nodes))
    count_from(max((*nodes, *(turn.id for turn in found.turns))))
    _place(found, own, nodes)
    return LoadedConversation(
        found, reader.wrong(), reader.spoilt(), not found.turns and bool(whole(own, "turns"))
    )


def _place(found: Conversation, own: Record, nodes: Mapping[int, Branch]) -> None:
    found.head = nodes.get(whole(own, "head"), found.head)
    found.names = {name: nodes[node] for name, node in mapped(own, "names").items() if _is_there(node, nodes)}
    on = text(own, "branch")
    found.on = on if on in found.names else ""
    found.after = nodes.get(whole(own, "after"), found.after)
    found.summary = text(own, "summary")
    found.budget_cost, found.budget_tokens = number(own, "budget_cost"), whole_or_none(own, "budget_tokens")


def _is_there(node: Any, nodes: Mapping[int, Branch]) -> bool:
    return isinstance(node, int) and node in nodes


class _RowReader:
    """Reads rows, and knows which of them had something that can't be read."""

    def __init__(self, db: sqlite3.Connection, conversation: int, back: Callable[[Any], Any]) -> None:
        self._db = db
        self._conversation = conversation
        self._back = back
        self._read: list[tuple[str, sqlite3.Row, Lenient]] = []

    def each(self, table: str, select: str) -> Iterator[Lenient]:
        for row in self._db.execute(select, (self._conversation,)).fetchall():
            record = lenient(row)
            for name in _WITH_BYTES:
                if record.get(name) is not None:
                    record[name] = self._back(record[name])
            self._read.append((table, row, record))
            yield record

    def wrong(self) -> list[str]:
        places: dict[int, int] = {}  # of turns, as people count them
        for table, row, _ in self._read:
            if table == "turns":
                places[row["id"]] = len(places) + 1
        found = []
        for table, row, record in self._read:
            what = table[:-1]
            number = row["turn"] if table == "choices" else row["id"]
            if table in ("turns", "choices"):
                what, number = "turn", places.get(number, number)
            found += [f"{name} of {what} {number}" for name in dict.fromkeys(record.wrong)]
        return found

    def spoilt(self) -> list[tuple[str, Record]]:
        return [(table, dict(row)) for table, row, record in self._read if record.wrong]


def facts(conversation: Conversation) -> Record:
    """Return what is stored of a conversation beside its messages, turns and names, by column."""
    return {
        "title": conversation.title,
        "head": conversation.head.id,
        "branch": conversation.on,
        "after": conversation.after.id,
        "summary": conversation.summary,
        "budget_cost": conversation.budget_cost,
        "budget_tokens": conversation.budget_tokens,
    }


def _said(choice: Record, nodes: Mapping[int, Branch], prefill: int) -> str:
    """Give what a choice said: its message, but for the beginning that was given, or its refusal."""
    answer = choice["answer"]
    message = nodes[answer].last if _is_there(answer, nodes) else None
    said = message.content[prefill:] if message else ""
    return "" if said == choice["refusal"] else said


def lenient(row: sqlite3.Row, *packed: str) -> Lenient:
    """Give a row as a record; `packed` are columns that are JSON in this table alone. What can't be unpacked
    is missing and noted, as is what turns out to be of another type: nothing is to be lost for one cell."""
    record = Lenient(dict(row))
    for name, value in record.items():
        unpack = json.loads if name in packed else _UNPACKED.get(name)
        if value is None or unpack is None:
            continue
        try:
            record[name] = unpack(value)
        except (ValueError, TypeError, RecursionError, zlib.error):
            record.wrong.append(name)
            record[name] = None
    return record


def _unpacked(value: bytes) -> Any:
    return json.loads(zlib.decompress(value)) if value else []


_UNPACKED: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_PACKED, _unpacked),
    **dict.fromkeys((*_TEXTS, "names", "record"), json.loads),
}


def listed(row: sqlite3.Row) -> Record:
    """Give a row of a list of conversations, of hits or of their parts, with each column of its type."""
    record = lenient(row)
    return {name: _LISTED[name](record, name) for name in row.keys()}  # noqa: SIM118 (a row is no mapping)


_LISTED: dict[str, Callable[[Record, str], Any]] = {
    "number": lambda row, name: row[name],  # SQLite sees to it that this is one
    **dict.fromkeys(("turns", "id", "size"), whole),
    **dict.fromkeys(("title", "model", "role", "excerpt", "sha256", "media", "name", "numbers"), text),
    "cost": number,
    "updated": time,
}
