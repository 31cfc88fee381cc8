"""The arguments of a call, as a model wrote them, held against the tool's schema. Nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..base import halves
from ..base.errors import BadValue
from ..base.short import cut
from ..shape.judge import judge

_TOLD = 3  # faults that are named


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
    says nothing that can be held against them, or takes too long, does not stand in the way: whoever made
    it checks, too."""
    if not schema:
        return ""
    found = judge(dict(schema), dict(arguments))
    told = [f"{fault.place or 'the arguments'}: {fault.said}" for fault in found.faults[:_TOLD]]
    more = f"; and {found.count - _TOLD} more" if found.count > _TOLD else ""
    return "; ".join(told) + more


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
