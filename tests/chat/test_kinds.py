"""Kinds of values: typed, kept and written."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.errors import BadInput, BadValue, UnknownName
from chat.kinds import Bias, Choice, Flag, Number, Text, Texts
from chat.parameters import ALL, BY_NAME, find

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
weights = st.integers(-100, 100)
CASES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (Number(0, 2), st.floats(0, 2)),
    (Number(-(2**63), 2**63 - 1, whole=True), st.integers(-(2**63), 2**63 - 1)),
    (Number(1, whole=True), st.integers(1)),
    (Choice(("low", "high")), st.sampled_from(["low", "high"])),
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


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("temperature", "3.0", "3.0 is not a number from 0 to 2"),
        ("temperature", "hot", "hot is not a number from 0 to 2"),
        ("temperature", "nan", "is not a number from 0 to 2"),
        ("presence_penalty", "-2.5", "is not a number from -2 to 2"),
        ("n", "0", "0 is not a whole number from 1 to 128"),
        ("n", "1.5", "1.5 is not a whole number from 1 to 128"),
        ("seed", "9" * 5000, "is not a whole number"),
        ("stop", "a b c d e", "5 texts are not 1 to 4 texts"),
        ("stream", "maybe", "maybe is not true or false"),
        ("service_tier", "best", "best is not one of auto, default"),
        ("logit_bias", "12=101", "not a whole number from -100 to 100"),
        ("logit_bias", "word=1", "word is not a token id"),
        ("bias", "word", "word is not words with weights"),
        ("base_url", "ftp://x", "is not an http(s):// address"),
        ("api_key_env", "sk-123", "is not the name of an environment variable, not a key"),
    ],
)
def test_refusals_name_value_and_rule(name: str, typed: str, says: str) -> None:
    """An error names the value and the rule."""
    with pytest.raises(BadValue) as refused:
        BY_NAME[name].kind.read(typed)
    assert says in refused.value.message


def test_yaml_types_are_not_guessed() -> None:
    """A flag is not a number, a number no flag, text no number."""
    for name, value in (
        ("temperature", True),
        ("temperature", "0.7"),
        ("stream", 1),
        ("user", 7),
        ("stop", [1]),
    ):
        with pytest.raises(BadValue):
            BY_NAME[name].kind.check(value)


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
    with pytest.raises(UnknownName, match="did you mean temperature"):
        find("temprature")
    with pytest.raises(BadInput, match="could be"):
        find("s")
