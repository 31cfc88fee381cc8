"""--version: one line, before anything is loaded that takes its time."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tempera
from commands.shell.options import parse
from tempera import version

from .conftest import ROOT

LINE = (
    rf"tempera {re.escape(tempera.__version__)} \(Python {re.escape(sys.version.split()[0])}, openai \d\S+\)"
)


def imports(*args: str) -> tuple[str, set[str]]:
    """What Python prints when it is run so, and the modules that it imports."""
    command = [sys.executable, "-X", "importtime", *args]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout, {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


@pytest.mark.parametrize("start", [["shell.py"], ["-m", "tempera"]], ids=" ".join)
def test_versions_are_told_without_loading_anything(start: list[str]) -> None:
    """Neither a room, nor the SDK, nor what reads metadata is imported for it."""
    told, loaded = imports(*start, "--version")
    assert re.fullmatch(LINE, told.rstrip("\n")), told
    slow = {"openai", "importlib.metadata", "argparse", "logging", "chat", "commands", "terminal"}
    anyway = imports("-c", "pass")[1]
    assert not (loaded & slow) - anyway, "tempera/version.py may import only what Python has loaded anyway"


def test_the_sdks_version_is_the_one_that_is_installed() -> None:
    """What the name of a folder says is what Python's own look-up says."""
    for name in ("openai", "tiktoken"):
        assert version.installed(name) == importlib.metadata.version(name)


def test_a_distribution_that_is_kept_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of another form is read by importlib.metadata; one that is not there is said."""
    old = tmp_path / "oldstyle-1.5.egg-info"
    old.mkdir()
    (old / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: oldstyle\nVersion: 1.5\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "none"), *sys.path])
    assert version.installed("oldstyle") == "1.5"
    assert version.installed("nobody-makes-this") == "not installed"


def test_version_is_an_option_like_others(capsys: pytest.CaptureFixture[str]) -> None:
    """It is understood beside other options, too, and --help names it."""
    assert parse(["--plain", "--version"]).version
    with pytest.raises(SystemExit):
        parse(["--help"])
    assert "--version" in capsys.readouterr().out
