"""What the browser is at, and what a key makes of it. Pure.

One looks at the grid, or at one cell of it that is opened. `cases` are those that the filter and the search
let through: finding them out is left to who holds the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chat.base.dataclass import dataclass
from chat.evaluation.browsing import Bookmark
from chat.evaluation.results import Place
from chat.evaluation.states import ALL, FILTERS, Shape

from .layout import follow

#: What a key asks for that the state can't do by itself.
RETRY, OPEN, GOOD, BAD, SIFT, LEAVE = "retry", "open", "good", "bad", "sift", "leave"
_LONGEST = 200  # characters that are searched for
#: Arrows for hands that know vi.
_LETTERS = {"h": "left", "j": "down", "k": "up", "l": "right", "b": "pageup", "=": "+", "_": "-"}
_WANTS = {"r": RETRY, "o": OPEN, "+": GOOD, "-": BAD, "q": LEAVE}


@dataclass(frozen=True)
class BrowserState:
    """`row` is the place among `cases`, `top` and `left` the first row and column in view. In a cell that is
    `opened`, `repeat` is the sample that is seen and `scroll` the first line. `typed` is a search that is
    being typed, None while none is. `note` is what a person is to be told, `wants` what the last key asked
    for."""

    shape: Shape
    cases: Sequence[int]
    row: int = 0
    column: int = 0
    repeat: int = 0
    top: int = 0
    left: int = 0
    opened: bool = False
    scroll: int = 0
    filter: str = ALL
    search: str = ""
    typed: str | None = None
    note: str = ""
    wants: str = ""

    @property
    def seen(self) -> Bookmark:
        """Give how the run is looked at, to come back to it."""
        return Bookmark(self.place or Place(0, 0), self.opened, self.filter, self.search)

    @property
    def place(self) -> Place | None:
        """Return the sample that is chosen; None where no case is let through."""
        return Place(self.column, self.cases[self.row], self.repeat) if self.cases else None


@dataclass(frozen=True)
class Viewport:
    """How much is in view: rows and columns of the grid, lines of an opened cell, which has `of` lines."""

    rows: int = 10
    columns: int = 1
    lines: int = 10
    of: int = 10


def begun(shape: Shape, at: Bookmark | None = None) -> BrowserState:
    """Give the state of a browser that opens: at the first case, or where one was. All cases are let through
    as yet."""
    state = BrowserState(shape, range(shape.cases))
    if at is None:
        return state
    state, place = replace(state, filter=at.filter, search=at.search), at.place
    if place.case >= shape.cases or place.column >= shape.columns or place.repeat >= shape.repeat:
        return state
    return replace(state, row=place.case, column=place.column, repeat=place.repeat, opened=at.opened)


def settled(state: BrowserState, view: Viewport) -> BrowserState:
    """Give the state with what is chosen in view, in a window of this size."""
    return replace(
        state,
        top=follow(state.top, max(1, view.rows), state.row, len(state.cases)),
        left=follow(state.left, max(1, view.columns), state.column, state.shape.columns),
        scroll=max(0, min(state.scroll, view.of - view.lines)),
    )


def sifted(state: BrowserState, cases: Sequence[int]) -> BrowserState:
    """Give the state with other cases let through: at the case where it was, or the next that is there."""
    was = state.cases[state.row] if state.cases else 0
    row = next((row for row, case in enumerate(cases) if case >= was), len(cases) - 1)
    return replace(state, cases=cases, row=max(0, row), opened=state.opened and bool(cases), scroll=0)


def press(state: BrowserState, key: str, view: Viewport) -> BrowserState:
    """Give what a key makes of a state: a name as `up`, `pageup`, `enter`, `leave`, or a character."""
    state = replace(state, note="", wants="")
    if key == "leave":
        return replace(state, wants=LEAVE)
    if state.typed is not None:
        return _typing(state, key)
    key = _LETTERS.get(key, key)
    if key == "f" or key == "F":
        place = FILTERS.index(state.filter) + (1 if key == "f" else -1)
        return replace(state, filter=FILTERS[place % len(FILTERS)], wants=SIFT)
    if key == "/":
        return replace(state, typed="")
    if key == "escape":
        return replace(state, opened=False) if state.opened else replace(state, wants=LEAVE)
    if key == "q":
        return replace(state, wants=LEAVE)
    if state.place is None:
        return state
    if key in _WANTS:
        return _wanting(state, key)
    if key in ("up", "down", "left", "right"):
        return _moved(state, key)
    return _read(state, key, view) if state.opened else _paged(state, key, view)


def choose(state: BrowserState, row: int, column: int) -> BrowserState:
    """Give the state with another cell chosen, as a click does; one that was chosen already is opened."""
    row = max(0, min(len(state.cases) - 1, row))
    if (row, column) == (state.row, state.column):
        return replace(state, opened=bool(state.cases), scroll=0, note="", wants="")
    return replace(state, row=row, column=column, note="", wants="")


def scrolled(state: BrowserState, lines: int, view: Viewport) -> BrowserState:
    """Give the state as the wheel makes it: of the grid other rows are chosen, an opened cell is read on."""
    if state.opened:
        return settled(replace(state, scroll=state.scroll + lines, note="", wants=""), view)
    row = max(0, min(len(state.cases) - 1, state.row + lines))
    return replace(state, row=row, note="", wants="")


def _typing(state: BrowserState, key: str) -> BrowserState:
    typed = state.typed or ""
    if key == "escape":
        return replace(state, typed=None)
    if key == "enter":
        return replace(state, typed=None, search=typed.strip(), wants=SIFT)
    if key == "backspace":
        return replace(state, typed=typed[:-1]) if typed else replace(state, typed=None)
    return replace(state, typed=(typed + key)[:_LONGEST]) if len(key) == 1 else state


def _wanting(state: BrowserState, key: str) -> BrowserState:
    if not state.opened and state.shape.repeat > 1:
        return replace(state, note=f"this cell has {state.shape.repeat} answers: Enter opens it")
    return replace(state, wants=_WANTS[key])


def _moved(state: BrowserState, key: str) -> BrowserState:
    row = state.row + {"up": -1, "down": 1}.get(key, 0)
    column = state.column + {"left": -1, "right": 1}.get(key, 0)
    row = max(0, min(len(state.cases) - 1, row))
    column = max(0, min(state.shape.columns - 1, column))
    moved = (row, column) != (state.row, state.column)
    return replace(state, row=row, column=column, scroll=0 if moved else state.scroll)


def _paged(state: BrowserState, key: str, view: Viewport) -> BrowserState:
    if key == "enter":
        return replace(state, opened=True, scroll=0)
    last, page = len(state.cases) - 1, max(1, view.rows - 1)
    steps = {"pageup": -page, "pagedown": page, " ": page, "home": -last, "end": last}.get(key, 0)
    return replace(state, row=max(0, min(last, state.row + steps)))


def _read(state: BrowserState, key: str, view: Viewport) -> BrowserState:
    if key in ("enter", "backspace"):
        return replace(state, opened=False)
    if key in ("[", "]", "tab", "s-tab"):
        step = -1 if key in ("[", "s-tab") else 1
        return replace(state, repeat=(state.repeat + step) % state.shape.repeat, scroll=0)
    page = max(1, view.lines - 1)
    steps = {"pageup": -page, "pagedown": page, " ": page, "home": -view.of, "end": view.of}.get(key, 0)
    return settled(replace(state, scroll=state.scroll + steps), view)
