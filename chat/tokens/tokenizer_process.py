"""tiktoken in a process of its own, and how to ask it.

Building an encoding keeps Python busy for 0.3 s, just when the person begins to type and the SDK
is imported, and takes 80 MB; a text that it can't bear ends in a panic of its native code. All of
that is better had elsewhere. A count costs about 0.1 ms more for the way there and back.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..base.redact import without_secrets


@dataclass
class TokenizerProcess:
    """The process; launched when it is first asked, and again should it have died."""

    _process: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, do: str, encoding: str, cache: Path, given: Sequence[str | int] = ()) -> Any:
        """Give the result of an order (see `tokenizer_server`). Raises OSError where there is none."""
        order = {"do": do, "encoding": encoding, "cache": str(cache), "given": list(given)}
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = self._launch()
            try:
                reply = self._exchange(self._process, order)
            except BaseException:  # the next question would get this one's answer
                self._end(self._process)
                self._process = None
                raise
        if "failed" in reply:
            raise OSError(f"tiktoken failed: {reply['failed']}")
        return reply["result"]

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], order: dict[str, Any]) -> dict[str, Any]:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise BrokenPipeError("tiktoken's process has ended")
        reply: dict[str, Any] = json.loads(line)
        return reply

    @staticmethod
    def _launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("tokenizer_server.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=without_secrets(os.environ),
            start_new_session=True,  # Ctrl-C is for the shell
        )

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()


#: One for the program, as tiktoken's own registry of encodings is.
PROCESS = TokenizerProcess()
