"""Show the state of a cell by a sign, never by colour alone, and name cases and columns. Pure."""

from __future__ import annotations

from itertools import islice

from chat.base.dataclass import dataclass
from chat.base.short import cut
from chat.evaluation.states import OPEN, PASSED, States, together
from chat.evaluation.suite import Case, Column
from chat.prompts.prompt import shown

#: Characters of a value that are looked at to name a case, and how many values are.
_VALUE, _VALUES = 200, 4


@dataclass(frozen=True)
class CellSigns:
    """What is drawn with. `states` has a sign for each state, in the order of their codes."""

    states: str = "·…◦✓✗?!"
    more: str = "…"
    rule: str = "─"
    full: str = "━"
    side: str = "│"
    chosen: str = "▸"


ASCII = CellSigns(".~ovx?!", "~", "-", "=", "|", ">")
#: The role of each state, in the order of their codes.
ROLES = ("dim", "call", "call", "passed", "failed", "warning", "error")


def cell(codes: States, signs: CellSigns) -> tuple[str, str]:
    """Give the role and the text of a cell: its sign, and of several samples how many have passed."""
    state = together(codes)
    if len(codes) == 1 or codes.count(OPEN) == len(codes):
        return ROLES[state], signs.states[state]
    return ROLES[state], f"{signs.states[state]} {codes.count(PASSED)}/{len(codes)}"


def wide(repeat: int) -> int:
    """Give the columns of the window that the text of a cell takes."""
    return 1 if repeat == 1 else 2 + len(f"{repeat}/{repeat}")


def case_name(case: Case) -> str:
    """Name a case: as its file does, else by its first variables."""
    if case.description:
        return case.description[:_VALUE]
    first = [(name, cut(shown(value), _VALUE)) for name, value in islice(case.variables.items(), _VALUES)]
    if len(first) == 1:
        return first[0][1]
    return "  ".join(f"{name}={value}" for name, value in first) or case.place


def column_name(columns: tuple[Column, ...], number: int) -> str:
    """Name a column, by its number where there are several."""
    label = columns[number].label if number < len(columns) else "what is in force"
    return f"{number + 1} {label}" if len(columns) > 1 else label
