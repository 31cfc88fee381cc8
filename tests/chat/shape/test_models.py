"""Types of Python files as schemas: run apart, and told in one sentence where they are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chat.base.errors import BadFile, BadInput
from chat.shape import forms, models

FILE = '''
import os, sys
from dataclasses import dataclass
from typing import Optional
from typing_extensions import TypedDict
from pydantic import BaseModel, Field

print("what it prints goes nowhere")
assert "OPENAI_API_KEY" not in os.environ

class Item(BaseModel):
    name: str
    note: Optional[str] = None

class Invoice(BaseModel):
    """What is owed."""
    items: list[Item]

class Row(TypedDict):
    a: int

@dataclass
class Point:
    x: int

class Plain:
    def __init__(self, x): ...
'''


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    path = tmp_path / "models.py"
    path.write_text(FILE)
    return path


def test_a_model_is_what_the_sdk_sends(file: Path) -> None:
    """The format is the one that parse() of the SDK makes of the same model."""
    from openai.lib._parsing import type_to_response_format_param
    from pydantic import BaseModel

    class Item(BaseModel):
        name: str
        note: str | None = None

    class Invoice(BaseModel):
        """What is owed."""

        items: list[Item]

    made = forms.from_file(f"{file}:Invoice")
    assert json.dumps(made, sort_keys=True) == json.dumps(
        type_to_response_format_param(Invoice), sort_keys=True
    )
    assert not list(file.parent.glob("**/*.pyc"))


@pytest.mark.parametrize(("name", "holds"), [("Row", "a"), ("Point", "x")])
def test_other_types_have_schemas_too(file: Path, name: str, holds: str) -> None:
    """A TypedDict and a dataclass are read by pydantic."""
    assert list(models.schema(file, name)["properties"]) == [holds]


@pytest.mark.parametrize(
    ("name", "said"),
    [("Nobody", "no attribute 'Nobody'"), ("Plain", "has no schema")],
)
def test_a_type_without_schema_is_told(file: Path, name: str, said: str) -> None:
    """A name that is not there names those that are; a class that pydantic does not know is told."""
    with pytest.raises(BadInput, match=said):
        models.schema(file, name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import nothing_of_this_name", "ModuleNotFoundError"),
        ("def", "SyntaxError"),
        ("import os; os._exit(0)", "too much time or memory"),
    ],
)
def test_a_file_that_fails_says_how(tmp_path: Path, text: str, said: str) -> None:
    """Whatever the file does, the shell has one sentence."""
    path = tmp_path / "bad.py"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        models.schema(path, "X")


def test_a_file_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time is limited."""
    path = tmp_path / "slow.py"
    path.write_text("import time\ntime.sleep(600)")
    monkeypatch.setattr(models, "SECONDS", 0.5)
    with pytest.raises(BadInput, match="it takes more than"):
        models.schema(path, "X")


def test_a_file_that_is_not_there() -> None:
    """It is said before anything runs."""
    with pytest.raises(BadFile, match="no such file"):
        models.schema(Path("/nowhere/models.py"), "X")


def test_a_module_of_a_package_finds_its_neighbours(tmp_path: Path) -> None:
    """Relative imports work as in the application."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "base.py").write_text("from pydantic import BaseModel\nclass B(BaseModel):\n    b: int\n")
    (folder / "models.py").write_text("from .base import B\nclass C(B):\n    c: int\n")
    assert list(models.schema(folder / "models.py", "C")["properties"]) == ["b", "c"]


def test_names_are_found_without_running(tmp_path: Path) -> None:
    """For completion the text is looked at: models come first, and nothing runs."""
    path = tmp_path / "models.py"
    path.write_text(
        "raise SystemExit\nclass Z: ...\nclass A(pydantic.BaseModel): ...\n@dataclass(frozen=True)\nclass D: ...\n"
    )
    assert models.types(path) == [("A", "BaseModel"), ("D", "dataclass"), ("Z", "")]
    assert models.types(tmp_path / "none.py") == []
