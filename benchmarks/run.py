"""Measures Tempera beside three baselines, in one run, and prints the table.

    python benchmarks/run.py [--rounds 5] [--write] [--small]

Every program runs in a pseudo-terminal of 100 columns, as a person would run it, against
`server.py` in a process of its own. Rounds of the programs alternate, so that what else the
machine does hits all of them; figures are medians. `--write` puts the table into README.md.
`--small` shows in a few seconds that all can be measured: its figures say nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server import END, START

HERE = Path(__file__).resolve().parent
SHELL = [sys.executable, str(HERE.parent / "shell.py")]
BARE = [sys.executable, str(HERE / "bare_prompt.py")]
LOOP = [sys.executable, str(HERE / "sdk_loop.py")]
QUESTION = [sys.executable, str(HERE / "sdk_question.py")]
KEY = b"\x1b[?2004h"
PAUSE = 0.05  # seconds before an Enter, as with a person: one that comes at once is the middle of a paste
PROMPT = {"shell": KEY, "plain": KEY, "loop": b"> "}  # what shows that the next message can be typed


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    short: int = 2500  # chunks of an answer
    long: int = 20000
    settle: float = 1.5  # seconds that a prompt has been up before it is measured
    messages: int = 5  # of which the first and the last are measured
    between: float = 0.2  # seconds between two of them
    starts: int = 3  # of each program, a round
    rounds: int = 5
    turns: int = 500
    keys: int = 200  # of /dials


NORMAL = Size()
SMALL = Size(short=25, long=200, settle=0.05, messages=2, between=0.0, starts=1, rounds=1, turns=10, keys=10)


class Program:
    """A program in a pseudo-terminal. `until` reads its output, and returns the time of it."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self.started = time.monotonic()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environ)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self._left = b""

    def send(self, text: str) -> float:
        os.write(self._fd, text.encode())
        return time.monotonic()

    def until(self, mark: bytes, seconds: float = 120) -> float:
        """Read up to `mark`, and return the time when it came. Keep what follows it for the next call."""
        seen, deadline = self._left, time.monotonic() + seconds
        came = time.monotonic()
        while mark not in seen:
            if not select.select([self._fd], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"{mark!r} did not come; the last was {seen[-500:]!r}")
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:
                raise EOFError(
                    f"the program ended before {mark!r} came; the last was {seen[-500:]!r}"
                ) from None
            came = time.monotonic()
            seen = seen[-len(mark) :] + data if len(seen) > 1 << 16 else seen + data
        self._left = seen.split(mark, 1)[1]
        return came

    def peak(self) -> tuple[float, float]:
        """Return the most memory, in MB, that the program used, and that the processes it launched used."""
        threads = Path(f"/proc/{self.pid}/task").iterdir()
        children = [pid for thread in threads for pid in (thread / "children").read_text().split()]
        return _peak(self.pid), sum(_peak(int(pid)) for pid in children)

    def end(self) -> None:
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


