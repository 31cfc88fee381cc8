"""Databases as `llm` writes them, up to version 0.31 and from 0.32 on, with what a test puts there."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLES = {
    "conversations": "id TEXT PRIMARY KEY, name TEXT, model TEXT",
    "responses": (
        "id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, prompt_json TEXT, options_json TEXT,"
        " response TEXT, response_json TEXT, conversation_id TEXT REFERENCES conversations(id),"
        " duration_ms INTEGER, datetime_utc TEXT, input_tokens INTEGER, output_tokens INTEGER,"
        " token_details TEXT, schema_id TEXT, resolved_model TEXT, reasoning TEXT"
    ),
    "schemas": "id TEXT PRIMARY KEY, content TEXT",
    "fragments": "id INTEGER PRIMARY KEY, hash TEXT, content TEXT, datetime_utc TEXT, source TEXT",
    "prompt_fragments": 'response_id TEXT, fragment_id INTEGER, "order" INTEGER',
    "system_fragments": 'response_id TEXT, fragment_id INTEGER, "order" INTEGER',
    "attachments": "id TEXT PRIMARY KEY, type TEXT, path TEXT, url TEXT, content BLOB",
    "prompt_attachments": 'response_id TEXT, attachment_id TEXT, "order" INTEGER',
    "tool_calls": "id INTEGER PRIMARY KEY, response_id TEXT, name TEXT, arguments TEXT, tool_call_id TEXT",
    "tool_results": "id INTEGER PRIMARY KEY, response_id TEXT, name TEXT, output TEXT, tool_call_id TEXT",
}
LATER = {
    "messages": "hash TEXT PRIMARY KEY, parent_hash TEXT, role TEXT, provider_metadata TEXT",
    "parts": (
        "id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER, type TEXT, tool_name TEXT, text TEXT,"
        " payload TEXT"
    ),
    "threads": "id TEXT PRIMARY KEY, name TEXT, tip_message_hash TEXT, forked_from TEXT, datetime_utc TEXT",
    "turns": (
        "id TEXT PRIMARY KEY, thread_id TEXT, parent_message_hash TEXT, tip_message_hash TEXT, model TEXT,"
        " resolved_model TEXT, options_json TEXT, schema_id TEXT, input_tokens INTEGER, output_tokens INTEGER,"
        " token_details TEXT, duration_ms INTEGER, datetime_utc TEXT, response_json TEXT"
    ),
}


def write(path: Path, rows: Mapping[str, list[dict[str, Any]]], later: bool = True) -> Path:
    """A database with these rows by table; `later`: with the tables of 0.32, too."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        for table, columns in {**TABLES, **(LATER if later else {})}.items():
            db.execute(f"CREATE TABLE {table} ({columns})")
        for table, found in rows.items():
            for row in found:
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" * len(row))
                db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))
    return path


def response(number: int, prompt: str, answer: str, **facts: Any) -> dict[str, Any]:
    """A row of `responses`, of minute `number`."""
    return {
        "id": f"r{number}",
        "model": "gpt-4o-mini",
        "prompt": prompt,
        "response": answer,
        "conversation_id": "c1",
        "options_json": "{}",
        "datetime_utc": f"2024-05-01T10:{number:02}:00.500000+00:00",
        **facts,
    }


def chain(*said: tuple[str, str], parent: str | None = None) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """(the last hash, rows of messages and parts) of messages that follow each other."""
    rows: dict[str, list[dict[str, Any]]] = {"messages": [], "parts": []}
    for role, text in said:
        own = json.dumps([parent, role, text])
        rows["messages"].append({"hash": own, "parent_hash": parent, "role": role})
        rows["parts"].append({"message_hash": own, "position": 0, "type": "text", "text": text})
        parent = own
    return parent or "", rows


def turn(number: int, parent: str, tip: str, **facts: Any) -> dict[str, Any]:
    """A row of `turns`, of minute `number`."""
    return {
        "id": f"t{number}",
        "thread_id": "c1",
        "parent_message_hash": parent,
        "tip_message_hash": tip,
        "model": "gpt-4o-mini",
        "datetime_utc": f"2026-09-01T10:{number:02}:00+00:00",
        **facts,
    }
