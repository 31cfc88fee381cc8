"""Keep the states of all samples of a run in one byte each, so that 100,000 of them are counted and looked
at without being read. Pure.

They stand case by case, in a case column by column, in a cell repeat by repeat.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..base.dataclass import dataclass
from . import results
from .results import Place, Sample
from .suite import Suite

#: States of a sample: not asked yet; asked; answered and not judged yet; then what came of it.
OPEN, ASKED, ANSWERED, PASSED, FAILED, UNCHECKED, ERROR = range(7)
#: What each is called.
WORDS = ("open", "asked", "answered", "passed", "failed", "not checked", "error")
#: Those after which nothing more comes.
OVER = frozenset((PASSED, FAILED, UNCHECKED, ERROR))
#: Which of the states in a cell stands for it: the first of these that is there.
_FIRST = (ERROR, FAILED, UNCHECKED, ASKED, ANSWERED, OPEN, PASSED)

#: The bytes of all samples, or of some.
States = bytes | bytearray


def code(sample: Sample) -> int:
    """Give the state of a sample."""
    return coded(sample.state, sample.passed)


def coded(state: str, passed: bool | None) -> int:
    """Give the state of a sample of which no more is known than this."""
    if state == results.JUDGED:
        return UNCHECKED if passed is None else PASSED if passed else FAILED
    return {results.SENT: ASKED, results.ANSWERED: ANSWERED, results.FAILED: ERROR}.get(state, OPEN)


def together(codes: Sequence[int]) -> int:
    """Give the state of a cell of several samples: an error stands for it, then what fell short, then what
    is not over. It has passed if all of them have."""
    return next((each for each in _FIRST if each in codes), OPEN)


@dataclass(frozen=True)
class Shape:
    """How many columns and cases a run has, and how many samples each cell."""

    columns: int
    cases: int
    repeat: int = 1

    @property
    def samples(self) -> int:
        return self.columns * self.cases * self.repeat

    @property
    def row(self) -> int:
        """Return how many samples a case has."""
        return self.columns * self.repeat

    def index(self, place: Place) -> int:
        """Tell at which byte a sample stands. Raises IndexError for one that the run does not have."""
        known = 0 <= place.column < self.columns and 0 <= place.case < self.cases
        if not (known and 0 <= place.repeat < self.repeat):
            raise IndexError(f"the run has no {place}")
        return (place.case * self.columns + place.column) * self.repeat + place.repeat

    def place(self, index: int) -> Place:
        """Tell which sample a byte is of."""
        cell, repeat = divmod(index, self.repeat)
        case, column = divmod(cell, self.columns)
        return Place(column, case, repeat)

    def case(self, states: States, case: int) -> States:
        """Give the states of a case's samples."""
        return states[case * self.row : (case + 1) * self.row]

    def cell(self, states: States, case: int, column: int) -> States:
        """Give the states of a cell's samples."""
        start = (case * self.columns + column) * self.repeat
        return states[start : start + self.repeat]

    def column(self, states: States, column: int) -> States:
        """Give the states of a column's samples, in no order that means anything."""
        return b"".join(bytes(states[column * self.repeat + each :: self.row]) for each in range(self.repeat))


def shape(suite: Suite) -> Shape:
    """Give the shape of a suite. One without columns asks what is in force: that is one column."""
    return Shape(max(1, len(suite.columns)), len(suite.cases), suite.repeat)


# ---- which cases are looked at

ALL, SHORT, DIFFER, NOT_CHECKED, ERRORS = "all", "failed", "differ", "not checked", "errors"
#: What can be looked at, in the order in which a key goes through it.
FILTERS = (ALL, SHORT, DIFFER, NOT_CHECKED, ERRORS)
_WANTED = {SHORT: FAILED, NOT_CHECKED: UNCHECKED, ERRORS: ERROR}


def cases(states: States, of: Shape, wanted: str = ALL) -> Sequence[int]:
    """Give the cases that a filter lets through, in their order. Those `differ` whose columns came out
    differently: what is not over yet differs from nothing."""
    if wanted == ALL:
        return range(of.cases)
    if wanted == DIFFER:
        return [case for case in range(of.cases) if _differs(of.case(states, case), of)]
    found, row, at = [], of.row, states.find(_WANTED[wanted])
    while at >= 0:  # far quicker than looking at each case, where few are meant
        found.append(at // row)
        at = states.find(_WANTED[wanted], (at // row + 1) * row)
    return found


def _differs(row: States, of: Shape) -> bool:
    if row.count(row[:1]) == len(row):
        return False
    cells = (row[start : start + of.repeat] for start in range(0, len(row), of.repeat))
    over = [sorted(cell) for cell in cells if OVER.issuperset(cell)]
    return any(cell != over[0] for cell in over)