class Bench:
    """The programs and their server."""

    def __init__(self, url: str, home: str, size: Size = NORMAL) -> None:
        self._url, self.size = url, size
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("OPENAI", "TEMPERA", "NO_COLOR"))},
            "OPENAI_API_KEY": "benchmark",
            "OPENAI_BASE_URL": f"{url}/v1",
            "TEMPERA_HOME": home,
            "TERM": "xterm-256color",
            "PROMPT_TOOLKIT_NO_CPR": "1",  # nothing answers here when the cursor's place is asked for
        }

    @contextlib.contextmanager
    def program(self, which: str, model: str = "chunks-20") -> Iterator[Program]:
        command = {
            "bare": BARE,
            "loop": [*LOOP, model],
            "shell": [*SHELL, "-m", model],
            "plain": [*SHELL, "--plain", "-m", model],
        }[which]
        program = Program(command, self.environ)
        try:
            yield program
        finally:
            program.end()

    def served(self) -> float:
        """Return the time that the server itself took for its last answer."""
        with urllib.request.urlopen(f"{self._url}/times") as response:
            return json.load(response)[-1]

    # ---- what is measured: seconds

    def startup(self, which: str) -> float:
        """Measure the time from exec to the echo of the first key."""
        with self.program(which) as program:
            program.until(KEY)
            program.send("x")
            return program.until(b"x") - program.started

    def first_bytes(self, which: str, settle: float) -> tuple[float, float]:
        """Measure the time from Enter to the first byte of the answer, less the server's own time. Return
        that of the first message, typed when the prompt has been up for `settle` seconds, and that of the
        last."""
        took = []
        with self.program(which, "first-20") as program:
            self._ready(program, which)
            time.sleep(settle)
            for n in range(self.size.messages):
                sent = self._enter(program, which, n)
                came = program.until(START.encode())
                self._next_prompt(program, which)
                took.append(came - sent - self.served())
                time.sleep(self.size.between)
        return took[0], took[-1]

    def hasty(self, which: str) -> float:
        """Measure the time from exec to the first text of a message that is typed when the prompt shows."""
        with self.program(which, "first-20") as program:
            program.until(PROMPT[which])
            self._enter(program, which, 0)
            return program.until(START.encode()) - program.started

    def question(self, which: str) -> float:
        """Measure the time from start to exit of a program that answers one question, without a terminal."""
        command = {"sdk": [*QUESTION, "first-20", "m"], "shell": [*SHELL, "-m", "first-20", "m"]}[which]
        quiet: dict[str, int] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        begun = time.monotonic()
        subprocess.run(command, env=self.environ, check=True, **quiet)
        return time.monotonic() - begun

    def answer(self, which: str, chunks: int) -> tuple[float, float, float]:
        """Measure the time from Enter to the next prompt. Return it with two peaks of memory in MB: the
        program's, and that of the process that counts tokens."""
        with self.program(which, f"chunks-{chunks}") as program:
            self._ready(program, which)
            time.sleep(self.size.settle)
            sent = self._enter(program, which, 0)
            return self._next_prompt(program, which) - sent, *program.peak()

    def drawn(self, which: str, chunks: int) -> float:
        """Measure the time from Enter to the next prompt of an answer of every construct of Markdown."""
        with self.program(which, f"constructs-{chunks}") as program:
            self._ready(program, which)
            time.sleep(self.size.settle)
            sent = self._enter(program, which, 0)
            return self._next_prompt(program, which) - sent

    def turns(self, which: str, count: int) -> tuple[list[float], list[float]]:
        """Measure each turn of a conversation: from the keys of a message to their echo, and from Enter to
        the next prompt."""
        echoes, took = [], []
        with self.program(which) as program:
            self._ready(program, which)
            time.sleep(self.size.settle)
            for n in range(count):
                typed = program.send(f"m{n:04d}")
                echoes.append(program.until(f"m{n:04d}".encode()) - typed)
                if n < 6 or n >= count - 5:  # those that are measured
                    time.sleep(PAUSE)
                sent = program.send("\r")
                took.append(self._next_prompt(program, which) - sent)
        return echoes, took

    def _ready(self, program: Program, which: str) -> None:
        program.until(PROMPT[which])
        if which != "loop":  # its first prompt goes away when all is loaded
            program.until(PROMPT[which])

    def _next_prompt(self, program: Program, which: str) -> float:
        """Return the time when the prompt after an answer came. The baseline's prompt may also stand in an
        answer, so wait for the end of the answer first. The shell sometimes paints the last words in
        pieces."""
        if which == "loop":
            program.until(END.encode())
        return program.until(PROMPT[which])

    def _enter(self, program: Program, which: str, n: int) -> float:
        program.send(f"m{n:04d}")
        program.until(f"m{n:04d}".encode())
        time.sleep(PAUSE)
        return program.send("\r")


def models(size: Size) -> list[str]:
    """List the models that the server is asked for."""
    sizes = [f"chunks-{size.short}", f"chunks-{size.long}", f"constructs-{size.long}"]
    return [*dict.fromkeys(("chunks-20", *sizes, "first-20"))]


def median(values: list[float]) -> float:
    return statistics.median(values)


