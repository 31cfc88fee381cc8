"""Read a file's commits from git. Nothing is written, and since a repository may be a stranger's, nothing
that its settings name is run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ..base.dataclass import dataclass

SECONDS = 5.0
_MOST = 200  # commits
_SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "diff.external=", "-c", "core.pager=cat"),
)


@dataclass(frozen=True)
class Commit:
    """`at` is in seconds since 1970."""

    id: str
    at: float
    subject: str


def of(path: Path) -> list[Commit]:
    """List the commits that changed a file, newest first. Empty if there is no repository or no git."""
    if not any((folder / ".git").exists() for folder in path.absolute().parents):
        return []
    told = _git(path, "log", "--no-show-signature", f"-{_MOST}", "--format=%h%x00%ct%x00%s", "--", path.name)
    found = []
    for line in (told or "").splitlines():
        short, _, rest = line.partition("\0")
        at, _, subject = rest.partition("\0")
        if at.isdecimal():
            found.append(Commit(short, float(at), subject))
    return found


def text_at(path: Path, commit: str) -> str | None:
    """Return the text of a file in a commit, or None if git can't tell."""
    if not commit or any(letter not in "0123456789abcdef" for letter in commit):
        return None
    return _git(path, "cat-file", "blob", f"{commit}:./{path.name}")


def _git(path: Path, *arguments: str) -> str | None:
    program = shutil.which("git")
    if program is None:
        return None
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            [program, "--no-pager", *_SAFE, *arguments],
            cwd=path.absolute().parent,
            env={**kept, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
