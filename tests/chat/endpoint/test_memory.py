"""What the shell keeps of endpoints and preferences: small files, several shells."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from chat.base.errors import BadFile
from chat.endpoint.address import Endpoint
from chat.endpoint.memory import HONOURED, REJECTED, Endpoints, File, Preferences, ProbeVerdict

HERE = Endpoint("http://127.0.0.1:8080/v1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "endpoints.yaml"


def test_what_is_learnt_is_there_next_time(path: Path) -> None:
    """A model that stands in, a refused field, a verdict: read again by another shell."""
    first = Endpoints(File(path))
    first.remember_model(HERE, "gpt-4o", "llama")
    first.remember_no_usage(HERE)
    first.remember_verdict(HERE, "llama", "n", ProbeVerdict(REJECTED, "n is not taken", "2026-11-23"))
    other = Endpoints(File(path))
    assert other.stand_in(HERE, "gpt-4o") == "llama"
    assert not other.takes_usage(HERE)
    assert str(other.verdict(HERE, "llama", "n")) == "rejected: n is not taken"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_forgetting(path: Path) -> None:
    """What is forgotten is gone, and only that."""
    kept = Endpoints(File(path))
    kept.remember_verdict(HERE, "m", "n", ProbeVerdict(REJECTED))
    kept.remember_verdict(HERE, "m", "stop", ProbeVerdict(HONOURED))
    assert kept.forget_verdicts(HERE, "m", ["n", "seed"]) == ["n"]
    assert set(Endpoints(File(path)).verdicts(HERE, "m")) == {"stop"}
    assert kept.forget_verdicts(HERE, "m", ["stop"]) == ["stop"]
    assert "parameters" not in path.read_text()


def test_what_is_not_kept_is_known_for_the_run(path: Path) -> None:
    """Without keeping, what is learnt holds as long as the shell, and leaves no file; what was
    learnt before is known, and stays as it is."""
    memory = Endpoints(File(path, keep=False))
    memory.remember_model(HERE, "wanted", "picked")
    assert memory.stand_in(HERE, "wanted") == "picked"
    assert not path.parent.exists()
    Endpoints(File(path)).remember_model(HERE, "wanted", "before")
    written = path.read_bytes()
    memory = Endpoints(File(path, keep=False))
    assert memory.stand_in(HERE, "wanted") == "before"
    memory.remember_model(HERE, "wanted", "now")
    memory.remember_model(HERE, "other", "one")
    assert (memory.stand_in(HERE, "wanted"), memory.stand_in(HERE, "other")) == ("now", "one")
    assert path.read_bytes() == written


def test_two_shells_lose_nothing(path: Path) -> None:
    """Shells that were started together and learn at the same time keep what each has learnt."""
    shells = [Endpoints(File(path)) for _ in range(4)]

    def learn(number: int) -> None:
        for turn in range(5):
            shells[number].remember_verdict(HERE, "m", f"parameter_{number}_{turn}", ProbeVerdict(HONOURED))

    threads = [threading.Thread(target=learn, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Endpoints(File(path)).verdicts(HERE, "m")) == 20


def test_a_persons_own_remarks_stay(path: Path) -> None:
    """The file is for people too: what they wrote into it is left alone."""
    path.parent.mkdir()
    path.write_text("# mine\nhttp://127.0.0.1:8080/v1:\n  models: {a: b}  # since May\n")
    Endpoints(File(path)).remember_no_usage(HERE)
    text = path.read_text()
    assert "# mine" in text
    assert "models: {a: b}  # since May" in text
    assert "stream_options: refused" in text


@pytest.mark.parametrize("text", ["a: [1\n", "\x00", "- x\n", "a: &x 1\n"])
def test_a_broken_file_is_told_and_not_touched(path: Path, text: str) -> None:
    """What can't be read is a complaint at the start, is not overwritten, and what is learnt
    holds for this run."""
    path.parent.mkdir()
    path.write_text(text)
    kept = Endpoints(File(path))
    assert kept.file.complaint is not None
    with pytest.raises(BadFile):
        kept.remember_no_usage(HERE)
    assert path.read_text() == text
    assert not kept.takes_usage(HERE)


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8080/v1: 7\n",
        "http://127.0.0.1:8080/v1:\n  models: [1]\n  parameters: {m: {n: 1}}\n",
    ],
)
def test_nonsense_in_it_is_nothing(path: Path, text: str) -> None:
    """Entries of another shape than the shell writes are as if they were not there."""
    path.parent.mkdir()
    path.write_text(text)
    kept = Endpoints(File(path))
    assert kept.stand_in(HERE, "a") is None
    assert kept.verdicts(HERE, "m") == {}
    assert kept.takes_usage(HERE)


def test_preferences(tmp_path: Path) -> None:
    """A preference is kept for every session, and a wrong value in the file is none."""
    path = tmp_path / "preferences.yaml"
    Preferences(File(path)).set("editing_mode", "vi")
    assert Preferences(File(path)).get("editing_mode") == "vi"
    path.write_text("preferences:\n  editing_mode: word\n")
    assert Preferences(File(path)).get("editing_mode") is None
    Preferences(File(path)).set("editing_mode", None)
    assert Preferences(File(path)).get("editing_mode") is None
