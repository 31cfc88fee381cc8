"""What tests of evaluations share: a session at a server that counts, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chat.evaluation.keeping import Keeping
from chat.evaluation.results import EvalRun, Sample
from chat.session.state import Session
from chat.store.conversations import Store
from commands import dispatch, registry

from ...support.asked import Asked
from ...support.recorder import RecordingScreen


@dataclass
class Evals:
    """A session in a folder of its own: lines are typed, and yes is said to what is asked."""

    session: Session
    folder: Path
    server: Asked

    def type(self, line: str, yes: bool = True) -> RecordingScreen:
        screen = RecordingScreen(answers=[yes] * 5)
        dispatch.run(line, registry(), self.session, screen)
        return screen

    @property
    def kept(self) -> Keeping:
        return Keeping(self.session.store.runs)

    def run(self, number: int = 1) -> EvalRun:
        return self.kept.get(number)

    def samples(self, number: int = 1) -> list[Sample]:
        return list(self.kept.samples(self.run(number)))

    def states(self, number: int = 1) -> list[str]:
        return [each.state for each in self.samples(number)]


@pytest.fixture
def evals(
    make_session: Callable[..., Session], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Evals]:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with Asked() as server:
        own = f"here:\n  base_url: {server.url}\n  model: test-model\n"
        session = make_session(own, profile="here")
        session.store = Store(session.places.conversations, session.secrets)
        yield Evals(session, folder, server)
