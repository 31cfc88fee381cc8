"""The table of parameters against the installed SDK's own types."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import completion_create_params as sdk
from pydantic import TypeAdapter, ValidationError

from chat.base.errors import BadValue
from chat.conversation import body as request
from chat.conversation.branch import Branch
from chat.parameters import profiles, shapes, shutdowns
from chat.parameters.declaration import Parameter
from chat.parameters.kinds import Flag, Number, OneOf, Text, Texts
from chat.parameters.settings import Settings
from chat.parameters.structured import Json, Pairs, SomeOf
from chat.parameters.table import PARAMETERS
from chat.parameters.weights import Bias

from ..conftest import ROOT

HINTS = get_type_hints(sdk.CompletionCreateParamsBase)
STREAMING: TypeAdapter[Any] = TypeAdapter(sdk.CompletionCreateParamsStreaming)
WHOLE: TypeAdapter[Any] = TypeAdapter(sdk.CompletionCreateParamsNonStreaming)

#: Made by the shell from the conversation, not set.
MADE = {"messages"}
#: Values of the structured parameters, as the API reference has them.
STRUCTURES: dict[str, list[Any]] = {
    "response_format": [
        {"type": "text"},
        {"type": "json_object"},
        {"type": "json_schema", "json_schema": {"name": "cat", "schema": {"type": "object"}, "strict": True}},
    ],
    "tools": [[{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]],
    "tool_choice": ["none", "auto", "required", {"type": "function", "function": {"name": "look"}}],
    "audio": [{"voice": "alloy", "format": "mp3"}],
    "prediction": [{"type": "content", "content": "x"}],
    "web_search_options": [{}, {"search_context_size": "low"}],
    "moderation": [{"model": "omni-moderation-latest"}],
    "stream_options": [{"include_obfuscation": False}, {"include_usage": False}],
    "prompt_cache_options": [{"mode": "explicit"}, {"mode": "implicit", "ttl": "30m"}],
    "functions": [[{"name": "look", "parameters": {}}]],
    "function_call": ["none", "auto", {"name": "look"}],
}
#: One that is wrong in the way a person gets it wrong, and where that is.
MISTAKES = [
    ("response_format", {"type": "json"}, "response_format.type"),
    ("response_format", {"type": "json_schema", "json_schema": {}}, "response_format.json_schema.name"),
    ("tools", [{"type": "function", "function": {}}], "tools.0.function.name"),
    ("tool_choice", {"type": "function", "function": {}}, "tool_choice.function.name"),
    ("stream_options", {"include_usage": "often"}, "stream_options.include_usage"),
    ("audio", {"voice": "alloy", "format": "vinyl"}, "audio.format"),
    ("prompt_cache_options", {"mode": "sometimes"}, "prompt_cache_options.mode"),
]
CHOICES = [parameter for parameter in PARAMETERS if isinstance(parameter.kind, OneOf)]
by_name = pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.name)


def values(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Values that a parameter's kind lets through."""
    kind = parameter.kind
    if isinstance(kind, Json):
        return st.sampled_from(STRUCTURES[parameter.name])
    if isinstance(kind, Pairs):
        return st.dictionaries(
            st.text(min_size=1, max_size=kind.longest_name),
            st.text(max_size=99),
            min_size=1,
            max_size=kind.most,
        )
    if isinstance(kind, SomeOf):
        return st.lists(st.sampled_from(kind.words), min_size=1, unique=True).map(tuple)
    if isinstance(kind, Number):
        low, high = kind.low, kind.high
        if kind.whole:
            return st.integers(int(low or 0), int(2**40 if high is None else high))
        return st.floats(low, high, allow_nan=False)
    if isinstance(kind, OneOf):
        return st.sampled_from(kind.words)
    if isinstance(kind, Flag):
        return st.booleans()
    if isinstance(kind, Texts):
        return st.lists(st.text(min_size=1), min_size=1, max_size=kind.most, unique=True).map(tuple)
    if isinstance(kind, Bias):
        return st.dictionaries(st.integers(0, 10**6).map(str), st.integers(-100, 100), min_size=1).map(
            lambda pairs: tuple(pairs.items())
        )
    assert isinstance(kind, Text)
    return st.text("abcxyz-./0123", min_size=1)


def checked(body: dict[str, Any]) -> None:
    """Hold a body against the SDK's type, strictly and to its last part: no text for a number, no unknown field."""
    shapes.walk((STREAMING if body["stream"] else WHOLE).validate_python(body, strict=True, extra="forbid"))


def test_no_field_of_the_sdk_goes_unnoticed() -> None:
    """Every field of the SDK's request is in the table, and nothing else."""
    known = {parameter.name for parameter in PARAMETERS} | MADE
    fields = {*HINTS, *get_type_hints(sdk.CompletionCreateParamsStreaming)}
    assert fields - known == set(), "new in the SDK: add it to chat/parameters/table.py"
    assert known - fields == set(), "gone from the SDK: take it out of chat/parameters/table.py"


