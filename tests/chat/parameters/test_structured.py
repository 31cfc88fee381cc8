"""Kinds with a structure: JSON, pairs, words, headers, anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadInput, BadValue
from chat.parameters.structured import Anything, Headers, Json, Pairs, SomeOf, read_json
from chat.parameters.table import BY_NAME, extra, find, named

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


def test_what_can_not_be_read_is_shown() -> None:
    """What is neither JSON nor YAML is shown as it was typed, with what is wrong with it."""
    with pytest.raises(BadValue) as refused:
        Json().read("{a: 1")
    said, _, problem = refused.value.message.partition(": expected")
    assert said == "{a: 1 is neither JSON nor YAML" and problem


def test_words_may_stand_for_a_structure() -> None:
    """`tool_choice: auto` is a word, and another is refused."""
    kind = BY_NAME["tool_choice"].kind
    assert kind.read(" auto ") == kind.check("auto") == "auto"
    with pytest.raises(BadValue):
        kind.read("sometimes")


def test_a_structure_from_a_file(tmp_path: Path) -> None:
    """@file reads JSON or YAML, and says what is wrong with it and where."""
    path = tmp_path / "form.json"
    path.write_text(json.dumps({"type": "text"}))
    assert Json().read(f"@{path}") == {"type": "text"} == read_json(path)
    path.write_text("a: 1\nb: [1")
    with pytest.raises(BadValue) as broken:
        Json().read(f"@{path}")
    assert broken.value.message.startswith(f"{path}, line 2: ")
    with pytest.raises(BadValue) as missing:
        Json().read(f" @ {tmp_path / 'none.json'} ")
    assert missing.value.message == f"{tmp_path / 'none.json'}: there is no such file"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({1: "x"}, "a key: 1 is not text; put it in quotes"),
        ({"a": {1: "x"}}, "a: 1 is not text; put it in quotes"),
        ({"a": [1, {"b": float("nan")}]}, "a[1].b: nan is not a number JSON can hold"),
        ([0, float("inf")], "[1]: inf is not a number JSON can hold"),
        (float("nan"), "nan is not a number JSON can hold"),
        ({".a": float("nan")}, ".a: nan is not a number JSON can hold"),
        (None, "nothing is not any JSON value"),
    ],
)
def test_what_json_cannot_hold_is_refused(value: Any, says: str) -> None:
    """Keys that are no text, and NaN, never reach a request; it is said where they are."""
    with pytest.raises(BadValue) as refused:
        Anything().check(value)
    assert refused.value.message == says


def test_parts_of_structures_are_checked_too() -> None:
    """What JSON can't hold is found inside an object."""
    with pytest.raises(BadValue) as refused:
        Json().check({"a": float("nan")})
    assert refused.value.message == "a: nan is not a number JSON can hold"


