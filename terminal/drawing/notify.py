"""Tell a person who looks elsewhere that something long is over: by the bell, or as the terminal notifies.

Off unless it is preferred. The words are this module's own: nothing of an answer goes there.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from ..streams import Terminal, is_tty

#: Seconds from which on something took long.
LONG = 10.0

#: What is written, by the preference: iTerm2's and Windows Terminal's way, kitty's, and urxvt's and VTE's.
_WAYS = {
    "bell": "\a",
    "osc9": "\x1b]9;{}\x1b\\",
    "osc99": "\x1b]99;;{}\x1b\\",
    "osc777": "\x1b]777;notify;Tempera;{}\x1b\\",
}


class Long:
    """Something that may take long, from when this is made."""

    def __init__(self, terminal: Terminal, clock: Callable[[], float] = time.monotonic) -> None:
        self._terminal = terminal
        self._clock = clock
        self._begun = clock()

    def over(self, said: str) -> None:
        """Tell that it is over, if it took long and the person wants to be told."""
        took = self._clock() - self._begun
        way = _WAYS.get(self._terminal.preferred("notify") or "")
        stream = self._terminal.notices
        if took < LONG or way is None or not is_tty(stream):
            return
        text = way.format(f"{said} after {took:.0f} s")
        if text.startswith("\x1b") and self._terminal.environ.get("TMUX"):
            inner = text.replace("\x1b", "\x1b\x1b")
            text = f"\x1bPtmux;{inner}\x1b\\"  # tmux hands it on, if it is allowed to
        with contextlib.suppress(OSError):
            stream.write(text)
            stream.flush()
