"""Say an evaluation's figures in words and tables: what the shell shows after a run. Pure.

A rate or a mean never stands without its interval, nor a judge's figure without how far the judge is to be
trusted. What was not measured is said to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..base.dataclass import dataclass
from ..base.short import several, shorten
from ..base.tables import Cut, TableColumn, TableRow, filled
from ..statistics.written import ends, hundredths, of_a_thousand, percent, seconds
from ..tokens.prices import COST
from .figures import ColumnFigures, Figures
from .gathered import short
from .trust import Reliability

#: Pairs of columns that are compared in a line each; of more, those that differ.
_PAIRS = 10
#: Reasons and kinds that are listed.
_MOST = 12
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Table:
    """A table with its title, as a screen, a page or a file takes it."""

    title: str
    columns: Sequence[TableColumn]
    rows: Sequence[TableRow]


# ---- what is kept of them


def kept(figures: Figures) -> dict[str, Any]:
    """Write what is shown of figures as JSON has it: a run that is looked at again is told at once."""
    return {
        "tables": [
            {
                "title": table.title,
                "columns": [[each.name, each.right, each.cut.value] for each in table.columns],
                "rows": [
                    [head.cell(value) for head, value in zip(table.columns, row, strict=True)]
                    for row in table.rows
                ],
            }
            for table in tables(figures)
        ],
        "lines": said(figures),
    }


def read(record: Mapping[str, Any]) -> tuple[list[Table], list[str]]:
    """Read what `kept` wrote: tables, and lines."""
    found = [
        Table(
            each["title"],
            [TableColumn(name, right, Cut(cut)) for name, right, cut in each["columns"]],
            [tuple(row) for row in each["rows"]],
        )
        for each in record["tables"]
    ]
    return found, list(record["lines"])


# ---- lines


def said(figures: Figures) -> list[str]:
    """Say what the run shows: verdicts first, then what is missing, then how far judges are to be trusted."""
    lines = [*_verdicts(figures)]
    unchecked = sum(column.unchecked for column in figures.columns)
    if unchecked:
        lines.append(f"{_of(figures, unchecked)} not checked, and not counted as passed")
    errors, lost, waiting = (
        sum(getattr(column, name) for column in figures.columns) for name in ("errors", "lost", "waiting")
    )
    if errors:
        lines.append(f"{_of(figures, errors)} brought no answer, and stand in no rate")
    if lost:
        lines.append(f"{_of(figures, lost)} went out and were lost: what they cost is not known")
    again = sum(column.tries_lost for column in figures.columns)
    if again:
        lines.append(f"{several(again, 'request')} brought nothing since the program was killed meanwhile")
    if waiting:
        lines.append(f"{_of(figures, waiting)} still to be asked: these are figures of a part")
    if figures.not_understood:
        lines.append(f"{several(len(figures.not_understood), 'thing')} in the file not understood")
    return [*lines, *trusted(figures)]


def _of(figures: Figures, count: int) -> str:
    return f"{count:,} of {sum(column.asked for column in figures.columns):,}"


def _verdicts(figures: Figures) -> list[str]:
    if len(figures.columns) == 1:
        ((name, column),) = _named(figures)
        if column.rate is None:
            return [f"{name}: nothing was checked"]
        answers = several(column.passed + column.failed, "answer")
        return [f"{name}: {percent(column.rate)} passed, {answers} checked"]
    lines = []
    passes = [pair.passes for pair in figures.pairs if pair.passes is not None]
    scores = [pair.scores for pair in figures.pairs if pair.scores is not None]
    for found, what in ((passes, ""), (scores, "by score: ")):
        shown = found if len(found) <= _PAIRS else [each for each in found if each.p < 0.05]
        lines += [what + each.verdict for each in shown]
        if len(shown) < len(found):
            rest = several(len(found) - len(shown), "pair")
            lines.append(f"{what}{rest} of columns more, for which there are too few cases to say")
    if not passes and not scores:
        return ["no case was checked in two columns: nothing can be compared"]
    if len(passes) > 1:
        lines.append(f"p is adjusted for {several(len(passes), 'comparison')} (Holm)")
    return lines


def trusted(figures: Figures) -> list[str]:
    """Say how far the judges are to be trusted, one line each; nothing where no model judged."""
    if not figures.judged:
        return []
    lines = [f"judge {judge.name}: {_trust(judge)}" for judge in figures.judged]
    flips = figures.judges.flips
    turned = NOT_MEASURED if flips is None else f"{percent(flips)} of {flips.count:,} verdicts flip with it"
    return [*lines, f"order of the candidates: {turned}"]


def _trust(judge: Reliability) -> str:
    rated = f"agreement with your ratings {NOT_MEASURED}"
    if judge.kappa is not None and judge.agreed is not None:
        rated = (
            f"agrees with your ratings in {percent(judge.agreed)} of {judge.rated:,}, "
            f"kappa {hundredths(judge.kappa)}"
        )
    again = NOT_MEASURED if judge.again is None else f"{percent(judge.again)} of {judge.again.count:,}"
    return f"{rated}; same verdict on the same text: {again}"


# ---- tables


def tables(figures: Figures) -> list[Table]:
    """Give the tables that have something to say, the most telling first."""
    made = (
        columns(figures),
        times(figures),
        costs(figures),
        repeats(figures),
        spread(figures),
        metrics(figures),
        strengths(figures),
        unchecked(figures),
        errors(figures),
    )
    return [table for table in made if table.rows]


_LABEL = TableColumn("column", cut=Cut.LONG)


def _count(name: str) -> TableColumn:
    return TableColumn(name, right=True, number="{:,}".format)


def _text(name: str) -> TableColumn:
    return TableColumn(name, right=True)


def _filled(title: str, heads: Sequence[TableColumn], rows: Sequence[TableRow]) -> Table:
    return Table(title, *filled(heads, rows))


def columns(figures: Figures) -> Table:
    """Tabulate what passed in each column, of how many that were checked."""
    heads = (
        _LABEL,
        _text("passed"),
        _count("of"),
        _count("not checked"),
        _count("no answer"),
        _count("lost"),
        _count("waiting"),
        _text("score"),
    )
    rows = [
        (
            name,
            percent(column.rate) or "nothing checked",
            column.passed + column.failed,
            column.unchecked or None,
            column.errors or None,
            column.lost or None,
            column.waiting or None,
            hundredths(column.score) if _scored(figures) else "",
        )
        for name, column in _named(figures)
    ]
    return _filled("", heads, rows)


def _named(figures: Figures) -> list[tuple[str, ColumnFigures]]:
    """Give the columns with their names as a table has room for them."""
    names = short([column.label for column in figures.columns])
    return list(zip(names, figures.columns, strict=True))


def _scored(figures: Figures) -> bool:
    """Tell whether scores say more than passes."""
    return any(
        column.score is not None and (column.rate is None or column.score.value != column.rate.value)
        for column in figures.columns
    )


def times(figures: Figures) -> Table:
    """Tabulate how long answers took, and their tokens."""
    heads = (_LABEL, _text("median"), _text("p95"), _count("tokens in"), _count("out"))
    rows = [
        (name, seconds(each.latency.median), seconds(each.latency.p95), *each.tokens)
        for name, each in _named(figures)
    ]
    return _filled("time of an answer", heads, rows)


def costs(figures: Figures) -> Table:
    """Tabulate what answers cost, of a thousand and in all, where it is more than nothing."""
    heads = (_LABEL, _text("median"), _text("p95"), _text("in all"), _text("judges"))
    rows = [
        (
            name,
            of_a_thousand(each.cost.median),
            of_a_thousand(each.cost.p95),
            _cost(each),
            _judging(each, bool(figures.judged)),
        )
        for name, each in _named(figures)
    ]
    known = any(each.cost.known or each.judging for each in figures.columns)
    return _filled("cost of 1,000 answers, and of all", heads, rows if known else [])


def _cost(column: ColumnFigures) -> str:
    if column.cost.total is not None:
        return COST.number(column.cost.total)
    return f"{COST.number(column.cost.known)} or more" if column.cost.known else "unknown"


def _judging(column: ColumnFigures, judged: bool) -> str:
    return "" if not judged else "unknown" if column.judging is None else COST.number(column.judging)


def repeats(figures: Figures) -> Table:
    """Tabulate how likely one of several answers to a case passes (pass@k), and all of them do (pass^k)."""
    numbers = dict.fromkeys(k for k in (2, figures.repeat) if 1 < k <= figures.repeat)
    heads = (_LABEL, *(_text(f"pass@{k}") for k in numbers), *(_text(f"pass^{k}") for k in numbers))
    rows = [
        (name, *(percent(chances.get(k)) for chances in (each.pass_at, each.pass_all) for k in numbers))
        for name, each in _named(figures)
    ]
    return Table("", heads, rows if numbers else [])


def spread(figures: Figures) -> Table:
    """Tabulate how the answers to one case differ."""
    heads = (_LABEL, _text("most frequent"), _text("similarity"), _text("same verdict"))
    rows = [
        (
            name,
            percent(each.spread.share),
            hundredths(each.spread.similarity),
            percent(each.spread.agreement),
        )
        for name, each in _named(figures)
        if each.spread is not None
    ]
    return Table(f"{figures.repeat} answers to each case", heads, rows)


def metrics(figures: Figures) -> Table:
    """Tabulate the metrics that assertions name, a row for each."""
    names = dict.fromkeys(name for column in figures.columns for name in column.metrics)
    heads = (TableColumn("metric", cut=Cut.LONG), *(_text(name) for name, _ in _named(figures)))
    rows = [
        (shorten(name), *(hundredths(column.metrics.get(name)) for column in figures.columns))
        for name in sorted(names)
    ]
    return Table("", heads, rows)


def strengths(figures: Figures) -> Table:
    """Tabulate the strengths of columns that a judge picked the best of."""
    heads = (_LABEL, _text("strength (Elo)"), _count("duels"))
    ranked = sorted(figures.strengths.items(), key=lambda pair: -pair[1].value)
    names = {column.label: name for name, column in _named(figures)}
    rows = [
        (names[label], f"{each.value:+.0f} {ends(each, '{:+.0f}'.format)}", each.duels)
        for label, each in ranked
    ]
    return Table("", heads, rows)


def unchecked(figures: Figures) -> Table:
    """Tabulate the checks that were not made, by type and reason."""
    heads = (_count("not checked"), TableColumn("type"), TableColumn("why", cut=Cut.LONG))
    rows: list[TableRow] = [
        (each.count, each.kind or "the answer", each.why) for each in figures.unchecked[:_MOST]
    ]
    return Table("", heads, _more(rows, [each.count for each in figures.unchecked]))


def errors(figures: Figures) -> Table:
    """Tabulate the answers that did not come, by kind."""
    heads = (_count("no answer"), TableColumn("kind"), TableColumn("one of them", cut=Cut.LONG))
    rows: list[TableRow] = [(each.count, each.kind, each.example) for each in figures.errors[:_MOST]]
    return Table("", heads, _more(rows, [each.count for each in figures.errors]))


def _more(rows: list[TableRow], counts: Sequence[int]) -> list[TableRow]:
    rest = counts[_MOST:]
    return [*rows, (sum(rest), "others", f"{several(len(rest), 'kind')} more")] if rest else rows
