"""Arguments as models write them, held against schemas as servers write them."""

from __future__ import annotations

import pytest

from chat.base.errors import BadValue
from chat.shape import judge
from chat.tools import arguments

from ...support.server import Server

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "array", "items": {"type": "integer"}}},
    "required": ["city"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"city": ', "no JSON"),
        ("city=Ulm", "no JSON: expecting value, at character 1"),
        ("[1]", "no object"),
        ('"Ulm"', "no object"),
        ('{"a": NaN}', "NaN is no number"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_arguments_that_are_no_object_are_refused(text: str, said: str) -> None:
    """What a model wrote may be cut off, prose, or nested without end: one sentence says so."""
    with pytest.raises(BadValue, match=said):
        arguments.read(text)


def test_no_arguments_are_an_empty_object() -> None:
    """Models send an empty text for a tool that takes nothing."""
    assert arguments.read(" ") == arguments.read("{}") == {}
    assert arguments.read('{"a": "\\ud83d"}') == {"a": "�"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"city": "Ulm", "days": [1]}, ""),
        ({}, "the arguments: 'city' is a required property"),
        ({"city": 3}, "/city: 3 is not of type 'string'"),
        ({"city": "Ulm", "days": [1, "x"]}, "/days/1: 'x' is not of type 'integer'"),
        ({"city": "Ulm", "a": 1}, "the arguments: Additional properties are not allowed"),
    ],
)
def test_a_fault_is_named_by_its_path(given: dict[str, object], said: str) -> None:
    """The first faults are told, each with the place in the arguments."""
    found = arguments.check(SCHEMA, given)
    assert found.startswith(said) and bool(found) == bool(said)


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"$ref": "#"}, {"$ref": "#/nowhere"}, {"type": 3}])
def test_a_schema_that_is_none_stands_in_nobodys_way(schema: dict[str, object]) -> None:
    """A server may declare what no validator reads: the server itself checks then."""
    assert arguments.check(schema, {"a": 1}) == ""


def test_a_remote_reference_is_never_fetched() -> None:
    """A $ref to an address opens no connection, and what else the schema says can't be told."""
    with Server() as server:
        schema = {"properties": {"a": {"$ref": f"{server.url}/schema.json"}}}
        assert arguments.check(schema, {"a": 1}) == ""
        assert server.connections == 0


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"pattern": "^(a+)+$"}}},
        {
            "allOf": [{"$ref": "#/$defs/d40"}],
            "$defs": {
                "d0": {},
                **{f"d{at}": {"allOf": [{"$ref": f"#/$defs/d{at - 1}"}] * 2} for at in range(1, 41)},
            },
        },
    ],
    ids=["pattern", "doubling"],
)
def test_a_schema_that_takes_for_ever_is_given_up(
    schema: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's schema holds nothing up, and the next check works."""
    monkeypatch.setattr(judge, "SECONDS", 1.5)
    assert arguments.check(schema, {"a": "a" * 60 + "!"}) == ""
    monkeypatch.setattr(judge, "SECONDS", 60)
    assert arguments.check(SCHEMA, {}) == "the arguments: 'city' is a required property"


def test_equal_arguments_are_the_same_however_they_are_written() -> None:
    """Recorded results are found by what was called, not by its blanks."""
    assert arguments.same('{"b":1, "a": "é"}') == arguments.same('{ "a": "\\u00e9",\n"b": 1}')
    assert arguments.same("no json ") == "no json"
    assert arguments.pretty('{"a":1}') == '{\n  "a": 1\n}'
    assert arguments.pretty("{oops") == "{oops"
