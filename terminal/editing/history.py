"""The lines of former sessions: a file of the person's own, appended under a lock."""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit.history import History

from chat.base.errors import BadFile
from chat.base.files import MB, check, locked, opened

#: Bytes read from the end of the file: enough for years of typing, and read in milliseconds.
LARGEST = MB


class FileHistory(History):
    """prompt-toolkit's history format, written 0600 and by one shell at a time. `clean` takes out
    of a line what must not be written; within the session it is recalled as it was typed."""

    def __init__(self, path: Path, clean: Callable[[str], str] = str) -> None:
        super().__init__()
        self._path = path
        self._clean = clean

    def load_history_strings(self) -> Iterable[str]:
        """Load the lines, newest first; a file that can't be read is an empty one."""
        try:
            with opened(self._path) as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - LARGEST))
                text = file.read().decode("utf-8", "replace")
        except BadFile:
            return []
        return reversed(parse(text))

    def store_string(self, string: str) -> None:
        """Append; a folder that can't be written costs the memory of this line and no more."""
        lines = "".join(f"+{line}\n" for line in self._clean(string).split("\n"))
        record = f"\n# {datetime.datetime.now():%Y-%m-%d %H:%M:%S}\n{lines}".encode("utf-8", "replace")
        with contextlib.suppress(BadFile), locked(self._path):
            check(self._path)  # to open a pipe for writing would wait for its reader
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, record)
            finally:
                os.close(descriptor)


def parse(text: str) -> list[str]:
    """Give the entries of a history file, oldest first: runs of lines that begin with +."""
    entries: list[str] = []
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.startswith("+"):
            lines.append(line[1:])
        elif lines:
            entries.append("\n".join(lines))
            lines = []
    return entries