def test_pairs_have_their_longest() -> None:
    """`metadata`: at most 16, names of 64, texts of 512."""
    kind = Pairs(16, 64, 512)
    largest = {f"{number:064}": "x" * 512 for number in range(16)}
    assert kind.check(largest) == kind.read(kind.write(largest)) == largest


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        (Json(), ["é"], '["é"] is not a JSON object, or @file'),
        (Json("list"), {}, "{} is not a JSON list, or @file"),
        (Json(words=("auto", "none")), "some", '"some" is not auto, none, or a JSON object, or @file'),
        (Json(), {1}, "{1} is not a JSON object, or @file"),
        (Pairs(16, 64, 512), "é", '"é" is not up to 16 texts by name, as {name: text}'),
        (Pairs(16, 64, 512), [], "[] is not up to 16 texts by name, as {name: text}"),
        (Pairs(2, 64, 512), dict.fromkeys("abc", ""), "3 pairs are too many: at most 2"),
        (Pairs(16, 3, 512), {"abcd": ""}, "abcd is not a name of 1 to 3 characters"),
        (Pairs(16, 64, 512), {"": ""}, '"" is not a name of 1 to 64 characters'),
        (Pairs(16, 64, 512), {1: ""}, "1 is not a name of 1 to 64 characters"),
        (Pairs(16, 64, 3), {"a": "long"}, "a: long is not text of at most 3 characters"),
        (Pairs(16, 64, 512), {"a": 1}, "a: 1 is not text: put it in quotes"),
        (SomeOf(("text", "audio")), "video", "video is not one or more of text, audio"),
        (SomeOf(("text", "audio")), 7, "7 is not one or more of text, audio"),
        (Headers(), "é", '"é" is not headers by name, as {X-Name: text}, none of them a secret'),
        (Headers(), {}, "{} is not headers by name, as {X-Name: text}, none of them a secret"),
        (Headers(), {"X Trace": "x"}, "X Trace is not a header's name"),
        (Headers(), {1: "x"}, "1 is not a header's name"),
        (Headers(), {"X-A": "a\nb"}, "X-A: a header's text is printable ASCII; put it in quotes"),
        (Headers(), {"X-A": 1}, "X-A: a header's text is printable ASCII; put it in quotes"),
        (
            Headers(),
            {"Cookie": "a=b"},
            "Cookie: a secret is not kept in a profile; api_key_env names the key's variable",
        ),
    ],
)
def test_refusals_name_value_and_rule(kind: Any, value: object, says: str) -> None:
    """An error shows what is refused as JSON, and says the rule."""
    with pytest.raises(BadValue) as refused:
        kind.check(value)
    assert refused.value.message == says


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        (Json(), [{}, {"a": [1]}], [[], "a", 1, None]),
        (Json("list"), [[], [{}]], [{}, "a", 1]),
        (Json(words=("auto",)), ["auto", {}], ["none", [], 1]),
        (Pairs(2, 3, 4), [{}, {"abc": "abcd"}, {"a": "", "b": ""}], [{"a": 1}, {"a": "abcde"}, {"abcd": ""}]),
        (Pairs(2, 3, 4), [], [{"": "a"}, dict.fromkeys("abc", ""), [], "a"]),
        (
            SomeOf(("text", "audio")),
            ["text", ["audio"], ["text", "audio"]],
            ["video", [], ["text", "video"], 1],
        ),
        (Headers(), [{"X-A": "b"}], [{"X-A": 1}, ["X-A"], "X-A"]),
        (Anything(), [0, "", False, [], {"a": 1}], []),
    ],
)
def test_an_editor_marks_what_is_refused(kind: Any, taken: list[Any], refused: list[Any]) -> None:
    """The JSON Schema of a kind takes what the kind takes, and refuses what it refuses."""
    schema = jsonschema.Draft202012Validator(kind.schema())
    schema.check_schema(schema.schema)
    for value in taken:
        kind.check(value)
        assert schema.is_valid(value), value
    for value in refused:
        with pytest.raises(BadValue):
            kind.check(value)
        assert not schema.is_valid(value), value


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (Json(), {"é": "☃"}, '{"é": "☃"}'),
        (Json("list"), [1, None], "[1, null]"),
        (Json(words=("auto",)), "auto", "auto"),
        (Pairs(16, 64, 512), {"é": "☃"}, '{"é": "☃"}'),
        (SomeOf(("text", "audio")), ("text", "audio"), "text audio"),
        (Headers(), {"X-A": "on"}, '{"X-A": "on"}'),
        (Anything(), "é", '"é"'),
        (Anything(), 1, "1"),
    ],
)
def test_what_is_written_is_read_again(kind: Any, value: object, written: str) -> None:
    """A structure is written as a person would type it, in their own letters, and read as it was."""
    assert kind.write(value) == written
    assert kind.read(written) == value


@pytest.mark.parametrize(
    ("kind", "offered"),
    [
        (Json(), []),
        (Json(example='{"a": 1}'), ['{"a": 1}']),
        (Json(words=("none", "auto"), example="{}"), ["none", "auto", "{}"]),
        (SomeOf(("text", "audio")), ["text", "audio", "text audio"]),
        (Pairs(16, 64, 512), []),
        (Headers(), []),
        (Anything(), []),
    ],
)
def test_what_is_offered(kind: Any, offered: list[str]) -> None:
    """Completion offers words first and an example last, and nothing where nothing is known."""
    assert list(kind.suggest()) == offered


def test_words_are_a_set_of_words() -> None:
    """One or several, typed with spaces or commas; others are refused."""
    kind = SomeOf(("text", "audio"))
    assert kind.read("text, audio") == kind.read("TEXT audio") == ("text", "audio")
    assert kind.check("audio") == ("audio",)
    assert kind.check(["audio", "text", "audio"]) == ("audio", "text")
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


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0.05", 0.05),
        ("true", True),
        ("[a]", ["a"]),
        ("{a: 1}", {"a": 1}),
        ("a word", "a word"),
        ("a {word", "a {word"),
    ],
)
def test_anything_is_text_if_it_is_nothing_else(typed: str, value: object) -> None:
    """A number, a flag or a structure is that; all else is text, what only looks like YAML included."""
    assert Anything().read(typed) == value


def test_extra_is_for_what_the_table_lacks() -> None:
    """extra.Min_p is a field of its own, in the letters it is typed in, and is declared nowhere."""
    parameter = find("Extra.Min_p")
    assert parameter.name == "extra.Min_p"
    assert parameter.kind.read("0.05") == 0.05
    assert parameter.summary == "A field of the request that is declared nowhere here."
    assert named("extra.Min_p") == parameter
    assert named("temperature") is BY_NAME["temperature"]
    assert find("extra.min_p") is named("extra.min_p") is BY_NAME["min_p"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("temperature", "temperature is no extra: /set temperature sets it"),
        ("messages", "messages is no extra: /set messages sets it"),
        ("a b", "a b can't be the name of a field"),
        ("", '"" can\'t be the name of a field'),
        ("1st", "1st can't be the name of a field"),
        ("x" * 65, "x" * 59 + "… can't be the name of a field"),
    ],
)
def test_what_is_no_extra(name: str, says: str) -> None:
    """A field of the table is refused there, and what is no field's name; 64 characters are the most."""
    assert extra("x" * 64).name == "extra." + "x" * 64
    with pytest.raises(BadInput) as refused:
        extra(name)
    assert refused.value.message == says
