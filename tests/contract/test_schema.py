"""The JSON Schema of profiles.yaml against the loader that reads the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base import yamlfile
from chat.base.errors import BadValue
from chat.parameters import keeping, profiles
from chat.parameters.table import ALL

from ..conftest import ROOT


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(keeping.json_schema())


def test_the_schema_is_a_schema(validator: jsonschema.Draft202012Validator) -> None:
    """It is valid JSON Schema, and has a property for everything a profile may hold."""
    validator.check_schema(validator.schema)
    names = {name for each in ALL for name in (each.name, *each.aliases)}
    assert {*validator.schema["additionalProperties"]["properties"]} == names | {
        "extends",
        "extra",
        "extra_body",
    }


def test_shipped_profiles_follow_it(validator: jsonschema.Draft202012Validator) -> None:
    """The file that ships is complete and right by its own schema."""
    path = ROOT / "profiles.yaml"
    entries = yamlfile.parse(path, path.read_text(encoding="utf-8"))
    validator.validate({name: entry.value for name, entry in entries.items()})


wild = st.sampled_from(
    [
        -3,
        -2,
        -1,
        0,
        0.5,
        1,
        2,
        3,
        21,
        101,
        "",
        "a",
        "b c",
        "high",
        "none",
        "auto",
        True,
        None,
        [],
        ["a"],
        [1],
        {},
        {"a": 1},
    ]
)


@given(st.sampled_from(ALL), wild)
def test_what_the_loader_takes_the_schema_takes(
    validator: jsonschema.Draft202012Validator, parameter: Any, value: Any
) -> None:
    """An editor marks no value as wrong that the shell would load."""
    try:
        parameter.kind.check(value)
    except BadValue:
        return
    validator.validate({"p": {parameter.name: value}})


@pytest.mark.parametrize(
    "bad",
    [
        {"temperature": 3},
        {"no_such": 1},
        {"stop": list("abcde")},
        {"service_tier": "best"},
        {"n": 1.5},
        {"bias": {"a": 101}},
    ],
)
def test_what_the_schema_refuses_the_loader_refuses(
    validator: jsonschema.Draft202012Validator, tmp_path: Path, bad: dict[str, Any]
) -> None:
    """The commonest mistakes are marked in the editor, and reported by the shell."""
    assert not validator.is_valid({"p": bad})
    own = tmp_path / "profiles.yaml"
    own.write_text(yamlfile.dump({"p": bad}))
    assert profiles.load(ROOT / "profiles.yaml", own).complaints
