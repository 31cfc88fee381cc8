"""A prompt file's commits, read by git itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from chat.prompts import commits


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_commits_of_a_file_are_read(tmp_path: Path) -> None:
    """Those that changed the file, newest first, and what it held; nothing outside of a repository."""
    path = tmp_path / "a.prompt.yaml"
    path.write_text("system: one\n", encoding="utf-8")
    assert commits.of(path) == []
    git(tmp_path, "init", "-q")
    for text in ("one", "two"):
        path.write_text(f"system: {text}\n", encoding="utf-8")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", f"say {text}")
    found = commits.of(path)
    assert [each.subject for each in found] == ["say two", "say one"]
    assert commits.text_at(path, found[1].id) == "system: one\n"
    assert commits.text_at(path, "--help") is None
    assert commits.text_at(path, "0000000") is None


def test_a_strangers_repository_runs_nothing(tmp_path: Path) -> None:
    """Programs that a repository's settings name are not run for its log."""
    path, ran = tmp_path / "a.prompt.yaml", tmp_path / "ran"
    path.write_text("system: one\n", encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    evil = tmp_path / "evil.sh"
    evil.write_text(f"#!/bin/sh\ntouch {ran}\n", encoding="utf-8")
    evil.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "gpg.program", "diff.external", "core.sshCommand"):
        git(tmp_path, "config", name, str(evil))
    git(tmp_path, "config", "log.showSignature", "true")
    assert len(commits.of(path)) == 1
    assert not ran.exists()
