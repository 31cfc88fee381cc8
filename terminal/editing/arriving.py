"""Tell how keys arrive: together, as in a paste, or before there was a prompt to take them."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.key_binding.key_processor import KeyPress

from .. import ahead

#: Seconds in which the rest of a paste follows; nobody who types is so quick.
_TOGETHER = 0.03

Read = Callable[[], list[KeyPress]]


class Arriving:
    """Reads the keys of one input. Where several lines come together, they are one paste, as if the
    terminal had said so: left to be looked at, and not sent line by line."""

    def __init__(self, source: Input) -> None:
        self._source = source
        self._read: Read = source.read_keys
        self._last = 0.0  # when text came last
        self.joined = True
        source.read_keys = self._keys  # type: ignore[method-assign]

    def before(self) -> list[KeyPress]:
        """Take the keys that came before a prompt was up, Enter among them."""
        keys = get_typeahead(self._source)
        if self._is_terminal():
            while self._more(0):
                keys += self._read()
            keys += self._source.flush_keys()  # Escape may have been the last
        return keys

    def _keys(self) -> list[KeyPress]:
        keys = self._read()
        if not self.joined or not keys:
            return keys
        while self._more(self._patience(keys)):
            keys += self._read()
        self._last = time.monotonic()
        return ahead.together(keys)

    def _patience(self, keys: list[KeyPress]) -> float:
        """Return the seconds to wait for more: an Enter right after text may be the middle of a paste."""
        text = len(keys) > 1 or time.monotonic() - self._last < _TOGETHER
        return _TOGETHER if text and ahead.entered(keys) else 0.0

    def _more(self, seconds: float) -> bool:
        try:
            ready = select.select([self._source.fileno()], [], [], seconds)[0]
        except (NotImplementedError, OSError, ValueError):
            return False
        return bool(ready) and not self._source.closed

    def _is_terminal(self) -> bool:
        try:
            return os.isatty(self._source.fileno())
        except (NotImplementedError, OSError, ValueError):
            return False
