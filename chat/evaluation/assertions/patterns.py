"""Search by a regular expression as JavaScript reads it, for a limited time.

An expression is written anew for the module `regex`, which stops after so many seconds: a backtracking search
may else take for ever, and an answer is a stranger's. What JavaScript would refuse is refused here.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from .declaration import NotChecked
from .values import SPACE, units

#: Seconds that a search may take.
SECONDS = 2.0
_LONGEST = 20_000  # characters of an expression
_RUN = 40  # letters that may stand in a row
_QUANTITY = re.compile(r"\{\d+(?:,\d*)?\}")
_NAME = re.compile(r"<([A-Za-z_$][\w$]*)>")
_KEPT = frozenset("dDwWtnrfv")
_LOOKS = ("?:", "?=", "?!", "?<=", "?<!")


def searched(expression: str, text: str, flags: str = "") -> bool:
    """Tell whether an expression is found in a text. Raises NotChecked: it is none, or takes too long."""
    try:
        return _compiled(expression, flags).search(units(text), timeout=SECONDS, concurrent=True) is not None
    except TimeoutError:
        raise NotChecked(f"the search for {_short(expression)} takes more than {SECONDS:g} s") from None


def all_found(expression: str, text: str) -> list[str]:
    """Give what an expression finds in a text, one after another. Raises NotChecked as `searched` does."""
    try:
        found = _compiled(expression, "").finditer(text, timeout=SECONDS, concurrent=True)
        return [match[0] for match in found]
    except TimeoutError:
        raise NotChecked(f"the search for {_short(expression)} takes more than {SECONDS:g} s") from None


@functools.lru_cache(256)
def _compiled(expression: str, flags: str) -> Any:
    import regex

    if len(expression) > _LONGEST:
        raise NotChecked(f"the regular expression is longer than {_LONGEST:,} characters")
    how = regex.V0 | regex.ASCII | (regex.IGNORECASE if "i" in flags else 0)
    try:
        return regex.compile(_Translated(units(expression)).text, how)
    except (regex.error, OverflowError, RecursionError, ValueError, IndexError) as error:
        why = getattr(error, "msg", "") or str(error)
        raise NotChecked(f"{_short(expression)} is no regular expression: {why}") from None


def _short(expression: str) -> str:
    return f"/{expression if len(expression) <= 60 else expression[:60] + '…'}/"


class _Translated:
    """An expression in the notation of `regex`. Raises ValueError for what JavaScript refuses."""

    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0
        self.groups = _groups(source)
        parts: list[str] = []
        while self.at < len(source):
            first = source[self.at]
            part = self._next()
            alone = first not in "*+?{([.$^|)" or part == r"\{"
            # `regex` takes seconds to prepare for a text of thousands of letters: an atom cuts it
            parts.append(f"(?>{part})" if alone and len(parts) % _RUN == _RUN - 1 else part)
        self.text = "".join(parts)

    def _next(self) -> str:
        char = self.source[self.at]
        self.at += 1
        if char == "\\":
            return self._escape()
        if char == "[":
            return self._class()
        if char == "(":
            return self._group()
        if char == ".":
            return "[^\n\r\u2028\u2029]"
        if char == "$":
            return r"\Z"
        if char in "*+?":
            return char + self._lazy()
        if char == "{":
            quantity = _QUANTITY.match(self.source, self.at - 1)
            if not quantity:
                return r"\{"
            self.at = quantity.end()
            return quantity[0] + self._lazy()
        return "\\" + char if char in "]}" else char if char in "^|)" else re.escape(char)

    def _lazy(self) -> str:
        """Read what may follow a quantifier: only that it takes as little as it can."""
        lazy = self.source.startswith("?", self.at)
        self.at += lazy
        rest = self.source[self.at : self.at + 1]
        if rest and (rest in "*+?" or _QUANTITY.match(self.source, self.at)):
            raise ValueError("nothing to repeat")
        return "?" if lazy else ""

    def _group(self) -> str:
        if not self.source.startswith("?", self.at):
            return "("
        for look in _LOOKS:
            if self.source.startswith(look, self.at):
                self.at += len(look)
                return "(" + look
        name = _NAME.match(self.source, self.at + 1)
        if not name:
            raise ValueError("JavaScript knows no such group: flags as (?i) are not its")
        self.at = name.end()
        return f"(?P<{name[1].replace('$', '_')}>"

    def _escape(self, inside: bool = False) -> str:
        if self.at >= len(self.source):
            raise ValueError("it ends in a backslash")
        char = self.source[self.at]
        self.at += 1
        if char == "s":
            return SPACE if inside else f"[{SPACE}]"
        if char == "S":
            return r"\S" if inside else f"[^{SPACE}]"
        if char in _KEPT:
            return "\\" + char
        if char in "bB":
            return r"\x08" if inside and char == "b" else "B" if inside else "\\" + char
        if char in "ux":
            digits = self.source[self.at : self.at + (4 if char == "u" else 2)]
            if re.fullmatch("[0-9a-fA-F]{4}" if char == "u" else "[0-9a-fA-F]{2}", digits):
                self.at += len(digits)
                return re.escape(chr(int(digits, 16)))
            return char
        if char == "c" and (letter := self.source[self.at : self.at + 1]).isascii() and letter.isalpha():
            self.at += 1
            return f"\\x{ord(letter) % 32:02x}"
        if char == "k" and not inside and (name := _NAME.match(self.source, self.at)):
            self.at = name.end()
            return f"(?P={name[1].replace('$', '_')})"
        if char.isdigit():
            return self._digits(char, inside)
        return re.escape(char)

    def _digits(self, char: str, inside: bool) -> str:
        while not inside and self.source[self.at : self.at + 1].isdigit() and len(char) < 2:
            char += self.source[self.at]
            self.at += 1
        if char == "0":
            return r"\x00"
        if inside or int(char) > self.groups:
            raise ValueError(f"\\{char} leads to no group")
        return f"(?:\\{char})"

    def _class(self) -> str:
        """Read a class of characters."""
        no = self.source.startswith("^", self.at)
        self.at += no
        parts: list[str] = []
        while self.at < len(self.source):
            char = self.source[self.at]
            self.at += 1
            if char == "]":
                if not parts:
                    return r"(?s:.)" if no else "(?!)"
                return f"[{'^' if no else ''}{''.join(parts)}]"
            if char == "\\":
                parts.append(self._escape(inside=True))
            else:
                parts.append(char if char == "-" else "\\" + char if char in "[^&|~" else re.escape(char))
        raise ValueError("a class of characters is not closed")


def _groups(source: str) -> int:
    """Count the groups that may be referred to."""
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "", source, flags=re.DOTALL)
    return len(re.findall(r"\((?!\?)|\(\?<(?![=!])", bare))
