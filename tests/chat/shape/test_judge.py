"""Answers held against a schema in a process of its own: faults by their places, and what is hostile."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from chat.base.child import Child
from chat.shape import judge
from chat.shape.judge import Fault

PERSON = {
    "type": "object",
    "properties": {"age": {"type": "integer"}, "of/it": {"anyOf": [{"type": "null"}, {"type": "object", "required": ["x"]}]}},
    "required": ["age"],
}  # fmt: skip


def test_what_fits_has_no_fault() -> None:
    """A value that keeps its schema has nothing to be told of."""
    assert judge.judge(PERSON, {"age": 3, "of/it": {"x": 1}}) == judge.Validation()


@pytest.mark.parametrize(
    ("value", "place", "said"),
    [
        ({"age": "3"}, "/age", "'3' is not of type 'integer'"),
        ({}, "", "'age' is a required property"),
        ({"age": 1, "of/it": {}}, "/of~1it", "'x' is a required property"),
    ],
)
def test_a_fault_has_its_place(value: Any, place: str, said: str) -> None:
    """The path leads to the part that does not fit, into alternatives too."""
    assert judge.judge(PERSON, value).faults == (Fault(place, said),)


def test_faults_are_bounded() -> None:
    """Many faults are counted to an end, few are told, and none is long."""
    found = judge.judge({"items": {"type": "null"}}, ["x" * 10_000] * 300)
    assert (len(found.faults), found.count) == (20, 200)
    assert all(len(fault.said) < 250 for fault in found.faults)


def test_a_remote_ref_is_never_fetched() -> None:
    """Nobody is asked where a $ref leads away, and the answer says so."""
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: (server.accept(), asked.set()), daemon=True).start()
        found = judge.judge({"$ref": f"http://127.0.0.1:{server.getsockname()[1]}/s"}, 1)
        assert "none is fetched" in found.unknown
        assert not asked.is_set()
        socket.create_connection(server.getsockname()).close()  # lets the thread end


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "#"}, "leads back to itself"),
        ({"$ref": "#/$defs/none"}, "leads nowhere"),
        ({"type": "objekt"}, "it is no JSON Schema: /type"),
        (3, "it is no JSON Schema"),
    ],
)
def test_a_schema_that_is_none_is_told(schema: Any, said: str) -> None:
    """It is said that nothing can be told, and why; the next order is answered."""
    found = judge.judge(schema, {})
    assert said in found.unknown
    assert judge.judge({}, 1) == judge.Validation()


def test_recursion_within_reason_is_followed() -> None:
    """A tree that is described by itself is held against it."""
    tree = {"$defs": {"t": {"type": "object", "properties": {"of": {"$ref": "#/$defs/t"}}, "additionalProperties": False}}, "$ref": "#/$defs/t"}  # fmt: skip
    assert judge.judge(tree, {"of": {"of": {}}}).count == 0
    assert judge.judge(tree, {"of": {"of": {"x": 1}}}).faults[0].place == "/of/of"


def test_a_pattern_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backtracking without an end costs its time limit, and the next order is answered by a new process."""
    program = Path(judge.__file__).with_name("judge_server.py")
    monkeypatch.setattr(judge, "PROCESS", Child.serving(program))
    judge.warm()
    with monkeypatch.context() as patch:
        patch.setattr(judge, "SECONDS", 1.0)
        assert judge.judge({"pattern": "^(a+)+$"}, "a" * 40 + "b").unknown == "it takes more than 1 s"
    assert judge.judge({}, 1) == judge.Validation()
