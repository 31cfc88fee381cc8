"""Read typed parameters, written as a person or as the API writes them. All that read them use this. Pure.

    temperature 0.7        temperature=0.7 top_p=0.9        temperature 0.5 top_p 0.5
    temperature: 0.3       "temperature": 0.3, "top_p": 0.5
    {"temperature": 0.3, "stop": ["x"]}

`pairs` parts a line into parameters and what is typed for each; `read` makes a value of that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ..base import escapes
from ..base.errors import BadInput, BadValue
from . import jsontext
from .addresses import Address
from .declaration import Parameter
from .kinds import Flag, Kind, Number, OneOf, Text, Texts
from .structured import Anything, SomeOf
from .table import EXTRA, exactly
from .weights import Bias

#: name, what is typed for it -> the parameter meant. Raises BadInput.
Find = Callable[[str, str], Parameter]

_NAME = r"[A-Za-z_][\w.-]*"
_HEAD = re.compile(rf"""\s*(?:"({_NAME})"|'({_NAME})'|({_NAME}))\s*(=|:(?!//)|(?=\s|$))\s*""")
_QUOTED = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'""", re.DOTALL)
#: Kinds whose values are several words.
_LISTS = (Texts, Bias, SomeOf)
_BARE = re.compile(r"[^\s,]+|,")
_EXAMPLE = "/set temperature=0.7 top_p=0.9, or one: /set stop END"
_NUMBER = re.compile(r"[-+]?\d[\d_]*\.?\d*|[-+]?\.\d+", re.ASCII)
_NOT_SET = "messages are not set: what you type is sent, and /system sets the system message"


def read(parameter: Parameter, text: str) -> Any:
    """Read a typed value. Return None for `null`, which is the API's word for "not set". Raises BadValue
    that names the parameter."""
    text = text.strip()
    if text == jsontext.NULL:
        return None
    try:
        if not isinstance(parameter.kind, Text | Texts | Bias | Anything):
            text = escapes.meant(text)
        return parameter.kind.read(text)
    except BadValue as error:
        raise BadValue(f"{parameter.name}: {error.message}", error.hint) from None


def pairs(text: str, find: Find) -> list[tuple[Parameter, str]]:
    """Split a line into pairs of a parameter and the text typed for it: "" if its name stands alone. Raises
    BadInput."""
    text = text.strip()
    if text.startswith("{"):
        return _of_object(text, find)
    found: list[tuple[Parameter, str]] = []
    at = 0
    while at < len(text):
        head = _HEAD.match(text, at)
        if not head or text[head.end() - 1 : head.end()] == ",":
            word = text[at:].split(None, 1)[0]
            if not found and "=" not in word and not jsontext.begins(word):
                find(word, "")  # which says that there is none
            raise BadInput(f"{word} is not name=value", _EXAMPLE)
        parameter = find(_named(head), text[head.end() :])
        end = _end(text, head.end(), parameter, bool(head[4]), find)
        found.append((parameter, text[head.end() : end].strip()))
        at = _skipped(text, end)
    if len(found) > 1:
        for parameter, value in found:
            if not value:
                raise BadInput(f"{parameter.name} misses its value", _EXAMPLE)
    return found


def alone(text: str, find: Find) -> list[tuple[Parameter, str]]:
    """Give the same of an argument of a command line: behind = or : all belongs to the one value."""
    head = _HEAD.match(text)
    if head and head[4]:
        typed = text[head.end() :]
        return [(find(_named(head), typed), typed.strip())]
    return pairs(text, find)


def _named(head: re.Match[str]) -> str:
    return head[1] or head[2] or head[3]


def _of_object(text: str, find: Find) -> list[tuple[Parameter, str]]:
    """Give the fields of a body, or of a part of one, as the API is sent it."""
    value = jsontext.parsed(text)
    found: list[tuple[Parameter, str]] = []
    for name, inner in value.items():
        if name == "messages":
            raise BadInput(_NOT_SET)
        if name in ("extra_body", "extra") and isinstance(inner, dict):
            found += [(find(EXTRA + str(key), ""), json.dumps(each)) for key, each in inner.items()]
        else:
            typed = json.dumps(inner, ensure_ascii=False)
            found.append((find(str(name), typed), typed))
    if not found:
        raise BadInput("there is nothing in {} to set", _EXAMPLE)
    return found


# ---- where a value ends


def _skipped(text: str, at: int) -> int:
    """Go on behind the blanks, and the comma, between two pairs."""
    rest = text[at:].lstrip()
    return len(text) - len(rest.removeprefix(",").lstrip() if rest else rest)


def _end(text: str, start: int, parameter: Parameter, joined: bool, find: Find) -> int:
    """Find the end of a parameter's value: at the next pair, or at the end of the line. `joined`: a = or :
    joins it to the name."""
    first = text[start : start + 1]
    kind = parameter.kind
    if not first:
        return start
    if jsontext.begins(first) and not isinstance(kind, Text):
        end = jsontext.end(text, start)
    elif first in "\"'":
        end = _quoted_end(text, start)
    elif _is_word(kind):
        found = _BARE.match(text, start)
        end = found.end() if found else len(text)
    else:
        return _end_of_free(text, start, kind, joined, find)
    if _goes_on(text, end, kind, joined, find):
        return end
    return (
        len(text)
        if _is_word(kind) or isinstance(kind, Text)
        else _end_of_free(text, start, kind, joined, find)
    )


def _quoted_end(text: str, start: int) -> int:
    found = _QUOTED.match(text, start)
    return found.end() if found else len(text)


def _is_word(kind: Kind) -> bool:
    """Tell whether a value is one word."""
    if isinstance(kind, Text):
        try:
            kind.check("a b")
        except BadValue:
            return True
    return isinstance(kind, Number | OneOf | Flag | Address)


def _goes_on(text: str, end: int, kind: Kind, joined: bool, find: Find) -> bool:
    """Tell whether the value before `end` is whole: nothing follows, or another pair."""
    rest = text[end:]
    if not rest.strip(" \t\n,"):
        return True
    if not rest[0].isspace() and rest[0] != ",":
        return False
    head = _HEAD.match(text, _skipped(text, end))
    if not head:
        return False
    if head[4] or isinstance(kind, Number | OneOf | Flag):
        return bool(text[head.end() :].strip()) or _is_known(head)
    if not _is_known(head) or (joined and isinstance(kind, _LISTS)):
        return False
    return _takes(find, head, text)


def _end_of_free(text: str, start: int, kind: Kind, joined: bool, find: Find) -> int:
    """Tell where a value ends that may have blanks in it. As a sentence it takes the rest of the line,
    unless it is joined to its name, and so may the next be; among words, the name of a parameter with a
    value that it takes begins a pair, too."""
    if isinstance(kind, Text) and not joined:
        return len(text)
    listed = isinstance(kind, _LISTS)
    try:
        for place, word in enumerate(escapes.words(text[start:])):
            at = start + word.start
            head = _HEAD.match(text, at)
            if not place or not head or text[at] in "\"'" or not _is_known(head):
                continue
            if head[4] == "=" or (listed and not joined and _takes(find, head, text)):
                return len(text[:at].rstrip().removesuffix(",")) if listed else at
    except BadValue:
        pass
    return len(text)


def _is_known(head: re.Match[str]) -> bool:
    """Tell whether a whole name or alias of a parameter stands there: a beginning may be any word."""
    name = _named(head)
    return exactly(name) is not None or name.lower().startswith(EXTRA)


def _takes(find: Find, head: re.Match[str], text: str) -> bool:
    """Tell whether the word behind a name is a value that it takes."""
    parameter = find(_named(head), "")
    word = _BARE.match(text, head.end())
    if not word:
        return False
    try:
        parameter.kind.read(word[0])
    except BadInput:
        return False
    return True


def takes(parameter: Parameter, text: str) -> bool:
    """Tell whether a parameter could take what is typed for it, or the first word of that. A number that is
    out of its range is a slip in the number."""
    words = text.split(None, 1)
    for each in [text.strip(), *words[:1]]:
        if isinstance(parameter.kind, Number) and _NUMBER.fullmatch(each):
            return True
        try:
            read(parameter, each)
        except BadInput:
            continue
        return True
    return not words
