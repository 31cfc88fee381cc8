"""Read a script of the shell's: lines as they would be typed. Pure; nothing is looked up or run.

    # a comment, also #!/usr/bin/env -S tempera run
    /set temperature 0
    /system <<END
    You review code.
    END
    What is wrong with $1?

A line is what would be typed; blanks around it and empty lines mean nothing. `<<WORD` at the end of a
line stands for the lines that follow, up to one that is WORD alone; where it is the whole line, they are
a message, whatever they begin with. $1, $2 … are the arguments, $@ all of them, $$ is a dollar; in the
lines of <<'WORD', and behind /alias, a dollar is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..base.dataclass import dataclass
from ..base.errors import BadInput
from ..base.files import MB

#: Bytes that a script may have.
LARGEST = 4 * MB

_HERE = re.compile(r"(?:^|(?<=\s))<<('|\"|)([A-Za-z_]\w*)\1$")
_ARGUMENT = re.compile(r"\$(\$|@|[1-9][0-9]?)")
_OPENS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Statement:
    """What would be typed at once, and the number of the line it begins in. `message`: it is sent as it
    stands, whatever it begins with."""

    text: str
    line: int = 1
    message: bool = False


@dataclass(frozen=True)
class Arguments:
    """What stands for $1 and $@: the words, and how they were typed."""

    words: tuple[str, ...] = ()
    typed: str = ""

    @classmethod
    def of(cls, words: Sequence[str]) -> Arguments:
        return cls(tuple(words), " ".join(words))


def read(text: str, name: str, given: Arguments | None = None) -> list[Statement]:
    """Give what a script has typed; `name` says whose lines are meant where one can't be read. Arguments
    that are not `given` stay as they stand. Raises BadInput."""
    if "\0" in text:
        raise BadInput(f"{name} is no text: it holds a NUL")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    found: list[Statement] = []
    at = 0
    while at < len(lines):
        number, line = at + 1, lines[at].strip()
        at += 1
        if not line or line.startswith("#"):
            continue
        with_dollars = line.startswith("/alias ")
        opening = _HERE.search(line)
        head = line[: opening.start()] if opening else line
        body = ""
        if opening:
            try:
                end = lines.index(opening[2], at)
            except ValueError:
                raise BadInput(
                    f"{name}:{number}: <<{opening[2]} is not closed", f"a line that is {opening[2]} ends it"
                ) from None
            body = "\n".join(lines[at:end])
            at = end + 1
        filled = _filled(head, given, name, number, with_dollars)
        filled += _filled(body, given, name, number, with_dollars or bool(opening and opening[1]))
        # what an argument brings never makes a command of a message
        message = not head.strip() or head.startswith(("$", "<<"))
        found.append(Statement(filled, number, message))
    return found


def _filled(text: str, given: Arguments | None, name: str, number: int, as_is: bool) -> str:
    """Put the arguments into a text. Raises BadInput where one was not given."""
    if given is None or as_is:
        return text

    def stands(found: re.Match[str]) -> str:
        if found[1] == "$":
            return "$"
        if found[1] == "@":
            return given.typed
        place = int(found[1])
        if place > len(given.words):
            count = len(given.words)
            has = "one was given" if count == 1 else f"{count or 'none'} {'were' if count else 'was'} given"
            raise BadInput(
                f"{name}:{number}: there is no {found[0]}: {has}",
                f"the text {found[0]} is written ${found[0]}",
            )
        return given.words[place - 1]

    return _ARGUMENT.sub(stands, text)


def parts(text: str) -> list[str]:
    """Part one line of commands at `;`, which ends a command and never a message: what does not begin with
    a slash is a message to its end, and /alias takes all of it. In quotes and brackets, behind a backslash
    and before anything but a blank, a `;` is text."""
    found: list[str] = []
    rest = text.strip()
    while rest.startswith("/") and not rest.startswith("/alias "):
        end = _end(rest)
        found.append(rest[:end].replace("\\;", ";").strip())
        rest = rest[end + 1 :].lstrip()
    return [each for each in (*found, rest) if each]


def _end(text: str) -> int:
    """Tell where the `;` is that ends a command; the end of the text where there is none."""
    open_: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 2
            continue
        if character in "\"'" and (before := text[at - 1 : at]) and (before.isspace() or before in "=:,[{("):
            at = _closed(text, at) + 1
            continue
        if character in _OPENS:
            open_.append(_OPENS[character])
        elif open_ and character == open_[-1]:
            open_.pop()
        elif character == ";" and not open_ and (at + 1 == len(text) or text[at + 1].isspace()):
            return at
        at += 1
    return len(text) if not open_ else _plain_end(text)


def _closed(text: str, at: int) -> int:
    """Tell where a quote is closed; where it is not, it is no quote, and ends where it begins."""
    mark, here = text[at], at + 1
    while here < len(text):
        if text[here] == "\\" and mark == '"':
            here += 1
        elif text[here] == mark:
            return here
        here += 1
    return at


def _plain_end(text: str) -> int:
    """The same where a bracket is not closed: it is text, as in a face that smiles."""
    found = re.search(r"(?<!\\);(?=\s|$)", text)
    return found.start() if found else len(text)
