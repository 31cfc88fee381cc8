"""Draw a run while it is under way: how far it is, and the cases that are being asked. Pure.

What is drawn depends on what is in view alone, however many samples there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from chat.base.dataclass import dataclass
from chat.evaluation.states import ERROR, FAILED, OVER, PASSED, UNCHECKED, WORDS, States
from chat.tokens.prices import money

from ..cells import get_cwidth
from ..drawing.growing import facts
from ..drawing.progress import duration
from ..drawing.styles import BOLD, CALLED, DIM, WARNING, coloured
from ..drawing.styles import ERROR as BAD
from ..lines import Line, exactly, fit, middle, padded
from .layout import GAP, Layout, layout
from .signs import CellSigns, cell, wide

_BAR, _LEAST_BAR = 30, 8
_NAMES = 60  # columns of the name of a case at most


@dataclass(frozen=True)
class RunProgress:
    """How a run goes: samples a second, seconds and dollars; None for what is not known. `partly`: what some
    samples cost is not known, so that it is at least `spent`."""

    rate: float | None = None
    left: float | None = None
    spent: float = 0.0
    estimate: float | None = None
    partly: bool = False
    under_way: int = 0
    limit: int = 0
    waiting: str = ""


@dataclass(frozen=True)
class CaseRow:
    """A case in view: its number from 0, its name, and the states of its cells that are in view."""

    case: int
    name: str
    cells: Sequence[States]


@dataclass(frozen=True)
class LiveView:
    """What is drawn: `counts` has the number of samples by their states, `labels` names the columns of which
    `first` is the first in view, `trouble` says what failed last. `width` and `height` are what it may take
    of the window."""

    counts: Sequence[int]
    pace: RunProgress = RunProgress()
    cases: int = 0
    labels: Sequence[str] = ()
    first: int = 0
    rows: Sequence[CaseRow] = ()
    repeat: int = 1
    trouble: str = ""
    width: int = 79
    height: int = 14
    signs: CellSigns = field(default_factory=CellSigns)


def lines(live: LiveView) -> list[str]:
    """Draw it: at most so many lines, none wider than the width."""
    head = _progress(live)
    for text, style in ((live.pace.waiting, WARNING), (live.trouble, BAD)):
        if text:
            head.append(coloured(fit(text, live.width, live.signs.more), style))
    room = live.height - len(head) - 1
    return [*head, *_grid(live, room)][: live.height] if room > 0 and live.rows else head[: live.height]


def told(live: LiveView) -> str:
    """Say in one line how far it is."""
    return " · ".join([*_counted(live), *_paced(live)])


# ---- how far it is


def _progress(live: LiveView) -> list[str]:
    first, *more = facts(" · ".join(_counted(live)), live.width)
    room = min(_BAR, live.width - get_cwidth(first) - GAP)
    if room >= _LEAST_BAR:
        full = room * _over(live) // max(1, sum(live.counts))
        bar = coloured(live.signs.full * full, CALLED) + coloured(live.signs.rule * (room - full), DIM)
        first = f"{bar}{' ' * GAP}{first}"
    pace = facts(" · ".join(_paced(live)), live.width) if _paced(live) else []
    return [first, *more, *(coloured(line, DIM) for line in pace)]


def _over(live: LiveView) -> int:
    return sum(live.counts[state] for state in OVER)


def _counted(live: LiveView) -> list[str]:
    parts = [f"{_over(live):,} of {sum(live.counts):,}"]
    judged = [each for each in (PASSED, FAILED, UNCHECKED) if live.counts[each]]
    parts += [f"{live.counts[each]:,} {WORDS[each]}" for each in judged]
    errors = live.counts[ERROR]
    return [*parts, f"{errors:,} error{'' if errors == 1 else 's'}"] if errors else parts


def _paced(live: LiveView) -> list[str]:
    pace, parts = live.pace, []
    if pace.rate:
        parts.append(f"{pace.rate:.0f} a second" if pace.rate >= 10 else f"{pace.rate:.2g} a second")
    if pace.partly:
        parts.append(f"at least {money(pace.spent)}" if pace.spent else "cost unknown")
    elif pace.spent or pace.estimate:
        parts.append(money(pace.spent) + (f" of about {money(pace.estimate)}" if pace.estimate else ""))
    if pace.left is not None:
        parts.append(f"about {duration(pace.left)} left")
    if pace.limit:
        parts.append(f"{pace.under_way} of {pace.limit} at once")
    return parts


# ---- the cases in view


def fitting(live: LiveView) -> Layout:
    """Share out the columns of the window."""
    names = max((min(_NAMES, get_cwidth(row.name)) for row in live.rows), default=0)
    labels = [get_cwidth(label) for label in live.labels]
    return layout(live.width, live.cases, names, labels, wide(live.repeat))


def _grid(live: LiveView, room: int) -> list[str]:
    at = fitting(live)
    labels = list(live.labels)[live.first : live.first + at.shown]
    beyond = len(live.labels) - len(labels)
    about = f"{live.first + 1}-{live.first + len(labels)} of {len(live.labels)} columns" if beyond else ""
    head = padded(fit(about, at.number + 1 + at.name), at.number + 1 + at.name)
    cells = (padded(middle(each, at.each, live.signs.more), at.each) for each in labels)
    heads = exactly([("", head), *(("", " " * GAP + each) for each in cells)], live.width)
    drawn = [coloured("".join(text for _, text in heads).rstrip(), BOLD)]
    return drawn + [_row(live, row, at) for row in list(live.rows)[:room]]


def _row(live: LiveView, row: CaseRow, at: Layout) -> str:
    drawn: Line = [(DIM, f"{row.case + 1:>{at.number}} ")]
    drawn.append(("", padded(fit(row.name, at.name, live.signs.more), at.name)))
    for codes in row.cells[: at.shown]:
        role, text = cell(codes, live.signs)
        drawn += [("", " " * GAP), (role, text), ("", " " * max(0, at.each - get_cwidth(text)))]
    return "".join(coloured(text, role) for role, text in exactly(drawn, live.width)).rstrip()
