"""Write what goes wrong, with tracebacks and without keys, to a log file of the person's own (--debug)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from .errors import BadFile
from .files import check, make, reason
from .redact import hide, redact


class _Formatter(logging.Formatter):
    """Redacts the whole record, the traceback too."""

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        super().__init__("%(asctime)s %(name)s %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return redact(hide(super().format(record), self._secrets()))


def write_log(path: Path, secrets: Callable[[], Iterable[str]]) -> None:
    """Append this program's log records to the file from now on. What `secrets` gives at the time of a
    record is left out of it. Raises BadFile."""
    try:
        make(path)
        check(path)
        handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise BadFile(path, f"can't be written: {reason(error)}") from error
    handler.setFormatter(_Formatter(secrets))
    logger = logging.getLogger("tempera")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    logger.propagate = False
