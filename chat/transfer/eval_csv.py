"""Write a run of an evaluation as CSV, as those who come from promptfoo know it: a row for each case and
repeat, the variables first, then a cell for each column.

So the answers to a case stand side by side, and what reads promptfoo's CSV by its columns goes on working:
variables in the order of their names, `[PASS] (0.75)`, the answer, the reason. What is to be reckoned with
follows behind these: verdict, score, seconds and dollars of each column, as numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ..base.tables import TableRow, columns, csv_rows
from ..evaluation.results import EvalRun, Place, Sample
from . import eval_clean
from .eval_clean import FAILED, FELL_SHORT, NOT_CHECKED, PASSED, Clean, cleaning, outcome
from .eval_spool import Spool

_MARKS = {PASSED: "PASS", FELL_SHORT: "FAIL", FAILED: "ERROR", NOT_CHECKED: "NOT CHECKED"}
_MEASURES = ("verdict", "score", "seconds", "cost in dollars")
_NOTHING = ("", (None,) * len(_MEASURES))


def pieces(run: EvalRun, samples: Iterable[Sample], secrets: Iterable[str] = ()) -> Iterator[str]:
    """Write a run, whatever the order in which its samples come. A row of which nothing was asked is left
    out."""
    suite, clean = run.suite, cleaning(secrets)
    names = sorted({name for case in suite.cases for name in case.variables})
    shape = eval_clean.shape(run)
    labels = [each.label for each in eval_clean.columns(run, clean)]
    measures = [f"{label}: {what}" for label in labels for what in _MEASURES]
    heads = eval_clean.distinct([*map(clean, names), *labels, *measures])

    def rows(spool: Spool) -> Iterator[TableRow]:
        for row in range(shape.cases * shape.repeat):
            case, repeat = divmod(row, shape.repeat)
            places = [Place(column, case, repeat) for column in range(shape.columns)]
            found = [spool.get(shape.index(each)) for each in places]
            if any(found):
                read: list[Any] = [json.loads(each) if each else _NOTHING for each in found]
                given = suite.cases[case].variables
                variables = [eval_clean.text(clean(given.get(name))) for name in names]
                yield [*variables, *(said for said, _ in read), *(each for _, more in read for each in more)]

    with Spool() as spool:
        for sample in samples:
            if (mark := _MARKS.get(outcome(sample))) is not None:
                cell = [_cell(sample, mark, clean), _measured(sample, mark, clean)]
                spool.put(shape.index(sample.place), eval_clean.line(cell))
        yield from csv_rows(columns(*heads), rows(spool))


def _cell(sample: Sample, mark: str, clean: Clean) -> str:
    """Write a sample as promptfoo writes it in one cell."""
    named = sample.judged.metrics if sample.judged else {}
    metrics = (f"{name}: {sum(each):.2f}" for name, each in named.items())
    scores = ", ".join([f"{sample.score or 0:.2f}", *metrics])
    why = eval_clean.why(sample)
    parts = [f"[{mark}] ({scores})"]
    if sample.answered is not None:
        parts.append(eval_clean.answer(sample.answered, clean))
    if mark == "PASS":
        parts.append("Pass Reason: all of it holds")
    elif why:
        parts.append(f"Fail Reason: {why}" if mark == "FAIL" else why)
    return str(clean("\n\n".join(parts)))


def _measured(sample: Sample, mark: str, clean: Clean) -> list[object]:
    answered = sample.answered
    seconds, cost = (answered.seconds, answered.cost) if answered else (None, None)
    return [mark, clean(sample.score), None if seconds is None else round(seconds, 4), clean(cost)]
