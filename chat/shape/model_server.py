"""The JSON Schema of a Python type. Run as a program, by `models`, once for each order: a file and a name.

It runs the person's file, as Python would: in a process of its own, without the shell's secrets, with
little time and memory, and what the file prints goes nowhere. A pydantic model, dataclass, TypedDict or
any other type that pydantic knows becomes the schema that the SDK's `parse()` sends for it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

with suppress(ImportError):
    import resource

MEMORY = 2 * 1024 * 1024 * 1024
SECONDS = 15
LARGEST = 1_000_000

if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
    del sys.path[0]


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


def limited() -> None:
    if "resource" not in globals():
        return
    for name, most in (("RLIMIT_AS", MEMORY), ("RLIMIT_CPU", SECONDS), ("RLIMIT_CORE", 0)):
        with suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, name), (most, most))


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.dont_write_bytecode = True
    limited()
    if hasattr(signal, "alarm"):
        signal.alarm(2 * SECONDS)  # should the shell have died meanwhile
    order = json.loads(sys.stdin.readline())
    file, name = Path(order["file"]), order["name"]
    try:
        module = loaded(file)
        kind = module
        for part in name.split("."):
            kind = getattr(kind, part)
        reply: dict[str, Any] = {"schema": schema_of(kind)}
        if len(json.dumps(reply)) > LARGEST:
            reply = {"failed": f"its schema has more than {LARGEST:,} characters"}
    except AttributeError as error:
        reply = {"failed": str(error)[:300]}
    except BaseException as error:  # SystemExit too: a file may be a program
        said = " ".join(str(error).partition("For further information")[0].split())
        reply = {"failed": f"{type(error).__name__}: {said}"[:300].removesuffix(": ")}
    out.write(json.dumps(reply) + "\n")
    out.flush()
    os._exit(0)  # whatever the file has started


if __name__ == "__main__":
    main()
