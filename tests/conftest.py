"""What all tests share: a home of their own, a session in it, and a way to type a line."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from chat.base.places import places
from chat.parameters import profile_entries, profiles
from chat.session.state import Session
from commands import dispatch, registry
from commands.declare import Action

from .support import examples  # noqa: F401 (it registers hypothesis's profiles)
from .support.recorder import RecordingScreen

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
END_TO_END = ROOT / "tests" / "end_to_end"

# a shell starts what runs in the background with Ctrl-C ignored; tests press it
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run three tests on two cores: they wait for one another's programs and servers a sixth of the time."""
    return (os.cpu_count() or 1) * 3 // 2 or 1


def pytest_configure(config: pytest.Config) -> None:
    """Leave out what only nightly runs do, unless it is asked for."""
    wanted = config.option.markexpr
    if "nightly" not in wanted:
        config.option.markexpr = f"({wanted}) and not nightly" if wanted else "not nightly"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Have each worker begin with its share of the modules: in a fresh clone each of them is compiled once, and
    not by all workers at the same time."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or [Path(arg).resolve() for arg in session.config.args] != [ROOT / "tests"]:
        return
    number = int(worker["workerid"].removeprefix("gw"))
    modules = sorted(
        path for depth in ("", "*/", "*/*/") for path in (ROOT / "tests").glob(f"{depth}test_*.py")
    )
    for path in _share(modules, number, worker["workercount"]):
        with contextlib.suppress(Exception, pytest.skip.Exception):  # it is told when it is collected
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the last ring by its folder: what runs the whole program in a process of its own."""
    if item.path.is_relative_to(END_TO_END):
        item.add_marker("end_to_end")


@pytest.hookimpl(trylast=True)  # after what is left out and the order that is drawn by lot
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each worker its share of the last ring to begin with, so that nobody ends with tests of seconds while
    the others have nothing left to take from it."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if item.get_closest_marker("end_to_end")]
    quick = [item for item in items if not item.get_closest_marker("end_to_end")]
    if workers > 1 and quick:
        items[:] = [
            item
            for number in range(workers)
            for ring in (long, quick)
            for item in _share(ring, number, workers)
        ]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let garbage be collected, whatever the test before did: a run of the program that only answers does not."""
    gc.enable()


def _share(items: Sequence[T], number: int, workers: int) -> Sequence[T]:
    """Cut off one worker's share, as xdist does."""
    return items[len(items) * number // workers : len(items) * (number + 1) // workers]


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what lasts for the whole run: thousands of tests, and all modules."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def shipped_profiles() -> Iterator[None]:
    """Read the shipped profiles once: their file does not change while tests run."""
    shipped = ROOT / "profiles.yaml"
    read = profile_entries.read
    once = functools.cache(read)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profile_entries, "read", lambda path: (once if path == shipped else read)(path))
        yield


@pytest.fixture(autouse=True, scope="session")
def nobodys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take what is a person's out of the environment: keys, proxies, and the folder of their files."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.setenv("TEMPERA_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a test that keeps files a folder of its own for them."""
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
