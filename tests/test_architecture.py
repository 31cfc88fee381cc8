"""docs/architecture.md tells the truth: what it names is there, and its picture is of these imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

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


def test_the_picture_is_of_these_imports() -> None:
    """docs/rooms.svg is what docs/rooms.py draws now; `python docs/rooms.py` draws it anew."""
    code = "import sys; sys.path.insert(0, 'docs'); import rooms; sys.stdout.write(rooms.draw())"
    drawn = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
    ).stdout
    assert drawn == (ROOT / "docs" / "rooms.svg").read_text(encoding="utf-8")
