"""/sweep in a real terminal: on the embedded model once, and forty requests that are killed half-way."""

from __future__ import annotations

import csv
import io
import re
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.conversation.turn import COMPLETE, INTERRUPTED
from tests.support.server import Reply, Request, Server, chunk, error, models, sse, usage
from tests.support.stored import stored
from tests.support.terminal import Shell, words

from .conftest import write_profile
from .test_life import is_sane

CTRL_C, CTRL_D = "\x03", "\x04"
ANSWERED = 17  # of forty


def sweep(shell: Shell, grid: str) -> str:
    """Run a sweep, after saying yes; what was shown from the question on."""
    start = shell.prompt_line
    shell.type(f"/sweep {grid}")
    shell.wait(r"\[y/N\] *$")
    shell.type("y")
    shell.ready()
    return "\n".join(shell.lines[start + 1 : shell.prompt_line])


# ---- on the embedded model


@pytest.mark.nightly  # of scripted answers, tests/commands/experiments/test_sweep.py holds it
def test_temperature_and_seed(shell: Shell) -> None:
    """Said first, asked, shown as a table and a plot; each answer is at hand by its number."""
    shell.run("/set max_tokens=12 logprobs=true")
    shown = sweep(shell, "temperature 0,1.5 seed=1,2,3 -- Name a colour.")
    assert re.search(r"^6 requests · at most \d+ tokens in \+ 72 out · cost \$0$", shown, re.MULTILINE)
    assert "send them, one at a time?" in shown
    heads = re.search(r"^ *#.*$", shown, re.MULTILINE)
    assert heads, shown
    assert heads[0].split() == [*("#", "temperature", "seed"), *heads[0].split()[3:]]
    assert {"tokens", "logprob", "alike", "cost", "answer"} <= set(heads[0].split())
    table = shown[heads.end() :]
    rows = [line.split() for line in table.splitlines() if re.match(r" *[1-6] ", line)]
    assert [row[0] for row in rows] == list("123456")
    assert ["1.00" in row for row in rows[:3]] == [True] * 3, "at temperature 0 the seed changes nothing"
    assert not all("1.00" in row for row in rows[3:])
    assert all(line_is_whole(line) for line in shown.splitlines())
    assert "similarity to the first answer" in shown
    assert "a seed=1  b seed=2  c seed=3" in shown
    assert "━" not in shell.text, "nothing of the bar is left"
    fifth = words(shell.run("/raw 5"))
    assert fifth
    assert "goes on with answer 5: temperature=1.5 seed=2" in shell.run("/pick 5")
    assert fifth in words(shell.run("/history"))
    assert "temperature" in shell.run("/diff 1 6")
    tree = shell.run("/branches")
    assert "sweep temperature 0,1.5 seed=1,2,3: 5 answers, turns 1–4, 6" in tree
    assert re.search(r"^└─● 5 ", tree, re.MULTILINE), tree
    assert re.search(r"^ *1–6 ", shell.run("/usage"), re.MULTILINE)


def line_is_whole(line: str) -> bool:
    return len(line) <= 100


# ---- at a scripted server


def test_what_was_swept_is_exported(scripted: Shell, home: Path) -> None:
    """The answers as rows, the page with its chart; a sweep of the last message asks that."""
    scripted.run("/max_tokens 5")
    sweep(scripted, 'system unset,"Answer in French." x2 -- Name a fruit.')
    home.mkdir(exist_ok=True)
    assert "is in" in scripted.run(f"/export csv {home / 'out.csv'}")
    rows = list(csv.DictReader(io.StringIO((home / "out.csv").read_text())))
    assert [(row["cell"], row["system"], row["repeat"]) for row in rows] == [
        *(("1", "unset", "1"), ("2", "unset", "2")),
        *(("3", "Answer in French.", "1"), ("4", "Answer in French.", "2")),
    ]
    assert all(row["answer"] and row["finish_reason"] for row in rows)
    assert "is in" in scripted.run(f"/export html {home / 'out.html'}")
    assert '<section class="experiment">' in (home / "out.html").read_text()
    shown = sweep(scripted, "temperature 0 x2")
    assert "Name a fruit." in shown
    assert "1 of 2" in shown


def test_a_no_and_a_mistake_send_nothing(scripted: Shell) -> None:
    """The line comes back after a no; what is wrong with a value is said at once."""
    assert "3.0 is not a number from 0 to 2" in scripted.run("/sweep temperature 0..3/1 -- Hi")
    scripted.type("/sweep temperature 0,1 -- Hi")
    scripted.wait(r"\[y/N\] *$")
    scripted.type("n")
    scripted.ready()
    assert "nothing was sent" in scripted.text
    assert scripted.typed == "/sweep temperature 0,1 -- Hi"


# ---- forty requests, broken off


