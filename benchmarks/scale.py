"""Fills the store of evaluations with a run of so many cells, and measures what writing and asking take.

    python benchmarks/scale.py [--cells 100000]

Nothing is asked: answers are made up, of 200 characters each, and kept as a run keeps them, 64 at a time, as
sent, as answered and as judged.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chat.evaluation import states
from chat.evaluation.judging import judge
from chat.evaluation.keeping import Keeping
from chat.evaluation.results import ANSWERED, FINISHED, JUDGED, SENT, EvalRun, Sample
from chat.evaluation.suite import Answered, Assertion, Case, Column, Suite
from chat.store.runs import Runs

T = TypeVar("T")
TOGETHER = 64
TEXT = "The answer to that is 42, as everybody knows who has asked before. " * 3


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    given.add_argument("--cells", type=int, default=100_000)
    cells = given.parse_args().cells
    columns = tuple(Column(f"column {n}", ({"role": "user", "content": "{{q}}"},)) for n in range(10))
    checks = (Assertion("contains", "42"),)
    cases = tuple(Case({"q": f"question {n}"}, checks) for n in range(max(1, cells // 10)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evaluations.db"
        kept = Keeping(Runs(path))
        run = kept.begin(Suite("scale", columns, cases), "scale")
        began = memory()
        say("cells", f"{run.asked:,}")
        seconds = timed(lambda: fill(kept, run))[0]
        say("written as sent, answered and judged", f"{seconds:.1f} s, {run.asked / seconds:,.0f} a second")
        say("memory beyond the start", f"{memory() - began:.0f} MB")
        kept.state(run, FINISHED, seconds, {"told": "figures"})
        kept.close()
        say("size of the file", f"{path.stat().st_size / 1e6:.0f} MB")
        kept = Keeping(Runs(path))
        say("figures of a run that ended", ms(timed(lambda: kept.figures(run.number))[0]))
        say("list of runs", ms(timed(kept.newest)[0]))
        say("states of all cells", ms(timed(lambda: kept.states(run))[0]))
        say(
            "one cell, whole",
            ms(timed(lambda: kept.sample(run, states.shape(run.suite).place(cells // 2)))[0]),
        )
        say("all cells read, light", ms(timed(lambda: sum(1 for _ in kept.samples(run, bodies=False)))[0]))
        say("all cells read, whole", ms(timed(lambda: sum(1 for _ in kept.samples(run)))[0]))
        kept.close()


def fill(kept: Keeping, run: EvalRun) -> None:
    for some in batches(run):
        sent = [replace(each, state=SENT, at=time.time(), tries=1, request=request(each)) for each in some]
        kept.put(run, sent)
        answered = [
            replace(each, state=ANSWERED, answered=Answered(TEXT, {"content": TEXT}, seconds=0.5, cost=0.001))
            for each in sent
        ]
        kept.put(run, answered)
        cases = run.suite.cases
        kept.put(
            run,
            [
                replace(each, state=JUDGED, judged=judge(cases[each.place.case], each.answered))
                for each in answered
                if each.answered
            ],
        )


def batches(run: EvalRun) -> Iterator[list[Sample]]:
    shape = states.shape(run.suite)
    for first in range(0, run.asked, TOGETHER):
        yield [Sample(shape.place(number)) for number in range(first, min(first + TOGETHER, run.asked))]


def request(sample: Sample) -> dict[str, object]:
    text = f"question {sample.place.case}"
    return {"model": "test-model", "messages": [{"role": "user", "content": text}], "stream": False}


def timed(do: Callable[[], T]) -> tuple[float, T]:
    began = time.monotonic()
    made = do()
    return time.monotonic() - began, made


def memory() -> float:
    """Give what this process has in memory now, in MB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def ms(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms"


def say(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main()
