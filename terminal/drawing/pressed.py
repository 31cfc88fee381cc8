"""Read single keys while answers stream: a digit means something at once, other text is for the prompt.

A thread reads them, from a terminal that is quiet; it ends as soon as it is told to.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompt_toolkit.key_binding.key_processor import KeyPress


class Pressed:
    """Calls `digit` with each digit that is pressed alone. Other keys are text for the prompt, and so are
    digits after them: `stop` returns them. `typed` takes out what the terminal sent by itself."""

    def __init__(
        self,
        descriptor: int,
        digit: Callable[[int], None],
        typed: Callable[[str], str] = lambda data: data,
    ) -> None:
        from prompt_toolkit.input.vt100_parser import Vt100Parser

        self._descriptor = descriptor
        self._digit = digit
        self._typed = typed
        self._keys: list[KeyPress] = []
        self._parser = Vt100Parser(self._keys.append)
        self._wake, self._woken = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> list[KeyPress]:
        """Stop reading. Return the keys that were pressed for the prompt."""
        if self._thread.is_alive():
            os.write(self._woken, b"x")
        self._thread.join()
        os.close(self._wake)
        os.close(self._woken)
        return self._keys

    def _run(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("ignore")  # a letter may come in two reads
        with contextlib.suppress(OSError, ValueError):  # the terminal is gone: nobody presses keys
            while True:
                ready, _, _ = select.select([self._descriptor, self._wake], [], [])
                if self._wake in ready:
                    return
                data = os.read(self._descriptor, 1024)
                if not data:
                    return
                self.take(self._typed(decoder.decode(data)))

    def take(self, data: str) -> None:
        """Take in what came at once: a key, or pasted text."""
        from .. import ahead

        before = len(self._keys)
        self._parser.feed(data)
        written = "".join(key.data for key in self._keys if key.key == key.data)
        if not before and len(written) == 1 and "1" <= written <= "9":
            self._keys.clear()
            self._digit(int(written))
        elif not ahead.text(self._keys):
            self._keys.clear()


def give_back(stream: object, keys: list[KeyPress]) -> None:
    """Let the prompt that comes next find these keys, as if nobody had read them."""
    from prompt_toolkit.input import create_input
    from prompt_toolkit.input.typeahead import store_typeahead

    with contextlib.suppress(OSError, ValueError, NotImplementedError):
        store_typeahead(create_input(stream), keys)  # type: ignore[arg-type]
