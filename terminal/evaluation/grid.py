"""Draw the browser: the grid of a run, and what came of the cell that is chosen below it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from chat.evaluation.states import ALL

from ..cells import get_cwidth
from ..drawing.raw import wrapped
from ..lines import Line, ending, exactly, fit, middle, padded
from .layout import GAP, Layout
from .opened import OPENED_HELP, SEVERAL_HELP, opened
from .signs import cell
from .state import BrowserState
from .told import answer, measured, named, text, why
from .view import LEAST_HIGH, LEAST_WIDE, BrowserView, below, rows, sharing

_HELP = (
    ("↑↓←→", "cell"),
    ("Enter", "open"),
    ("f", "filter"),
    ("/", "search"),
    ("r", "again"),
    ("o", "talk"),
    ("+-", "rate"),
    ("q", "leave"),
    ("PgUp PgDn Home End", "far"),
)


def lines(view: BrowserView) -> list[Line]:
    """Draw it: as many lines as the window has, each as wide as it."""
    if view.width < LEAST_WIDE or view.height < LEAST_HIGH:
        told = f"this needs a window of {LEAST_WIDE} × {LEAST_HIGH}; q leaves"
        small = [[("class:warning", text)] for text in wrapped(told, max(1, view.width))][: view.height]
        return [exactly(line, view.width) for line in small]
    drawn = opened(view) if view.state.opened else _grid(view)
    drawn = [*drawn[: view.height - 1], _foot(view)]
    return [exactly(line, view.width) for line in drawn]


# ---- the head and the foot


def _title(view: BrowserView) -> Line:
    state = view.state
    sifted = [state.filter] if state.filter != ALL else []
    sifted += [f"“{fit(state.search, 20, view.signs.more)}”"] if state.search else []
    of = f"{len(state.cases):,} of " if sifted else ""
    about = f"{', '.join(sifted)}{': ' if sifted else ''}{of}{state.shape.cases:,} cases"
    title = fit(view.title, max(1, view.width - get_cwidth(about) - GAP), view.signs.more)
    gap = max(GAP, view.width - get_cwidth(title) - get_cwidth(about))
    return [("class:bold", title), ("", " " * gap), ("class:call" if sifted else "class:dim", about)]


def _foot(view: BrowserView) -> Line:
    state = view.state
    if state.typed is not None:
        shown = ending(state.typed, max(1, view.width - 40), view.signs.more)
        return [("class:bold", "search: "), ("", f"{shown}_"), ("class:dim", "  Enter finds, Esc drops it")]
    if state.note:
        return [("class:warning", fit(state.note, view.width, view.signs.more))]
    opened_ = SEVERAL_HELP if state.shape.repeat > 1 else OPENED_HELP
    return keys(opened_ if state.opened else _HELP, view.width)


def keys(help_: Sequence[tuple[str, str]], width: int) -> Line:
    """Draw which keys do what, the last ones where there is room."""
    drawn: Line = []
    for key, does in help_:
        used = sum(get_cwidth(text) for _, text in drawn)
        if used + get_cwidth(key) + 1 + len(does) > width:
            break
        drawn += [("class:key", key), ("class:dim", f" {does}  ")]
    return drawn


# ---- the cells


def _grid(view: BrowserView) -> list[Line]:
    state, room = view.state, rows(view.height)
    at = sharing(view.width, state.shape.cases, view.names_wide, view.labels, state.shape.repeat)
    seen = range(state.left, min(len(view.labels), state.left + at.shown))
    shown = [_row(view, at, seen, row) for row in range(state.top, min(len(state.cases), state.top + room))]
    if not state.cases:
        shown = [[], [("class:warning", _none(state))]]
    shown += [[] for _ in range(room - len(shown))]
    rule = [("class:dim", view.signs.rule * view.width)]
    return [_title(view), *_heads(view, at, seen), *shown[:room], rule, *_chosen(view)]


def _none(state: BrowserState) -> str:
    searched = f" with “{fit(state.search, 40)}”" if state.search else ""
    which = "case" if state.filter == ALL else f"case: {state.filter}"
    return f"no {which}{searched}; f goes on to the next filter, / searches for something else"


def _heads(view: BrowserView, at: Layout, seen: range) -> list[Line]:
    names = at.number + 1 + at.name
    beyond = len(view.labels) > len(seen)
    about = f"columns {seen.start + 1}-{seen.stop} of {len(view.labels)}" if beyond else ""
    heads: Line = [("class:dim", padded(fit(about, names), names))]
    totals: Line = [("class:dim", padded(fit("passed", names), names, right=True))]
    for column in seen:
        chosen = column == view.state.column
        label = middle(view.labels[column], at.each, view.signs.more)
        heads.append(("class:chosen" if chosen else "class:bold", " " * GAP + padded(label, at.each)))
        passed, over = view.totals[column] if column < len(view.totals) else (0, 0)
        total = f"{passed}/{over}" if over else "-"
        total = total if len(total) <= at.each or not over else f"{100 * passed // over}%"
        totals.append(("class:dim", " " * GAP + padded(fit(total, at.each), at.each)))
    return [heads, totals]


def _row(view: BrowserView, at: Layout, seen: range, row: int) -> Line:
    state, case = view.state, view.state.cases[row]
    here = row == state.row
    name = view.names[row - state.top] if row - state.top < len(view.names) else ""
    drawn: Line = [
        ("class:chosen" if here else "class:dim", f"{case + 1:>{at.number}} "),
        ("class:chosen" if here else "", padded(fit(name, at.name, view.signs.more), at.name)),
    ]
    for column in seen:
        role, text = cell(state.shape.cell(view.states, case, column), view.signs)
        if here and column == state.column:
            drawn += [("class:chosen", f" {view.signs.chosen}"), (f"class:{role} class:picked", text)]
        else:
            drawn += [("", " " * GAP), (f"class:{role}", text)]
        drawn.append(("", " " * max(0, at.each - get_cwidth(text))))
    return drawn


def _chosen(view: BrowserView) -> list[Line]:
    """Tell what came of the cell that is chosen, as far as there is room."""
    room = below(view.height)
    place = view.state.place
    if place is None or view.case is None:
        return [[] for _ in range(room)]
    label = view.labels[place.column] if place.column < len(view.labels) else ""
    which = f"answer {place.repeat + 1} of {view.state.shape.repeat}" if view.state.shape.repeat > 1 else ""
    facts = [fit(label, view.width // 2, view.signs.more), which, measured(view.sample)]
    state = named(view)
    about = fit(" · ".join(filter(None, facts)), view.width - get_cwidth(state[1]) - 3, view.signs.more)
    drawn: list[Line] = [[state, ("class:dim", " · "), ("", about)]]
    for line in wrapped(text(why(view.sample), 2000), view.width)[:2]:
        drawn += [[("class:warning", line)]] if line else []
    said = wrapped(answer(view.sample, view.width * room), view.width)
    drawn += [[("", line)] for line in said if line.strip()]
    return [*drawn, *([] for _ in range(room))][:room]
