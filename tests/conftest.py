"""What all tests share: a home of their own, a session in it, and a way to type a line."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from chat import profiles
from chat.places import places
from chat.session import Session
from commands import dispatch, registry
from commands.declare import Action

from .support.recorder import RecordingScreen

ROOT = Path(__file__).resolve().parent.parent

#: How long an example takes says nothing on a busy machine. In CI the examples are the same each time: what
#: new ones find is for whoever runs the tests, not for a change that has nothing to do with it.
settings.register_profile(
    "unhurried",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")

# a shell starts what runs in the background with Ctrl-C ignored; tests press it
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test keeps its files in a folder of its own, and starts without keys or proxies."""
    for name in list(os.environ):
        if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TEMPERA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def make_session(home: Path) -> Iterator[Callable[..., Session]]:
    """A session as the shell makes it; `own` is the text of the person's profiles.yaml."""
    made: list[Session] = []

    def make(own: str = "", profile: str = "default", **environ: str) -> Session:
        where = places({"TEMPERA_HOME": str(home), **environ})
        if own:
            where.profiles.parent.mkdir(parents=True, exist_ok=True)
            where.profiles.write_text(own, encoding="utf-8")
        loaded = profiles.load(ROOT / "profiles.yaml", where.profiles)
        session = Session(where, loaded, environ={"TEMPERA_HOME": str(home), **environ})
        session.load_profile(profile)
        made.append(session)
        return session

    yield make
    for session in made:
        session.close()


@pytest.fixture
def session(make_session: Callable[..., Session]) -> Session:
    return make_session()


@pytest.fixture
def screen() -> RecordingScreen:
    return RecordingScreen()


@pytest.fixture
def typed(session: Session, screen: RecordingScreen) -> Callable[[str], Action | None]:
    """Type a line into the session; what it said is in `screen`."""
    known = registry()
    return lambda text: dispatch.run(text, known, session, screen)
