"""Put aside what can't be read of a conversation, as it is stored, under a name that is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..base.errors import BadFile, StoreFailed
from ..base.files import write_whole
from ..base.short import several
from .rows import LoadedConversation

_NAMED = 3  # of what is wrong, in the sentence


def rows(database: Path | None, number: int, loaded: LoadedConversation) -> StoreFailed:
    """Write the rows that hold it to a file beside the database; what is to be said of that."""
    named = ", ".join(loaded.wrong[:_NAMED]) + (", …" if len(loaded.wrong) > _NAMED else "")
    count = several(len(loaded.wrong), "thing")
    sentence = f"conversation {number}: {count} in it can't be read and {_are(loaded)} left out ({named})"
    if database is None:
        return StoreFailed(sentence)
    path = database.with_name(f"{database.stem}-unreadable-{number}.json")
    written = [{"table": table, **row} for table, row in loaded.spoilt]
    try:
        write_whole(path, json.dumps(written, ensure_ascii=True, indent=1, default=_bytes))
    except BadFile as error:
        return StoreFailed(sentence, error.message)
    return StoreFailed(sentence, f"as the database has it, it stands in {path}")


def _are(loaded: LoadedConversation) -> str:
    return "is" if len(loaded.wrong) == 1 else "are"


def _bytes(value: Any) -> str:
    """Give what JSON can't hold: the bytes of a column, readable where they are text."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else repr(value)
