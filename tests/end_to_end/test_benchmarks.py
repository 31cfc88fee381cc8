"""The benchmark runs. What it measures is not judged here: that would fail on a slow machine."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..support import chromium

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def run(program: str, *args: str) -> str:
    """What a benchmark prints."""
    command = [sys.executable, str(BENCHMARKS / program), *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


def written(mark: str) -> str:
    """The table that stands in the README under that mark."""
    page = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    return page.partition(f"<!-- {mark} -->")[2].partition("<!-- end -->")[0]


def rows(table: str) -> list[str]:
    """What is measured in each row; the numbers in it depend on how much is measured."""
    cells = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")]
    return [re.sub(r"\d[\d,]*", "N", cell) for cell in cells]


def test_the_readme_has_the_rows_of_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    """The written table is of this benchmark: what it is made of is the same, whatever was measured."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    program = importlib.import_module("run")

    class Measured(program.Bench):  # type: ignore[name-defined, misc]
        def startup(self, which: str) -> float:
            return 0.2

        def first_bytes(self, which: str, settle: float) -> tuple[float, float]:
            return 0.01, 0.01

        def hasty(self, which: str) -> float:
            return 0.9

        def question(self, which: str) -> float:
            return 0.8

        def answer(self, which: str, chunks: int) -> tuple[float, float, float]:
            return chunks / 10_000, 60.0, 80.0

        def drawn(self, which: str, chunks: int) -> float:
            return 0.5

        def turns(self, which: str, count: int) -> tuple[list[float], list[float]]:
            return [0.01] * count, [0.02] * count

    monkeypatch.setattr(program, "dials", lambda size: [("80 by 24", 0.01), ("140 by 40", 0.02)])
    table = program.table(program.measure(Measured("http://127.0.0.1:1", "", program.SMALL)))
    assert rows(table) == rows(written("table"))
    assert len(rows(table)) > 10


@pytest.mark.nightly  # it starts some twenty programs
def test_the_benchmark_runs_and_its_readme_has_the_rows_it_prints() -> None:
    """Every program starts, answers and is measured; the written table is of this benchmark."""
    assert rows(run("run.py", "--small")) == rows(written("table"))
    assert len(rows(written("table"))) > 10


def test_the_benchmark_of_conversations_runs_and_its_readme_has_the_rows_it_prints() -> None:
    """The database is filled, every command answers and is measured; the written table is of it."""
    printed = run("conversations.py", "--turns", "520", "--rounds", "1", "--starts", "1")
    assert rows(printed) == rows(written("conversations"))
    assert len(rows(printed)) > 10


@pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium here")
def test_the_benchmark_of_reports_runs_and_its_readme_has_the_rows_it_prints() -> None:
    """A report is written, opened, filtered, searched and measured; the written table is of it."""
    printed = run("report.py", "--cells", "40", "--rounds", "1")
    assert rows(printed) == rows(written("report"))
    assert len(rows(printed)) > 8