@by_name
def test_body_of_every_parameter_is_the_sdks(parameter: Parameter) -> None:
    """Whatever the table lets through, the SDK's type lets through in a request's body."""

    @given(values(parameter))
    def holds(value: Any) -> None:
        settings = Settings().set("model", "m").set(parameter.name, parameter.kind.check(value))
        body = request.build(Branch().add("user", "hi"), settings)
        checked(body)
        assert parameter.name in body

    holds()


@pytest.mark.parametrize("parameter", CHOICES, ids=lambda parameter: parameter.name)
def test_words_of_a_choice_are_the_sdks(parameter: Parameter) -> None:
    """A choice offers all the words that the SDK's type has, and no others."""
    assert isinstance(parameter.kind, OneOf)
    accepted = TypeAdapter(HINTS[parameter.name])
    for word in parameter.kind.words:
        accepted.validate_python(word)
    with pytest.raises(ValidationError):
        accepted.validate_python("no such word")
    schema = str(accepted.json_schema())
    assert all(f"'{word}'" in schema for word in parameter.kind.words)
    enum = next(part["enum"] for part in accepted.json_schema()["anyOf"] if "enum" in part)
    assert set(enum) == set(parameter.kind.words)


def test_suggested_values_are_the_sdks() -> None:
    """What completion offers for a parameter can be sent."""
    for parameter in PARAMETERS:
        for text in parameter.kind.suggest():
            settings = Settings().set("model", "m").set(parameter.name, parameter.kind.read(text))
            checked(request.build(Branch().add("user", "hi"), settings))


@pytest.mark.parametrize(("name", "value", "place"), MISTAKES)
def test_mistakes_in_structures_are_located(name: str, value: Any, place: str) -> None:
    """A structure the SDK's type does not take is refused, with the place in it."""
    with pytest.raises(BadValue, match=re.escape(place) + ":"):
        shapes.check(name, value)


@pytest.mark.parametrize("name", STRUCTURES)
def test_sound_structures_pass(name: str) -> None:
    """Structures as the API reference has them are taken."""
    for value in STRUCTURES[name]:
        shapes.check(name, value)


def test_deprecated_is_marked() -> None:
    """What the SDK's docstrings call deprecated says here what replaces it."""
    source = Path(str(sdk.__file__)).read_text(encoding="utf-8")
    for parameter in PARAMETERS:
        docstring = re.search(rf"    {parameter.name}: .*?\n    \"\"\"(.*?)\"\"\"", source, re.DOTALL)
        words = docstring[1] if docstring else ""
        if re.match(r"\s*Deprecated", words) or "now deprecated" in words:
            assert parameter.replaced_by, parameter.name


def test_check_has_teeth() -> None:
    """The comparison with the SDK's type refuses what it should."""
    body = request.build(Branch().add("user", "hi"), Settings().set("model", "m"))
    for bad in (
        {"temperature": "hot"},
        {"logit_bias": {"1": "x"}},
        {"no_such_field": 1},
        {"n": 1.5},
        {"messages": [{"role": "nobody"}]},
        {"messages": [{"role": "user", "content": 1}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": 1}]}]},
        {"messages": [{"role": "user", "content": "hi", "no_such_field": 1}]},
        {"tools": [{"type": "function", "function": {}}]},
        {"tools": [{"type": "function", "function": {"name": "look", "no_such_field": 1}}]},
        {"functions": [{"no_such_field": 1}]},
    ):
        with pytest.raises(ValidationError):
            checked({**body, **bad})
    with pytest.raises(BadValue):
        next(p for p in PARAMETERS if p.name == "temperature").kind.check(2.5)


def test_shutdowns_are_read_from_the_sdk() -> None:
    """The SDK's docstring of `model` is understood: each quoted model of each dated item."""
    announced = shutdowns.announced()
    source = " ".join(Path(str(sdk.__file__)).read_text(encoding="utf-8").split())
    dated = source.partition("Deprecated values:")[2].partition('"""')[0].count("Announced shutdown date")
    assert dated > 3
    assert len(set(announced.values())) == dated
    assert announced["gpt-4o"] == datetime.date(2027, 1, 14)


def test_default_model_is_here_to_stay() -> None:
    """The default profile's model is one the SDK names, and no shutdown is announced for it."""
    from openai.types.shared.chat_model import ChatModel

    loaded = profiles.load(ROOT / "profiles.yaml", ROOT / "no-such-file.yaml")
    model = loaded.by_name["default"].values["model"]
    assert model in ChatModel.__args__  # type: ignore[attr-defined]
    assert model not in shutdowns.announced()
