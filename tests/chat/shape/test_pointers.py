"""Places in JSON: what stands there, and what is not there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadInput
from chat.base.escapes import visible
from chat.shape import pointers

from .test_growing import VALUES

VALUE = {"items": [{"name": "a", "price": 2}, {"name": "b", "price": 3}], "a/b": {"c~d": None}, "": 1}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/items/1/name", "b"),
        ("/a~1b/c~0d", None),
        ("/", 1),
        ("items[0].price", 2),
        ("items[].name", ["a", "b"]),
        ("items[?price>`2`].name | [0]", "b"),
        ("length(items)", 2),
    ],
)
def test_a_piece_is_found(path: str, found: Any) -> None:
    """By JSON Pointer and by JMESPath."""
    assert pointers.piece(VALUE, path) == found


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/itmes", "did you mean items"),
        ("/items/2", "/items is a list and has no 2"),
        ("/items/x", "/items is a list and has no x"),
        ("/items/0/name/x", "/items/0/name is a text: nothing stands in it"),
        ("nothing", "nothing in the answer is nothing"),
        ("items[].nmae", "nothing in the answer is items"),
        ("items[", "is not JMESPath"),
        ("x" * 2000, "at most 1000"),
        ("(" * 900, "JMESPath|deeply"),
    ],
)
def test_what_is_not_there_is_told(path: str, said: str) -> None:
    """The sentence says how far the path leads."""
    with pytest.raises(BadInput, match=said):
        pointers.piece(VALUE, path)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Any:
    yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from leaves(inner, (*path, key))


@given(VALUES, st.data())
def test_each_place_has_its_pointer(value: Any, data: st.DataObject) -> None:
    """The pointer of a place leads to what stands there, and is offered by its beginning."""
    path, inner = data.draw(st.sampled_from(list(leaves(value))))
    written = pointers.pointer(path)
    assert pointers.piece(value, written) == inner if written else inner is value
    if written and not written.endswith("/") and visible(written) == written:
        assert written in [offered for offered, _ in pointers.onward(value, written[:-1])]


@given(VALUES, st.text("/ab.[]0~ ", max_size=8))
def test_completion_is_total(value: Any, typed: str) -> None:
    """Whatever is typed, a list comes."""
    list(pointers.onward(value, typed))


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ([{"a": 1}, {"b": None}], [("", 2)]),
        ({"x": [{"a": 1}], "y": [1], "z": [{"a": []}]}, [("/x", 1)]),
        ([], []),
        ([{}], []),
        ({"a": 1}, []),
    ],
)
def test_what_could_be_a_table(value: Any, rows: list[tuple[str, int]]) -> None:
    """A list of objects that hold no others, at the top or just below."""
    assert pointers.tables(value) == rows
