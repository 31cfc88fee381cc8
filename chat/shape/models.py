"""Make JSON Schemas of types in Python files: `models.py:Invoice`. Nothing of the file is imported here: it
is run in a process of its own (`model_server`), and for completion its text is looked at."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..base import files
from ..base.child import Child, NoAnswer
from ..base.errors import BadFile, BadInput
from ..base.places import named

if TYPE_CHECKING:
    import ast

SECONDS = 20.0  # in all
_LARGEST = files.MB  # bytes of a file whose names are looked for
_MEANT = re.compile(r"(?P<file>.+\.py):(?P<name>[A-Za-z_][\w.]*)")
_KINDS = ("BaseModel", "TypedDict", "RootModel", "SQLModel")


def parted(text: str) -> tuple[Path, str] | None:
    """Give (file, name) of what is typed as models.py:Invoice; None for anything else."""
    found = _MEANT.fullmatch(text)
    return (named(found["file"]), found["name"]) if found else None


def schema(file: Path, name: str) -> dict[str, Any]:
    """Give the schema of a type, by running its file apart. Raises BadFile, BadInput."""
    with files.opened(file):  # which says what is wrong with it
        pass
    file = file.resolve()
    child = Child.serving(Path(__file__).with_name("model_server.py"), folder=file.parent)
    try:
        reply = child.ask({"file": str(file), "name": name}, SECONDS)
    except NoAnswer as error:
        raise BadInput(f"{name} of {file.name} has no schema: {error.told(SECONDS)}") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{name} of {file.name} has no schema: {error}") from None
    finally:
        child.end()
    if "failed" in reply:
        known = [each for each, _ in types(file)]
        hint = f"it has {', '.join(known[:8])}" if known and name not in known else ""
        raise BadInput(f"{name} of {file.name} has no schema: {reply['failed']}", hint)
    made: dict[str, Any] = reply["schema"]
    return made


def types(file: Path) -> list[tuple[str, str]]:
    """Give (name, what it is) of the classes of a file, by its text, those that look like models first. A
    file that can't be read or is no Python has none."""
    import ast  # late: it is looked into only here

    try:
        tree = ast.parse(files.read_text(file, _LARGEST))
    except (BadFile, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            marks = [_last(each) for each in (*node.bases, *node.decorator_list)]
            kind = next((each for each in marks if each in (*_KINDS, "dataclass")), "")
            found.append((node.name, kind or ", ".join(filter(None, marks))))
    return sorted(found, key=lambda pair: pair[1] not in (*_KINDS, "dataclass"))


def _last(node: ast.expr) -> str:
    """Give the last name of an expression: BaseModel of pydantic.BaseModel."""
    import ast

    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
