"""What a run holds in memory grows little by the cell: thousands are asked by a small machine."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from chat.conversation.turn import COMPLETE, Answer, Choice
from chat.evaluation import running as runs
from chat.evaluation.keeping import Keeping
from chat.evaluation.results import FINISHED, JUDGED, EvalRun, Sample
from chat.evaluation.states import States
from chat.evaluation.suite import Assertion, Case, Column, Suite
from chat.lab import crowd
from chat.lab.pace import Pace
from chat.parameters.rate import Rate
from chat.session.state import Session
from chat.store.runs import Runs

FEW, MANY = 200, 700
MOST = 20_000  # bytes by cell


class Watching:
    """Looks at the memory when so many are judged."""

    def __init__(self) -> None:
        self.judged = 0
        self.taken: dict[int, int] = {}

    def begin(self, run: EvalRun, states: States, spent: float | None = 0.0) -> None: ...

    def sample(self, sample: Sample) -> None:
        self.judged += sample.state == JUDGED
        if self.judged in (FEW, MANY) and self.judged not in self.taken:
            gc.collect()
            self.taken[self.judged] = tracemalloc.get_traced_memory()[0]

    def pace(self, under_way: int, limit: int, waiting: str = "") -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def test_memory_grows_little_by_the_cell(
    session: Session, monkeypatch: pytest.MonkeyPatch, traced: None, home: Any
) -> None:
    """From the 200th cell to the 700th, with answers of 4 kB, what Python has taken grows by
    at most 20 kB a cell; what is kept is on the disk."""

    def answer(session: Session, prepared: Any, stop: Any) -> Answer:
        text = prepared.body["messages"][-1]["content"]
        return Answer(choices=(Choice(0, "x" * 4000 + text, finish_reason="stop"),), ended=COMPLETE)

    monkeypatch.setattr(crowd, "answer", answer)
    cases = tuple(Case({"q": f"case {n}"}, (Assertion("contains", str(n)),)) for n in range(MANY + 50))
    suite = Suite("s", (Column("a", ({"role": "user", "content": "{{q}}"},)),), cases)
    session.settings = session.settings.set("base_url", "http://127.0.0.1:9/v1").set("model", "m")
    kept = Keeping(Runs(home / "evaluations.db"))
    shown = Watching()
    running = runs.Running(session, kept, kept.begin(suite, "s"), shown, Pace(Rate()))
    running.prepare()
    assert running.go() == FINISHED
    each = (shown.taken[MANY] - shown.taken[FEW]) / (MANY - FEW)
    assert each <= MOST, f"{each:,.0f} bytes a cell"
    kept.close()
