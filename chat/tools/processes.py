"""What runs the tools of a model: how much it may give back, and the end of all that it started."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

FOLDER = "tempera-tools-"  # how the folders are called that these processes run in
MOST = 100_000  # characters of a result


def bounded(text: str) -> dict[str, Any]:
    """Give a result: a text, and how many characters of it are left out where it is too long."""
    return {"text": text[:MOST], "cut": max(0, len(text) - MOST)}


def adopt() -> None:
    """Have what daemons leave behind become ours (Linux), so that it is found and ended with us."""
    if sys.platform == "linux":
        with contextlib.suppress(Exception):
            import ctypes

            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


class Born(NamedTuple):
    """A process, and when it began, by the system's count: its number may be another's by and by."""

    pid: int
    at: str


def end_all() -> None:
    """End this process and all that it started at once, and remove its folder: the shell is gone."""
    folder = os.getcwd()
    kill(descendants(os.getpid()))
    if os.path.basename(folder).startswith(FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
    kill_tree(os.getpid())
    os._exit(1)


def kill_tree(pid: int) -> None:
    """Kill a process and what came of it: its group, and its children wherever they went."""
    kill(descendants(pid))
    _kill(pid)


def kill(born: Iterable[Born]) -> None:
    """Kill these processes, as far as they are still the same."""
    born = list(born)
    if born:
        now = {each for each, _ in _processes()}
        for each in born:
            if each in now:
                _kill(each.pid)


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        if os.getpgid(pid) == pid:  # the leader of a group of its own
            os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> list[Born]:
    """Give the processes that a process started, and theirs; the youngest first."""
    children: dict[int, list[Born]] = {}
    for child, parent in _processes():
        children.setdefault(parent, []).append(child)
    found: list[Born] = []
    new = children.get(pid, [])
    while new:
        found.extend(new)
        new = [child for each in new for child in children.get(each.pid, ()) if child not in found]
    return found[::-1]


def _processes() -> list[tuple[Born, int]]:
    """Give (process, the number of its parent) of all that are to be seen."""
    found = []
    if os.path.isdir("/proc/self"):
        for name in os.listdir("/proc"):
            if name.isdecimal():
                with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat") as file:
                    facts = file.read().rpartition(")")[2].split()
                    found.append((Born(int(name), facts[19]), int(facts[1])))
        return found
    with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,lstart="], capture_output=True, text=True, timeout=5, check=False
        )
        for line in listed.stdout.splitlines():
            child, parent, at = line.split(None, 2)
            found.append((Born(int(child), at), int(parent)))
    return found
