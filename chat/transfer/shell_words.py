"""Cut a command line into words as sh, or cmd.exe, would cut it. Nothing of it runs.

What a variable of the shell, or a command inside the command, stands for is not known: it is an `Unknown`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..base.dataclass import dataclass
from ..base.errors import BadValue
from ..base.halves import whole
from .opened import Joined, TooMuch, Unknown, joined

#: Pieces of its words: quotes, escapes, variables, what stands between them.
_PIECES = 100_000

Word = str | Unknown | Joined

#: What ends a run of plain characters: in $'…', in double quotes, in a bare word.
_ANSI, _DOUBLE, _BARE = re.compile(r"['\\]"), re.compile(r'["\\$`]'), re.compile(r"""[\s\\'"$`|;&<>]""")
_SIMPLE = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
    "E": "\x1b",
}
#: An escape of cmd.exe, a run of escapes in it, and what its words are made of.
_CARET = re.compile(r"\^(\r?\n[ \t]*|[\s\S])")
_CMD_PIECE = re.compile(r'(\\*)(")|([ \t\r\n]+)|(\\+|[^\\" \t\r\n]+)')
_SPELT = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_CODE = re.compile(r"x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})")
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:[:?+=-][^}]{0,200})?\})")
_BRACKET = re.compile("[()]")
_HEREDOC = re.compile(r"<<(-?)\s*(['\"]?)([A-Za-z_]\w*)\2")


def sh_words(text: str) -> tuple[list[Word], Word | None]:
    """Cut a command into words as sh does; (words, the here-document where there is one)."""
    reader = _Sh(text)
    words = list(reader.words())
    return words, reader.document


