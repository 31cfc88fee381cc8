"""Make pictures of what was asked: of a sweep, a comparison, or all turns. Pure.

Where the same was asked several times, a figure has its interval at 95% (chat.statistics): Student's t for
means, Wilson's for the share of the most frequent answer. That share is the largest of several, so its
interval lies a little too high where answers are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean

from ..base.dataclass import dataclass
from ..conversation.counted import total
from ..conversation.experiment import Experiment, turns_of
from ..conversation.turn import COMPLETE, Turn
from ..statistics import agreement, intervals, likeness
from .chart import Chart, Heatmap, Picture, Scatter
from .results import Results, logprob, results

#: A figure and its interval; None where nothing is known of it.
Figure = tuple["float | None", "tuple[float, float] | None"]
_NOTHING: Figure = (None, None)


@dataclass(frozen=True)
class Measure:
    """What can be drawn of several answers to the same request. `name` is what it is asked for by."""

    name: str
    title: str
    of: Callable[[Sequence[Turn]], Figure]


def _texts(turns: Sequence[Turn]) -> list[str]:
    return [choice.said for turn in turns for choice in turn.answer.choices]


def _distinct(turns: Sequence[Turn]) -> Figure:
    texts = _texts(turns)
    return (len(set(texts)) / len(texts), None) if len(texts) > 1 else _NOTHING


def _agreement(turns: Sequence[Turn]) -> Figure:
    texts = _texts(turns)
    if len(texts) < 2:
        return _NOTHING
    most = Counter(texts).most_common(1)[0][0]
    return _ended(intervals.rate([text == most for text in texts]))


def _similarity(turns: Sequence[Turn]) -> Figure:
    found = agreement.spread(_texts(turns), likeness.by_words())
    return _NOTHING if found is None else (found.similarity, None)


def _mean(of: Callable[[Turn], float | None]) -> Callable[[Sequence[Turn]], Figure]:
    def measure(turns: Sequence[Turn]) -> Figure:
        values = [of(turn) for turn in turns]
        known = [value for value in values if value is not None]
        return _ended(intervals.mean(known)) if known and len(known) == len(values) else _NOTHING

    return measure


def _ended(found: intervals.Estimate | None) -> Figure:
    if found is None:
        return _NOTHING
    ends = None if found.low is None or found.high is None else (found.low, found.high)
    return found.value, ends


def _tokens(turn: Turn) -> float | None:
    """Give the tokens of an answer: the mean of its choices."""
    used = turn.answer.usage
    if used is None or not turn.answer.choices:
        return None
    counted = total([used.completion])
    return None if counted is None else counted / len(turn.answer.choices)


def _logprob(turn: Turn) -> float | None:
    known = [mean for choice in turn.answer.choices if (mean := logprob(choice)) is not None]
    return fmean(known) if known else None


MEASURES = (
    Measure("distinct", "share of distinct answers", _distinct),
    Measure("agreement", "share of the most frequent answer", _agreement),
    Measure("similarity", "mean similarity of two answers", _similarity),
    Measure("tokens", "tokens of an answer", _mean(_tokens)),
    Measure("logprob", "mean log probability", _mean(_logprob)),
    Measure("cost", "dollars a request", _mean(lambda turn: turn.answer.cost)),
    Measure("seconds", "seconds an answer took", _mean(lambda turn: turn.answer.duration or None)),
    Measure("first", "seconds to the first token", _mean(lambda turn: turn.answer.first_token)),
)
#: What is no figure of several answers alone.
ALIKE = Measure("alike", "similarity to the first answer", lambda turns: _NOTHING)
SCATTER = "scatter"
NAMES = (*(each.name for each in (*MEASURES, ALIKE)), SCATTER)


def of_sweep(experiment: Experiment, turns: Sequence[Turn]) -> dict[str, Picture]:
    """Give the pictures of a sweep by the names of their measures: columns over one parameter, a heatmap
    over two. Only what something is known of."""
    found = results(experiment, turns)
    groups = [[turns[place] for place in row.places] for row in found.rows]
    pictures: dict[str, Picture] = {}
    for measure in (*MEASURES[:3], ALIKE, *MEASURES[3:]):
        figures = (
            [(row.similarity, None) for row in found.rows]
            if measure is ALIKE
            else [measure.of(group) if group else _NOTHING for group in groups]
        )
        if any(value is not None for value, _ in figures):
            pictures[measure.name] = _over(found, measure.title, figures)
    return {**pictures, **_scatter([turn for group in groups for turn in group], turns)}


def _over(found: Results, title: str, figures: Sequence[Figure]) -> Picture:
    if len(found.names) < 2:
        labels = tuple(row.values[0] if row.values else "" for row in found.rows)
        return _columns(title, found.names[0] if found.names else "", labels, figures)
    known = {
        (row.values[0], row.values[1]): value for row, (value, _) in zip(found.rows, figures, strict=True)
    }
    labels, names = (tuple(dict.fromkeys(row.values[at] for row in found.rows)) for at in (0, 1))
    values = tuple(tuple(known.get((label, name)) for label in labels) for name in names)
    return Heatmap(title, found.names[0], labels, found.names[1], names, values)


def _columns(title: str, across: str, labels: tuple[str, ...], figures: Sequence[Figure]) -> Chart:
    ends = tuple(pair for _, pair in figures)
    values = tuple(value for value, _ in figures)
    return Chart(title, across, labels, (("", values),), ends if any(ends) else ())


def of_comparison(experiment: Experiment, turns: Sequence[Turn]) -> dict[str, Picture]:
    """Give the pictures of a comparison: columns over what was asked with."""
    places = {
        cell: place
        for cell, place in turns_of(experiment, turns).items()
        if turns[place].answer.ended == COMPLETE
    }
    labels = tuple(experiment.cells[cell].label for cell in places)
    groups = [[turns[place]] for place in places.values()]
    return {**_by_group("asked with", labels, groups), **_scatter([group[0] for group in groups], turns)}


def of_usage(turns: Sequence[Turn]) -> dict[str, Picture]:
    """Give the pictures of all turns, in their order."""
    came = [(str(place), turn) for place, turn in enumerate(turns, 1) if turn.answer.ended == COMPLETE]
    labels, groups = tuple(label for label, _ in came), [[turn] for _, turn in came]
    return {**_by_group("turn", labels, groups), **_scatter([turn for _, turn in came], turns)}


def _by_group(across: str, labels: tuple[str, ...], groups: Sequence[Sequence[Turn]]) -> dict[str, Picture]:
    pictures: dict[str, Picture] = {}
    for measure in sorted(
        MEASURES, key=lambda each: each.name != "tokens"
    ):  # what all turns have comes first
        figures = [measure.of(group) for group in groups]
        if any(value is not None for value, _ in figures):
            pictures[measure.name] = _columns(measure.title, across, labels, figures)
    return pictures


def _scatter(came: Sequence[Turn], turns: Sequence[Turn]) -> dict[str, Picture]:
    """Give the seconds that answers took against their tokens, a point a turn."""
    numbers = {id(turn): place for place, turn in enumerate(turns, 1)}
    points = tuple(
        (tokens, turn.answer.duration, f"turn {numbers.get(id(turn), 0)}")
        for turn in came
        if (tokens := _tokens(turn)) is not None and turn.answer.duration > 0
    )
    if len(points) < 2:
        return {}
    return {
        SCATTER: Scatter("seconds by tokens, a point an answer", "tokens of an answer", "seconds", points)
    }
