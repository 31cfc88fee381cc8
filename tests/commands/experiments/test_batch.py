"""/eval --batch and /batch: sent once, taken once, and equal to what is asked directly."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.batch import remote, writing
from chat.evaluation import figures_json
from chat.evaluation.keeping import Keeping
from chat.session.state import Session
from commands.experiments import batching

from ...support.batch_server import BatchServer, never, result
from ...support.recorder import RecordingScreen

Run = Callable[[str], None]


class Killed(BaseException):
    """What a shell that is killed does: nothing more."""


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as running:
        yield running


@pytest.fixture
def session(
    server: BatchServer, make_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> Session:
    monkeypatch.setattr(batching, "_sleep", lambda seconds: None)
    text = f"here:\n  base_url: {server.url}\n  model: m1\nother:\n  base_url: {server.url}\n  model: m2\n"
    return make_session(text, profile="here")


@pytest.fixture
def screen() -> RecordingScreen:
    return RecordingScreen(interactive=False)


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Seven cases in two columns, of which one falls short and one is refused, in the folder in which one is."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    words = ["one", "two", "three", "four", "five", "six", "refused"]
    tests = [
        {
            "vars": {"word": word},
            "assert": [{"type": "equals", "value": "WRONG" if word == "two" else word.upper()}],
        }
        for word in words
    ]
    made = {"description": "Words", "prompts": ["say {{word}}", "shout {{word}}"], "tests": tests}
    path = folder / "words.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    return path


def figures(session: Session, run: int) -> Any:
    """What a run came to, but for the times."""
    made = json.loads(json.dumps(Keeping(session.store.runs).figures(run)))

    def timeless(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: timeless(each)
                for name, each in value.items()
                if "seconds" not in name and name != "latency"
            }
        return [timeless(each) for each in value] if isinstance(value, list) else value

    return timeless(made)


def states(session: Session, run: int = 1) -> list[str]:
    """The state of each sample, a failed one by its kind."""
    kept = Keeping(session.store.runs)
    return [f"{each.state} {each.kind}".strip() for each in kept.samples(kept.get(run))]


def test_a_batch_makes_the_tables_of_a_run_that_is_asked_directly(
    cases: Path, run: Run, session: Session, screen: RecordingScreen, server: BatchServer, tmp_path: Path
) -> None:
    """One file asked directly, by a batch, and by a file written for vLLM comes to equal figures."""
    run("/eval words.json")
    run("/eval words.json --batch")
    run("/batch watch")
    run(f"/batch write words.json --vllm {tmp_path / 'own'}")
    requests = [json.loads(line) for line in (tmp_path / "own" / "requests.jsonl").read_text().splitlines()]
    answers = [result(each) for each in requests][::-1]
    (tmp_path / "own" / "results.jsonl").write_text("".join(json.dumps(each) + "\n" for each in answers))
    run(f"/batch read {tmp_path / 'own' / 'results.jsonl'}")
    assert not screen.failed
    assert figures_json and figures(session, 1)["columns"]
    assert figures(session, 1) == figures(session, 2) == figures(session, 3)
    assert states(session, 1) == states(session, 2) == states(session, 3)
