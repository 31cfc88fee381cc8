"""Find what stands at a place in JSON, by JSON Pointer (RFC 6901) or JMESPath. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..base.errors import BadInput
from ..base.escapes import visible
from ..base.near import nearest
from ..base.short import cut

_NAMES = 8  # that are listed where one is not there
_LONGEST = 1000  # characters of an expression
_INDEX = 9  # digits of a place in a list


def escaped(name: object) -> str:
    """Give a name as a pointer has it."""
    return str(name).replace("~", "~0").replace("/", "~1")


def pointer(parts: Iterable[object]) -> str:
    """Give the pointer of a path; "" is the whole."""
    return "".join(f"/{escaped(part)}" for part in parts)


def parts_of(text: str) -> list[str]:
    """Give the names that a pointer is made of. Raises BadInput."""
    if text and not text.startswith("/"):
        raise BadInput(f"{text} is not a JSON Pointer: it begins with /")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def piece(value: Any, path: str) -> Any:
    """Give what a path leads to: a JSON Pointer where it begins with /, else JMESPath. Raises BadInput
    that says where it ends."""
    if len(path) > _LONGEST:
        raise BadInput(f"a path has at most {_LONGEST} characters")
    return _pointed(value, path) if path.startswith("/") else _searched(value, path)


def _pointed(value: Any, path: str) -> Any:
    gone: list[str] = []
    for part in parts_of(path):
        where = pointer(gone) or "the answer"
        if isinstance(value, dict):
            if part not in value:
                raise _missing(value, part, where)
            value = value[part]
        elif isinstance(value, list):
            if not part.isdecimal() or len(part) > _INDEX or int(part) >= len(value):
                there = f"0 to {len(value) - 1}" if value else "nothing"
                raise BadInput(f"{where} is a list and has no {cut(part, 60)}", f"it has {there}")
            value = value[int(part)]
        else:
            raise BadInput(f"{where} is {kind(value)}: nothing stands in it")
        gone.append(part)
    return value


def _missing(value: dict[str, Any], name: str, where: str) -> BadInput:
    near = nearest(name, value)
    meant = f"; did you mean {near}?" if near else ""
    return BadInput(f"{where} has no {cut(name, 60)}{meant}", f"it has {names(value)}")


def _searched(value: Any, path: str) -> Any:
    import jmespath  # late: only who asks in it needs it
    from jmespath.exceptions import JMESPathError

    try:
        found = jmespath.search(path, value)
    except JMESPathError as error:
        said = " ".join(str(error).split())
        raise BadInput(
            f"{cut(path, 60)} is not JMESPath: {cut(said, 120)}", "a JSON Pointer begins with /"
        ) from None
    except RecursionError:
        raise BadInput(f"{cut(path, 60)} is nested too deeply") from None
    if found is None or (found == [] and ("[" in path or "*" in path)):
        if isinstance(value, dict) and path in value:  # it is there, and is null
            return None
        hint = f"it has {names(value)}" if isinstance(value, dict) else f"it is {kind(value)}"
        raise BadInput(f"nothing in the answer is {cut(path, 60)}", hint)
    return found


def names(value: Iterable[str]) -> str:
    """List names, the first few of many."""
    known = list(value)
    more = f", and {len(known) - _NAMES} more" if len(known) > _NAMES else ""
    return (", ".join(cut(name, 40) for name in known[:_NAMES]) or "nothing") + more


def kind(value: object) -> str:
    """Say what a value is, in the words of JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return f"a list of {len(value)}" if isinstance(value, list) else "an object"


_OFFERED = 50


def _typed(name: str) -> bool:
    """Tell whether this is a name that a person could type."""
    return len(name) <= _LONGEST // 4 and visible(name) == name


def onward(value: Any, typed: str) -> Iterator[tuple[str, str]]:
    """Give (path, what stands there) for what goes on from a path that is being typed."""
    if typed and not typed.startswith("/"):
        before, dot, last = typed.rpartition(".")
        try:
            at = piece(value, before) if dot else value
        except BadInput:
            return
        if isinstance(at, dict):
            found = (name for name in at if name.startswith(last) and name.isidentifier() and _typed(name))
            for name, _ in zip(found, range(_OFFERED), strict=False):
                yield before + dot + name, kind(at[name])
        return
    before, _, last = typed.rpartition("/")
    try:
        at = piece(value, before) if before else value
    except BadInput:
        return
    pairs = at.items() if isinstance(at, dict) else enumerate(at) if isinstance(at, list) else ()
    known = ((escaped(name), inner) for name, inner in pairs)
    begun = ((name, inner) for name, inner in known if name.startswith(last) and _typed(name))
    for (name, inner), _ in zip(begun, range(_OFFERED), strict=False):
        yield f"{before}/{name}", kind(inner)


def flat(value: Any) -> bool:
    """Tell whether this is a list of objects that hold no others, as the rows of a table."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, dict) and row for row in value)
        and not any(isinstance(cell, dict | list) for row in value for cell in row.values())
    )


def tables(value: Any) -> list[tuple[str, int]]:
    """Give (pointer, rows) of what could be a table: the whole, or what stands in the outermost object."""
    if flat(value):
        return [("", len(value))]
    if not isinstance(value, dict):
        return []
    return [(f"/{escaped(name)}", len(inner)) for name, inner in value.items() if flat(inner)]
