"""Kinds of values: typed, kept and written."""

from __future__ import annotations

import math
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.base.errors import BadInput, BadValue, UnknownName
from chat.parameters.declaration import Parameter
from chat.parameters.kinds import Flag, Kind, Number, OneOf, Text, Texts, shown
from chat.parameters.table import ALL, BY_NAME, find
from chat.parameters.weights import Bias

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
weights = st.integers(-100, 100)
CASES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (Number(0, 2), st.floats(0, 2)),
    (Number(-(2**63), 2**63 - 1, whole=True), st.integers(-(2**63), 2**63 - 1)),
    (Number(1, whole=True), st.integers(1)),
    (OneOf(("low", "high")), st.sampled_from(["low", "high"])),
    (Flag(), st.booleans()),
    (Text(empty=True), st.text(st.characters(exclude_categories=["Cs"]))),
    (Texts(4), st.lists(text, min_size=1, max_size=4)),
    (Bias(), st.dictionaries(text, weights, min_size=1)),
    (Bias(ids=True), st.dictionaries(st.integers(0, 10**8).map(str), weights, min_size=1)),
]


@pytest.mark.parametrize(("kind", "values"), CASES, ids=lambda each: type(each).__name__)
def test_what_is_written_is_read_again(kind: Any, values: st.SearchStrategy[Any]) -> None:
    """read(write(v)) == v for every v that check lets through."""

    @given(values)
    def law(value: Any) -> None:
        checked = kind.check(value)
        assert kind.read(kind.write(checked)) == checked
        assert kind.check(checked) == checked

    law()


def test_suggestions_are_values() -> None:
    """Whatever a kind suggests, it reads; and what it reads, it can write."""
    for parameter in ALL:
        for suggestion in parameter.kind.suggest():
            value = parameter.kind.read(suggestion)
            assert parameter.kind.read(parameter.kind.write(value)) == value


@given(st.text() | st.text().map("@".__add__))
@example("@\0")
def test_any_text_is_a_value_or_a_sentence(typed: str) -> None:
    """Reading what is typed raises BadInput or gives what check takes, whichever the parameter."""
    for parameter in ALL:
        try:
            value = parameter.kind.read(typed)
        except BadInput:
            continue
        assert parameter.kind.check(value) == value, parameter.name


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
deep = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner))


@given(deep)
def test_any_yaml_value_is_checked(value: Any) -> None:
    """Checking what YAML holds raises BadInput or gives a value that checks again, whichever the parameter."""
    for parameter in ALL:
        try:
            checked = parameter.kind.check(value)
        except BadInput:
            continue
        assert parameter.kind.check(checked) == checked, parameter.name