class Gated(Server):
    """Answers `ANSWERED` messages, and only begins to answer those after them, until it is `open`."""

    def __enter__(self) -> Gated:
        super().__enter__()
        self.open = False
        self._over = threading.Event()
        self._begun = 0
        self._lock = threading.Lock()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        super().__exit__()

    def _next(self, request: Request) -> Reply:
        if request.path.endswith("/models"):
            return models("test-model")
        if not request.path.endswith("/chat/completions"):
            return error("404 Not Found")
        with self._lock:
            self._begun += 1
            held = not self.open and self._begun > ANSWERED
        return self._reply(request.body["seed"], held)

    def _reply(self, seed: int, held: bool) -> Callable[[socket.socket], None]:
        def send(connection: socket.socket) -> None:
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
            )
            connection.sendall(sse(chunk({"role": "assistant", "content": f"number {seed}"}), done=False))
            if held:
                self._over.wait()
                raise OSError("it was never answered")
            self._over.wait(0.02)
            connection.sendall(sse(chunk({}, finish="stop"), chunk(usage=usage())))
            connection.shutdown(socket.SHUT_RDWR)
            raise OSError("answered")

        return send

    @property
    def seeds(self) -> list[Any]:
        """Those that were asked for, in the order they came."""
        return [r.body["seed"] for r in self.requests if r.path.endswith("/chat/completions") and r.raw]


@pytest.fixture
def api(home: Path) -> Iterator[Gated]:
    """A server that keeps four requests open, and a profile with its address."""
    with Gated() as server:
        write_profile(home, server, max_tokens=5, timeout=60)
        yield server


def begin(shell: Shell) -> None:
    """Forty requests, until seventeen are over and four have begun."""
    shell.ready()
    shell.type("/sweep seed 1..40 -- What is it?")
    shell.wait(r"\[y/N\] *$")
    shell.type("y")
    shell.until(
        lambda: f"{ANSWERED} of 40" in shell.window and len(re.findall(r"number \d+", shell.window)) == 4,
        "it did not get that far",
    )
    assert "left" in shell.window


def complete(home: Path) -> set[int]:
    """The cells that have an answer in the store, which is sound."""
    return {turn.request.cell for turn in stored(home) if turn.answer.ended == COMPLETE}


def check(api: Gated, home: Path, before: list[int]) -> None:
    """No answered request was repeated, and none is lost."""
    assert len(before) == ANSWERED + 4
    counts = Counter(api.seeds)
    assert sorted(counts) == list(range(1, 41))
    in_flight = {seed for seed, count in counts.items() if count == 2}
    assert set(counts.values()) == {1, 2}
    assert len(in_flight) == 4
    assert in_flight <= set(before)
    turns = [turn for turn in stored(home) if turn.answer.ended == COMPLETE]
    assert sorted(turn.request.cell for turn in turns) == list(range(40)), "each cell has one answer"
    assert all(turn.choice.text == f"number {turn.request.cell + 1}" for turn in turns)


def go_on(home: Path, line: str, told: str) -> str:
    """A new shell takes the conversation up and asks what is missing."""
    with Shell("-p", "here", "--resume") as shell:
        shell.ready()
        assert told in shell.text
        start = shell.prompt_line
        shell.type(line)
        shell.wait(r"23 of 40 requests")
        shell.wait(r"\[y/N\] *$")
        shell.type("y")
        shell.ready()
        shown = "\n".join(shell.lines[start + 1 : shell.prompt_line])
        assert "are missing" not in shown.rpartition("[y/N] y")[2]
        assert "nothing is missing" in shell.run("/sweep resume")
        shell.press(CTRL_D)
        assert shell.ends() == 0
    return shown


def test_a_sweep_that_is_killed_is_taken_up_again(api: Gated, home: Path) -> None:
    """kill -9 in the middle: a new shell asks those that were in flight and those that never began, once."""
    with Shell("-p", "here") as shell:
        begin(shell)
        shell.signal(signal.SIGKILL)
        shell.ends()
    before = api.seeds
    api.open = True
    shown = go_on(home, "/sweep", "4 answers of a shell that was killed")
    assert "17 of 40 are there" in shown
    check(api, home, before)


def test_a_sweep_that_is_interrupted_is_taken_up_again(api: Gated, home: Path) -> None:
    """Ctrl-C in the middle: the prompt is back, what came is shown and kept, and the rest is asked later, once."""
    with Shell("-p", "here") as shell:
        begin(shell)
        shell.press(CTRL_C)
        shell.ready()
        assert "17 of 40 are there · /sweep resume asks the 23 that are missing" in shell.text
        shell.press(CTRL_D)
        assert shell.ends() == 0
        assert is_sane(shell)
    before = api.seeds
    assert len(complete(home)) == ANSWERED
    assert sum(turn.answer.ended == INTERRUPTED for turn in stored(home)) == 4
    api.open = True
    go_on(home, "/sweep resume", "conversation 1: What is it?")
    check(api, home, before)
