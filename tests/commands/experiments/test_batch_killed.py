"""kill -9 at each step of a batch's life: each cell is sent and counted once, whoever takes it up.

A child of this process is the shell that is killed: before each write to its store, and while the server does each
of the things that it was asked for, before and after. Another shell goes on, as a person would.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.base.places import places
from chat.evaluation.keeping import Keeping
from chat.parameters import profiles
from chat.session.state import Session
from chat.store.conversations import Store
from chat.store.database import Database
from commands import dispatch, registry
from commands.experiments import batch_fetching

from ...conftest import ROOT
from ...support.batch_server import BatchServer
from ...support.recorder import RecordingScreen

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a child is made by fork")

CASES = 3


class Bench:
    """A folder of one's own for each shell that is killed, and what it types."""

    sends = "/eval {file} --batch"

    def __init__(self, folder: Path, server: BatchServer) -> None:
        self.folder, self.server = folder, server
        folder.mkdir()
        (folder / "profiles.yaml").write_text(
            f"here:\n  base_url: {server.url}\n  model: m1\n", encoding="utf-8"
        )
        tests = [
            {"vars": {"word": word}, "assert": [{"type": "equals", "value": word.upper()}]}
            for word in ("one", "two", "refused")
        ]
        self.file = folder / "words.json"
        self.file.write_text(json.dumps({"prompts": ["say {{word}}"], "tests": tests}), encoding="utf-8")

    def session(self) -> Session:
        where = places({"TEMPERA_HOME": str(self.folder)})
        made = Session(where, profiles.load(ROOT / "profiles.yaml", where.profiles), environ={})
        made.store = Store(where.conversations, made.secrets)
        made.load_profile("here")
        return made

    def type(self, *lines: str) -> RecordingScreen:
        """Do lines in a shell of its own."""
        session, screen = self.session(), RecordingScreen(answers=[True] * 9)
        try:
            for line in lines:
                dispatch.run(line, registry(), session, screen)
        finally:
            session.close()
        return screen

    def killed(self, before: Callable[[], None] = lambda: None) -> int:
        """Send and fetch in a child, which dies on the way. Give its process, which has ended by then."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads: the server's are not used there
            child = os.fork()
        if not child:
            try:
                before()
                self.type(self.sends.format(file=self.file), "/batch watch")
            finally:
                os._exit(0)
        return child

    def gone_on(self) -> None:
        """Go on until nothing is left to do, as what is shown says."""
        self.type("/batch watch")
        session = self.session()
        runs = Keeping(session.store.runs).newest()
        session.close()
        if not runs:
            self.type(f"/eval {self.file} --batch", "/batch watch")
        elif runs[0].state != "finished":
            self.type("/eval go on 1 --batch", "/batch watch")

    def holds(self) -> None:
        """Each cell went out in one batch, and has come to what it comes to."""
        server, session = self.server, self.session()
        kept = Keeping(session.store.runs)
        run = kept.get(1)
        came = [f"{each.state} {each.kind}".strip() for each in kept.samples(run)]
        assert came == ["judged", "judged", "failed refused"]
        assert run.state == "finished"
        sent = [
            line["custom_id"].split("-")[1]
            for each in server.batches.values()
            for line in server.lines(each["input_file_id"])
        ]
        assert sorted(sent) == ["c0", "c1", "c2"]
        assert len([name for name, _ in server.files.values() if name.startswith("tempera")]) == 1
        assert not (self.folder / "batches").exists()
        session.close()


class Sweeping(Bench):
    """The same with a sweep, whose answers are turns."""

    sends = "/sweep temperature 0,1,2 --batch -- say tea"

    def gone_on(self) -> None:
        """Go on until nothing is missing, as what is shown says."""
        self.type("/batch watch")
        session = self.session()
        kept = session.store.newest()
        sent = bool(kept) and bool(session.store.load(kept[0]["number"]).experiments)
        session.close()
        if sent:
            self.type("/resume 1", "/sweep resume --batch", "/batch watch")
        else:
            self.type(self.sends, "/batch watch")

    def holds(self) -> None:
        """Each cell went out once, and has one turn with its answer; nothing else is left."""
        session = self.session()
        turns = session.store.load(1).turns
        assert sorted((turn.request.cell, turn.said) for turn in turns) == [
            (0, "TEA at 0.0"),
            (1, "TEA at 1.0"),
            (2, "TEA at 2.0"),
        ]
        sent = [
            line["custom_id"].split("-")[1]
            for each in self.server.batches.values()
            for line in self.server.lines(each["input_file_id"])
        ]
        assert sorted(sent) == ["c0", "c1", "c2"]
        assert not (self.folder / "batches").exists()
        assert not [
            each for run in session.store.runs.parts() for each in session.store.runs.samples(run["number"])
        ]
        session.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.setattr(batch_fetching, "_sleep", lambda seconds: None)
    with BatchServer() as running:
        yield running


def forget(server: BatchServer) -> None:
    server.files.clear()
    server.batches.clear()
    server.asked.clear()


def kills_at(write: int, counted: int | None = None) -> Callable[[], None]:
    """What makes a child die before its n-th write; with `counted`, it writes there how many it makes."""

    def patch() -> None:
        true, made = Database.write, 0

        def write_(self: Database, do: Any) -> Any:
            nonlocal made
            made += 1
            if made == write:
                os.kill(os.getpid(), signal.SIGKILL)
            if counted is not None:
                os.write(counted, b".")
            return true(self, do)

        Database.write = write_  # type: ignore[method-assign]

    return patch


@pytest.mark.parametrize(
    ("made", "step"), [(Bench, 1), (Sweeping, 4), pytest.param(Sweeping, 1, marks=pytest.mark.nightly)]
)
def test_killed_before_each_write_it_goes_on(
    tmp_path: Path, server: BatchServer, made: type[Bench], step: int
) -> None:
    """As many shells are killed as one that is not killed writes; of a sweep, each fourth but at night."""
    read, write = os.pipe()
    whole = made(tmp_path / "whole", server)
    os.waitpid(whole.killed(kills_at(0, write)), 0)
    os.close(write)
    writes = len(os.read(read, 1000))
    os.close(read)
    whole.holds()
    assert writes > 12
    for number in range(1, writes + 1, step):
        forget(server)
        bench = made(tmp_path / str(number), server)
        _, status = os.waitpid(bench.killed(kills_at(number)), 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        bench.gone_on()
        bench.holds()


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("what", ["upload", "create", "look", "content"])
def test_killed_while_it_is_answered_it_goes_on(
    tmp_path: Path, server: BatchServer, what: str, done: bool
) -> None:
    """Whether the provider has done what it was asked for, or not."""
    bench, child, begun = Bench(tmp_path / "one", server), 0, threading.Event()

    def on(asked: str, is_done: bool) -> None:
        begun.wait()
        if (asked, is_done) == (what, done) and child:
            os.kill(child, signal.SIGKILL)

    server.on = on
    child = bench.killed()
    begun.set()
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    server.on = lambda asked, is_done: None
    bench.gone_on()
    bench.holds()
