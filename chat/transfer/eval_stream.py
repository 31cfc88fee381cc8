"""Read JSON that is too long to be held: the members of its objects and the elements of its lists one by one.

A file may be a stranger's. What is held is one value at a time, of a limited length, and the rest of a piece
that was read with it.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ..base.errors import BadFile
from ..base.halves import cleaned

_DECODER = json.JSONDecoder()
_BEGIN = re.compile(r"[^ \t\n\r]")
_ENDS = ",]}:"
_PIECE = 1 << 18  # bytes
#: Characters of one value, and bytes of a whole file.
MOST_VALUE = 32 << 20
MOST_FILE = 4 << 30
#: Marks that begin a value, in what is held.
MOST_MARKS = 2_000_000


class JsonReader:
    """A file that is read from its beginning to its end. Raises BadFile."""

    def __init__(self, path: Path, file: BinaryIO, piece: int = _PIECE) -> None:
        self._path, self._file, self._piece = path, file, piece
        self._decode: Callable[..., str] = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._at = 0
        self._ended = False
        self._bytes = 0
        self._lines = 0

    def members(self) -> Iterator[str]:
        """Give the name of each member of the object that stands here. Its value has to be read before the
        next: by `value`, `members`, `elements` or `skip`."""
        self._expect("{", "an object")
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise self.problem("is not JSON: a name is no text")
            self._expect(":", "a colon")
            yield name
            if not self._more("}"):
                return

    def elements(self) -> Iterator[Any]:
        """Give each element of the list that stands here."""
        self._expect("[", "a list")
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            if not self._more("]"):
                return

    def value(self) -> Any:
        """Read a value, without halves of characters."""
        self._peek()
        while True:
            self._check()
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                if "\\u" in self._text[self._at : end]:
                    value = cleaned(value)
            except json.JSONDecodeError as error:
                if self._ended:
                    line = self._lines + self._text.count("\n", 0, error.pos) + 1
                    raise BadFile(self._path, f"is not JSON: {error.msg}", line) from None
            except RecursionError:
                raise self.problem("is nested too deeply") from None
            except ValueError:  # Python refuses to make a number of thousands of digits
                raise self.problem("holds a number that is too long to be one") from None
            else:
                if self._ended or self._is_whole(end):
                    self._at = end
                    return value
            self._grow()

    def skip(self) -> None:
        """Pass over a value that may be long: its elements are not held together."""
        first = self._peek()
        if first == "{":
            for _ in self.members():
                self.skip()
        elif first == "[":
            for _ in self.elements():
                pass
        else:
            self.value()

    def is_list(self) -> bool:
        """Tell whether a list stands here."""
        return self._peek() == "["

    def is_object(self) -> bool:
        """Tell whether an object stands here."""
        return self._peek() == "{"

    def end(self) -> None:
        """Raise BadFile where something stands behind the value that was read."""
        if self._peek():
            raise self.problem("is not JSON: something stands behind its end")

    def problem(self, what: str) -> BadFile:
        """Make an error of the place that was reached."""
        return BadFile(self._path, what, self._lines + self._text.count("\n", 0, self._at) + 1)

    # ---- pieces

    def _check(self) -> None:
        """Raise BadFile before more values are made than a cell is worth. Texts may hold such marks, too."""
        if len(self._text) > MOST_MARKS and sum(self._text.count(mark) for mark in ",[{") > MOST_MARKS:
            raise self.problem("holds too many values in one")

    def _is_whole(self, end: int) -> bool:
        """Tell whether a value is at its end: the piece could break off within a number."""
        found = _BEGIN.search(self._text, end)
        return found is not None and found[0] in _ENDS

    def _peek(self) -> str:
        """Give the next character that is no blank; nothing at the end."""
        while True:
            found = _BEGIN.search(self._text, self._at)
            self._at = found.start() if found else len(self._text)
            if found or self._ended:
                return found[0] if found else ""
            self._grow()

    def _more(self, end: str) -> bool:
        """Read what stands between two members, or at their end."""
        found = self._peek()
        if found not in (",", end):
            raise self.problem(f"is not JSON: it breaks off, or lacks a comma or {end}")
        self._at += 1
        return found == ","

    def _expect(self, mark: str, what: str) -> None:
        if self._peek() != mark:
            raise self.problem(f"is not what it should be: there is no {what.removeprefix('a ')} here")
        self._at += 1

    def _grow(self) -> None:
        """Read on. What was read already is let go."""
        self._lines += self._text.count("\n", 0, self._at)
        kept = self._text[self._at :]
        if len(kept) > MOST_VALUE:
            raise self.problem("holds a value that is too long, or is not JSON")
        data = self._file.read(max(self._piece, len(kept)))  # a long value is read in few tries
        self._bytes += len(data)
        if self._bytes > MOST_FILE:
            raise BadFile(self._path, f"is larger than {MOST_FILE >> 30} GB")
        try:
            self._text = kept + self._decode(data, final=not data)
        except UnicodeDecodeError:
            raise self.problem("is not UTF-8 text") from None
        self._at, self._ended = 0, not data
