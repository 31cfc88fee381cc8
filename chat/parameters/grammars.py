"""Grammars in GBNF, llama.cpp's notation: read, and checked as far as that is cheap.

The server compiles them, and says no more of a fault than that there is one ("failed to parse grammar"):
what can be seen here is said with its line.
"""

from __future__ import annotations

import re

from ..base.dataclass import dataclass
from ..base.errors import BadValue
from .kinds import Text, shown

#: What a rule is made of: blanks and comments, texts, classes of characters, tokens by name or id, names,
#: operators, the beginning of a rule.
_PART = re.compile(
    r"(?P<blank>\s+|\#[^\n]*)"
    r'|(?P<text>"(?:\\.|[^"\\\n])*")'
    r"|(?P<class>\[(?:\\.|[^\]\\\n])*\])"
    r"|(?P<token>!?<[^<>\s]*>)"
    r"|(?P<is>::=)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9-]*)"
    r"|(?P<times>\{\s*\d*\s*,?\s*\d*\s*\})"
    r"|(?P<sign>[()|*+?.])"
)
_STRAY = {'"': "a text that is not closed", "[": "a class of characters that is not closed"}


def check(text: str) -> None:
    """Raise BadValue for a grammar that the server would refuse: without a root, with a rule that is
    nowhere, with a text or a bracket that is not closed."""
    names: dict[str, int] = {}
    used: dict[str, int] = {}
    depth: list[int] = []
    rule, before = False, ("", 0)  # a name that may be that of the next rule
    at, line = 0, 1
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            what = _STRAY.get(text[at], f"{shown(text[at])} has no place in a grammar")
            raise BadValue(f"line {line}: {what}")
        kind = part.lastgroup
        if before[0] and kind not in ("blank", "is"):
            used.setdefault(*before)
            before = ("", 0)
        if kind == "is":
            if not before[0]:
                raise BadValue(f"line {line}: ::= has no name before it")
            if depth:
                raise BadValue(f"line {depth[-1]}: ( is not closed")
            names.setdefault(*before)
            before, rule = ("", 0), True
        elif kind == "name":
            before = (part[0], line)
        elif kind != "blank" and not rule:
            raise BadValue(f"line {line}: a rule begins with a name and ::=", 'root ::= "yes" | "no"')
        if part[0] == "(":
            depth.append(line)
        elif part[0] == ")":
            if not depth:
                raise BadValue(f"line {line}: ) closes nothing")
            depth.pop()
        line += part[0].count("\n")
        at = part.end()
    if before[0]:
        used.setdefault(*before)
    if depth:
        raise BadValue(f"line {depth[-1]}: ( is not closed")
    if "root" not in names:
        raise BadValue("it has no rule named root, where every answer begins", 'root ::= "yes" | "no"')
    missing = next((name for name in used if name not in names), None)
    if missing:
        raise BadValue(f"line {used[missing]}: there is no rule {missing}")


@dataclass(frozen=True)
class Grammar(Text):
    """A grammar in GBNF."""

    rule: str = "a grammar in GBNF, with a rule root"

    def check(self, value: object) -> str:
        text = super().check(value)
        try:
            check(text)
        except BadValue as error:
            raise BadValue(f"the grammar: {error.message}", error.hint) from None
        return text

    def suggest(self) -> tuple[str, ...]:
        return ('root ::= "yes" | "no"',)
