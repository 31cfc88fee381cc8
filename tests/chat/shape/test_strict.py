"""The rules of strict mode: each with its place and its mend, and what mends itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadInput
from chat.shape import inferring, strict

from .test_growing import VALUES

GOOD: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"$ref": "#/$defs/b"}},
    "required": ["a", "b"],
    "additionalProperties": False,
    "$defs": {"b": {"type": ["integer", "null"]}},
}


def places(schema: dict[str, Any]) -> list[tuple[str, str]]:
    return [(breach.place, breach.problem) for breach in strict.breaches(schema)]


def within(part: Any) -> dict[str, Any]:
    """A sound schema with this as its one property."""
    return {"type": "object", "properties": {"p": part}, "required": ["p"], "additionalProperties": False}


def test_a_sound_schema_has_no_breach() -> None:
    """Nothing is said of what keeps the rules, and mending leaves it alone."""
    assert strict.breaches(GOOD) == []
    assert strict.mended(GOOD) == GOOD


@pytest.mark.parametrize(
    ("schema", "place", "problem"),
    [
        ({"type": "array", "items": {"type": "string"}}, "", "has to be an object"),
        ({"anyOf": [{"type": "object"}]}, "", "not anyOf"),
        ({"type": "object"}, "", "additionalProperties has to be false"),
        ({**GOOD, "required": ["a"]}, "/required", "it lacks b"),
        (within({"type": "string", "default": "x"}), "/properties/p/default", "default is not taken"),
        (within({"oneOf": [{"type": "string"}]}), "/properties/p/oneOf", "oneOf is not taken"),
        (within({"type": "array"}), "/properties/p", "what the list holds is missing"),
        (within({"description": "?"}), "/properties/p", "its type is missing"),
        (within({"$ref": "https://x.test/s"}), "/properties/p/$ref", "in the schema itself"),
        (within({"$ref": "#/$defs/q", "title": "t"}), "/properties/p", "beside $ref"),
        (within({"type": "object", "additionalProperties": {"type": "string"}}),
         "/properties/p/additionalProperties", "names that are not fixed"),
        (within({"enum": [str(n) for n in range(1001)]}), "", "1,001 words of enums"),
        (within({"enum": ["x" * 100 + str(n) for n in range(251)]}), "/properties/p/enum", "characters"),
    ],
)  # fmt: skip
def test_a_breach_has_its_place(schema: dict[str, Any], place: str, problem: str) -> None:
    """The JSON Pointer leads to what breaks the rule."""
    assert any(where == place and problem in said for where, said in places(schema)), places(schema)


def test_levels_are_counted() -> None:
    """The eleventh object within another is one too many, and is said once."""
    schema: dict[str, Any] = within({"type": "string"})
    for _ in range(strict.LEVELS - 1):
        schema = within(schema)
    assert strict.breaches(schema) == []
    assert [said for _, said in places(within(within(schema)))] == ["it stands more than 10 levels deep"]


def test_what_may_be_missing_becomes_null() -> None:
    """Mending closes objects, requires all, and lets be null what was not required."""
    made = strict.mended(
        {
            "type": "object",
            "properties": {
                "a": {"type": "string", "default": "x"},
                "b": {"enum": ["u"], "type": "string"},
                "c": {"$ref": "#/$defs/c"},
                "d": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            },
            "$defs": {"c": {"type": "object", "properties": {}}},
        }
    )
    assert strict.breaches(made) == []
    assert made["required"] == ["a", "b", "c", "d"]
    assert made["properties"] == {
        "a": {"type": ["string", "null"]},
        "b": {"enum": ["u", None], "type": ["string", "null"]},
        "c": {"anyOf": [{"$ref": "#/$defs/c"}, {"type": "null"}]},
        "d": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
    }


def test_what_needs_a_decision_is_left() -> None:
    """A map by free names is not made a closed object behind a person's back."""
    schema = within({"type": "object", "additionalProperties": {"type": "integer"}})
    assert strict.mended(schema) == schema


@given(VALUES)
def test_mending_is_done_once(value: object) -> None:
    """What was mended is mended: a second time changes nothing."""
    once = strict.mended(inferring.schema_of(value))
    assert strict.mended(once) == once


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "properties", "items", "anyOf", "oneOf", "$ref", "enum", "required", "$defs", "additionalProperties", "a"]), inner, max_size=4), max_leaves=15))  # fmt: skip
def test_any_object_can_be_looked_at(schema: object) -> None:
    """A schema that is none is told or passed over, and never ends the program."""
    if isinstance(schema, dict):
        strict.breaches(schema)
        strict.mended(schema)


def test_a_deep_schema_is_refused() -> None:
    """Nesting without an end is one sentence."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(20_000):
        schema = {"type": "array", "items": schema}
    for look in (strict.breaches, strict.mended):
        with pytest.raises(BadInput, match="nested"):
            look(schema)
