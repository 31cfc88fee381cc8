"""Hold a run against an earlier one: which cases turned, and whether that is more than chance.

Columns are matched by their labels, cases by their variables, whatever places they have in the files. A case
that is checked in one run alone is no turn either way: it is counted by itself.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from ..base.dataclass import dataclass
from ..base.short import several, shorten
from ..base.tables import Cut, TableColumn, TableRow
from ..statistics.intervals import LEVEL
from . import gathered
from .comparing import Compared, compared, scores_tell, values
from .results import EvalRun, Sample
from .suite import Case, Suite
from .summary import Table

Ran = tuple[EvalRun, Iterable[Sample]]
_MOST = 30  # turned cases that are listed
_NAME = 60


@dataclass(frozen=True)
class Turned:
    """A case that passes more or less often than before. `case` is its place in the newer run, `name` what
    people know it by; `before` and `now` are (passed, checked) samples."""

    case: int
    name: str
    before: tuple[int, int]
    now: tuple[int, int]

    @property
    def change(self) -> float:
        """Return how much more often it passes, from -1 to 1."""
        return self.now[0] / self.now[1] - self.before[0] / self.before[1]


@dataclass(frozen=True)
class ColumnDiff:
    """A column of both runs. `compared` cases were checked in both, of which some turned `better` or `worse`,
    the greatest change first. `dropped` were checked before and are not now, `added` the other way."""

    label: str
    compared: int
    better: tuple[Turned, ...]
    worse: tuple[Turned, ...]
    dropped: int
    added: int
    passes: Compared | None
    scores: Compared | None


@dataclass(frozen=True)
class Against:
    """Two runs. `before` and `now` name them, `only_before` and `only_now` the columns that one has alone;
    `gone` and `new` count the cases that one has alone."""

    before: str
    now: str
    columns: tuple[ColumnDiff, ...]
    only_before: tuple[str, ...]
    only_now: tuple[str, ...]
    gone: int
    new: int


def against(before: Ran, now: Ran) -> Against:
    """Compare the later run with the earlier one, by case."""
    (old, old_samples), (new, new_samples) = before, now
    was, has = gathered.gather(old, old_samples), gathered.gather(new, new_samples)
    known = {key: place for place, key in enumerate(keys(old.suite))}
    mine = keys(new.suite)
    cases = [(known[key], place) for place, key in enumerate(mine) if key in known]
    labels, earlier = gathered.labels(new.suite), gathered.labels(old.suite)
    matched = {label: (earlier.index(label), place) for place, label in enumerate(labels) if label in earlier}
    if not matched and len(labels) == len(earlier) == 1:
        matched = {labels[0]: (0, 0)}
    words = ("before", "now") if old.number == new.number else (f"run {old.number}", f"run {new.number}")
    groups: list[Hashable] | None = None
    if any(case.group for case in new.suite.cases):
        groups = [new.suite.cases[place].group or place for _, place in cases]

    columns: dict[str, tuple[list[_Checked], list[_Checked], bool]] = {}
    for label, (left, right) in matched.items():
        first, second = was.rows[left], has.rows[right]
        columns[label] = (
            _checked(first, len(old.suite.cases), [place for place, _ in cases]),
            _checked(second, len(new.suite.cases), [place for _, place in cases]),
            scores_tell([first, second]),
        )
    passes = compared(
        {label: ([each[0] for each in a], [each[0] for each in b]) for label, (a, b, _) in columns.items()},
        dict.fromkeys(columns, words),
        groups,
    )
    scores = compared(
        {
            label: ([each[1] for each in a], [each[1] for each in b])
            for label, (a, b, tell) in columns.items()
            if tell
        },
        dict.fromkeys(columns, words),
        groups,
    )
    held = [
        _held(label, a, b, [place for _, place in cases], new.suite, passes.get(label), scores.get(label))
        for label, (a, b, _) in columns.items()
    ]
    taken = [earlier[left] for left, _ in matched.values()]
    return Against(
        *words,
        tuple(held),
        tuple(label for label in earlier if label not in taken),
        tuple(label for label in labels if label not in matched),
        len(old.suite.cases) - len(cases),
        len(new.suite.cases) - len(cases),
    )


#: Of a case: what its samples passed, as 1 and 0, and their scores.
_Checked = tuple[Sequence[float], Sequence[float]]


def _checked(rows: Sequence[gathered.Measurement], cases: int, kept: Sequence[int]) -> list[_Checked]:
    passes = values(rows, cases, lambda row: row.passed)
    scores = values(rows, cases, lambda row: row.score)
    return [(passes[place], scores[place]) for place in kept]


def _held(
    label: str,
    before: Sequence[_Checked],
    now: Sequence[_Checked],
    places: Sequence[int],
    suite: Suite,
    passes: Compared | None,
    scores: Compared | None,
) -> ColumnDiff:
    turned = []
    both = dropped = added = 0
    for (was, _), (has, _), place in zip(before, now, places, strict=True):
        both += bool(was and has)
        dropped += bool(was and not has)
        added += bool(has and not was)
        if was and has and sum(was) * len(has) != sum(has) * len(was):
            counts = ((int(sum(was)), len(was)), (int(sum(has)), len(has)))
            turned.append(Turned(place, named(suite.cases[place], place), *counts))
    turned.sort(key=lambda each: (-abs(each.change), each.case))
    return ColumnDiff(
        label,
        both,
        tuple(each for each in turned if each.change > 0),
        tuple(each for each in turned if each.change < 0),
        dropped,
        added,
        passes,
        scores,
    )


def keys(suite: Suite) -> list[tuple[str, int]]:
    """Give for each case what tells it from others in any run: its variables, and which of those with the
    same variables it is."""
    times: Counter[str] = Counter()
    found = []
    for case in suite.cases:
        written = json.dumps(case.variables, sort_keys=True, default=str, ensure_ascii=True)
        key = hashlib.blake2b(written.encode(), digest_size=16).hexdigest()
        found.append((key, times[key]))
        times[key] += 1
    return found


def named(case: Case, place: int) -> str:
    """Give what people know a case by: its description, or its variables, or its number."""
    variables: Mapping[str, Any] = case.variables
    said = case.description or ", ".join(f"{name}={value}" for name, value in variables.items())
    return shorten(said, _NAME) or f"case {place + 1}"


# ---- in words


def is_worse(found: Against) -> bool:
    """Tell whether a column passes less often than before, beyond chance."""
    held = [each.passes for each in found.columns if each.passes is not None]
    return any(each.difference.value < 0 and each.p < 1 - LEVEL for each in held)


def said(found: Against) -> list[str]:
    """Say what turned, and whether that is more than chance."""
    lines = []
    for label, each in zip(_names(found), found.columns, strict=True):
        name = f"{label}: " if len(found.columns) > 1 else ""
        if each.passes is None:
            lines.append(f"{name}no case was checked in both runs")
            continue
        lines.append(name + each.passes.verdict)
        if each.scores is not None:
            lines.append(f"{name}by score: {each.scores.verdict}")
        lines.append(
            f"{name}{len(each.worse):,} of {several(each.compared, 'case')} turned worse, "
            f"{len(each.better):,} better"
        )
        if each.dropped:
            lines.append(
                f"{name}{several(each.dropped, 'case')} checked before and not now: no turn either way"
            )
        if each.added:
            lines.append(f"{name}{several(each.added, 'case')} checked now and not before")
    if len([each for each in found.columns if each.passes]) > 1:
        lines.append(f"p is adjusted for {several(len(found.columns), 'column')} (Holm)")
    if not found.columns:
        lines.append("no column has the same label in both runs: nothing can be compared")
    for names, run in ((found.only_before, found.before), (found.only_now, found.now)):
        if names:
            lines.append(f"only in {run}: {', '.join(gathered.short(names))}")
    if found.gone or found.new:
        lines.append(
            f"{several(found.gone, 'case')} only in {found.before}, {found.new:,} only in {found.now}"
        )
    return lines


def _names(found: Against) -> tuple[str, ...]:
    return gathered.short([each.label for each in found.columns])


def table(found: Against) -> Table:
    """Tabulate the cases that turned, those that are worse first."""
    named = list(zip(_names(found), found.columns, strict=True))
    turned = [(name, each) for name, held in named for each in held.worse]
    turned += [(name, each) for name, held in named for each in held.better]
    heads = [
        TableColumn("column", cut=Cut.LONG),
        TableColumn("case", cut=Cut.LONG),
        TableColumn(found.before, right=True),
        TableColumn(found.now, right=True),
    ]
    rows: list[TableRow] = [
        (name, each.name, _word(each.before), _word(each.now)) for name, each in turned[:_MOST]
    ]
    if len(turned) > _MOST:
        rows.append(("", f"and {several(len(turned) - _MOST, 'more case')}", None, None))
    if len(found.columns) == 1:
        heads, rows = heads[1:], [row[1:] for row in rows]
    return Table("", heads, rows)


def _word(of: tuple[int, int]) -> str:
    passed, checked = of
    return ("passed" if passed else "failed") if checked == 1 else f"{passed} of {checked} passed"
