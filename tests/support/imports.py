"""Who imports whom in this house: read from the modules' text, each parsed once, when a test asks. Nothing is
imported for it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("chat", "commands", "terminal")
#: The rooms of the engine: each may import only from those before it.
ENGINE = (
    "base",
    "statistics",
    "media",
    "parameters",
    "conversation",
    "endpoint",
    "tokens",
    "store",
    "prompts",
    "shape",
    "tools",
    "session",
    "lab",
    "evaluation",
    "batch",
    "transfer",
)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


PATHS = {name_of(path): path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))}


@functools.cache
def modules() -> dict[str, ast.Module]:
    """The house's modules by their dotted names."""
    return {name: parsed(path) for name, path in PATHS.items()}


def imports(name: str) -> Iterator[tuple[str, bool]]:
    """(dotted name, whether it happens when the module is imported) of each import in a module."""
    known = modules()
    package = name if PATHS[name].name == "__init__.py" else name.rpartition(".")[0]

    def walk(node: ast.AST, early: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, early) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    above = package.split(".")[: package.count(".") + 2 - child.level]
                    base = ".".join([*above, base]).rstrip(".")
                for alias in child.names:
                    inner = f"{base}.{alias.name}"
                    yield (inner if inner in known else base), early
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                yield from walk(child, False)
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                yield from ((imported, False) for imported, _ in walk(child, early))
            else:
                yield from walk(child, early)

    return walk(known[name], True)


@functools.cache
def all_imports() -> dict[str, list[tuple[str, bool]]]:
    """What each module imports."""
    return {name: list(imports(name)) for name in PATHS}
