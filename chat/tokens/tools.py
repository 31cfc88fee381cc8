"""What tools and formats add to a prompt: an estimate, for nobody says how models are given them.

Functions are counted by OpenAI's cookbook ("How to count tokens with tiktoken", section 7, read
2026-11): so much for each function, for each of its properties and for each word of an enum,
beside the tokens of their names, types and descriptions. Its worked example (101 tokens in all for
gpt-4o, 105 for gpt-4) is a test. It knows flat properties with descriptions; here a property within
a property counts as one more. A JSON schema for the answer is counted as the JSON that it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

#: The fields of a body that have a formula.
COUNTED = ("tools", "functions", "response_format")

#: The cookbook's figures: for each function, which begins with fewer tokens in the newer encoding,
#: and for the end of all of them.
_FUNCTION, _OLD_FUNCTION, _END = 7, 10, 12
_PROPERTIES, _PROPERTY = 3, 3
_ENUM, _ENUM_WORD = -3, 3
#: Models of the older encoding.
_OLD = re.compile(r"(ft:)?gpt-(3\.5|4(?!\.|o))")

Count = Callable[[str], int]


def count_field(count: Count, model: str, name: str, value: Any) -> int:
    """Estimate how many tokens one of the fields in COUNTED adds. `count` counts a text. A field in another
    shape than the API's is counted as JSON."""
    if name == "response_format":
        schema = value.get("json_schema") if isinstance(value, dict) else None
        return 0 if schema is None else count(_json(schema))
    entries = value if isinstance(value, list) else [value]
    return sum(_function(count, model, entry) for entry in entries) + _END


def _function(count: Count, model: str, entry: Any) -> int:
    """Count one function, as it stands in `tools` or in `functions`."""
    found = entry.get("function", entry) if isinstance(entry, dict) else None
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        return count(_json(entry))
    old = _OLD.match(model.lower().rpartition("/")[2])
    total = _OLD_FUNCTION if old else _FUNCTION
    total += count(f"{found['name']}:{_sentence(found)}")
    properties = list(_properties(found.get("parameters"), 0))
    if properties:
        total += _PROPERTIES
    for name, schema in properties:
        total += _PROPERTY + count(f"{name}:{_type(schema)}:{_sentence(schema)}")
        words = schema.get("enum")
        if isinstance(words, list):
            total += _ENUM + sum(_ENUM_WORD + count(_word(word)) for word in words)
    return total


_DEEPEST = 50


def _properties(schema: Any, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """List the properties of a schema, nested ones included."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    for group in ("properties", "$defs", "definitions"):
        named = schema.get(group)
        for name, inner in named.items() if isinstance(named, dict) else ():
            if isinstance(inner, dict):
                yield name, inner
                yield from _properties(inner, depth + 1)
    for group in ("anyOf", "oneOf", "allOf", "items"):
        parts = schema.get(group)
        for part in parts if isinstance(parts, list) else [parts]:
            yield from _properties(part, depth + 1)


def _sentence(schema: dict[str, Any]) -> str:
    """Give a description without the full stop at its end."""
    return str(schema.get("description") or "").removesuffix(".")


def _type(schema: dict[str, Any]) -> str:
    found = schema.get("type", "")
    return found if isinstance(found, str) else _json(found)


def _word(word: Any) -> str:
    return word if isinstance(word, str) else _json(word)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
