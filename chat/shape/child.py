"""A program of ours that answers orders, a line of JSON each, in a process of its own: it is given little
time and memory, and none of the shell's secrets.

It is launched when it is first asked, and again should it have died or taken too long.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..base.errors import TemperaError

#: What a process needs of the environment; nothing else of it is given.
_NEEDED = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "SYSTEMROOT",
    "LANG",
    "LC_ALL",
    "HOME",
    "TMPDIR",
)
_SAID = 4000  # bytes of what it complains of


class ChildFailed(TemperaError):
    """The process gave no answer, and why."""


@dataclass
class Child:
    """`program` is its file, `seconds` how long an order may take with all that starting takes, `largest`
    the most bytes of an answer."""

    program: Path
    seconds: float
    largest: int = 1_000_000
    _process: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def warm(self) -> None:
        """Launch it, unless it runs: for a thread beside others. Raises OSError."""
        with self._lock:
            self._running()

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Have an order done. Raises ChildFailed."""
        with self._lock:
            try:
                process = self._running()
                return self._exchanged(process, order)
            except OSError as error:
                raise ChildFailed(f"no process can be started: {error.strerror or error}") from None
            except BaseException:  # the next order would get this one's answer
                self._end()
                raise

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = launched(self.program, stdin=subprocess.PIPE)
        return self._process

    def _exchanged(self, process: subprocess.Popen[bytes], order: dict[str, Any]) -> dict[str, Any]:
        came: queue.SimpleQueue[bytes] = queue.SimpleQueue()

        def talk() -> None:
            assert process.stdin and process.stdout
            line = b""
            with contextlib.suppress(OSError, ValueError):
                process.stdin.write(json.dumps(order).encode() + b"\n")
                process.stdin.flush()
                line = process.stdout.readline(self.largest)
            came.put(line)

        threading.Thread(target=talk, daemon=True).start()
        try:
            line = came.get(timeout=self.seconds)
        except queue.Empty:
            raise ChildFailed(f"it takes more than {self.seconds:g} s") from None
        if not line.endswith(b"\n"):
            raise ChildFailed("it makes too much text" if line else _why(process))
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()


def launched(
    program: Path, *arguments: str, stdin: int, folder: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a program of ours without the shell's secrets. Raises OSError."""
    return subprocess.Popen(
        [sys.executable, str(program), *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: os.environ[name] for name in _NEEDED if name in os.environ},
        cwd=folder,
        start_new_session=True,  # Ctrl-C is for the shell
    )


def once(program: Path, arguments: Sequence[str], seconds: float, folder: Path) -> dict[str, Any]:
    """Run a program for one answer. Raises ChildFailed."""
    try:
        process = launched(program, *arguments, stdin=subprocess.DEVNULL, folder=folder)
    except OSError as error:
        raise ChildFailed(f"no process can be started: {error.strerror or error}") from None
    try:
        out, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise ChildFailed(f"it takes more than {seconds:g} s") from None
    finally:
        if process.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, 9) if hasattr(os, "killpg") else process.kill()
            process.communicate()
    try:
        reply: dict[str, Any] = json.loads(out.rpartition(b"\x1e")[2])
    except ValueError:
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ChildFailed(last[:200] or "it took too much time or memory") from None
    return reply


def _why(process: subprocess.Popen[bytes]) -> str:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(2)
    if process.returncode == 1 and process.stderr:
        last = process.stderr.read(_SAID).decode("utf-8", "replace").strip().rpartition("\n")[2]
        if last:
            return last[:200]
    return "it took too much time or memory"
