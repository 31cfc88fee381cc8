"""A schema from an example."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given

from chat.base.errors import BadInput
from chat.shape import inferring, strict

from .test_growing import VALUES


@given(VALUES)
def test_the_example_keeps_its_schema(value: object) -> None:
    """Whatever the example is, it is valid against what was made of it."""
    schema = inferring.schema_of(value)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(value, schema)


def test_an_object_is_sound_in_strict_mode() -> None:
    """What is made of a plain object can be sent as strict as it is."""
    example = {"name": "a", "tags": ["x"], "at": {"x": 1, "y": 2.5}, "none": None, "yes": True}
    assert strict.breaches(inferring.schema_of(example)) == []


def test_what_differs_is_brought_together() -> None:
    """Names that only some have are not required; kinds that differ stand beside each other."""
    made = inferring.schema_of([{"a": 1, "b": "x"}, {"a": 2.5}, {"a": None}])
    assert made["items"] == {
        "type": "object",
        "properties": {"a": {"type": ["number", "null"]}, "b": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert inferring.schema_of([1, [2]])["items"] == {
        "anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "integer"}]
    }


def test_a_deep_example_is_refused() -> None:
    """Nesting without an end is one sentence."""
    example: Any = 1
    for _ in range(5000):
        example = [example]
    with pytest.raises(BadInput, match="nested"):
        inferring.schema_of(example)
