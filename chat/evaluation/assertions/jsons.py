"""Check that an answer is JSON, or that JSON is in it, and that it fits a schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...shape.judge import judge
from . import values
from .declaration import Found, Held, NotChecked, Type, found

_DRAFT = "http://json-schema.org/draft-07/schema#"  # what promptfoo's Ajv reads where none is named
#: Characters from a brace on that are looked at, and that are given to YAML for one answer.
_FAR, _WORK = 100_000, 400_000
_NONE = "no JSON is in it"


def schema_of(value: Any) -> Mapping[str, Any] | None:
    """Read a schema, which may be YAML; None where there is none. Raises NotChecked."""
    if not value and not isinstance(value, bool | int):
        return None
    if isinstance(value, str):
        value = yaml(value)
    if not isinstance(value, Mapping):
        raise NotChecked("its value has to be a JSON Schema")
    return value if "$schema" in value else {"$schema": _DRAFT, **value}


def yaml(text: str) -> Any:
    """Read YAML. Raises NotChecked."""
    import yaml as library

    loader = getattr(library, "CSafeLoader", library.SafeLoader)
    try:
        return library.load(text, loader)  # noqa: S506 -- both are safe
    except (library.YAMLError, ValueError, RecursionError, TypeError, OverflowError) as error:
        raise NotChecked(f"it is no YAML: {str(error).splitlines()[0]}") from None


def fault(schema: Mapping[str, Any], value: Any) -> str:
    """Say what does not fit; nothing where it fits. Raises NotChecked where that can't be known."""
    judged = judge(schema, value, formats=True)
    if judged.unknown:
        raise NotChecked(judged.unknown)
    return str(judged.faults[0]) if judged.faults else ""


def _is_json(held: Held) -> Found:
    schema = schema_of(held.value)
    try:
        value = values.parsed(held.text)
    except ValueError:
        return found(False, "the answer is no JSON")
    except RecursionError:
        raise NotChecked("the answer is nested too deeply") from None
    if schema is None:
        return found(True)
    wrong = fault(schema, value)
    return found(not wrong, f"the answer does not fit its schema: {wrong}")


def _contains_json(held: Held) -> Found:
    schema, why = schema_of(held.value), _NONE
    for value in objects(held.text):
        if schema is None:
            return found(True)
        wrong = fault(schema, value)
        if not wrong:
            return found(True)
        why = f"the JSON in it does not fit its schema: {wrong}"
    return found(False, why)


def objects(text: str) -> Iterator[Any]:
    """Find objects in a text: from a brace to the one that closes it, or to its end, as JSON or as YAML of
    one line or more. Raises NotChecked where there is too much to look at."""
    closing, work = _closing(text), 0
    at = text.find("{")
    while 0 <= at < len(text) - 1:  # a brace that ends the text opens nothing
        end, open_ = closing.get(at, (min(at + _FAR, len(text)), 0))
        if end - at > _FAR:
            end, open_ = at + _FAR, 0
        piece = text[at:end] + "}" * open_
        work += len(piece)
        if work > 20 * _WORK:
            raise NotChecked("too much of the answer looks like JSON to be read")
        value = _object(piece, work)
        at = text.find("{", end if value is not None else at + 1)
        if value is not None:
            yield value


def _closing(text: str) -> dict[int, tuple[int, int]]:
    """Map each brace to the place behind the one that closes it. One that none closes leads to the end of
    the text, and says how many are missing."""
    open_: list[int] = []
    ends: dict[int, tuple[int, int]] = {}
    for place, char in enumerate(text):
        if char == "{":
            open_.append(place)
        elif char == "}" and open_:
            ends[open_.pop()] = (place + 1, 0)
    for missing, place in enumerate(reversed(open_), 1):
        ends[place] = (len(text), missing)
    return ends


def _object(piece: str, work: int) -> Any:
    try:
        value = values.parsed(piece)
    except (ValueError, RecursionError):
        if not piece.endswith("}"):
            return None
        if work > _WORK:
            raise NotChecked("too much of the answer looks like JSON to be read") from None
        try:
            value = yaml(_without_comments(piece))
        except NotChecked:
            return None
    return value if isinstance(value, Mapping | list) else None


def _without_comments(piece: str) -> str:
    """Write comments that begin with // as YAML's."""
    if "//" not in piece:
        return piece
    return "\n".join(map(_line, piece.split("\n")))


def _line(line: str) -> str:
    quote = ""
    for at, char in enumerate(line):
        before = line[at - 1 : at]
        if quote:
            word = quote == "'" and line[at + 1 : at + 2].isalpha()
            if char == quote and before != "\\" and not word:
                quote = ""
        elif char == '"' or (char == "'" and not before.isalpha()):
            quote = char
        elif line.startswith("//", at):
            return f"{line[:at]}#{line[at + 2 :].lstrip('/')}"
    return line


TYPES = (
    Type("is-json", "nothing, or a JSON Schema, as YAML or JSON", _is_json),
    Type("contains-json", "nothing, or a JSON Schema that an object in the answer fits", _contains_json),
)
