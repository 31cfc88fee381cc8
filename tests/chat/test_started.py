"""What a person is told to type is what starts the program here."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from chat import started


@pytest.mark.parametrize(
    ("first", "installed", "told"),
    [
        ("shell.py", False, "python shell.py"),
        ("/somewhere/else/shell.py", False, "python shell.py"),
        ("/env/bin/tempera", True, "tempera"),
        ("/env/bin/tempera", False, "tempera"),  # editable
        ("/env/bin/tempera@next", True, "tempera@next"),  # pipx install --suffix
        ("tempera.exe", True, "tempera"),
        ("/env/lib/tempera/__main__.py", True, "python -m tempera"),
        ("/clone/tempera/__main__.py", False, "python -m tempera"),
        ("/env/lib/pytest/__main__.py", False, "python shell.py"),
        ("-c", True, "tempera"),
        ("", False, "python shell.py"),
    ],
)
def test_the_command_is_the_one_that_was_typed(
    monkeypatch: pytest.MonkeyPatch, first: str, installed: bool, told: str
) -> None:
    """The script of an installation, the module and the file of a clone each name themselves."""
    monkeypatch.setattr(sys, "argv", [first, "--help"])
    monkeypatch.setattr(started, "INSTALLED", installed)
    assert started.command() == told


def test_a_clones_own_program_is_run_in_its_folder() -> None:
    """A command from a clone says where it holds; its arguments are quoted for sh."""
    assert not started.INSTALLED, "the tests run in a clone"
    server = started.ROOT / "chat" / "embedded_server.py"
    command = started.program(server, "serve", "my model.gguf")
    assert command == "python chat/embedded_server.py serve 'my model.gguf'  # in Tempera's folder"


def test_an_installed_program_is_run_from_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is installed, the interpreter that has its packages is named, and the whole path."""
    monkeypatch.setattr(started, "INSTALLED", True)
    server = Path("/env/lib/tempera/chat/embedded_server.py")
    assert started.program(server, "serve") == f"{shlex.quote(sys.executable)} {server} serve"
