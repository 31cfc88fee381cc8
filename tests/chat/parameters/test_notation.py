"""What is typed for parameters, as a person writes it or as the API does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base import escapes
from chat.base.errors import BadInput, BadValue, UnknownName
from chat.parameters import jsontext, notation
from chat.parameters.declaration import Parameter
from chat.parameters.table import BY_NAME, find

from ...support.examples import times


def look_up(name: str, typed: str) -> Parameter:
    return find(name, fits=lambda parameter: notation.takes(parameter, typed))


def read(text: str) -> dict[str, Any]:
    return {
        parameter.name: notation.read(parameter, typed) for parameter, typed in notation.pairs(text, look_up)
    }


# ---- one value


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("stop", r'["\n","User:"]', ("\n", "User:")),
        ("stop", '["."]', (".",)),
        ("stop", '[ "a b" , "c" ]', ("a b", "c")),
        ("stop", r'"\n" User:', ("\n", "User:")),
        ("stop", '"[END]"', ("[END]",)),
        ("stop", r'"\ud83d\ude00"', ("😀",)),
        ("stop", r'["\ud83d\ude00"]', ("😀",)),
        ("logit_bias", '{"1734":-100}', (("1734", -100),)),
        ("logit_bias", "{1734: -100}", (("1734", -100),)),
        ("logit_bias", "1734: -100, 5: +3", (("1734", -100), ("5", 3))),
        ("logit_bias", "1734=-100 5=3", (("1734", -100), ("5", 3))),
        ("bias", '"and": +100', (("and", 100),)),
        ("bias", '" and": 5, or: -5', ((" and", 5), ("or", -5))),
        ("bias", '"a:" 5', (("a:", 5),)),
        ("bias", '"a=b": 5', (("a=b", 5),)),
        ("bias", '{" and": 100, "or": -1}', ((" and", 100), ("or", -1))),
        ("modalities", '["text", "audio"]', ("text", "audio")),
        ("temperature", "0.5", 0.5),
        ("temperature", '"0.5"', 0.5),
        ("temperature", "5e-1", 0.5),
        ("max_tokens", "1e3", 1000),
        ("n", "2.0", 2),
        ("stream", "false", False),
        ("reasoning_effort", '"low"', "low"),
        ("model", '"llama3:8b"', "llama3:8b"),
        ("user", '"null"', "null"),
        ("tool_choice", '"auto"', "auto"),
        (
            "tool_choice",
            '{"type":"function","function":{"name":"f"}}',
            {"type": "function", "function": {"name": "f"}},
        ),
        ("response_format", '{"type": "json_object"}', {"type": "json_object"}),
        ("response_format", "type: json_object", {"type": "json_object"}),
        ("metadata", '{"a": "b"}', {"a": "b"}),
        ("system", "[INST] Be terse.", "[INST] Be terse."),
        ("system", '{"be": "terse"', '{"be": "terse"'),
        ("extra.x", "[1, {}]", [1, {}]),
        ("extra.x", '"5"', "5"),
        ("extra.x", "true", True),
    ],
)
def test_a_value_is_read_as_it_was_meant(name: str, typed: str, value: Any) -> None:
    """JSON and a person's own way mean the same, for each kind of value."""
    assert notation.read(find(name), f" {typed} ") == value


@pytest.mark.parametrize("name", [*BY_NAME, "extra.x"])
def test_null_is_not_set(name: str) -> None:
    """The API's null is "not set", whichever the parameter."""
    assert notation.read(find(name), "null") is None


@pytest.mark.parametrize(
    ("name", "typed", "place"),
    [
        ("stop", "[END]", 2),
        ("stop", "[.]", 2),
        ("stop", "[INST] x", 2),
        ("stop", '["a" "b"]', 6),
        ("stop", '["a",', 6),
        ("stop", '["a"] x', 7),
        ("stop", "{", 2),
        ("stop", '["a', 2),
        ("logit_bias", '{"1734":-100', 13),
        ("logit_bias", '{"1734" -100}', 9),
        ("bias", '{"a": }', 7),
        ("tools", '[{"type": function}]', 11),
        ("tools", "[", 2),
        ("response_format", '{"type": "text" "x"}', 17),
        ("response_format", "{a: 1", 6),
        ("modalities", "[text]", 2),
        ("metadata", '{"a": "b"', 10),
        ("headers", '{"X-A": on}', 9),
        ("extra.x", "[1, 2", 6),
        ("extra.x", '{"a": 1 2}', 9),
    ],
)
def test_what_begins_like_json_and_is_not_says_where(name: str, typed: str, place: int) -> None:
    """A list or object that is broken is refused, with the place of the fault, and never taken as text."""
    with pytest.raises(BadValue) as refused:
        notation.read(find(name), typed)
    assert refused.value.message.startswith(f"{name}: {typed} is n")
    assert refused.value.message.endswith(f", at character {place}")
    shown, _, _ = refused.value.hint.partition(" ⟨here⟩")
    assert typed.startswith(shown.rstrip())


