"""The process that makes the JSON Schema of a Python type, run by `models`. An order is a file and a name.

It runs the person's file, as Python would: in a process of its own, without the shell's secrets, with
little time and memory, and what the file prints goes nowhere. A pydantic model, dataclass, TypedDict or
any other type that pydantic knows becomes the schema that the SDK's `parse()` sends for it.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from ..base.serving import Refused, serve

MEMORY = 2 * 1024 * 1024 * 1024
SECONDS = 15
LARGEST = 1_000_000


def loaded(file: Path) -> Any:
    """Run a file as a module; one in a package by its whole name, so that it finds its neighbours."""
    parts, folder = [file.stem], file.parent
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        parts.insert(0, folder.name)
        folder = folder.parent
    if parts[-1] == "__init__":
        parts.pop()
    sys.path.insert(0, str(folder))
    if len(parts) > 1:
        return importlib.import_module(".".join(parts))
    spec = importlib.util.spec_from_file_location(parts[0], file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[parts[0]] = module
    spec.loader.exec_module(module)
    return module


def schema_of(kind: Any) -> dict[str, Any]:
    """Give the schema of a type, as the SDK has it for strict mode, or as pydantic has it."""
    from pydantic import BaseModel, TypeAdapter

    model = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else TypeAdapter(kind)
    try:
        from openai.lib._pydantic import to_strict_json_schema
    except ImportError:  # the SDK moved it
        return model.json_schema() if isinstance(model, TypeAdapter) else model.model_json_schema()
    return to_strict_json_schema(model)


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Do an order."""
    found = loaded(Path(order["file"]))
    for part in order["name"].split("."):
        found = getattr(found, part)
    schema = schema_of(found)
    if len(json.dumps(schema)) > LARGEST:
        raise Refused(f"its schema has more than {LARGEST:,} characters")
    return {"schema": schema}


def said_of(error: BaseException) -> str:
    """Say what an error is, without pydantic's advice; what a module does not have, in Python's words."""
    said = " ".join(str(error).partition("For further information")[0].split())
    known = isinstance(error, AttributeError)
    return (said if known else f"{type(error).__name__}: {said}")[:300].removesuffix(": ")


def main() -> None:
    sys.dont_write_bytecode = True
    serve(answer, said=said_of, memory=MEMORY, seconds=SECONDS)
