"""Read an evaluation's samples once, and keep of each what its figures need: a few numbers."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from operator import itemgetter
from typing import Any, NamedTuple

from ..base.dataclass import dataclass
from ..base.short import both_ends, shorten
from ..conversation.counted import number
from .assertions import table
from .results import ANSWERED, FAILED, JUDGED, EvalRun, Sample
from .suite import Answered, Suite, Verdict

#: What a column without a name of its own is called.
IN_FORCE = "what is in force"
#: States of samples that have an answer.
WITH_ANSWER = (ANSWERED, JUDGED)
_NONE: Mapping[str, tuple[float, ...]] = {}
_SHORT = 28  # characters of a label in lines and tables
_WHY = 200  # characters of a reason by which it is told from others


class Measurement(NamedTuple):
    """What is kept of an answer. `slot` is its place in the column: by case, then by repeat."""

    slot: int
    case: int
    passed: bool | None
    score: float | None
    seconds: float | None
    cost: float | None
    prompt: int | None
    completion: int | None
    text: str
    metrics: Mapping[str, tuple[float, ...]]


class Opinion(NamedTuple):
    """A judge's verdict on an answer. `about` is the place of its assertion in the case, `text` stands
    for the answer's text, `passed` is None where the judge did not decide."""

    column: int
    slot: int
    case: int
    judge: str
    about: int
    text: int
    passed: bool | None
    rating: int | None


@dataclass
class Gathered:
    """All that was read. `states` counts the samples of each column by state, `tries` how often they were
    sent, `lost` how many of these tries brought nothing, and `judging` has what its judges cost, None where
    that is not known. `unchecked` counts checks that were not made by (type, reason); `errors` the answers
    that did not come, by kind, and `sentences` has one of each. `rated` and `turned` are the samples with a
    rating and with verdicts asked in both orders: (column, slot, case, ...). `picked` has for each place
    that a judge picked the best for the columns, and whether they won."""

    rows: list[list[Measurement]]
    states: list[Counter[str]]
    judging: list[list[float | None]]
    tries: Counter[int] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)
    unchecked: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    sentences: dict[str, str] = field(default_factory=dict)
    opinions: list[Opinion] = field(default_factory=list)
    rated: list[tuple[int, int, int, bool | None, int]] = field(default_factory=list)
    turned: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    picked: dict[tuple[int, int], list[tuple[int, bool | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def labels(suite: Suite) -> tuple[str, ...]:
    """Give the columns' labels; of those that are alike the later ones have a number."""
    found: dict[str, None] = {}
    for column in suite.columns:
        label, time = column.label or IN_FORCE, 1
        name = label
        while name in found:
            time += 1
            name = f"{label} ({time})"
        found[name] = None
    return tuple(found) or (IN_FORCE,)


def short(labels: Sequence[str]) -> tuple[str, ...]:
    """Give the labels as lines and tables have room for them; with their number where two become the same."""
    cut = [both_ends(label, _SHORT) for label in labels]
    return tuple(
        name if cut.count(name) == 1 else both_ends(f"{place} {name}", _SHORT)
        for place, name in enumerate(cut, 1)
    )


def gather(run: EvalRun, samples: Iterable[Sample]) -> Gathered:
    """Read samples in whatever order, one for each place. Those that the run has no place for are passed
    over."""
    columns, cases, repeat = len(labels(run.suite)), len(run.suite.cases), run.suite.repeat
    found = Gathered(
        [[] for _ in range(columns)], [Counter() for _ in range(columns)], [[] for _ in range(columns)]
    )
    asks = _Asks()
    for sample in samples:
        column, case, time = sample.place.column, sample.place.case, sample.place.repeat
        if not (0 <= column < columns and 0 <= case < cases and 0 <= time < repeat):
            continue
        slot = case * repeat + time
        found.states[column][sample.state] += 1
        found.tries[column] += sample.tries
        found.lost[column] += sample.lost
        if sample.state == FAILED:
            kind = sample.kind or "error"
            found.errors[kind] += 1
            found.sentences[kind] = min(found.sentences.get(kind, sample.error), sample.error)
        elif sample.answered is not None and sample.state in WITH_ANSWER:
            found.rows[column].append(_row(slot, sample, sample.answered, repeat > 1))
            if sample.rating is not None:
                found.rated.append((column, slot, case, sample.passed, sample.rating))
            if sample.turned:
                found.turned.append((column, slot, case, sample.flips, sample.turned))
            if sample.judging != 0:
                found.judging[column].append(sample.judging)
            _take(found, sample, sample.answered, slot, asks)
    for rows in found.rows:
        rows.sort(key=itemgetter(0))
    found.opinions.sort(key=lambda each: (each.column, each.slot, each.about))
    found.rated.sort(key=lambda each: each[:2])
    found.turned.sort(key=lambda each: each[:2])
    return found


def _row(slot: int, sample: Sample, answered: Answered, several: bool) -> Measurement:
    judged, usage = sample.judged, answered.usage
    return Measurement(
        slot,
        sample.place.case,
        judged.passed if judged else None,
        judged.score if judged else None,
        _finite(answered.seconds),
        _finite(answered.cost),
        _tokens(usage, "prompt_tokens", "input_tokens") if usage else None,
        _tokens(usage, "completion_tokens", "output_tokens") if usage else None,
        _text(answered) if several else "",
        judged.metrics if judged else _NONE,
    )


class _Asks(dict[str, bool]):
    """Tells of each type whether it asks a model."""

    def __missing__(self, kind: str) -> bool:
        declared = table.find(kind)
        self[kind] = declared is not None and declared.judged
        return self[kind]


def _take(found: Gathered, sample: Sample, answered: Answered, slot: int, asks: _Asks) -> None:
    """Take in the verdicts on a sample, one by one."""
    judged, column = sample.judged, sample.place.column
    if judged is None:
        found.unchecked["", "not judged yet"] += 1
        return
    said = judged.passed is not None
    for place, verdict in enumerate(leaves(judged.verdicts)):
        kind, passed = verdict.assertion.type, verdict.passed
        if passed is None:
            said = True
            found.unchecked[verdict.assertion.name, shorten(verdict.why, _WHY)] += 1
        if not asks[kind]:
            continue
        if kind == "select-best":
            won = None if passed is None else passed != verdict.assertion.negated
            found.picked[slot, place].append((column, won))
        case = sample.place.case
        found.opinions.append(
            Opinion(column, slot, case, _judge(verdict), place, hash(_text(answered)), passed, sample.rating)
        )
    if not said:
        found.unchecked["", shorten(judged.why, _WHY)] += 1


def leaves(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """Give the verdicts that are made of no others."""
    for verdict in verdicts:
        if verdict.inner:
            yield from leaves(verdict.inner)
        else:
            yield verdict


def _judge(verdict: Verdict) -> str:
    """Name a judge: its type, and the provider that its assertion names."""
    provider: Any = verdict.assertion.config.get("provider")
    if isinstance(provider, Mapping):
        provider = provider.get("id") or provider.get("label")
    kind = verdict.assertion.type
    return f"{kind} by {provider}" if isinstance(provider, str) and provider else kind


def _text(answered: Answered) -> str:
    """Give an answer as a text: what it says, and the tools that it calls."""
    calls = answered.message.get("tool_calls") or answered.message.get("function_call")
    if not calls:
        return answered.text
    made = [each.get("function", each) for each in calls if isinstance(each, Mapping)] or calls
    return f"{answered.text}\n{json.dumps(made, sort_keys=True, default=str)}"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _tokens(usage: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = usage.get(name)
        if value is not None:
            return value if type(value) is int and value >= 0 else number(value)
    return None
