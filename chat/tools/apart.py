"""A process of its own for what may not be trusted, and the lines of JSON that it is spoken with.

An order is a line, and so is its reply. The process has a folder of its own, none of the shell's secrets,
and ends with all that it started: when it takes too long, when it floods, and when the shell ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..base import halves
from ..base.errors import TemperaError
from ..base.short import shorten
from .serving import Born, descendants, kill, kill_tree

_LARGEST = 4_000_000  # bytes of a reply
_KEPT = 4000  # bytes of what it says on its standard error
#: Seconds that a process may take to end by itself.
_LEAVING = 1.0


class Failed(TemperaError):
    """What runs apart failed, hung or died; `ended` where the process is gone."""

    def __init__(self, message: str, hint: str = "", ended: bool = True) -> None:
        super().__init__(message, hint)
        self.ended = ended


class Apart:
    """A process that runs a program of this room."""

    def __init__(self, program: str, environ: Mapping[str, str], what: str) -> None:
        """Start it. `what` is how an error names it. Raises Failed."""
        self._what = what
        self.folder = tempfile.mkdtemp(prefix="tempera-tools-")
        self._replies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._said = bytearray()
        self._born: list[Born] = []
        try:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name(program))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environ),
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is for the shell
            )
        except OSError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise Failed(f"{what} can't be started: {error.strerror or error}") from None
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._drain, daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, order: Mapping[str, Any], seconds: float) -> Any:
        """Have an order done. Raises Failed; also KeyboardInterrupt, and the process is gone then."""
        try:
            self._write(order, seconds)
            line = self._replies.get(timeout=seconds)
        except queue.Empty:
            self.end()
            raise Failed(f"{self._what} took more than {seconds:g} s and was stopped") from None
        except BaseException:  # the next order would get this one's reply
            self.end()
            raise
        if not line.endswith(b"\n"):
            large = len(line) > _LARGEST
            why = "gave back too much" if large else f"ended without an answer{self._why()}"
            self.end()
            raise Failed(f"{self._what} {why}")
        try:
            reply = halves.read_json(line)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict):
            self.end()
            raise Failed(f"{self._what} answered with what is no JSON")
        if reply.get("gone"):
            self.end()
        if "failed" in reply:
            raise Failed(str(reply["failed"]), str(reply.get("hint", "")), ended=False)
        return reply.get("result")

    def remember(self) -> None:
        """Note what it has started by now: should it die, its children are still to be ended."""
        self._born = descendants(self._process.pid)

    def _write(self, order: Mapping[str, Any], seconds: float) -> None:
        """Write an order. What does not read it is stopped when its time is over."""
        data = json.dumps(order).encode() + b"\n"
        stdin = self._process.stdin
        assert stdin

        def write() -> None:
            with contextlib.suppress(OSError, ValueError):
                stdin.write(data)
                stdin.flush()

        if len(data) < 4096:  # it fits into any pipe
            write()
        else:
            thread = threading.Thread(target=write, daemon=True)
            thread.start()
            thread.join(seconds)

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout
        with contextlib.suppress(OSError, ValueError):
            while line := stdout.readline(_LARGEST + 1):
                self._replies.put(line)
                if not line.endswith(b"\n"):
                    break
        self._replies.put(b"")

    def _drain(self) -> None:
        """Take what it says besides, and keep the end of it: a full pipe would stop it."""
        stderr = self._process.stderr
        assert stderr
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(stderr.fileno(), 65536):
                self._said += data
                del self._said[:-_KEPT]

    def _why(self) -> str:
        """Say how it ended, as far as that is known."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LEAVING)
        status = self._process.returncode
        if status is not None and status < 0:
            with contextlib.suppress(ValueError):
                return f" ({signal.Signals(-status).name})"
        return f": {last}" if (last := self.last_said()) else f" (exit status {status})" if status else ""

    def last_said(self) -> str:
        """Give the last line of what it said on its standard error."""
        lines = self._said.decode(errors="replace").strip().splitlines()
        return shorten(lines[-1], 200) if lines else ""

    def end(self) -> None:
        """End the process with all that it started, and remove its folder."""
        kill(self._born)
        kill_tree(self._process.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._clean()

    def leave(self) -> None:
        """Have it end by itself, so that a server can put its things in order; then end it."""
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin:
                self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LEAVING)
        self.end()

    def _clean(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin:
                self._process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)
