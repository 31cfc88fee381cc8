"""Single keys, read while answers stream: a digit means something at once, a text is for the prompt.

A thread reads them, from a terminal that is quiet; it ends as soon as it is told to.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import threading
from collections.abc import Callable

#: Keys that take back what was typed: backspace, and Ctrl-U for all of it.
_BACK, _ALL = "\x7f\b", "\x15"


class Pressed:
    """`digit` is called with each digit that is pressed alone. Other keys are what a person types
    for the prompt, and so are digits after them: `stop` gives it back, up to the first Enter, for
    nothing is to be sent that nobody has seen."""

    def __init__(self, descriptor: int, digit: Callable[[int], None]) -> None:
        self._descriptor = descriptor
        self._digit = digit
        self._text = ""
        self._entered = False
        self._wake, self._woken = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> str:
        """Read no more; what was typed for the prompt."""
        if self._thread.is_alive():
            os.write(self._woken, b"x")
        self._thread.join()
        os.close(self._wake)
        os.close(self._woken)
        return self._text

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
                self.take(decoder.decode(data))

    def take(self, keys: str) -> None:
        """What came at once: a key, or what was pasted."""
        if keys.startswith("\x1b"):  # an arrow and its like: no text
            return
        if len(keys) == 1 and "1" <= keys <= "9" and not self._text:
            self._digit(int(keys))
            return
        for key in keys:
            if key in _BACK:
                self._text = self._text[:-1]
            elif key in _ALL:
                self._text = ""
            elif key in "\r\n":
                self._entered = bool(self._text)
            elif key.isprintable() and not self._entered:
                self._text += key


def give_back(stream: object, text: str) -> None:
    """Let the next prompt begin with this, as if it were typed there."""
    from prompt_toolkit.input import create_input
    from prompt_toolkit.input.typeahead import store_typeahead
    from prompt_toolkit.input.vt100_parser import Vt100Parser
    from prompt_toolkit.key_binding.key_processor import KeyPress

    keys: list[KeyPress] = []
    Vt100Parser(keys.append).feed(text)
    with contextlib.suppress(OSError, ValueError, NotImplementedError):
        store_typeahead(create_input(stream), keys)  # type: ignore[arg-type]
