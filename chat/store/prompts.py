"""Store versions of prompt files, and count what was asked with each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from ..base import facts
from ..base.dataclass import dataclass
from ..base.redact import hide
from .rows import lenient


@dataclass(frozen=True)
class PromptVersion:
    """What a prompt file held. `version` is the hash of it, `at` in seconds since 1970."""

    path: str
    version: str
    at: float
    note: str = ""
    content: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)


@dataclass(frozen=True)
class PromptUse:
    """Turns that a version was asked with; `cost` in US dollars is None where one is not known."""

    turns: int = 0
    cost: float | None = 0.0
    good: int = 0
    bad: int = 0


def put(db: sqlite3.Connection, new: PromptVersion, secrets: Iterable[str]) -> None:
    """Add a version, unless the newest of its file is the same and there is nothing to note."""
    last = db.execute("SELECT version FROM prompts WHERE path = ? ORDER BY id DESC LIMIT 1", (new.path,))
    row = last.fetchone()
    if row and row["version"] == new.version and not new.note:
        return
    content = hide(json.dumps(dict(new.content), ensure_ascii=False), tuple(secrets))
    db.execute(
        "INSERT INTO prompts (path, version, at, note, content) VALUES (?, ?, ?, ?, ?)",
        (new.path, new.version, new.at, new.note, content),
    )


def get(db: sqlite3.Connection, path: str) -> list[PromptVersion]:
    """Return the versions of a file, oldest first. Versions that can't be read are left out."""
    found = []
    for row in db.execute("SELECT * FROM prompts WHERE path = ? ORDER BY id", (path,)):
        each = lenient(row, "content")
        made = PromptVersion(
            path,
            facts.text(each, "version"),
            facts.time(each, "at"),
            facts.text(each, "note"),
            facts.mapped(each, "content"),
        )
        if not {"version", "content"} & {*each.wrong}:
            found.append(made)
    return found


def uses(db: sqlite3.Connection) -> dict[str, PromptUse]:
    """Count the turns that each version was used for."""
    found: dict[str, PromptUse] = {}
    rows = db.execute(
        "SELECT template, cost, rating FROM turns WHERE template IS NOT NULL AND ended != 'failed'"
    )
    for row in map(lenient, rows):
        version = str(facts.mapped(row, "template").get("version", ""))
        before, cost = found.get(version, PromptUse()), facts.number(row, "cost")
        found[version] = PromptUse(
            before.turns + 1,
            before.cost + cost if before.cost is not None and cost is not None else None,
            before.good + (row["rating"] == 1),
            before.bad + (row["rating"] == -1),
        )
    return found