def measure(bench: Bench) -> list[tuple[str, str, str, str, str]]:
    """Return the rows of the table: what was measured, baseline, Tempera, how they compare, and the bound."""
    rows = []
    size = bench.size
    rounds, turns = size.rounds, size.turns

    start: dict[str, list[float]] = {"bare": [], "shell": []}
    for which in ("bare", "shell"):
        bench.startup(which)  # fills the caches of files and bytecode
    for _ in range(size.starts * rounds):
        for which, took in start.items():
            took.append(bench.startup(which))
    bare, shell = median(start["bare"]), median(start["shell"])
    rows.append(
        (
            "exec to the first key's echo",
            ms(bare),
            ms(shell),
            f"{shell / bare:.2f} ×",
            "1.3 ×",
        )
    )

    firsts: dict[str, list[tuple[float, float]]] = {"loop": [], "shell": []}
    for _ in range(rounds):
        for which, found in firsts.items():
            found.append(bench.first_bytes(which, size.settle))
    for i, name in enumerate(("first message", "fifth message")):
        loop, shell = (median([pair[i] for pair in firsts[which]]) for which in ("loop", "shell"))
        rows.append(
            (
                f"Enter to the first byte, {name}",
                ms(loop),
                ms(shell),
                f"{1000 * (shell - loop):+.1f} ms",
                "+5 ms",
            )
        )

    for name, how, whose in (
        ("exec to the first text of a message typed at once", bench.hasty, "loop"),
        ("one question, from start to exit", bench.question, "sdk"),
    ):
        took: dict[str, list[float]] = {whose: [], "shell": []}
        for _ in range(size.starts * rounds):
            for which, found in took.items():
                found.append(how(which))
        baseline, shell = (median(found) for found in took.values())
        rows.append((name, ms(baseline), ms(shell), f"{shell / baseline:.2f} ×", "1.15 ×"))

    long: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    for _ in range(rounds):
        for chunks in (size.short, size.long):
            for which in ("loop", "shell"):
                long.setdefault((which, chunks), []).append(bench.answer(which, chunks))
    times = {key: median([pair[0] for pair in found]) for key, found in long.items()}
    for chunks in (size.short, size.long):
        loop, shell = times["loop", chunks], times["shell", chunks]
        bound = "1.0 ×" if chunks == size.long else ""
        rows.append((f"{chunks:,} chunks of Markdown", ms(loop), ms(shell), f"{shell / loop:.2f} ×", bound))
    growth = {which: times[which, size.long] / times[which, size.short] for which in ("loop", "shell")}
    rows.append(
        (
            f"… growth from {size.short:,} to {size.long:,}",
            f"{growth['loop']:.1f} ×",
            f"{growth['shell']:.1f} ×",
            "",
            "9 ×",
        )
    )
    loop, shell = (median([peaks[1] for peaks in long[which, size.long]]) for which in ("loop", "shell"))
    counter = median([peaks[2] for peaks in long["shell", size.long]])
    rows.append(("… peak memory", f"{loop:.0f} MB", f"{shell:.0f} MB", f"{shell - loop:+.0f} MB", "+40 MB"))
    rows.append(("… and of tiktoken's process", "", f"{counter:.0f} MB", "", ""))

    drawn: dict[str, list[float]] = {"plain": [], "shell": []}
    for _ in range(rounds):
        for which, took in drawn.items():
            took.append(bench.drawn(which, size.long))
    plain, shell = (median(took) for took in drawn.values())
    name = f"{4 * size.long // 1000} KB of every construct; the baseline is --plain"
    rows.append((name, ms(plain), ms(shell), f"{shell / plain:.2f} ×", "1.5 ×"))

    late: dict[str, list[tuple[float, ...]]] = {"loop": [], "shell": []}
    for _ in range(max(1, rounds // 2)):
        for which, found in late.items():
            echoes, took = bench.turns(which, turns)
            edges = (echoes[1:6], echoes[-5:], took[1:6], took[-5:])
            found.append(tuple(median(edge) for edge in edges))
    loops, shells = ([median(list(column)) for column in zip(*found, strict=True)] for found in late.values())
    for i, name, bound in ((0, "keys to their echo", ""), (2, "Enter to the next prompt", "+10 ms")):
        rows.append(
            (
                f"{name}, turn 2 → {turns}",
                f"{ms(loops[i])} → {ms(loops[i + 1])}",
                f"{ms(shells[i])} → {ms(shells[i + 1])}",
                f"{1000 * (shells[i + 1] - shells[i]):+.1f} ms",
                bound,
            )
        )
    for name, took in dials(bench.size):
        rows.append((f"a key of /dials, 500 candidates, {name}", "", ms(took), "", "30 ms"))
    return rows


def dials(size: Size) -> list[tuple[str, float]]:
    """Give how long a key of the panel takes, by the size of the window, measured in a process of its own."""
    command = [sys.executable, str(HERE / "dials.py"), str(size.keys)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return list(zip(("80 by 24", "140 by 40"), json.loads(done.stdout), strict=True))


def ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms" if seconds < 0.1 else f"{1000 * seconds:.0f} ms"


def table(rows: list[tuple[str, ...]]) -> str:
    head = [
        ("measured", "baseline", "Tempera", "compared", "at most"),
        ("---", "---:", "---:", "---:", "---:"),
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in [*head, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each program is run")
    parser.add_argument("--turns", type=int, default=500, help="turns of the long conversation")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    parser.add_argument("--small", action="store_true", help="as little as shows that all can be measured")
    given = parser.parse_args()
    size = SMALL if given.small else Size(rounds=given.rounds, turns=given.turns)
    with (
        tempfile.TemporaryDirectory() as home,
        subprocess.Popen(
            [sys.executable, str(HERE / "server.py"), *models(size)], stdout=subprocess.PIPE, text=True
        ) as server,
    ):
        try:
            url = server.stdout.readline().strip()
            result = table(measure(Bench(url, home, size)))
        finally:
            server.kill()
    print(result)
    if given.write:
        page = HERE / "README.md"
        marks = r"(<!-- table -->\n).*?(<!-- end -->)"
        page.write_text(re.sub(marks, lambda m: f"{m[1]}{result}\n{m[2]}", page.read_text(), flags=re.S))


if __name__ == "__main__":
    main()
