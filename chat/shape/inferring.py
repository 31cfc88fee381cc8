"""Make a JSON Schema of an example: of what is in it, and nothing that is not. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..base.errors import BadInput

_DEEPEST = 120


def schema_of(example: Any) -> dict[str, Any]:
    """Give a schema that the example keeps: each name that all objects of a list have is required, and no
    other name is taken. Raises BadInput for an example that is nested too deeply."""
    return _of([example], 0)


def _of(values: Sequence[Any], depth: int) -> dict[str, Any]:
    """Give one schema for several values that stand in the same place."""
    if depth > _DEEPEST:
        raise BadInput(f"the example is nested more than {_DEEPEST} deep")
    plain: dict[str, None] = {}
    objects = [value for value in values if isinstance(value, dict)]
    lists = [value for value in values if isinstance(value, list)]
    for value in values:
        if not isinstance(value, dict | list):
            plain[_kind(value)] = None
    if "number" in plain:
        plain.pop("integer", None)
    kinds = sorted(plain, key=lambda kind: kind == "null")  # null stands last
    found: list[dict[str, Any]] = []
    if objects:
        found.append(_object(objects, depth))
    if lists:
        inner = [each for value in lists for each in value]
        found.append({"type": "array", "items": _of(inner, depth + 1) if inner else {}})
    if not found:
        return {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    found += [{"type": kind} for kind in kinds]
    return found[0] if len(found) == 1 else {"anyOf": found}


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "string"


def _object(objects: Sequence[dict[str, Any]], depth: int) -> dict[str, Any]:
    values: dict[str, list[Any]] = {}
    for each in objects:
        for name, value in each.items():
            values.setdefault(name, []).append(value)
    return {
        "type": "object",
        "properties": {name: _of(found, depth + 1) for name, found in values.items()},
        "required": [name for name, found in values.items() if len(found) == len(objects)],
        "additionalProperties": False,
    }
