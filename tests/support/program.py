"""The program's `main` in this process: a Python takes half a second to start and import the SDK."""

from __future__ import annotations

import io
import subprocess

import shell as program
from terminal.streams import Terminal

from .terminal import environment


def inside(*args: str, piped: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """`python shell.py ARGS` with this text piped into it, up to `sys.exit` of what `main` gives."""
    streams = [io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="") for data in (piped.encode(), b"", b"")]
    status = program.main(args, Terminal(*streams, environ=environment(**environ)))
    said = []
    for stream_ in streams[1:]:
        stream_.flush()
        said.append(stream_.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(args, status, *said)