def test_a_text_that_only_looks_like_a_list_says_how_it_is_typed() -> None:
    """What may be meant as text is shown in quotes, and what is shown is taken."""
    with pytest.raises(BadValue) as refused:
        notation.read(BY_NAME["stop"], "[END]")
    typed = refused.value.hint.rpartition("quotes: ")[2]
    assert notation.read(BY_NAME["stop"], typed) == ("[END]",)


@pytest.mark.parametrize("typed", ['{"a": 1, "a": 2}', '{"a": NaN}', '["a", Infinity]', "[" * 100_000])
def test_what_json_has_not_is_refused(typed: str) -> None:
    """Double names, numbers that are none and depth without end."""
    with pytest.raises(BadValue, match="is not JSON"):
        jsontext.strict(typed)


# ---- several


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("temperature 0.3", {"temperature": 0.3}),
        ("temp=0.3", {"temperature": 0.3}),
        ("temperature = 0.3", {"temperature": 0.3}),
        ("temperature: 0.3", {"temperature": 0.3}),
        ('"temperature": 0.3', {"temperature": 0.3}),
        ("temperature 0.5 top_p 0.5", {"temperature": 0.5, "top_p": 0.5}),
        ("temperature 0.5, top_p 0.5,", {"temperature": 0.5, "top_p": 0.5}),
        ("temperature=0.5,top_p=0.5", {"temperature": 0.5, "top_p": 0.5}),
        ("temperature: 0.5 top_p: 0.5", {"temperature": 0.5, "top_p": 0.5}),
        ('"temperature": 0.5, "stop": ["a", "b"], "n": 2,', {"temperature": 0.5, "stop": ("a", "b"), "n": 2}),
        ('{"temperature":0.3,"stop":["x"],"user":null}', {"temperature": 0.3, "stop": ("x",), "user": None}),
        ("{temperature: 0.3, n: 2}", {"temperature": 0.3, "n": 2}),
        ('{"extra_body": {"top_k": 4}, "n": 1}', {"top_k": 4, "n": 1}),
        ('{"logit_bias": {"5": -100}, "stream": false}', {"logit_bias": (("5", -100),), "stream": False}),
        ('{"user": "null", "system": "a \\"b\\" \\u00e9\\n"}', {"user": "null", "system": 'a "b" é\n'}),
        ('stop ["x"] temperature 0.5', {"stop": ("x",), "temperature": 0.5}),
        ('stop=["x", "y z"] temperature=0.5', {"stop": ("x", "y z"), "temperature": 0.5}),
        ("stop END temperature 0.5", {"stop": ("END",), "temperature": 0.5}),
        ("stop temperature 0.5", {"stop": ("temperature", "0.5")}),
        ("stop a temperature", {"stop": ("a", "temperature")}),
        ("stop=a b n=2", {"stop": ("a", "b"), "n": 2}),
        ("logit_bias 5=3 6: 4 n 2", {"logit_bias": (("5", 3), ("6", 4)), "n": 2}),
        ("system Use temperature=0.5 please", {"system": "Use temperature=0.5 please"}),
        ("system: Note: be terse", {"system": "Note: be terse"}),
        ('system="Be terse." seed=1', {"system": "Be terse.", "seed": 1}),
        ("system=Be terse. seed=1", {"system": "Be terse.", "seed": 1}),
        ("model llama3:8b", {"model": "llama3:8b"}),
        ("model=a:b temperature 1", {"model": "a:b", "temperature": 1.0}),
        ("base_url http://127.0.0.1:1/v1", {"base_url": "http://127.0.0.1:1/v1"}),
        ("base_url=embedded:my file.gguf", {"base_url": "embedded:my file.gguf"}),
        ("temperature null n=2", {"temperature": None, "n": 2}),
    ],
)
def test_several_are_parted_as_they_were_meant(text: str, values: dict[str, Any]) -> None:
    """Pairs with =, : or a blank, with commas or not, objects, and values with blanks in them."""
    assert read(text) == values


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seed=7 temperature", "temperature misses its value"),
        ("seed=7 tempreature=1", "no parameter tempreature; did you mean temperature?"),
        ("temperature 0,5", "temperature: 0,5 is not a number from 0 to 2"),
        ("temperature 3 x", "temperature: 3 x is not a number from 0 to 2"),
        ("model two words", "model: two words is not a model's name"),
        ('{"messages": []}', "messages are not set"),
        ('{"temperature": 0.3', '{"temperature": 0.3 is not JSON: it ends before it is closed'),
        ("{}", "there is nothing in {} to set"),
        ("=3", "=3 is not name=value"),
        ("[1]", "[1] is not name=value"),
    ],
)
def test_what_can_not_be_parted_is_told(text: str, told: str) -> None:
    """A line that is no pair, or one with a fault, is refused in a sentence."""
    with pytest.raises(BadInput) as refused:
        read(text)
    assert refused.value.message.startswith(told)


