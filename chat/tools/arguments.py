"""The arguments of a call, as a model wrote them, held against the tool's schema. Nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from typing import Any

from ..base import halves
from ..base.errors import BadValue
from ..base.short import cut

_TOLD = 3  # faults that are named
_LONG = 200  # characters of one


def read(text: str) -> dict[str, Any]:
    """Read arguments; none at all are an empty object. Raises BadValue."""
    if not text.strip():
        return {}
    try:
        value = halves.read_json(text, parse_constant=_constant)
    except RecursionError:
        raise BadValue("the arguments are nested too deeply") from None
    except json.JSONDecodeError as error:
        raise BadValue(
            f"the arguments are no JSON: {error.msg.lower()}, at character {error.pos + 1}"
        ) from None
    except ValueError as error:
        raise BadValue(f"the arguments are no JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadValue(f"the arguments are no object: {cut(text.strip(), 40)}")
    return value


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number JSON can hold")


def check(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Say what of the arguments does not fit the schema, by its path; "" where all does. A schema that
    says nothing that can be held against them does not stand in the way."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for
    from jsonschema_specifications import REGISTRY
    from referencing.exceptions import Unresolvable

    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
        found = list(islice(kind(schema, registry=REGISTRY).iter_errors(arguments), 100))
    except (SchemaError, Unresolvable, RecursionError):
        return ""
    told = [_fault(each) for each in sorted(found, key=lambda each: list(map(str, each.absolute_path)))]
    more = f"; and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return "; ".join(told[:_TOLD]) + more


def _fault(error: Any) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    return f"{path.removeprefix('.') or 'the arguments'}: {cut(str(error.message), _LONG)}"


def pretty(text: str) -> str:
    """Write arguments over several lines where they are JSON; as they are, where not."""
    try:
        return json.dumps(halves.read_json(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def same(text: str) -> str:
    """Give what equal arguments have in common, however they are written."""
    try:
        return json.dumps(halves.read_json(text), sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text.strip()
