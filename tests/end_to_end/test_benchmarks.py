"""The benchmark runs. What it measures is not judged here: that would fail on a slow machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_the_benchmark_runs_and_its_readme_has_the_rows_it_prints() -> None:
    """Every program starts, answers and is measured; the written table is of this benchmark."""
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--rounds", "1", "--turns", "10"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr

    def rows(text: str) -> list[str]:
        cells = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
        return [cell.partition(", turn")[0] for cell in cells]

    page = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    table = page.partition("<!-- table -->")[2].partition("<!-- end -->")[0]
    assert rows(done.stdout) == rows(table)
    assert len(rows(table)) > 10


def test_the_benchmark_of_conversations_runs_and_its_readme_has_the_rows_it_prints() -> None:
    """The database is filled, every command answers and is measured; the written table is of it."""
    command = [sys.executable, str(BENCHMARKS / "conversations.py"), "--turns", "600", "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    page = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    table = page.partition("<!-- conversations -->")[2].partition("<!-- end -->")[0]
    printed, written = (
        [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
        for text in (done.stdout, table)
    )
    assert printed == written
    assert len(printed) > 10
