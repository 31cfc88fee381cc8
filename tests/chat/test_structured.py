"""Kinds with a structure: JSON, pairs, words, headers, anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadInput, BadValue
from chat.parameters import BY_NAME, extra, find
from chat.structured import Anything, Headers, Json, Pairs, Words, read_json

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(text, values, max_size=4))
def test_an_object_written_is_read_again(value: dict[str, Any]) -> None:
    """read(write(v)) == v for every JSON object."""
    assert Json().read(Json().write(Json().check(value))) == value


@given(st.lists(values, max_size=4))
def test_a_list_written_is_read_again(value: list[Any]) -> None:
    """read(write(v)) == v for every JSON list."""
    assert Json("list").read(Json("list").write(Json("list").check(value))) == value


@given(values.filter(lambda value: value is not None))
def test_anything_written_is_read_again(value: Any) -> None:
    """read(write(v)) == v for every JSON value but null."""
    assert Anything().read(Anything().write(Anything().check(value))) == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ('{"type": "json_object"}', {"type": "json_object"}),
        ("{type: json_object}", {"type": "json_object"}),
        ("type: json_object", {"type": "json_object"}),
        (r'{"a": "\ud83d\ude00"}', {"a": "😀"}),
        ("{on: yes, n: 1e-1}", {"on": "yes", "n": 0.1}),
    ],
)
def test_json_and_yaml_are_typed_alike(typed: str, value: Any) -> None:
    """A structure on the line may be JSON or YAML; words stay words."""
    assert Json().read(typed) == value


@pytest.mark.parametrize(
    "typed", ["", "text", "[1]", "{a: 1", '{"a": 1, "a": 2}', "&a {b: *a}", "!!python/name:os.system {}"]
)
def test_what_is_no_object_is_refused(typed: str) -> None:
    """Text, lists, open braces, double keys, anchors and tags."""
    with pytest.raises(BadValue):
        Json().read(typed)


def test_words_may_stand_for_a_structure() -> None:
    """`tool_choice: auto` is a word, and another is refused."""
    kind = BY_NAME["tool_choice"].kind
    assert kind.read("auto") == "auto"
    with pytest.raises(BadValue):
        kind.read("sometimes")


def test_a_structure_from_a_file(tmp_path: Path) -> None:
    """@file reads JSON or YAML, and says what is wrong with it and where."""
    path = tmp_path / "form.json"
    path.write_text(json.dumps({"type": "text"}))
    assert Json().read(f"@{path}") == {"type": "text"} == read_json(path)
    path.write_text("a: 1\nb: [1")
    with pytest.raises(BadValue, match="line"):
        Json().read(f"@{path}")
    with pytest.raises(BadValue, match="not there"):
        Json().read(f"@{tmp_path / 'none.json'}")


@pytest.mark.parametrize("value", [{1: "x"}, {"a": float("nan")}, {"a": ["\ud800"]}])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    """Keys that are no text, NaN and halves of characters never reach a request."""
    with pytest.raises(BadValue):
        Json().check(value)


def test_pairs_have_their_longest() -> None:
    """`metadata`: at most 16, names of 64, texts of 512."""
    kind = Pairs(16, 64, 512)
    assert kind.check({"a": "x" * 512})
    for bad in ({}, {"a" * 65: "x"}, {"a": "x" * 513}, {"a": 1}, {str(n): "x" for n in range(17)}, "a"):
        with pytest.raises(BadValue):
            kind.check(bad)


def test_words_are_a_set_of_words() -> None:
    """One or several, typed with spaces or commas; others are refused."""
    kind = Words(("text", "audio"))
    assert kind.read("text, audio") == ("text", "audio")
    assert kind.check("audio") == ("audio",)
    with pytest.raises(BadValue):
        kind.read("video")


@pytest.mark.parametrize(
    "bad",
    [
        {"Authorization": "Bearer x"},
        {"X-Api-Key": "x"},
        {"Cookie": "a=b"},
        {"X-Trace": "sk-abcdefgh12345678"},
        {"X Trace": "x"},
        {"X-Trace": "a\r\nX-Other: b"},
        {"X-Trace": 1},
        {},
    ],
)
def test_headers_hold_no_secret(bad: Any) -> None:
    """A header that is a secret, looks like one or would smuggle another is refused."""
    with pytest.raises(BadValue):
        Headers().check(bad)
    assert Headers().read("{X-Trace: on}") == {"X-Trace": "on"}


def test_extra_is_for_what_the_table_lacks() -> None:
    """extra.min_p is a field of its own; a field of the table is refused there."""
    parameter = find("extra.min_p")
    assert parameter.name == "extra.min_p"
    assert parameter.kind.read("0.05") == 0.05
    for bad in ("temperature", "messages", "a b", ""):
        with pytest.raises(BadInput):
            extra(bad)
