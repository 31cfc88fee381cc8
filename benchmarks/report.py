"""Measures an evaluation's report in a real Chromium: what it takes to open and to use it. Prints a table.

    python benchmarks/report.py [--cells 5000] [--rounds 5]

Answers have some 300 characters. A page is open when its table is painted; a filter, a search or an order is
done when what it leaves is. Figures are medians of the rounds, each of the slowest filter, search or order.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections import deque
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chat.evaluation import figures
from chat.transfer import eval_html
from tests.support import chromium, evaluated

OPENED = """
addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => setTimeout(() => {
  window.painted = performance.now();
})));
"""
USED = """(async () => {
  const done = () => new Promise((then) => requestAnimationFrame(() => setTimeout(then)));
  const took = async (act) => {
    const start = performance.now();
    act();
    await done();
    return performance.now() - start;
  };
  const put = (id, value, event) => () => {
    const it = document.getElementById(id);
    it.value = value;
    it.dispatchEvent(new Event(event));
  };
  const press = (id) => () => document.getElementById(id).click();
  const found = {};
  found.first = await took(put("search", "platform nine", "input"));
  const searches = [], filters = [], orders = [];
  for (const text of ["e", "river", "river where", "no such words"]) {
    searches.push(await took(put("search", text, "input")));
  }
  press("clear")();
  for (const name of ["state-pass", "state-fail", "state-unchecked", "state-error", "differs", "judged"]) {
    filters.push(await took(press(name)), await took(press(name)));
  }
  for (const order of ["low", "high", "apart", "slow", "dear", "case"]) {
    orders.push(await took(put("sort", order, "change")));
  }
  found.search = Math.max(...searches);
  found.filter = Math.max(...filters);
  found.order = Math.max(...orders);
  found.cell = await took(() => document.querySelector(".row .cell:nth-child(2)").click());
  return found;
})()"""


def main() -> None:
    """Measure both shapes, and print the table."""
    options = argparse.ArgumentParser()
    options.add_argument("--cells", type=int, default=5000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    if chromium.found() is None:
        raise SystemExit("there is no Chromium here")
    shapes = [(2, given.cells // 2), (5, given.cells // 5)]
    with tempfile.TemporaryDirectory() as folder:
        found = [measured(*shape, Path(folder), given.rounds) for shape in shapes]
    heads = [f"{columns} columns × {cases:,} cases" for columns, cases in shapes]
    print("| measured | " + " | ".join(heads) + " | at most |")
    print("| --- |" + " ---: |" * (len(heads) + 1))
    for name, most in ROWS:
        print(f"| {name} | " + " | ".join(each[name] for each in found) + f" | {most} |")


ROWS = (
    ("the page is written", ""),
    ("… its size", ""),
    ("… memory that writing takes", ""),
    ("DOMContentLoaded", "1,000 ms"),
    ("the table is painted", "1,000 ms"),
    ("a filter", "100 ms"),
    ("the first search", "100 ms"),
    ("another search", "100 ms"),
    ("an order", "100 ms"),
    ("a cell is opened", ""),
)


def measured(columns: int, cases: int, folder: Path, rounds: int) -> dict[str, str]:
    """Measure a report of so many cells."""
    run = evaluated.a_run(columns, cases)
    samples = list(evaluated.samples(run))
    whole = figures.of(run, samples)
    path = folder / f"{columns}.html"
    start = time.perf_counter()
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(eval_html.pieces(run, samples, whole))
    took = time.perf_counter() - start
    tracemalloc.start()
    deque(eval_html.pieces(run, samples, whole), maxlen=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    opened: list[dict[str, Any]] = []
    for number in range(rounds):
        with chromium.browser(folder / f"{columns} {number}") as browser:
            page = browser.page()
            page.sized(1280)
            page.do("Page.addScriptToEvaluateOnNewDocument", source=OPENED)
            page.open(path)
            loaded = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
            page.until("window.painted")
            opened.append(
                {"loaded": page.value(loaded), "painted": page.value("painted"), **page.value(USED)}
            )

    def ms(name: str) -> str:
        return f"{statistics.median(each[name] for each in opened):,.0f} ms"

    values = (f"{took * 1000:,.0f} ms", f"{path.stat().st_size / 1e6:.1f} MB", f"{peak / 1e6:.1f} MB")
    told = map(ms, ("loaded", "painted", "filter", "first", "search", "order", "cell"))
    return dict(zip((name for name, _ in ROWS), (*values, *told), strict=True))


if __name__ == "__main__":
    main()
