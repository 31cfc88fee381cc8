"""What the tests of commands share: a misbehaving server, and a session that talks to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.session.state import Session
from commands import dispatch, registry
from commands.declare import Send
from commands.message import exchange

from ..support.recorder import RecordingScreen
from ..support.server import Server

Run = Callable[[str], None]


@pytest.fixture(scope="session")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for tiktoken's ranks: they are unpacked once, not once a test."""
    return tmp_path_factory.mktemp("ranks")


@pytest.fixture(autouse=True)
def shared_ranks(home: Path, ranks: Path) -> None:
    (home / "cache").mkdir(parents=True)
    (home / "cache" / "tiktoken").symlink_to(ranks)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def here(server: Server, make_session: Callable[..., Session]) -> Callable[..., Session]:
    """A session whose profile `here` names the server and a model; `more` are further YAML lines."""

    def make(*more: str, model: str = "test-model") -> Session:
        lines = ["here:", f"  base_url: {server.url}", f"  model: {model}", *(f"  {line}" for line in more)]
        return make_session("\n".join(lines) + "\n", profile="here")

    return make


@pytest.fixture
def run(session: Session, screen: RecordingScreen) -> Run:
    """Type a line; what it sends is sent."""
    known = registry()

    def typed(text: str) -> None:
        action = dispatch.run(text, known, session, screen)
        if isinstance(action, Send):
            exchange(session, screen, action)

    return typed


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One session for many lines, which only look at it."""
    from chat.base.places import places
    from chat.parameters import profiles

    from ..conftest import ROOT

    home = tmp_path_factory.mktemp("lasting")
    where = places({"TEMPERA_HOME": str(home)})
    session = Session(where, profiles.load(ROOT / "profiles.yaml", where.profiles), environ={})
    session.load_profile("default")
    yield session
    session.close()