LONG = "9" * 59 + "…"


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("temperature", "3.0", "3.0 is not a number from 0 to 2"),
        ("temperature", "hot", "hot is not a number from 0 to 2"),
        ("temperature", "nan", "nan is not a number from 0 to 2"),
        ("presence_penalty", "-2.5", "-2.5 is not a number from -2 to 2"),
        ("n", "0", "0 is not a whole number from 1 to 128"),
        ("n", "1.5", "1.5 is not a whole number from 1 to 128"),
        ("max_tokens", "", '"" is not a whole number of at least -1'),
        (
            "seed",
            "9" * 5000,
            f"{LONG} is not a whole number from -9223372036854775808 to 9223372036854775807",
        ),
        ("stop", "a b c d e", "5 texts are not 1 to 4 texts"),
        ("stop", "", "nothing is not 1 to 4 texts: null, or no line at all, is not set"),
        ("stop", 'a ""', '"" stops nothing; give at least one character'),
        ("stream", "maybe", "maybe is not true or false"),
        ("verbosity", "best", "best is not one of low, medium, high"),
        ("model", "", "an empty text is not a model's name"),
        ("model", "a b", "a b is not a model's name"),
        (
            "base_url",
            "ftp://x",
            "that is not an address: ftp:// is not spoken here, http:// and https:// are",
        ),
        ("api_key_env", "sk-1", "what stands there is not the name of an environment variable, not a key"),
        (
            "logit_bias",
            "12",
            "12 is not token ids with weights from -100 to 100 (written 1734=-100)",
        ),
        ("logit_bias", "12=101", "101 is not a whole number from -100 to 100"),
        ("logit_bias", "word=1", "word is not a token id"),
        ("logit_bias", "1234567890=1", "1234567890 is not a token id"),
        ("bias", "word", "word is not words with weights from -100 to 100 (written word=-100)"),
        ("bias", "=1", '"" is not a text; put it in quotes'),
    ],
)
def test_refusals_name_value_and_rule(name: str, typed: str, says: str) -> None:
    """What is typed wrong is told by the value and the rule, and the value is no longer than a line."""
    with pytest.raises(BadValue) as refused:
        BY_NAME[name].kind.read(typed)
    assert refused.value.message == says


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("temperature", True, "true is not a number from 0 to 2"),
        ("temperature", "0.7", "0.7 is not a number from 0 to 2: remove the quotes, write 0.7"),
        ("stream", 1, "1 is not true or false: write true"),
        ("user", 7, "7 is not text; put it in quotes"),
        ("stop", [1], "1 is not text: put it in quotes"),
        ("stop", 1, "1 is not text: put it in quotes"),
        ("bias", {1: 5}, "1 is not a text; put it in quotes"),
        ("bias", {"a": 1.5}, "the weight of a: 1.5 is not a whole number from -100 to 100"),
        ("bias", (("a",),), "(('a',),) is not words with weights from -100 to 100 (written word=-100)"),
        ("bias", [("a", 5)], "[('a', 5)] is not words with weights from -100 to 100 (written word=-100)"),
        ("bias", (["a", 5],), "(['a', 5],) is not words with weights from -100 to 100 (written word=-100)"),
        ("logit_bias", {True: 5}, "true is not a token id"),
        ("logit_bias", {"": 5}, '"" is not a token id'),
    ],
)
def test_yaml_types_are_not_guessed(name: str, value: object, says: str) -> None:
    """A flag is not a number, a number no flag, text no number."""
    with pytest.raises(BadValue) as refused:
        BY_NAME[name].kind.check(value)
    assert refused.value.message == says


def test_a_refused_value_fits_in_a_line() -> None:
    """An error shows 60 characters whole, the beginning of more, and what can't be seen as an escape."""
    assert shown("x" * 60) == "x" * 60
    assert shown("x" * 61) == "x" * 59 + "…"
    assert shown("a\x1b") == r"a\e"
    assert shown("") == '""'


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (Number(), "a number"),
        (Number(0.1, 86_400), "a number from 0.1 to 86400"),
        (Number(0, 1e6, whole=True), "a whole number from 0 to 1000000"),
        (Number(-2, whole=True), "a whole number of at least -2"),
        (OneOf(("low", "high")), "one of low, high"),
        (Flag(), "true or false"),
        (Text(rule="a name"), "a name"),
        (Texts(4), "1 to 4 texts"),
        (Bias(), "words with weights from -100 to 100 (written word=-100)"),
        (Bias(ids=True), "token ids with weights from -100 to 100 (written 1734=-100)"),
    ],
)
def test_the_rule_in_words(kind: Kind, rule: str) -> None:
    """Help says of each kind what it takes, with bounds as a person writes them."""
    assert kind.describe() == rule


