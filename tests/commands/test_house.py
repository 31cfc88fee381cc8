"""The house keeps its floors: who imports whom, how long a module is, that commands explain themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.parameters import ALL
from commands import registry

from ..conftest import ROOT

ROOMS = ("chat", "commands", "terminal")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).glob("*.py"))
#: Modules that may know the SDK, and only when they are called.
SDK_MODULES = {"chat.client", "chat.failures", "chat.shapes", "chat.tap"}
#: What each room may import of the house, itself included.
ALLOWED = {"chat": {"chat"}, "commands": {"chat", "commands"}, "terminal": {"chat", "terminal"}}
#: What would cost time before the prompt, or belongs to one room alone.
TERMINAL_ONLY = {"prompt_toolkit", "rich", "termios"}

#: Modules that are themselves imported inside functions.
LATE = {"terminal.markdown", "terminal.render"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """(dotted name, whether it happens when the module is imported) of each import in a module."""
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]

    def walk(node: ast.AST, early: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, early) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    base = ".".join([package, base]).rstrip(".")
                for alias in child.names:
                    inner = f"{base}.{alias.name}"
                    yield (inner if inner in NAMES else base), early
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                yield from walk(child, False)
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                yield from ((name, False) for name, _ in walk(child, early))
            else:
                yield from walk(child, early)

    return walk(ast.parse(path.read_text(encoding="utf-8")), True)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_one_way(path: Path) -> None:
    """chat knows only itself, commands only chat, terminal only chat: nobody knows the shell or the tests."""
    room = path.parent.name
    rooms = {name.partition(".")[0] for name, _ in imports(path)} & {*ROOMS, "shell", "tests"}
    assert rooms <= ALLOWED[room], f"{name_of(path)} may import {ALLOWED[room]} only"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_sdk_is_imported_late_and_by_few(path: Path) -> None:
    """openai and httpx2 are imported by the modules that speak to them, inside functions, never at the start."""
    sdk = [(name, early) for name, early in imports(path) if name.partition(".")[0] in ("openai", "httpx2")]
    assert not sdk or name_of(path) in SDK_MODULES
    assert not [name for name, early in sdk if early], "import it inside the function that needs it"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_what_loads_slowly_loads_late(path: Path) -> None:
    """tiktoken, rich and genai_prices are imported inside functions, so that the prompt does not wait for them;
    so are the modules that draw with rich."""
    slow = {"tiktoken", "rich", "genai_prices", "pydantic", "markdown_it", "pyperclip", *LATE}
    early = {name for name, early in imports(path) if early}
    if name_of(path) not in LATE:
        assert not [name for name in early if name in LATE or name.partition(".")[0] in slow]


@pytest.mark.parametrize("path", [p for p in MODULES if p.parent.name != "terminal"], ids=name_of)
def test_the_screen_is_the_terminals_alone(path: Path) -> None:
    """Neither chat nor commands print, or know prompt-toolkit or rich."""
    assert not {name.partition(".")[0] for name, _ in imports(path)} & TERMINAL_ONLY
    calls = [
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    # the child process of the embedded model has no screen: it reports its address by print
    assert "input" not in calls and ("print" not in calls or name_of(path).endswith("_server"))


def test_no_import_circles() -> None:
    """No module needs, while it is imported, a module that needs it."""
    graph = {
        name_of(path): {name for name, early in imports(path) if early and name in NAMES} for path in MODULES
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"a circle: {' → '.join([*trail, name])}"
        if name not in done:
            for needed in sorted(graph[name]):
                visit(needed, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())
    assert len(done) == len(MODULES)


@pytest.mark.parametrize("path", [*MODULES, ROOT / "shell.py"], ids=name_of)
def test_modules_are_short_and_say_what_they_are_for(path: Path) -> None:
    """A module fits in a head: at most 400 lines, below a docstring."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400, "split it where its second subject begins"
    if path.name == "__init__.py" and not text.strip():
        return
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("command", list(registry()), ids=lambda command: command.name)
def test_every_command_has_a_help_line(command) -> None:
    """Each command says in one line, which ends in a full stop, what it does."""
    assert command.help and "\n" not in command.help
    assert command.help.endswith(".")


@pytest.mark.parametrize("parameter", ALL, ids=lambda parameter: parameter.name)
def test_every_parameter_is_a_command(parameter) -> None:
    """Every parameter and setting in the tables can be typed as a command, and so can its aliases."""
    known = registry()
    for name in (parameter.name, *parameter.aliases):
        assert known.find(name).name == parameter.name
