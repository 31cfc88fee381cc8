"""Lay JSON out while it comes, line by line, and tell where it stopped. Pure.

Each character is looked at once, whatever the chunks are. What stops being JSON goes on as it was
written: nothing of a text is ever left out but blanks between values.
"""

from __future__ import annotations

import json
import re

from .pointers import pointer

_INDENT = "  "
#: Levels that are indented further than the one above, and levels that are read at all.
_SHOWN, DEEPEST = 40, 400
_BLANK = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_WORD = re.compile(r"[-+.0-9A-Za-z]*")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_LITERALS = ("true", "false", "null")
_ESCAPES = frozenset('"\\/bfnrtu')
_KEY = 200  # characters of a name that are kept for the place
_OPENS = {"{": "}", "[": "]"}

#: What may come next.
VALUE, FIRST_VALUE, KEY, FIRST_KEY, COLON, AFTER, END = range(7)


class Growing:
    """Takes a text in pieces and gives it laid out. `broken`: it stopped being JSON; `whole`: a value
    is finished, and nothing but blanks came after it."""

    def __init__(self) -> None:
        self.broken = False
        self._next = VALUE
        self._open: list[str] = []  # the brackets that close what is open
        self._at: list[str | int] = []  # the name or the place in each
        self._text = False  # inside a text
        self._name = False  # and that is a name
        self._escape = 0  # characters of an escape that are still to come; -1: its kind is
        self._key: list[str] = []
        self._word = ""
        self._blanks = ""  # those before what comes next: they stay if it is no JSON

    @property
    def whole(self) -> bool:
        return self._next == END and not self.broken

    @property
    def place(self) -> str:
        """The pointer of what is open, or came last."""
        return pointer(part for part in self._at if part != "")

    def feed(self, text: str) -> str:
        """Give what this piece adds."""
        if self.broken:
            return text
        out: list[str] = []
        at, length = 0, len(text)
        while at < length:
            if self._text:
                at = self._in_text(text, at, out)
            elif self._word:
                at = self._in_word(text, at, out)
            else:
                at = self._between(text, at, out)
            if self.broken:
                out.append(text[at:])
                break
        return "".join(out)

    def close(self) -> None:
        """Nothing more comes: a number at the end is whole then."""
        if self._word:
            self._end_word()

    def _in_text(self, text: str, at: int, out: list[str]) -> int:
        if self._escape:
            return self._in_escape(text, at, out)
        end = _PLAIN.match(text, at).end()  # type: ignore[union-attr]
        if end > at:
            out.append(text[at:end])
            if self._name and len(self._key) < _KEY:
                self._key.append(text[at:end][:_KEY])
        if end == len(text):
            return end
        if text[end] == '"':
            out.append('"')
            self._text = False
            if self._name:
                self._at[-1] = _name("".join(self._key))
                self._key = []
                self._next = COLON
            else:
                self._value_over()
            return end + 1
        if text[end] == "\\":
            out.append("\\")
            self._escape = -1
            if self._name:
                self._key.append("\\")
            return end + 1
        self.broken = True  # a line break inside a text, or another control character
        return end

    def _in_escape(self, text: str, at: int, out: list[str]) -> int:
        character = text[at]
        if self._escape < 0:
            if character not in _ESCAPES:
                self.broken = True
                return at
            self._escape = 4 if character == "u" else 0
        elif character not in "0123456789abcdefABCDEF":
            self.broken = True
            return at
        else:
            self._escape -= 1
        out.append(character)
        if self._name:
            self._key.append(character)
        return at + 1

    def _in_word(self, text: str, at: int, out: list[str]) -> int:
        end = _WORD.match(text, at).end()  # type: ignore[union-attr]
        out.append(text[at:end])
        self._word = (self._word + text[at:end])[:_KEY] if len(self._word) < _KEY else self._word
        word = self._word
        if word[0].isalpha() and not any(each.startswith(word) for each in _LITERALS):
            self.broken = True
        elif end < len(text):
            self._end_word()
        return end

    def _end_word(self) -> None:
        # a number that is longer than is kept is taken at its word
        if self._word not in _LITERALS and not (_NUMBER.fullmatch(self._word) or len(self._word) >= _KEY):
            self.broken = True
        self._word = ""
        self._value_over()

    def _between(self, text: str, at: int, out: list[str]) -> int:
        start, at = at, _BLANK.match(text, at).end()  # type: ignore[union-attr]
        blanks, self._blanks = self._blanks + text[start:at], ""
        if at == len(text):
            self._blanks = blanks
            return at
        character = text[at]
        state = self._next
        if state in (VALUE, FIRST_VALUE) and (character in '"{[-' or character.isalnum()):
            if state == FIRST_VALUE:
                out.append(self._line())
            self._begin(character, out)
        elif state in (KEY, FIRST_KEY) and character == '"':
            if state == FIRST_KEY:
                out.append(self._line())
            self._text = self._name = True
            out.append('"')
        elif state == COLON and character == ":":
            self._next = VALUE
            out.append(": ")
        elif state == AFTER and character == ",":
            self._comma(out)
        elif self._open and character == self._open[-1] and state in (AFTER, FIRST_VALUE, FIRST_KEY):
            self._open.pop()
            self._at.pop()
            out.append(character if state != AFTER else self._line() + character)
            self._value_over()
        else:
            self.broken = True
            out.append("\n" if state == END else blanks)  # what follows the value stands on its own
            return at
        return at + 1

    def _begin(self, character: str, out: list[str]) -> None:
        if character == '"':
            self._text, self._name = True, False
        elif character in _OPENS:
            if len(self._open) >= DEEPEST:
                self.broken = True
            self._open.append(_OPENS[character])
            self._at.append("" if character == "{" else 0)
            self._next = FIRST_KEY if character == "{" else FIRST_VALUE
        else:
            self._word = character
            self.broken = character not in "-0123456789tfn"
        out.append(character)

    def _comma(self, out: list[str]) -> None:
        out.append("," + self._line())
        at = self._at[-1]
        if isinstance(at, int):
            self._at[-1] = at + 1
            self._next = VALUE
        else:
            self._next = KEY

    def _value_over(self) -> None:
        self._next = AFTER if self._open else END

    def _line(self) -> str:
        return "\n" + _INDENT * min(len(self._open), _SHOWN)


def _name(written: str) -> str:
    try:
        found = json.loads(f'"{written}"')
    except ValueError:  # it was cut
        return written
    return found if isinstance(found, str) else written


def stopped(text: str) -> str | None:
    """Tell where a text stops that so far is JSON, as a pointer; None for one that is whole, or no
    JSON at all."""
    growing = Growing()
    growing.feed(text)
    return None if growing.whole or growing.broken or not text.strip() else growing.place