def test_behind_an_option_all_is_one_value() -> None:
    """On a command line what stands behind = or : is one value, whatever is in it."""
    assert [typed for _, typed in notation.alone("system=Be terse. seed=1", look_up)] == ["Be terse. seed=1"]
    assert [typed for _, typed in notation.alone("stop: a n=2", look_up)] == ["a n=2"]
    assert len(notation.alone('{"n": 2, "seed": 1}', look_up)) == 2


@pytest.mark.parametrize(
    ("name", "typed", "nearest"),
    [
        ("temprature", "0.5", "temperature"),
        ("temprature", "", "temperature"),
        ("temprature", "warm", None),
        ("top_q", "0.5", "top_p"),
        ("top_q", "40", "top_p"),
        ("tfs_z", "0.5", None),
        ("stopp", "x", "stop"),
        ("hue", "1", None),
    ],
)
def test_a_suggestion_takes_what_was_typed(name: str, typed: str, nearest: str | None) -> None:
    """Only what is near in letters and takes such a kind of value is suggested, be it out of its range; another
    server's field is no slip."""
    with pytest.raises(UnknownName) as unknown:
        look_up(name, typed)
    assert unknown.value.nearest == nearest
    assert nearest or f"extra.{name}" in unknown.value.hint


SAMPLES: dict[str, st.SearchStrategy[Any]] = {
    "temperature": st.floats(0, 2).map(lambda number: round(number, 3)),
    "seed": st.integers(-(2**63), 2**63 - 1),
    "stream": st.booleans(),
    "verbosity": st.sampled_from(["low", "high"]),
    "model": st.from_regex(r"[a-z][a-z0-9:./-]{0,10}", fullmatch=True),
    "user": st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    "stop": st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    "logit_bias": st.dictionaries(
        st.integers(0, 10**6).map(str), st.integers(-100, 100), min_size=1, max_size=3
    ),
    "metadata": st.dictionaries(
        st.text("abc", min_size=1, max_size=4), st.text("xyz {}[]\"',:=", max_size=8), min_size=1, max_size=2
    ),
}
BODIES = st.lists(st.sampled_from(sorted(SAMPLES)), min_size=1, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: SAMPLES[name] for name in names})
)


@given(BODIES)
@times(2)
def test_every_body_is_read_as_it_is(body: dict[str, Any]) -> None:
    """Each field of a request's body is set to what the API would have been sent, whether the whole object
    is typed, its inside, or one value."""
    wanted = {name: BY_NAME[name].kind.check(value) for name, value in body.items()}
    text = json.dumps(body, ensure_ascii=False)
    assert read(text) == wanted
    assert read(text[1:-1]) == wanted
    assert read(json.dumps(body, separators=(",", ":"))[1:-1]) == wanted
    for name, value in body.items():
        assert notation.read(BY_NAME[name], json.dumps(value, ensure_ascii=False)) == wanted[name]


@given(BODIES)
@times(2)
def test_what_is_shown_is_taken_again_among_others(body: dict[str, Any]) -> None:
    """What a kind writes is read back as `name=value` beside other pairs."""
    wanted = {name: BY_NAME[name].kind.check(value) for name, value in body.items()}
    shown = {name: BY_NAME[name].show(value) for name, value in wanted.items()}
    if "user" in shown:  # a sentence among pairs stands in quotes
        shown["user"] = '"' + escapes.visible(body["user"]).replace('"', '\\"') + '"'
    assert read(" ".join(f"{name}={value}" for name, value in shown.items())) == wanted


@given(st.text() | st.text("{}[]\"',:= abtemprauntop_05\\", max_size=40))
@times(4)
def test_any_text_is_parted_or_told(text: str) -> None:
    """Whatever is typed is parted and read, or refused in a sentence."""
    told = "it was read"
    try:
        read(text)
    except BadInput as error:
        told = error.message.strip()
    assert told