@dataclass
class _Sh:
    """Reads a line of sh, word by word."""

    text: str
    at: int = 0
    document: Word | None = None
    _waits: tuple[bool, bool, str] | None = None
    _pieces: int = 0

    def _counted(self) -> None:
        self._pieces += 1
        if self._pieces > _PIECES:
            raise TooMuch("this command line has too many words and escapes to be read")

    def words(self) -> Iterator[Word]:
        parts: list[Word] = []
        begun = False
        while self.at < len(self.text):
            self._counted()
            char = self.text[self.at]
            if char in " \t\r\n":
                if begun:
                    yield joined(*parts)
                    parts, begun = [], False
                self.at += 1
                if char == "\n":
                    if self._waits:
                        self._document()
                    return
            elif char == "\\":
                following = self.text[self.at + 1 : self.at + 2]
                if self.text[self.at + 1 : self.at + 3] == "\r\n":
                    self.at += 3
                else:
                    self.at += 2
                    if following and following != "\n":
                        parts.append(following)
                        begun = True
            elif not begun and char == "#":
                self._until_line_end()
            elif not begun and (match := _HEREDOC.match(self.text, self.at)):
                self._waits = (bool(match[1]), bool(match[2]), match[3])
                self.at = match.end()
            elif not begun and char in "|;&<>":
                if not self._waits:
                    return
                self._until_line_end()
            else:
                parts.append(self._piece(char))
                begun = True
        if begun:
            yield joined(*parts)

    def _until_line_end(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def _document(self) -> None:
        assert self._waits
        tabs, quoted, word = self._waits
        match = re.compile(rf"(?m)^{chr(9) + '*' if tabs else ''}{re.escape(word)}[ \t]*\r?$").search(
            self.text, self.at
        )
        inner = self.text[self.at : match.start() if match else len(self.text)]
        inner = inner.removesuffix("\n")
        if tabs:
            inner = re.sub(r"(?m)^\t+", "", inner)
        self.document = inner if quoted else joined(*_expanded(inner))

    def _piece(self, char: str) -> Word:
        text = self.text
        if char == "'":
            return self._quoted(self.at + 1, "'")
        if char == '"':
            return self._double()
        if text.startswith("$'", self.at):
            return self._ansi()
        if char == "$":
            return self._variable()
        if char == "`":
            return self._substituted("`")
        end = max(_until(_BARE, text, self.at), self.at + 1)
        found, self.at = text[self.at : end], end
        return found

    def _quoted(self, start: int, mark: str) -> str:
        end = self.text.find(mark, start)
        if end < 0:
            raise BadValue("a quote in this command line is open")
        self.at = end + 1
        return self.text[start:end]

    def _double(self) -> Word:
        parts: list[Word] = []
        self.at += 1
        while True:
            self._counted()
            end = _until(_DOUBLE, self.text, self.at)
            parts.append(self.text[self.at : end])
            self.at = end
            if end >= len(self.text):
                raise BadValue("a quote in this command line is open")
            char = self.text[end]
            if char == '"':
                self.at += 1
                return joined(*parts)
            if char == "\\":
                following = self.text[end + 1 : end + 2]
                parts.append(
                    following if following in '"\\$`' else "" if following == "\n" else "\\" + following
                )
                self.at += 2
            else:
                parts.append(self._variable() if char == "$" else self._substituted("`"))

    def _variable(self) -> Word:
        if self.text.startswith("$(", self.at):
            return self._substituted("(")
        match = _VARIABLE.match(self.text, self.at)
        if match is None:
            self.at += 1
            return "$"
        self.at = match.end()
        return Unknown(match[1] or match[2])

    def _substituted(self, mark: str) -> Word:
        """Step over a command in a command, which is never run."""
        start = self.at
        if mark == "`":
            inner = self._quoted(self.at + 1, "`")
            return Unknown(inner)
        depth, self.at = 0, self.at + 1
        for match in _BRACKET.finditer(self.text, self.at):
            self._counted()
            depth += 1 if match[0] == "(" else -1
            if not depth:
                self.at = match.end()
                return Unknown(self.text[start + 2 : self.at - 1])
        raise BadValue("a command in this command line is open")

    def _ansi(self) -> str:
        """Read $'…', with the escapes of C."""
        out: list[str] = []
        self.at += 2
        while True:
            self._counted()
            end = _until(_ANSI, self.text, self.at)
            out.append(self.text[self.at : end])
            if end >= len(self.text):
                raise BadValue("a quote in this command line is open")
            if self.text[end] == "'":
                self.at = end + 1
                return whole("".join(out))  # $'…' spells halves one by one
            if match := _SPELT.match(self.text, end):  # a browser spells whole texts so
                out.append(match[0].encode().decode("unicode_escape"))
                self.at = match.end()
            elif match := _CODE.match(self.text, end + 1):
                code = int(next(filter(None, match.groups())), 8 if match[4] else 16)
                out.append(chr(min(code, 0x10FFFF)))
                self.at = match.end()
            else:
                following = self.text[end + 1 : end + 2]
                out.append(_SIMPLE.get(following, following))
                self.at = end + 2


def _until(end: re.Pattern[str], text: str, at: int) -> int:
    found = end.search(text, at)
    return found.start() if found else len(text)


def _expanded(text: str) -> Iterator[Word]:
    """Find the variables in a here-document."""
    at = 0
    for count, match in enumerate(_VARIABLE.finditer(text)):
        if count > _PIECES:
            raise TooMuch("this command line has too many variables to be read")
        yield text[at : match.start()]
        yield Unknown(match[1] or match[2])
        at = match.end()
    yield text[at:]


def cmd_words(text: str) -> Iterator[Word]:
    """Cut a command into words as cmd.exe, and then the program, do."""
    if text.count("^") > 10 * _PIECES:
        raise TooMuch("this command line has too many escapes to be read")
    text = _CARET.sub(lambda m: "" if m[1][:1] in "\r\n" else m[1], text)
    out: list[str] = []
    begun = quoted = False
    at = count = 0
    while match := _CMD_PIECE.match(text, at):
        at, count = match.end(), count + 1
        if count > 10 * _PIECES:
            raise TooMuch("this command line has too many words and escapes to be read")
        slashes, mark, blank, plain = match.groups()
        if mark:
            out.append("\\" * (len(slashes) // 2))
            if len(slashes) % 2:
                out.append('"')
            elif quoted and text.startswith('"', at):
                out.append('"')
                at += 1
            else:
                quoted = not quoted
            begun = True
        elif blank and not quoted:
            if begun:
                yield "".join(out)
            out, begun = [], False
            if "\n" in blank:
                return
        else:
            out.append(blank or plain)
            begun = True
    if begun:
        yield "".join(out)
