"""The house keeps its floors: who imports whom, and that modules and commands explain themselves.

Each test looks at all modules at once, which are parsed once, and fails with every fault and its mend.
"""

from __future__ import annotations

import ast
import runpy
from collections import defaultdict

from chat.parameters.table import ALL
from commands import registry

from ..conftest import ROOT
from ..support.imports import ENGINE, PATHS, ROOMS, all_imports, modules, parsed

#: What runs in processes of its own.
APART = ("chat.shape.model_server", "chat.tools.mcp_host")
#: The module that imports the SDK, for all others in this process.
SDK = "chat.endpoint.sdk"
#: Modules that may know its types, or what it sends with, and only when they are called.
SDK_MODULES = {
    "chat.endpoint.client",
    "chat.endpoint.batches",
    "chat.endpoint.connection",
    "chat.endpoint.failures",
    "chat.endpoint.recorder",
    "chat.parameters.shapes",
    *APART,
}
#: What each room may import of the house, itself included.
ALLOWED = {"chat": {"chat"}, "commands": {"chat", "commands"}, "terminal": {"chat", "terminal"}}
#: What belongs to the room `terminal` alone.
TERMINAL_ONLY = {"prompt_toolkit", "rich", "termios"}
#: Modules that are themselves imported inside functions, since they draw with rich.
LATE = {
    "chat.base.markdown",
    "terminal.drawing.markdown",
    "terminal.drawing.render",
    "terminal.drawing.grid",
    "terminal.drawing.links",
}
#: What would cost time before the prompt.
SLOW = {
    "tiktoken",
    "filelock",
    "rich",
    "genai_prices",
    "pydantic",
    "markdown_it",
    "pyperclip",
    "PIL",
    "jmespath",
    "jsonschema",
    "mcp",
    SDK,
    *LATE,
}


def top(name: str) -> str:
    """The first part of a dotted name: the room, or the package."""
    return name.partition(".")[0]


def test_imports_go_one_way() -> None:
    """chat knows only itself, commands only chat, terminal only chat: nobody knows the shell or the tests."""
    faults = [
        f"{name} imports {imported}; {top(name)} may import {' and '.join(sorted(ALLOWED[top(name)]))} only"
        for name, found in all_imports().items()
        for imported, _ in found
        if top(imported) in {*ROOMS, "shell", "tests"} - ALLOWED[top(name)]
    ]
    assert not faults, "\n".join(faults)


def test_the_rooms_of_the_engine_stand_in_an_order() -> None:
    """A room imports, early or late, only from rooms above it; the list in chat/__init__.py is that order."""
    faults = []
    for name, found in all_imports().items():
        room = name.split(".")[1] if name.startswith("chat.") else ""
        for imported, _ in found:
            other = imported.split(".")[1] if imported.startswith("chat.") else ""
            if room and other and ENGINE.index(other) > ENGINE.index(room):
                faults.append(f"{name} imports {imported}: move what it needs up, or itself down")
    assert not faults, "\n".join(faults)
    map_ = ast.get_docstring(modules()["chat"]) or ""
    listed = [line.split()[0] for line in map_.splitlines() if line.startswith("    ")]
    assert tuple(listed) == ENGINE == tuple(each for each in ENGINE if f"chat.{each}" in modules())
    assert {path.parent.name for path in (ROOT / "chat").glob("*/__init__.py")} == set(ENGINE)
    assert [path.name for path in (ROOT / "chat").glob("*.py")] == ["__init__.py"]


def test_the_sdk_is_imported_late_and_by_few() -> None:
    """openai and httpx2 are imported by the modules that speak to them, inside functions, never at the start."""
    faults = [
        f"{name} imports {imported}: only {sorted(SDK_MODULES)} may, inside the function that needs it"
        for name, found in all_imports().items()
        for imported, early in found
        if top(imported) in ("openai", "httpx2") and name != SDK and (early or name not in SDK_MODULES)
    ]
    assert not faults, "\n".join(faults)
    by_itself = [
        f"{name} imports openai: take it from {SDK}, which loads the half of it that is used"
        for name, found in all_imports().items()
        for imported, _ in found
        if imported == "openai" and name not in (SDK, *APART)
    ]
    assert not by_itself, "\n".join(by_itself)


def test_what_loads_slowly_loads_late() -> None:
    """tiktoken, rich, prices and what draws with rich are imported inside functions: no prompt waits for them."""
    faults = [
        f"{name} imports {imported} at its top: import it inside the function that needs it"
        for name, found in all_imports().items()
        for imported, early in found
        if early and name not in LATE and (imported in SLOW or top(imported) in SLOW)
    ]
    assert not faults, "\n".join(faults)


def test_the_screen_is_the_terminals_alone() -> None:
    """Neither chat nor commands print, ask, or know prompt-toolkit or rich."""
    faults = []
    for name in (name for name in modules() if top(name) != "terminal"):
        known = {top(imported) for imported, _ in all_imports()[name]} & TERMINAL_ONLY
        called = {
            node.func.id
            for node in ast.walk(modules()[name])
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        } & {"input", "print"}
        if name == "chat.endpoint.embedded_server":  # a child has no screen: it reports its address by print
            called.discard("print")
        faults += [f"{name} knows {each}: that belongs to the room terminal" for each in known]
        faults += [f"{name} calls {each}(): show it by the screen that it is given" for each in called]
    assert not faults, "\n".join(faults)


def test_the_picture_is_of_these_imports() -> None:
    """docs/rooms.svg is what docs/rooms.py draws now; `python docs/rooms.py` draws it anew."""
    drawn = runpy.run_path(str(ROOT / "docs" / "rooms.py"))["draw"]()
    assert drawn == (ROOT / "docs" / "rooms.svg").read_text(encoding="utf-8")


def test_no_import_circles() -> None:
    """No module needs, while it is imported, a module that needs it."""
    graph = {
        name: {imported for imported, early in found if early and imported in modules()}
        for name, found in all_imports().items()
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
    assert len(done) == len(modules())


def test_modules_say_what_they_are_for() -> None:
    """Each module begins with a docstring. About 350 lines is a habit, and no rule of this test."""
    every = {**modules(), "shell": parsed(ROOT / "shell.py")}
    silent = [name for name, module in every.items() if not ast.get_docstring(module)]
    assert not silent, f"no docstring says what it is for: {silent}"


def test_each_class_has_a_name_of_its_own() -> None:
    """Who looks for a class by its name finds one, those that a module keeps to itself included."""
    places: dict[str, list[str]] = defaultdict(list)
    trees = {PATHS[name]: tree for name, tree in modules().items()}
    for path, tree in {**trees, ROOT / "shell.py": parsed(ROOT / "shell.py")}.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    faults = [
        f"{' and '.join(found)} both have a class {name}: give one of them a word of its own"
        for name, found in places.items()
        if len(found) > 1
    ]
    assert not faults, "\n".join(faults)


def test_every_command_has_a_help_line() -> None:
    """Each command says in one line, which ends in a full stop, what it does."""
    faults = [each.name for each in registry() if "\n" in each.help or not each.help.endswith(".")]
    assert not faults, f"the docstring's first line is the help: {faults}"


def test_every_parameter_is_a_command() -> None:
    """Every parameter and setting in the tables can be typed as a command, and so can its aliases."""
    known = registry()
    for parameter in ALL:
        for name in (parameter.name, *parameter.aliases):
            assert known.find(name).name == parameter.name
