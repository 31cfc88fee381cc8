"""Measures an evaluation beside the smallest asyncio loop of the SDK, and beside promptfoo.

    python benchmarks/evaluation.py [--cells 2000] [--at-once 32] [--rounds 3] [--promptfoo FOLDER]

Each is a whole process, from its start to its end, against `cells_server.py`, which answers after 20 ms.
Rounds alternate, so that what else the machine does hits all of them; figures are medians. FOLDER is where
`npm install promptfoo@0.118.17 && npm rebuild better-sqlite3` was run: it is asked 200 cells, 8 at once, and
so is Tempera then.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHELL = HERE.parent / "shell.py"


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    given.add_argument("--cells", type=int, default=2000)
    given.add_argument("--at-once", type=int, default=32)
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--promptfoo", type=Path)
    asked = given.parse_args()
    server = subprocess.Popen(
        [sys.executable, str(HERE / "cells_server.py"), "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with tempfile.TemporaryDirectory() as folder:
            beside_the_loop(port, Path(folder), asked)
            if asked.promptfoo:
                beside_promptfoo(port, Path(folder), asked)
    finally:
        server.kill()


def beside_the_loop(port: int, folder: Path, asked: argparse.Namespace) -> None:
    suite = write_suite(folder / "loop.json", port, asked.cells)
    commands = {
        "AsyncOpenAI": [
            sys.executable,
            str(HERE / "async_loop.py"),
            str(port),
            str(asked.cells),
            str(asked.at_once),
        ],
        "Tempera": evaluating(suite, asked.at_once),
    }
    table(f"{asked.cells:,} cells, {asked.at_once} at once", commands, folder, asked.rounds)


def beside_promptfoo(port: int, folder: Path, asked: argparse.Namespace) -> None:
    suite = write_suite(folder / "promptfoo.json", port, 200)
    program = str(asked.promptfoo / "node_modules/.bin/promptfoo")
    options = "--no-cache -j 8 --no-table --no-progress-bar --no-write --output"
    commands = {
        "promptfoo": [program, "eval", "-c", str(suite), *options.split(), str(folder / "out.json")],
        "Tempera": evaluating(suite, 8),
    }
    table("200 cells, 8 at once", commands, folder, asked.rounds)


def evaluating(suite: Path, at_once: int) -> list[str]:
    return [sys.executable, str(SHELL), "eval", str(suite), "--rate", f"at_once={at_once}", "--yes"]


def write_suite(path: Path, port: int, cells: int) -> Path:
    """Write a file that promptfoo and Tempera both read."""
    provider = {
        "id": "openai:chat:test-model",
        "config": {"apiBaseUrl": f"http://127.0.0.1:{port}/v1", "apiKey": "x"},
    }
    check = [{"type": "contains", "value": "42"}]
    tests = [{"vars": {"number": str(number)}, "assert": check} for number in range(cells)]
    path.write_text(json.dumps({"prompts": ["question {{number}}"], "providers": [provider], "tests": tests}))
    return path


def table(title: str, commands: dict[str, list[str]], folder: Path, rounds: int) -> None:
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for number in range(rounds):
        for name, command in commands.items():
            home = folder / f"home-{name}-{number}"
            found[name].append(measured(command, home))
    print(f"| {title} | seconds | of the processor | peak memory |\n| --- | ---: | ---: | ---: |")
    for name, rows in found.items():
        seconds, used, memory = (statistics.median(each) for each in zip(*rows, strict=True))
        print(f"| {name} | {seconds:.2f} s | {used:.2f} s | {memory:.0f} MB |")


def measured(command: list[str], home: Path) -> tuple[float, float, float]:
    """Run a program; its seconds, those of the processor, and its peak of memory in MB, children included."""
    environ = {
        **os.environ,
        "TEMPERA_HOME": str(home),
        "PROMPTFOO_CONFIG_DIR": str(home),
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
    }
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.monotonic()
    child = subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{command[:3]} failed: {said.decode(errors='replace')[-400:]}")
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()
