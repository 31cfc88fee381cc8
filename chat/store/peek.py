"""Look at what is kept of evaluations without opening it as a shell does: nothing is made, mended or waited
for. Completion asks, which is in a hurry and must leave no trace."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from urllib.parse import quote

#: Seconds to wait for a shell that writes.
_HURRY = 0.2


def newest(path: Path, most: int) -> list[tuple[int, str]]:
    """List numbers and names of the newest evaluations in the database there; none if it can't be read."""
    with contextlib.suppress(sqlite3.Error, OSError):
        # without a log beside it nobody writes, and SQLite needs none of its own to read
        how = "ro" if path.with_name(f"{path.name}-wal").exists() else "ro&immutable=1"
        db = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode={how}", uri=True, timeout=_HURRY)
        with contextlib.closing(db):
            rows = db.execute(
                "SELECT number, name FROM runs WHERE kind = '' ORDER BY number DESC LIMIT ?", (most,)
            )
            return [(int(number), str(name)) for number, name in rows]
    return []
