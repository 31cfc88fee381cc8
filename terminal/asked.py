"""Ask the terminal what its background is and whether it draws in one go, and read its replies.

Nobody waits for them: the question is written when the prompt is up, and what comes in reply is
taken out of what is typed, whenever it comes. Keys are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

#: OSC 11, the background; DECRQM of mode 2026, synchronised output.
_BACKGROUND, _TOGETHER = "\x1b]11;?\x1b\\", "\x1b[?2026$p"
_REPLIES = re.compile(
    r"\x1b\]11;(?:rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})(?:/[0-9a-fA-F]{1,4})?"
    r"|[^\x07\x1b]{0,40})(?:\x07|\x1b\\)"
    r"|\x1b\[\?2026;([0-4])\$y"
)
#: The beginning of a reply, whose rest comes with the next bytes. No key begins so.
_BEGUN = re.compile(r"\x1b(?:\]1(?:1(?:;[^\x07\x1b]{0,40}\x1b?)?)?|\[\?2(?:0(?:2(?:6(?:;[0-4]?\$?)?)?)?)?)\Z")

Colour = tuple[int, int, int]


def question(environ: Mapping[str, str]) -> str:
    """Return what to ask this terminal: nothing, if it does not answer or shows the question."""
    term = environ.get("TERM", "")
    if term in ("", "dumb", "unknown", "linux") or "INSIDE_EMACS" in environ:
        return ""
    if environ.get("STY") or (term.startswith("screen") and not environ.get("TMUX")):
        return ""  # screen swallows it
    # Apple's terminal shows the end of what it does not know of a control sequence
    return _BACKGROUND + ("" if environ.get("TERM_PROGRAM") == "Apple_Terminal" else _TOGETHER)


class Replies:
    """Takes replies out of what is read. `background` and `together` are None until the terminal has told."""

    def __init__(self, told: Callable[[], None] = lambda: None) -> None:
        self.background: Colour | None = None
        self.together: bool | None = None
        self.told = told
        self._held = ""

    def typed(self, data: str) -> str:
        """Return what of these characters was typed."""
        if not self._held and "\x1b" not in data:
            return data
        data, self._held = self._held + data, ""
        left, taken = _REPLIES.subn(self._take, data)
        begun = _BEGUN.search(left)
        if begun:
            self._held = begun[0]
            left = left[: begun.start()]
        if taken:
            self.told()
        return left

    def _take(self, reply: re.Match[str]) -> str:
        red, green, blue, mode = reply.groups()
        if red is not None:
            self.background = _part(red), _part(green), _part(blue)
        elif mode is not None:
            self.together = mode in "123"
        return ""

    def listen(self, source: Any) -> None:
        """Take the replies out of what prompt-toolkit's input reads, if that reads a terminal."""
        reader = getattr(source, "stdin_reader", None)
        if reader is None:
            return
        read = reader.read
        reader.read = lambda *size: self.typed(read(*size))


def _part(digits: str) -> int:
    """Read one to four hexadecimal digits as a share of 255."""
    return round(int(digits, 16) * 255 / ((1 << 4 * len(digits)) - 1))
