"""Store versions of prompt files, and count what was asked with each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..base.redact import hide


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
        with suppress(ValueError):
            content = json.loads(row["content"])
            found.append(PromptVersion(path, row["version"], row["at"], row["note"], content))
    return found


def uses(db: sqlite3.Connection) -> dict[str, PromptUse]:
    """Count the turns that each version was used for."""
    found: dict[str, PromptUse] = {}
    rows = db.execute(
        "SELECT template, cost, rating FROM turns WHERE template IS NOT NULL AND ended != 'failed'"
    )
    for row in rows:
        with suppress(ValueError, AttributeError):
            version = str(json.loads(row["template"]).get("version", ""))
            before = found.get(version, PromptUse())
            known = before.cost is not None and row["cost"] is not None
            found[version] = PromptUse(
                before.turns + 1,
                (before.cost or 0.0) + row["cost"] if known else None,
                before.good + (row["rating"] == 1),
                before.bad + (row["rating"] == -1),
            )
    return found
