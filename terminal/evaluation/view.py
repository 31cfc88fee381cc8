"""What the browser is drawn from, and how many columns and lines each part of it has. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from chat.base.dataclass import dataclass
from chat.evaluation.results import Sample
from chat.evaluation.states import States
from chat.evaluation.suite import Case

from ..cells import get_cwidth
from ..lines import Line
from .layout import Layout, layout
from .signs import CellSigns, wide
from .state import BrowserState

#: The smallest window that has room for it.
LEAST_WIDE, LEAST_HIGH = 40, 12
#: Lines above the cases, and above what is read of an opened cell.
HEAD, OPENED_HEAD = 3, 4
_NAMES = 200  # columns of the name of a case at most


@dataclass(frozen=True)
class BrowserView:
    """What is drawn, and on how many columns and lines. `names` has the names of the cases in view, `totals`
    of each column how many samples have passed, of how many that are over. `sample` and `case` are of the
    cell that is chosen, `body` has the lines of one that is opened. `names_wide` is how wide the names of
    cases are, as far as they are known."""

    state: BrowserState
    states: States
    title: str = ""
    labels: Sequence[str] = ()
    totals: Sequence[tuple[int, int]] = ()
    names: Sequence[str] = ()
    names_wide: int = 0
    case: Case | None = None
    name: str = ""
    sample: Sample | None = None
    body: Sequence[Line] = ()
    width: int = 80
    height: int = 24
    signs: CellSigns = field(default_factory=CellSigns)


def below(height: int) -> int:
    """Give how many lines tell of the cell that is chosen."""
    return max(3, min(10, height // 5))


def rows(height: int) -> int:
    """Give how many cases are in view."""
    return max(1, height - HEAD - 1 - below(height) - 1)


def sharing(width: int, cases: int, names: int, labels: Sequence[str], repeat: int) -> Layout:
    """Share out the columns of the window."""
    return layout(width, cases, min(_NAMES, names), [get_cwidth(each) for each in labels], wide(repeat))


def reading(height: int) -> int:
    """Give how many lines of an opened cell are in view."""
    return max(1, height - OPENED_HEAD - 1)
