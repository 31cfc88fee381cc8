"""Start the two light counterparts, aimock (npm) and llmock (PyPI), each in a process of its own."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
_SECONDS = 30.0  # that a start may take


def aimock() -> list[str]:
    """Give the command that starts aimock, but for its port; empty where it is not installed."""
    program = HERE / "node_modules" / ".bin" / "llmock"
    if not program.exists() or shutil.which("node") is None:
        return []
    return [str(program), "-f", str(HERE / "aimock.json"), "--strict", "--log-level", "silent", "-p"]


def llmock() -> list[str]:
    """Give the command that starts llmock, but for its port; empty where it is not installed."""
    program = Path(sys.executable).with_name("llmock")
    return [str(program), "serve", "--log-level", "critical", "-p"] if program.exists() else []


@contextlib.contextmanager
def running(command: Sequence[str]) -> Iterator[str]:
    """Start a server; give its address, which ends in /v1. It is ended with the `with`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/v1"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(_SECONDS)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/models", timeout=1).close()
            return
        except urllib.error.HTTPError:  # an answer, too
            return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"nothing answers at {url}")