@pytest.mark.parametrize(
    ("kind", "offered"),
    [
        (Number(0, 2, stops=(0, 0.7)), ["0.0", "0.7"]),
        (Number(0, 9, whole=True, stops=(0, 7)), ["0", "7"]),
        (OneOf(("low", "high")), ["low", "high"]),
        (Flag(), ["true", "false"]),
        (Texts(4), [r'"\n"', r'"\n\n"']),
        (Text(), []),
        (Bias(), []),
    ],
)
def test_what_is_offered(kind: Kind, offered: list[str]) -> None:
    """Completion offers a kind's values as they are written, in the order of the declaration."""
    assert list(kind.suggest()) == offered


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        (Number(0, 2), [0, 0.5, 2], [-0.1, 2.1, "1", True, None]),
        (Number(-5, 5, whole=True), [-5, 0, 1.0, 5], [-6, 6, 1.5, "1"]),
        (Number(), [-1e300, 0, 1e300], ["1", False]),
        (OneOf(("low", "high")), ["low", "high"], ["", "Low", 1, None]),
        (Flag(), [True, False], ["true", 1, None]),
        (Text(), ["x", " "], ["", 1, None]),
        (Text(empty=True), ["", "x"], [1, None]),
        (Text("a|b"), ["a", "b"], ["", "ab", "xa", "bx", 1]),
        (Texts(2), ["a", ["a"], ["a", "b"]], ["", [], [""], ["a", "b", "c"], ["a", 1], {"a": 1}]),
        (Bias(), [{}, {"a": -100}, {"a": 100, "b": 0}], [{"a": 101}, {"a": 1.5}, {"a": "1"}, ["a"], "a"]),
    ],
)
def test_an_editor_marks_what_is_refused(kind: Kind, taken: list[Any], refused: list[Any]) -> None:
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
    ("typed", "value"),
    [
        ("  plain  ", "plain"),
        ('"in quotes "', "in quotes "),
        ("'in quotes '", "in quotes "),
        (r'"two\nlines"', "two\nlines"),
        ('"two" words', '"two" words'),
        ("'two' words", "'two' words"),
        ('"open', '"open'),
        ("it's", "it's"),
    ],
)
def test_one_quoted_word_is_what_it_means(typed: str, value: str) -> None:
    """Quotes around all of a text are taken off; any others are part of it."""
    assert Text().read(typed) == value


@pytest.mark.parametrize("value", ["", " blank", "blank ", "'a'", '"a"', "two\nlines", "it's", "two words"])
def test_text_that_could_be_misread_is_quoted(value: str) -> None:
    """A text is written plainly where that reads as the same, and in quotes where it would not."""
    written = Text(empty=True).write(value)
    assert Text(empty=True).read(written) == value
    assert (written == value) == (value in ("it's", "two words"))


def test_the_same_twice_is_once() -> None:
    """Stop texts and weights are given once each, the first place and the last weight counting."""
    assert Texts(2).check(["b", "a", "b"]) == ("b", "a")
    assert Texts(1).check("a") == ("a",)
    assert Bias().read("a=1 b=2 a=3") == (("a", 3), ("b", 2))
    assert Bias().read("a=b=1") == (("a=b", 1),)
    assert Bias(ids=True).check({7: 5, "8": 1.0}) == (("7", 5), ("8", 1))


def test_typed_words_may_be_large_and_have_blanks() -> None:
    """Choices and flags are read in any case, blanks around them or not."""
    assert OneOf(("low", "high")).read(" HIGH ") == "high"
    words = ("true", " ON ", "Yes", "1", "false", "off", "No", "0")
    assert [Flag().read(word) for word in words] == [True] * 4 + [False] * 4


def test_zero_is_a_value() -> None:
    """0 and 0.0 are read, kept and written."""
    assert BY_NAME["temperature"].kind.read("0") == 0.0
    assert BY_NAME["temperature"].show(0.0) == "0.0"
    assert not math.isnan(BY_NAME["temperature"].kind.check(0))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("temperature", "temperature"),
        ("TEMP", "temperature"),
        ("freq", "frequency_penalty"),
        ("top-p", "top_p"),
        ("effort", "reasoning_effort"),
    ],
)
def test_parameters_are_found(typed: str, name: str) -> None:
    """By name, alias, unique beginning, in any case and with hyphens."""
    assert find(typed).name == name


def test_unknown_and_ambiguous_names() -> None:
    """A typo gets the nearest name, a beginning of several gets them all."""
    with pytest.raises(UnknownName) as unknown:
        find("temprature")
    assert unknown.value.message == "no parameter temprature; did you mean temperature?"
    with pytest.raises(UnknownName) as unknown:
        find("efort")
    assert unknown.value.message == "no parameter efort; did you mean effort?"
    with pytest.raises(BadInput) as several:
        find("TOP")
    assert several.value.message == "TOP could be top_p, top_logprobs"


def test_commands_bring_names_of_their_own() -> None:
    """What is set and is in no table is found beside it; nothing typed finds nothing."""
    mine = Parameter("plain", Flag(), "Whether there is colour.")
    assert find("pla", (mine,)) is mine
    with pytest.raises(UnknownName):
        find("")
