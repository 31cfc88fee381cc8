"""A session whose server says what a test wants, and lines typed into it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.session.state import Session
from chat.tools.runner import Runner
from commands import dispatch, registry
from commands.declare import Send
from commands.tools.loop import exchange

from ...conftest import ROOT
from ...support.recorder import RecordingScreen

FUNCTIONS = ROOT / "tests" / "support" / "tools" / "functions.py"
LOOKUP = {
    "type": "function",
    "function": {
        "name": "lookup",
        "description": "Look a key up.",
        "parameters": {"type": "object", "properties": {"key": {"type": "string"}}},
    },
}


class Kept(Runner):
    """Processes that outlive the sessions that use them: each takes a third of a second to start."""

    def close(self) -> None: ...

    def end(self) -> None:
        super().close()


@pytest.fixture(scope="module")
def runner() -> Iterator[Kept]:
    kept = Kept({})
    yield kept
    kept.end()


@pytest.fixture
def session(here: Callable[..., Session], runner: Kept) -> Session:
    session = here()
    session.toolbox.runner = runner
    return session


@pytest.fixture
def lines(session: Session, screen: RecordingScreen) -> Callable[..., None]:
    """Type lines; what they send is sent, as the shell does."""
    known = registry()

    def typed(*texts: str) -> None:
        for text in texts:
            action = dispatch.run(text, known, session, screen)
            if isinstance(action, Send):
                exchange(session, screen, action)

    return typed


@pytest.fixture
def declared(tmp_path: Path) -> str:
    """A file that declares a tool."""
    path = tmp_path / "lookup.json"
    path.write_text(json.dumps(LOOKUP), encoding="utf-8")
    return str(path)
