"""Put texts aside that come in one order and are wanted in another, without holding them in memory."""

from __future__ import annotations

import json
import tempfile
from types import TracebackType


class Spool:
    """Texts by number, in a file that has no name and is gone when this is closed. All are put aside before
    the first is taken. Raises OSError."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._at: dict[int, int] = {}
        self._end = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, number: int, text: str) -> None:
        """Put a text aside. A later one of that number takes its place."""
        written = json.dumps(text).encode() + b"\n"
        self._file.write(written)
        self._at[number] = self._end
        self._end += len(written)

    def get(self, number: int) -> str | None:
        """Give a text, or None."""
        if number not in self._at:
            return None
        self._file.seek(self._at[number])
        found: str = json.loads(self._file.readline())
        return found
