"""Write figures as JSON: plain values by names that are kept. What is not known is null."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..statistics.intervals import Estimate
from .comparing import Compared
from .figures import ColumnFigures, Figures, Range


def record(figures: Figures) -> dict[str, Any]:
    """Give the figures as an object. Names are kept: programs read them."""
    labels = [column.label for column in figures.columns]
    return {
        "cases": figures.cases,
        "repeat": figures.repeat,
        "groups": figures.groups,
        "columns": [_column(each) for each in figures.columns],
        "pairs": [
            {
                "a": labels[pair.a],
                "b": labels[pair.b],
                "passes": _compared(pair.passes),
                "scores": _compared(pair.scores),
            }
            for pair in figures.pairs
        ],
        "not_checked": [asdict(each) for each in figures.unchecked],
        "not_understood": [{"place": each.place, "why": each.why} for each in figures.not_understood],
        "errors": [asdict(each) for each in figures.errors],
        "judges": {
            "each": [
                {
                    "name": judge.name,
                    "verdicts": judge.verdicts,
                    "undecided": judge.undecided,
                    "rated": judge.rated,
                    "kappa": _estimate(judge.kappa),
                    "agreed": _estimate(judge.agreed),
                    "again": _estimate(judge.again),
                }
                for judge in figures.judged
            ],
            "flips": _estimate(figures.judges.flips),
            "rated": figures.judges.rated,
            "kappa": _estimate(figures.judges.kappa),
        },
        "strengths": {label: asdict(each) for label, each in figures.strengths.items()},
    }


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def _estimates(found: Mapping[Any, Estimate]) -> dict[str, Any]:
    return {str(name): asdict(each) for name, each in found.items()}


def _range(found: Range) -> dict[str, Any]:
    return {
        "median": _estimate(found.median),
        "p95": _estimate(found.p95),
        "total": found.total,
        "known": found.known,
        "unknown": found.unknown,
    }


def _compared(found: Compared | None) -> dict[str, Any] | None:
    if found is None:
        return None
    difference = {**asdict(found.difference), "tied": found.difference.tied}
    return {**difference, "p_adjusted": found.p, "verdict": found.verdict}


def _column(column: ColumnFigures) -> dict[str, Any]:
    prompt, completion = column.tokens
    spread = column.spread
    return {
        "label": column.label,
        "asked": column.asked,
        "answered": column.answered,
        "errors": column.errors,
        "lost": column.lost,
        "waiting": column.waiting,
        "passed": column.passed,
        "failed": column.failed,
        "not_checked": column.unchecked,
        "pass_rate": _estimate(column.rate),
        "pass_share": column.least,
        "score": _estimate(column.score),
        "metrics": _estimates(column.metrics),
        "latency": _range(column.latency),
        "cost": _range(column.cost),
        "tokens": {"prompt": prompt, "completion": completion},
        "judging_cost": column.judging,
        "tries": column.tries,
        "tries_lost": column.tries_lost,
        "pass_at": _estimates(column.pass_at),
        "pass_all": _estimates(column.pass_all),
        "spread": spread
        and {
            "share": _estimate(spread.share),
            "similarity": _estimate(spread.similarity),
            "agreement": _estimate(spread.agreement),
            "cases": spread.cases,
        },
    }
