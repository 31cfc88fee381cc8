r"""Text on one line: words, quotes and escapes, both ways.

`split` reads what a person types, as a shell would: spaces part the words, `"double"` and
`'single'` quotes hold them together, and a backslash escapes (`\n \t \r \0 \\ \" \' \xNN
\uNNNN`, and what else JSON escapes) everywhere but in single quotes. `quote` writes a text so that
`split` reads it back, with every character that can't be seen made visible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .dataclass import dataclass
from .errors import BadValue

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "e": "\x1b"}
_NAMES = {value: f"\\{key}" for key, value in _ESCAPES.items()}
_HEX = {"x": 2, "u": 4, "U": 8}
_LOW = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
#: What needs no quotes: it could not be JSON, a number of a token, a path or a pair.
_PLAIN = re.compile(r"(?!null$|[\[{])[^\s\"'\\=#/]+")


@dataclass(frozen=True)
class Word:
    """A word of a line: its text, and where it stands (`start` to `end`) as typed."""

    text: str
    start: int
    end: int
    quoted: bool = False


def split(line: str) -> list[Word]:
    """Give the words of a line. Raises BadValue for an open quote or a broken escape."""
    return list(words(line))


def words(line: str) -> Iterator[Word]:
    """Give the words of a line, one by one: BadValue is raised where a word can't be read, not before."""
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        word, at = _word(line, at)
        yield word


def meant(text: str) -> str:
    """Return what one quoted word means, or any other text as it stands. Raises BadValue for an open
    quote."""
    found = split(text) if text[:1] in ('"', "'") else []
    return found[0].text if len(found) == 1 else text


def _word(line: str, start: int) -> tuple[Word, int]:
    out: list[str] = []
    quote = ""
    quoted = False
    at = start
    while at < len(line):
        character = line[at]
        if not quote and character.isspace():
            break
        if character == "\\" and quote != "'":
            text, at = _escape(line, at + 1)
            out.append(text)
            continue
        if character == quote:
            quote = ""
        elif not quote and character in "\"'" and (at == start or line[at - 1] == "="):
            quote, quoted = character, True
        else:
            out.append(character)
        at += 1
    if quote:
        raise BadValue(f"the quote {quote} at {line[start : start + 20]!r} is not closed")
    return Word("".join(out), start, at, quoted), at


def _escape(line: str, at: int) -> tuple[str, int]:
    if at >= len(line):
        raise BadValue("a backslash at the end escapes nothing; write \\\\ for a backslash")
    letter = line[at]
    if letter in _HEX:
        digits = line[at + 1 : at + 1 + _HEX[letter]]
        if len(digits) == _HEX[letter] and re.fullmatch("[0-9a-fA-F]+", digits):
            code = int(digits, 16)
            low = _LOW.match(line, at + 5) if letter == "u" and 0xD800 <= code < 0xDC00 else None
            if low:  # JSON writes what is beyond \uFFFF as two
                return chr(0x10000 + ((code - 0xD800) << 10) + int(low[1], 16) - 0xDC00), low.end()
            if code < 0x110000 and not 0xD800 <= code < 0xE000:
                return chr(code), at + 1 + len(digits)
        raise BadValue(f"\\{letter} wants {_HEX[letter]} hexadecimal digits of a character")
    if letter.isalnum() and letter not in _ESCAPES:
        raise BadValue(f"\\{letter} is no escape; write \\\\{letter} for a backslash before {letter}")
    return _ESCAPES.get(letter, letter), at + 1


def visible(text: str) -> str:
    """Give the text with each character that can't be seen written as its escape."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character in _NAMES:
        return _NAMES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote(text: str) -> str:
    """Give the text as one word, quoted where it has to be: `split(quote(t))` reads `t` again."""
    if _PLAIN.fullmatch(text) and text.isprintable():
        return text
    return '"' + visible(text).replace('"', '\\"') + '"'
