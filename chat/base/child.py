"""Run a Python program in a process of its own, and talk with it line by line.

This is for work that the shell had better not do itself: native code that may panic, a stranger's
template, a person's own functions. The contract:

The program reads orders from its standard input, a line of JSON each, and answers each with one line of
JSON on its standard output. It lives until its input closes, which also happens when the shell dies.
A program whose orders may take long has to watch its input from a thread, or it outlives the shell.
What it prints must not go between the answers: it keeps a copy of its standard output for itself, and
points the original at standard error. `serving` does all of that for the engine's own programs.

`Child` sees to the rest:

- It is started when it is first asked, and started again after it has ended for whatever reason.
- It gets an environment without the shell's secrets; Ctrl-C goes to the shell alone.
- An order that takes too many seconds, or an answer of too many bytes, ends it. So does anything that
  interrupts the wait (Ctrl-C): the next order would get this one's answer. What it has started ends with it.
- An order is sent once, and never repeated: it may have had an effect.
- One order is under way at a time; other threads wait for it. `end` works from any thread.

It is no sandbox. The program may do what the person may. Memory, files and computing time are for the
program to limit, once it has loaded what it needs.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from .dataclass import dataclass
from .redact import without_secrets

if TYPE_CHECKING:
    from typing_extensions import Self

#: Bytes of what a program writes to its standard error that are kept, the last ones.
_WORDS = 4000
#: Seconds that the last words of a program that has ended are waited for.
_PATIENCE = 2.0

#: Why no answer came.
LATE, LARGE, ENDED = "late", "large", "ended"


class NoAnswer(OSError):
    """The program gave no answer. `why` is LATE, LARGE or ENDED; `words` end its standard error."""

    def __init__(self, why: str, words: str) -> None:
        super().__init__(f"the process gave no answer: {why}")
        self.why, self.words = why, words

    def told(self, seconds: float) -> str:
        """Say why, of a program that may take so many seconds."""
        if self.why != ENDED:
            return f"it takes more than {seconds:g} s" if self.why == LATE else "it makes too much text"
        last = self.words.rpartition("\n")[2]
        return last[:200] if "Error" in last else "it took too much time or memory"


def launch(
    program: Path,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    errors: int | IO[bytes] = subprocess.PIPE,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a Python program with pipes, without the shell's secrets and out of the reach of Ctrl-C."""
    return subprocess.Popen(
        [sys.executable, str(program), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=without_secrets(os.environ) if environment is None else environment,
        cwd=folder,
        bufsize=0,
        start_new_session=True,
    )


class _Running:
    """A program that runs. Threads of its own write, read and listen, so that nothing here can block."""

    def __init__(self, process: subprocess.Popen[bytes], most: int) -> None:
        self.process = process
        self._most = most
        self._orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._words = b""
        threading.Thread(target=self._talk, daemon=True).start()
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def exchange(self, order: bytes, seconds: float | None) -> bytes:
        """Send a line and return the line that answers it. Raises NoAnswer."""
        self._orders.put(order + b"\n")
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise NoAnswer(LATE, self._said()) from None
        if not line:
            self._listening.join(_PATIENCE)
            raise NoAnswer(ENDED, self._said())
        if not line.endswith(b"\n"):
            raise NoAnswer(LARGE, self._said())
        return line

    def leave(self) -> None:
        """Close the program's input, once no order is under way: it then ends by itself."""
        self._orders.put(None)

    def end(self) -> None:
        """Kill the program and what it has started."""
        self.leave()
        if self.process.poll() is None:
            with contextlib.suppress(OSError):
                if os.name == "nt":
                    self.process.kill()
                else:
                    os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _talk(self) -> None:
        assert self.process.stdin and self.process.stdout
        with self.process.stdin as orders, self.process.stdout as answers:
            while (order := self._orders.get()) is not None:
                line = b""
                with contextlib.suppress(OSError):
                    rest = memoryview(order)
                    while rest:
                        rest = rest[os.write(orders.fileno(), rest) :]
                    line = _line(answers.fileno(), self._most)
                self._answers.put(line)

    def _said(self) -> str:
        return self._words.decode("utf-8", "replace").strip()

    def _listen(self) -> None:
        assert self.process.stderr
        with self.process.stderr as errors, contextlib.suppress(OSError):
            while said := os.read(errors.fileno(), 65536):
                self._words = (self._words + said)[-_WORDS:]


def _line(descriptor: int, most: int) -> bytes:
    """Read a line with its newline. It has none if it is too long, and is empty if the program ended."""
    data = bytearray()
    while len(data) <= most:
        if data.endswith(b"\n"):
            return bytes(data)
        piece = os.read(descriptor, 65536)
        if not piece:
            return b""
        data += piece
    return bytes(data).rstrip(b"\n")


@dataclass
class Child:
    """A program to ask. `environment` makes its environment of the shell's; `most` bytes may be in an
    answer; `folder` is where it runs, by default where the shell does."""

    program: Path
    arguments: Sequence[str] = ()
    environment: Callable[[Mapping[str, str]], Mapping[str, str]] = without_secrets
    most: int = 64_000_000
    folder: Path | None = None
    _running: _Running | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def serving(cls, program: Path, **facts: Any) -> Self:
        """Make the child that does the orders of one of the engine's own modules, as `serving` has it."""
        return cls(Path(__file__).with_name("alone.py"), (str(program),), **facts)

    @property
    def pid(self) -> int:
        """Return the program's number in the system, or 0 if it does not run."""
        running = self._running
        return running.process.pid if running is not None and running.process.poll() is None else 0

    def ask(self, order: Mapping[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """Send an order and return the answer, a JSON object. Raises NoAnswer, OSError if the program can't
        be started, and ValueError if it answers with something else."""
        line = json.dumps(order).encode()
        with self._lock:
            running = self._running
            if running is None or running.process.poll() is not None:
                self.end()
                running = self._running = self._start()
            try:
                answer = json.loads(running.exchange(line, seconds))
                if not isinstance(answer, dict):
                    raise ValueError("the process answered with something else than an object")
                return answer
            except BaseException:  # the next order would get this one's answer
                self.end()
                raise

    def end(self) -> None:
        """End the program, if it runs. An order that is under way raises NoAnswer."""
        running, self._running = self._running, None
        if running is not None:
            running.end()

    def __del__(self) -> None:
        if self._running is not None:
            self._running.leave()

    def _start(self) -> _Running:
        environment = self.environment(os.environ)
        return _Running(launch(self.program, self.arguments, environment, folder=self.folder), self.most)
