"""Jinja templates, rendered in a process of their own: `jinja_server`. jinja2 is imported there alone.

One process renders many; it is replaced when it has died or took too long.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..base.errors import BadValue

#: Seconds that an order may take, all in all; starting takes 0.15 s of them, more on a busy machine.
SECONDS = 8.0
_LARGEST = 8_000_000  # bytes of a reply: what the process counts, as JSON writes it at its longest
#: What a process needs of the environment; nothing else of it is given.
_NEEDED = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SYSTEMROOT", "LANG", "LC_ALL")


@dataclass
class JinjaProcess:
    """The process; launched when it is first asked, and again should it have died."""

    _process: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def render(self, texts: Sequence[str], values: Mapping[str, Any]) -> list[str]:
        """Fill texts with values. Raises BadValue for a template that fails, or that takes too much."""
        return self._asked({"do": "render", "texts": list(texts), "values": dict(values)})

    def names(self, texts: Sequence[str]) -> list[str]:
        """Name the variables of texts. Raises BadValue for a text that is no template."""
        return self._asked({"do": "names", "texts": list(texts)})

    def _asked(self, order: dict[str, Any]) -> list[str]:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = self._launch()
            try:
                reply = self._exchanged(self._process, order)
            except BaseException:  # the next question would get this one's answer
                self._end(self._process)
                self._process = None
                raise
        if "failed" in reply:
            raise BadValue(f"the jinja template fails: {reply['failed']}")
        result: list[str] = reply["result"]
        return result

    def _exchanged(self, process: subprocess.Popen[bytes], order: dict[str, Any]) -> dict[str, Any]:
        came: queue.SimpleQueue[bytes] = queue.SimpleQueue()

        def talk() -> None:
            assert process.stdin and process.stdout
            with contextlib.suppress(OSError, ValueError):
                process.stdin.write(json.dumps(order).encode() + b"\n")
                process.stdin.flush()
                came.put(process.stdout.readline(_LARGEST))
                return
            came.put(b"")

        threading.Thread(target=talk, daemon=True).start()
        try:
            line = came.get(timeout=SECONDS)
        except queue.Empty:
            raise BadValue(f"the jinja template fails: it takes more than {SECONDS:g} s") from None
        if not line.endswith(b"\n"):
            raise BadValue("the jinja template fails: " + self._why(process, line))
        reply: dict[str, Any] = json.loads(line)
        return reply

    @staticmethod
    def _why(process: subprocess.Popen[bytes], line: bytes) -> str:
        if line:
            return "it makes too much text"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
        if process.returncode == 1 and process.stderr and b"jinja2" in process.stderr.read(4000):
            return "jinja2 is not installed (pip install jinja2)"
        return "it took too much time or memory"

    @staticmethod
    def _launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("jinja_server.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: os.environ[name] for name in _NEEDED if name in os.environ},
            start_new_session=True,  # Ctrl-C is for the shell
        )

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()


#: One for the program.
PROCESS = JinjaProcess()
