"""Convert rows of the database to values and back: pack columns, and put a conversation together from its
rows."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from ..conversation.branch import Branch, count_from
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
    return clean(value) if isinstance(value, str) else value


def conversation(db: sqlite3.Connection, row: sqlite3.Row, attachments: Attachments) -> Conversation:
    """Give the conversation of that row as it was left. Raises BadValue, ValueError, LookupError,
    TypeError or zlib.error where a row makes no sense."""
    back = attachments.put_back
    of = (row["id"],)
    rows = db.execute("SELECT * FROM messages WHERE conversation = ? ORDER BY id", of)
    nodes = branches(_record(each, back) for each in rows)
    choices: dict[int, list[Record]] = {}
    for each in db.execute(
        "SELECT choices.* FROM choices JOIN turns ON turns.id = turn WHERE conversation = ?"
        ' ORDER BY turn, "index"',
        of,
    ):
        choices.setdefault(each["turn"], []).append(_record(each, back))
    found = Conversation(row["id"], row["number"], row["title"])
    for each in db.execute("SELECT record FROM experiments WHERE conversation = ? ORDER BY id", of):
        experiment = experiment_of(json.loads(each["record"]), nodes)
        found.experiments[experiment.id] = experiment
    for each in db.execute("SELECT * FROM turns WHERE conversation = ? ORDER BY id", of):
        turn = {**_record(each, back), "choices": choices.get(each["id"], [])}
        for choice in turn["choices"]:
            if choice["text"] is None:
                choice["text"] = _said(choice, nodes, len(turn["prefill"]))
        found.add(turn_of(turn, nodes))
    count_from(max((*nodes, *(turn.id for turn in found.turns))))
    found.head = nodes.get(row["head"], found.head)
    names = json.loads(row["names"])
    found.names = {name: nodes[node] for name, node in names.items() if node in nodes}
    found.on = row["branch"] if row["branch"] in found.names else ""
    found.after = nodes.get(row["after"], found.after)
    found.summary = row["summary"]
    found.budget_cost, found.budget_tokens = row["budget_cost"], row["budget_tokens"]
    return found


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
    """Return what a choice said: its message without the prefill, or its refusal."""
    message = nodes[choice["answer"]].last
    said = message.content[prefill:] if message else ""
    return "" if said == choice["refusal"] else said


def _record(row: sqlite3.Row, back: Callable[[Any], Any]) -> Record:
    record = dict(row)
    for name, value in record.items():
        if name in _PACKED:
            record[name] = json.loads(zlib.decompress(value)) if value else []
        elif name in _TEXTS and value is not None:
            record[name] = json.loads(value)
            if name in _WITH_BYTES:
                record[name] = back(record[name])
    return record
