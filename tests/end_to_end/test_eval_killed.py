"""kill -9 in the middle of an evaluation: each cell is asked once, or its loss is said; what was shown is kept."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.asked import Asked, config, last, ok, rows
from tests.support.server import whole
from tests.support.terminal import Shell

from .test_eval import stored

#: How often a run of so many cells is killed, in all. EVAL_KILLS=50 is what the whole was tried with.
KILLS = int(os.environ.get("EVAL_KILLS", "4"))
CELLS = 500 if KILLS > 4 else 200
EACH = 10  # times that one run is killed
SEED = 20261127


def answer(body: Any, _: int) -> bytes:
    """Every seventh answer is not what is expected."""
    time.sleep(0.004)
    return whole("no") if int(last(body).split()[-1]) % 7 == 0 else ok(body)


@pytest.fixture
def server() -> Iterator[Asked]:
    with Asked(answer) as running:
        yield running


def begun(home: Path, server: Asked, *args: str) -> Shell:
    env = {"TEMPERA_HOME": str(home), "OPENAI_API_KEY": "sk-of-a-test-1", "OPENAI_BASE_URL": server.url}
    return Shell("eval", *args, "-m", "test-model", env=env, lines=16)


def shown(shell: Shell) -> int:
    """How many cells the screen says are over."""
    return max((int(each) for each in re.findall(rf"(\d+) of {CELLS}", shell.text)), default=0)


def lost(shell: Shell) -> int:
    """How many requests it says were under way when it was killed before."""
    found = re.search(r"(one|\d+) requests? (?:was|were) under way", " ".join(shell.text.split()))
    return 0 if not found else 1 if found[1] == "one" else int(found[1])


@pytest.mark.parametrize("round", range(-(-KILLS // EACH)))
def test_each_cell_is_asked_once_or_its_loss_is_said(
    home: Path, server: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, round: int
) -> None:
    """Killed at random points, as it starts, asks, keeps and paints: the server counts as many requests as
    there are cells and losses that were said; the store has what was on the screen; the verdicts at the end
    are those of a run that nobody killed."""
    monkeypatch.chdir(tmp_path)
    rows(tmp_path / "r.csv", CELLS)
    chance = random.Random(SEED + round)
    kills = min(EACH, KILLS - round * EACH)
    said = 0
    for kill in range(kills):
        made = kill and stored_runs(home)
        with begun(home, server, *(("go-on",) if made else ("r.csv",))) as shell:
            wanted = server.cells + chance.randrange(1, 2 * CELLS // (kills + 4))
            end = time.monotonic() + chance.choice((60, 60, 60, 1.2))  # now and then as it starts
            while server.cells < wanted and time.monotonic() < end:
                shell.look_on(0.01)
            shell.look_on(chance.uniform(0, 0.03))
            shell.signal(signal.SIGKILL)
            shell.ends()
            on_screen = shown(shell)
            said += lost(shell)
        if stored_runs(home):
            over = [each for each in stored(home) if each["state"] in ("judged", "failed")]
            assert len(over) >= on_screen, "a cell was shown, and is not in the store"
    with begun(home, server, *(("go-on",) if stored_runs(home) else ("r.csv",))) as shell:
        assert shell.ends() == 100
        said += lost(shell)
    samples = stored(home)
    assert [each["state"] for each in samples] == ["judged"] * CELLS
    assert [each["passed"] for each in samples] == [int(number % 7 != 0) for number in range(CELLS)]
    assert sum(each["lost"] for each in samples) <= said  # said again, where it was killed before it asked
    for number, sample in enumerate(samples):  # what was kept as sent may have been killed before it went out
        asked = server.counts[f"case {number}"]
        assert 1 <= asked <= 1 + sample["lost"], f"case {number} was asked {asked} times"
    more = server.cells - CELLS
    print(f"{kills} kills: {said} losses said, {more} cells asked again")


def stored_runs(home: Path) -> bool:
    """Tell whether a run was begun at all."""
    try:
        return bool(stored(home)) or True
    except StopIteration:
        return False


def judged(body: Any, _: int) -> bytes:
    """A judge who likes the longest of several texts, and any text alone."""
    time.sleep(0.004)
    texts = json.loads(last(body)).get("texts", [])
    lengths = [len(each["text"]) for each in texts]
    best = lengths.index(max(lengths)) if lengths else 0
    return whole(json.dumps({"reason": "so", "best": best, "pass": True, "score": 1.0}))


def test_what_judges_had_not_said_is_asked_after_a_kill(
    home: Path, server: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns that are compared, and judged alone as well: whatever was decided when it was killed, in the
    end each answer has its verdicts, and none was asked for again but those that were said to be lost."""
    monkeypatch.chdir(tmp_path)
    server.by = lambda body, _: whole("long " * (2 if last(body)[0] == "A" else 1))
    server.judge = judged
    cases, asserts = 40, [{"type": "select-best", "value": "long"}, {"type": "llm-rubric", "value": "kind"}]
    config(tmp_path / "c.json", cases=cases, asserts=asserts)
    chance = random.Random(SEED)
    for kill in range(2):
        with begun(home, server, *(("go-on",) if kill else ("c.json",))) as shell:
            wanted = server.cells + chance.randrange(15, 80)
            while server.cells < wanted:
                shell.look_on(0.01)
            shell.signal(signal.SIGKILL)
            shell.ends()
    with begun(home, server, "go-on") as shell:
        assert shell.ends() == 100
    samples = stored(home)
    assert [each["state"] for each in samples] == ["judged"] * 2 * cases
    assert [each["passed"] for each in samples] == [1, 0] * cases
    assert {(each["turned"], each["flips"]) for each in samples} == {(1, 0)}
    for number, sample in enumerate(samples):
        text = f"{'AB'[number % 2]} q{number // 2}"
        assert 1 <= server.counts[text] <= 1 + sample["lost"]
