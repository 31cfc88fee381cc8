"""Check by the SDK's own types whether the API takes a structured value.

Importing them takes as long as the SDK does (about half a second), so this is called when a
structure is typed, or in the background, and never before the prompt.
"""

from __future__ import annotations

import functools
from typing import Any, get_type_hints

from ..base.errors import BadValue


@functools.cache
def _adapter(name: str) -> Any:
    """Give the SDK's type of a field; None for another server's field, of which it knows nothing."""
    from openai.types.chat import completion_create_params as sdk
    from pydantic import TypeAdapter

    known = get_type_hints(sdk.CompletionCreateParamsBase)
    return TypeAdapter(known[name]) if name in known else None


def check(name: str, value: Any) -> None:
    """Raise BadValue where the SDK's type of the field `name` does not take the value, and says where in
    it."""
    from pydantic import ValidationError

    adapter = _adapter(name)
    if adapter is None:
        return
    try:
        walk(adapter.validate_python(value))
    except ValidationError as error:
        found = error.errors(include_url=False)
        place = max((_place(each) for each in found), key=lambda place: place.count("."))
        said = list(dict.fromkeys(each["msg"].lower() for each in found if _place(each) == place))
        prefix = "input should be "
        if all(each.startswith(prefix) for each in said):
            said = [prefix + " or ".join(each.removeprefix(prefix) for each in said)]
        raise BadValue(f"{name}{place}: {said[0]}") from None


def walk(value: Any) -> None:
    """Walk through every part of a validated value. pydantic checks an `Iterable` field (messages, tools,
    functions) only when it is walked, and raises its ValidationError then."""
    if isinstance(value, dict):
        for inner in value.values():
            walk(inner)
    elif not isinstance(value, str | bytes | int | float | bool | None):
        for inner in value:
            walk(inner)


def _place(found: Any) -> str:
    """Say where a complaint points to. Of a union's alternatives, take the one that got furthest: it is
    about what was meant."""
    return "".join(f".{part}" for part in found["loc"] if _is_place(part))


def _is_place(part: Any) -> bool:
    """Tell whether this is part of a path in the value, not the name of a type that was tried."""
    return isinstance(part, int) or (isinstance(part, str) and part[:1].islower() and "[" not in part)
