"""docs/architecture.md tells the truth: what it names is there."""

from __future__ import annotations

import ast
import re

from .conftest import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_file_and_name_is_there() -> None:
    """`file.py:name` is a function or class of that file, `file.py` a file."""
    named = re.findall(r"`([\w/]+\.py)(?::(\w+))?`", PAGE)
    assert len(named) > 40
    for path, name in named:
        file = ROOT / path
        assert file.is_file(), f"{path} is named in docs/architecture.md and is not there"
        kinds = (ast.FunctionDef, ast.ClassDef)
        known = {node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, kinds)}
        assert not name or name in known, f"{path} has no {name}, which docs/architecture.md names"
