"""The table of parameters against the installed SDK's own types."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import completion_create_params as sdk
from pydantic import TypeAdapter, ValidationError

from chat import profiles, request, shutdowns
from chat.conversation import Conversation
from chat.errors import BadValue
from chat.kinds import Bias, Choice, Flag, Kind, Number, Text, Texts
from chat.parameters import PARAMETERS, Parameter
from chat.settings import Settings

from ..conftest import ROOT

HINTS = get_type_hints(sdk.CompletionCreateParamsBase)
STREAMING: TypeAdapter[Any] = TypeAdapter(sdk.CompletionCreateParamsStreaming)
WHOLE: TypeAdapter[Any] = TypeAdapter(sdk.CompletionCreateParamsNonStreaming)

#: Fields of the SDK's type that this version does not offer; the shell makes the first two.
NOT_YET = {
    "messages",
    "stream_options",
    "audio",
    "function_call",
    "functions",
    "logprobs",
    "metadata",
    "modalities",
    "moderation",
    "parallel_tool_calls",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "response_format",
    "safety_identifier",
    "store",
    "tool_choice",
    "tools",
    "top_logprobs",
    "web_search_options",
}
by_name = pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.name)


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Values that a kind lets through."""
    if isinstance(kind, Number):
        low, high = kind.low, kind.high
        if kind.whole:
            return st.integers(int(low or 0), int(2**40 if high is None else high))
        return st.floats(low, high, allow_nan=False)
    if isinstance(kind, Choice):
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
    """Held against the SDK's type, strictly: no text for a number, no unknown field."""
    (STREAMING if body["stream"] else WHOLE).validate_python(body, strict=True, extra="forbid")


def test_no_field_of_the_sdk_goes_unnoticed() -> None:
    """Every field of the SDK's request is in the table, or listed here as not offered yet."""
    known = {parameter.name for parameter in PARAMETERS} | NOT_YET
    assert set(HINTS) - known == set(), "new in the SDK: add it to chat/parameters.py"
    assert known - set(HINTS) - {"stream"} == set(), "gone from the SDK"
    assert not {parameter.name for parameter in PARAMETERS} & NOT_YET, "offered now: take it off NOT_YET"


@by_name
def test_body_of_every_parameter_is_the_sdks(parameter: Parameter) -> None:
    """Whatever the table lets through, the SDK's type lets through in a request's body."""

    @given(values(parameter.kind))
    def holds(value: Any) -> None:
        settings = Settings().set("model", "m").set(parameter.name, parameter.kind.check(value))
        body = request.build(Conversation().add("user", "hi"), settings)
        checked(body)
        assert parameter.name in body

    holds()


@by_name
def test_words_of_a_choice_are_the_sdks(parameter: Parameter) -> None:
    """A choice offers all the words that the SDK's type has, and no others."""
    if not isinstance(parameter.kind, Choice):
        return
    accepted = TypeAdapter(HINTS[parameter.name])
    for word in parameter.kind.words:
        accepted.validate_python(word)
    with pytest.raises(ValidationError):
        accepted.validate_python("no such word")
    schema = str(accepted.json_schema())
    assert all(f"'{word}'" in schema for word in parameter.kind.words)
    enum = next(part["enum"] for part in accepted.json_schema()["anyOf"] if "enum" in part)
    assert set(enum) == set(parameter.kind.words)


@by_name
def test_suggested_values_are_the_sdks(parameter: Parameter) -> None:
    """What completion offers for a parameter can be sent."""
    for text in parameter.kind.suggest():
        settings = Settings().set("model", "m").set(parameter.name, parameter.kind.read(text))
        checked(request.build(Conversation().add("user", "hi"), settings))


def test_check_has_teeth() -> None:
    """The comparison with the SDK's type refuses what it should."""
    body = request.build(Conversation().add("user", "hi"), Settings().set("model", "m"))
    for bad in ({"temperature": "hot"}, {"logit_bias": {"1": "x"}}, {"no_such_field": 1}, {"n": 1.5}):
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
