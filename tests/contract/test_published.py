"""The table of parameters against OpenAI's published schema of the API (published.json says which)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openai.types.chat import completion_create_params as sdk
from pydantic import TypeAdapter

from chat.base.errors import BadValue
from chat.parameters.declaration import Parameter
from chat.parameters.table import BY_NAME, PARAMETERS

from .test_sdk import HINTS

PUBLISHED = json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))["fields"]

#: Where the table says something else than the schema, and the words in which it says so.
DIFFERENCES = {
    ("stream", "default"): "the API's own default is false",
    ("seed", "deprecated"): "published schema marks it as deprecated",
    ("reasoning_effort", "default"): "published schema's default is medium",
    ("safety_identifier", "maxLength"): "the published schema 64",
    ("max_tokens", "minimum"): "llama.cpp takes -1 for no limit",
    ("max_completion_tokens", "minimum"): "llama.cpp takes -1 for no limit",
}
#: What this shell says more of than the schema: what the reference says in words.
SAID_IN_WORDS = {("modalities", "default"), ("modalities", "enum"), ("response_format", "default")}


def ours(parameter: Parameter) -> dict[str, Any]:
    """What the table says of a parameter, in the schema's terms."""
    schema = parameter.kind.schema()
    found = {name: schema[name] for name in ("minimum", "maximum") if name in schema}
    found |= {"deprecated": True} if parameter.replaced_by else {}
    found |= {"default": parameter.kind.read(parameter.default)} if parameter.default else {}
    kinds = [schema, *schema.get("anyOf", ())]
    words = [word for kind in kinds for word in kind.get("enum", ())]
    return found | ({"enum": words} if words else {})


def differing(parameter: Parameter) -> set[tuple[str, str]]:
    """The facts in which the two are not the same."""
    here, there = ours(parameter), PUBLISHED[parameter.name]
    names = ("minimum", "maximum", "deprecated", "default", "enum")
    found = {name for name in names if _same(here.get(name)) != _same(there.get(name))}
    if "maxLength" in there and _takes(parameter, "x" * (there["maxLength"] + 1)):
        found.add("maxLength")
    return {(parameter.name, name) for name in found}


def _same(fact: Any) -> Any:
    """A fact as it can be compared: the schema's numbers are those of JavaScript."""
    if isinstance(fact, int) and not isinstance(fact, bool) and abs(fact) > 2**53:
        return "64 bits"
    return sorted(fact) if isinstance(fact, list) else fact


def _takes(parameter: Parameter, value: Any) -> bool:
    try:
        parameter.kind.check(value)
    except BadValue:
        return False
    return True


def test_the_same_fields_are_published() -> None:
    """What the schema has and the table has not, or the other way round, is named here."""
    assert {parameter.name for parameter in PARAMETERS} - {"model"} == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_table_is_the_schema_or_says_that_it_is_not(name: str) -> None:
    """Ranges, defaults, words and what is deprecated are the schema's; where not, a note tells it."""
    parameter = BY_NAME[name]
    found = differing(parameter) - SAID_IN_WORDS
    known = {key: words for key, words in DIFFERENCES.items() if key[0] == name}
    assert found == set(known)
    told = " ".join((parameter.summary, *parameter.notes))
    assert all(words in told for words in known.values())


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_sdk_and_the_schema_have_the_same_words(name: str) -> None:
    """The two sources agree on what may be chosen: an update of one alone is noticed."""
    words = PUBLISHED[name].get("enum")
    schema = json.dumps(TypeAdapter(HINTS[name]).json_schema()) if words and name in HINTS else ""
    assert all(json.dumps(word) in schema for word in words or ())


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_tokens", 0), ("max_tokens", -1), ("max_completion_tokens", -1), ("metadata", {})],
)
def test_what_servers_take_can_be_sent(name: str, value: Any) -> None:
    """What another server gives a meaning, or the API takes, is not refused here."""
    assert BY_NAME[name].kind.check(value) == value


def test_what_is_said_of_the_sdk_stands_in_it() -> None:
    """128 characters are the SDK's word."""
    source = " ".join(Path(str(sdk.__file__)).read_text(encoding="utf-8").split())
    assert "maximum length of 128 characters" in source.partition("safety_identifier:")[2][:600]
