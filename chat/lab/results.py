"""Sum up a sweep: a row for each combination of values, from the answers that came. Pure.

The similarity of two answers is how much of their words and signs stands in the same order in both
(chat.statistics.likeness): 1 for the same text, 0 for nothing in common. That to the first is to the
answer of the first cell that has one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadInput
from ..conversation.counted import total
from ..conversation.experiment import Experiment, turns_of
from ..conversation.turn import COMPLETE, Choice, Turn
from ..parameters.table import named
from ..statistics import agreement, likeness
from ..statistics.agreement import Spread
from .chart import Chart, Series
from .grid import show


@dataclass(frozen=True)
class Row:
    """One combination. `cells` and `places` (in the conversation's turns, of complete answers) are
    counted from 0; `asked` is how many answers there are, `distinct` how many of them differ, and `spread`
    says how far, where there are several. `similarity` is that to the first answer. What nothing is known
    of is None."""

    values: tuple[str, ...]
    cells: tuple[int, ...]
    places: tuple[int, ...] = ()
    asked: int = 0
    distinct: int = 0
    tokens: float | None = None
    estimated: bool = False
    logprob: float | None = None
    similarity: float | None = None
    cost: float | None = None
    cut_off: int = 0
    text: str = ""
    spread: Spread | None = None

    @property
    def missing(self) -> int:
        return len(self.cells) - len(self.places)


@dataclass(frozen=True)
class Results:
    """`names` are the parameters, and each row has their values. `times` is how often each combination is
    asked."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    times: int = 1

    @property
    def missing(self) -> int:
        return sum(row.missing for row in self.rows)


def combinations(experiment: Experiment) -> dict[str, list[int]]:
    """Group the cells by their combination of values as JSON, in their order."""
    found: dict[str, list[int]] = {}
    for place, cell in enumerate(experiment.cells):
        found.setdefault(_key([cell.profile, dict(cell.values)]), []).append(place)
    return found


def repeats(experiment: Experiment) -> list[int]:
    """Tell which time each cell asks its combination, from 1."""
    found = [1] * len(experiment.cells)
    for cells in combinations(experiment).values():
        for time, cell in enumerate(cells, 1):
            found[cell] = time
    return found


def swept(experiment: Experiment) -> tuple[str, ...]:
    """Give the parameters that its cells set."""
    return tuple(dict.fromkeys(name for cell in experiment.cells for name in cell.values))


def shown(name: str, value: Any) -> str:
    """Give a value of a cell, which may be a stranger's, as a person would type it."""
    try:
        return show(name, None if value is None else named(name).kind.check(value), 30)
    except BadInput:
        return str(value)


def _named(experiment: Experiment, name: str) -> dict[str, str]:
    """Tell how each value of a parameter is shown: those that begin alike are counted."""
    found: dict[str, str] = {}
    for cell in experiment.cells:
        value = cell.values.get(name)
        text = shown(name, value)
        if (key := _key(value)) not in found:
            same = sum(each == text or each.startswith(f"{text} (") for each in found.values())
            found[key] = f"{text} ({same + 1})" if same else text
    return found


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def results(experiment: Experiment, turns: Sequence[Turn]) -> Results:
    """Return the results, row by row."""
    names = swept(experiment)
    places = {
        cell: place
        for cell, place in turns_of(experiment, turns).items()
        if turns[place].answer.ended == COMPLETE
    }
    first = next((choice.said for place in places.values() for choice in turns[place].answer.choices), "")
    similar = likeness.by_words()
    groups = list(combinations(experiment).values())
    columns = {name: _named(experiment, name) for name in names}
    rows = []
    for cells in groups:
        values = experiment.cells[cells[0]].values
        shown_values = tuple(columns[name][_key(values.get(name))] for name in names)
        rows.append(_row(shown_values, cells, places, turns, first, similar))
    return Results(names, tuple(rows), max(map(len, groups), default=1))


def _row(
    values: tuple[str, ...],
    cells: Sequence[int],
    places: dict[int, int],
    turns: Sequence[Turn],
    first: str,
    similar: Callable[[str, str], float],
) -> Row:
    there = [cell for cell in cells if cell in places]
    came = [turns[places[cell]] for cell in there]
    choices = [choice for turn in came for choice in turn.answer.choices]
    texts = [choice.said for choice in choices]
    compared = texts[1:] if there and places[there[0]] == min(places.values()) and len(texts) > 1 else texts
    counted = [turn for turn in came if turn.answer.choices and turn.answer.usage]
    used = [turn.answer.usage for turn in counted if turn.answer.usage]
    tokens = total([each.completion for each in used])  # unknown where one of them is
    sure = [mean for choice in choices if (mean := logprob(choice)) is not None]
    costs = [turn.answer.cost for turn in came]
    answers = sum(len(turn.answer.choices) for turn in counted)
    return Row(
        values,
        tuple(cells),
        tuple(places[cell] for cell in there),
        len(texts),
        len(set(texts)),
        tokens / answers if answers and tokens is not None else None,
        any(each.estimated for each in used),
        fmean(sure) if sure else None,
        fmean(similar(first, text) for text in compared) if compared else None,
        sum(each for each in costs if each is not None) if costs and None not in costs else None,
        sum(choice.finish_reason == "length" for choice in choices),
        texts[0] if texts else "",
        agreement.spread(texts, similar) if len(texts) > 1 else None,
    )


def logprob(choice: Choice) -> float | None:
    """Give the mean log probability of its tokens."""
    return fmean(token.logprob for token in choice.logprobs) if choice.logprobs else None


# ---- charts


def charts(found: Results) -> list[Chart]:
    """List the charts worth drawing, the most telling first: a measure over the first parameter, in a
    series for each value of the second."""
    measures: list[tuple[str, Callable[[Row], float | None]]] = [
        ("similarity to the first answer", lambda row: row.similarity),
        ("mean log probability", lambda row: row.logprob),
        ("tokens of an answer", lambda row: row.tokens),
    ]
    if any(row.asked > 1 for row in found.rows):
        share: tuple[str, Callable[[Row], float | None]] = (
            "share of distinct answers",
            lambda row: row.distinct / row.asked if row.asked else None,
        )
        measures.insert(1, share)
    drawn = (_chart(found, title, measure) for title, measure in measures)
    return [chart for chart in drawn if chart.varies and len(chart.labels) > 1]


def _chart(found: Results, title: str, measure: Callable[[Row], float | None]) -> Chart:
    first, second = (*found.names, "", "")[:2]
    known: dict[tuple[str, str], float | None] = {}
    for row in found.rows:
        label, kind = (*row.values, "", "")[:2]
        known[label, kind] = measure(row)
    labels, kinds = (_distinct(key[place] for key in known) for place in (0, 1))
    series: list[Series] = [
        (f"{second}={kind}" if second else "", tuple(known.get((label, kind)) for label in labels))
        for kind in kinds
    ]
    return Chart(title, first, tuple(labels), tuple(series))


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
