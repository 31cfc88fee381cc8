"""Write what an evaluation's report says before its table: what was asked, and what that shows."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import suppress

from ..base.short import several, shorten
from ..base.tables import TableColumn, TableRow
from ..evaluation import summary
from ..evaluation.figures import Figures, Pair
from ..evaluation.results import FINISHED, KILLED, RUNNING, STOPPED, EvalRun
from ..statistics.paired import points
from .page import escaped, table

_STATES = {
    FINISHED: "finished",
    RUNNING: "under way",
    STOPPED: "stopped before its end",
    KILLED: "killed before its end",
}
_NOTED = 50  # of what a file says that was not understood


def about(run: EvalRun) -> str:
    """Say in a line which run this is."""
    facts = [
        f"run {run.number}" if run.number else "",
        run.file,
        f"profile {run.profile}" if run.profile else "",
        _when(run.at),
        f"took {run.seconds:,.0f} s" if run.seconds >= 1 else "",
        _STATES.get(run.state, run.state),
    ]
    return " · ".join(filter(None, facts))


def asked(run: EvalRun) -> str:
    """Say in a line how much was asked."""
    columns, cases = max(1, len(run.suite.columns)), len(run.suite.cases)
    answers = columns * cases * run.suite.repeat
    times = f", each {run.suite.repeat} times" if run.suite.repeat > 1 else ""
    return f"{several(cases, 'case')} in {several(columns, 'column')}{times}: {several(answers, 'answer')}."


def summed(run: EvalRun, figures: Figures) -> Iterator[str]:
    """Write the verdicts, and the tables of figures."""
    lines = summary.said(figures)
    yield '<section aria-labelledby="shows">\n<h2 id="shows">What it shows</h2>\n'
    yield f"<p>{escaped(asked(run))}</p>\n"
    yield '<ul class="verdicts">\n' + "".join(f"<li>{escaped(line)}</li>\n" for line in lines) + "</ul>\n"
    judged = "" if figures.judged else "No answer was judged by a model. "
    yield (
        f'<p class="dim">{judged}Figures stand with their intervals at 95%. What was not checked is never'
        " counted as passed.</p>\n"
    )
    for found in summary.tables(figures):
        title = f"<h3>{escaped(found.title)}</h3>\n" if found.title else ""
        yield f'{title}<div class="wide">{table(found.columns, found.rows, named=True)}</div>\n'
    pairs = [row for pair in figures.pairs for row in _compared(pair, figures)]
    if pairs:
        yield "<h3>Columns compared case by case</h3>\n"
        yield f'<div class="wide">{table(_PAIRS, pairs, named=True)}</div>\n'
        yield (
            '<p class="dim">The last column is the smallest difference that these cases would have shown four'
            " times out of five.</p>\n"
        )
    if notes := run.suite.not_understood:
        yield "<h3>Not understood in the file, and counted as not checked</h3>\n<ul>\n"
        yield "".join(f"<li>{escaped(f'{note.place}: {note.why}')}</li>\n" for note in notes[:_NOTED])
        yield f"<li>and {len(notes) - _NOTED:,} more</li>\n" if len(notes) > _NOTED else ""
        yield "</ul>\n"
    yield "</section>\n"


_PAIRS = (
    TableColumn("columns"),
    *(TableColumn(name, right=True) for name in ("points", "from", "to", "p", "better", "worse", "alike")),
    TableColumn("could have shown", right=True),
)


def _compared(pair: Pair, figures: Figures) -> Iterator[TableRow]:
    a, b = (shorten(figures.columns[place].label, 40) for place in (pair.a, pair.b))
    for found, what in ((pair.passes, "passes"), (pair.scores, "scores")):
        if found:
            each = found.difference
            yield (
                f"{b} less {a}, in {what}",
                points(each.value),
                "" if each.low is None else points(each.low),
                "" if each.high is None else points(each.high),
                f"{found.p:.3f}" if found.p >= 0.001 else "< 0.001",
                f"{each.better:,}",
                f"{each.worse:,}",
                f"{each.tied:,}",
                "nothing" if each.visible is None else f"{points(each.visible)} points",
            )


def _when(at: float) -> str:
    with suppress(ValueError, OverflowError, OSError):
        if at:
            moment = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
            return moment.strftime("%Y-%m-%d %H:%M UTC")
    return ""
