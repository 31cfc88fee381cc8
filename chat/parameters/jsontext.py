"""Read JSON as a person types it: where it begins, where it ends, and where it goes wrong. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from ..base import escapes, yamlfile
from ..base.errors import BadFile, BadValue
from ..base.short import cut

#: What the API has for "not set".
NULL = "null"
_SHOWN = 60  # characters of what is refused
_BEFORE = 24  # characters before a fault, in the hint
_QUOTED = re.compile(r'[\s\[{]*[\[{]\s*"')
_CLOSES = {"[": "]", "{": "}"}
_FAULTS = {
    "Expecting value": "a value is missing",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name enclosed in double quotes": 'a name in "…" is missing',
    "Unterminated string starting at": "this text is not closed",
    "Invalid control character at": "a line break in a text is written \\n",
    "Illegal trailing comma before end of array": "a comma stands before the end",
    "Illegal trailing comma before end of object": "a comma stands before the end",
    "Extra data": "something follows the end",
}


def begins(text: str) -> bool:
    """Tell whether this can only be a list or an object, or a mistake."""
    return text[:1] in _CLOSES and bool(text)


def end(text: str, start: int) -> int:
    """Tell where the list or object that begins at `start` is closed; the end of the text where it is
    not."""
    open_: list[str] = []
    quoted = False
    at = start
    while at < len(text):
        character = text[at]
        if quoted:
            at += character == "\\"
            quoted = character != '"'
        elif character == '"':
            quoted = True
        elif character in _CLOSES:
            open_.append(_CLOSES[character])
        elif open_ and character == open_[-1]:
            open_.pop()
            if not open_:
                return at + 1
        at += 1
    return len(text)


def strict(text: str) -> Any:
    """Read JSON, and nothing else. Raises BadValue with the place of the fault."""
    try:
        return json.loads(text, object_pairs_hook=_distinct, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise _fault(text, error) from None
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise BadValue(f"{_shown(text)} is not JSON: {why}") from None


def parsed(text: str) -> Any:
    """Read JSON, or YAML, which leaves out quotes. A text that begins with quotes is read as JSON. Raises
    BadValue with the place of the fault."""
    try:
        if _QUOTED.match(text):
            strict(text)
        return yamlfile.value(text)
    except BadFile as error:
        if error.problem == yamlfile.HALF:
            raise BadValue(f"{_shown(text)} {error.problem}") from None
        said = f"{_shown(text)} is neither JSON nor YAML: {error.problem}"
        place = _yaml_place(text)
        if place is None:
            raise BadValue(said) from None
        raise BadValue(f"{said}, at character {place + 1}", _around(text, place)) from None


def _yaml_place(text: str) -> int | None:
    """Tell where the text stops to be YAML, if it does."""
    try:
        list(yaml.parse(text, Loader=yamlfile.Loader))
    except yaml.MarkedYAMLError as fault:
        return fault.problem_mark.index if fault.problem_mark else None
    except (yaml.YAMLError, RecursionError):
        pass
    return None


def _shown(text: str) -> str:
    return cut(escapes.visible(text), _SHOWN) or '""'


def _fault(text: str, error: json.JSONDecodeError) -> BadValue:
    """Say what is wrong, and show the text up to that place."""
    what = _FAULTS.get(error.msg, error.msg[:1].lower() + error.msg[1:])
    if error.pos >= len(text.rstrip()):
        what = "it ends before it is closed"
    said = f"{_shown(text)} is not JSON: {what}, at character {error.pos + 1}"
    return BadValue(said, _around(text, error.pos))


def _around(text: str, place: int) -> str:
    """Show the text with a mark at a place in it."""
    before = escapes.visible(text[max(0, place - _BEFORE) : place])
    after = escapes.visible(text[place : place + _BEFORE])
    return f"{'…' if place > _BEFORE else ''}{before} ⟨here⟩ {after}".rstrip()


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise ValueError(f"{name} stands there twice")
        seen.add(name)
    return dict(pairs)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON's")
