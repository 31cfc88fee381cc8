"""Put the browser on the screen, over the whole window.

Keys go to `state.press`; what they ask for beyond that is done here: cases are sifted, samples fetched when
they are looked at, ratings handed on. What has to be done elsewhere ends the browser, and is given back.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from prompt_toolkit.mouse_events import MouseEvent, MouseEventType
from prompt_toolkit.styles import Style

from chat.base.errors import TemperaError
from chat.evaluation import states
from chat.evaluation.browsing import Open, Retry, RunResults, Wanted
from chat.evaluation.results import Place, Sample

from ..cells import get_cwidth
from ..clean import one_line
from ..drawing.styles import colourless, worn
from ..full_screen import EDITING, LEAVING, FullScreen
from ..lines import Line, steady
from .grid import lines
from .opened import body
from .signs import ASCII, CellSigns, case_name, column_name
from .state import (
    BAD,
    GOOD,
    LEAVE,
    OPEN,
    RETRY,
    SIFT,
    BrowserState,
    Viewport,
    begun,
    choose,
    press,
    scrolled,
    settled,
    sifted,
)
from .view import HEAD, BrowserView, reading, rows, sharing

_WHEEL = 3  # lines that a turn of the wheel goes
_KEPT = 200  # samples that are kept once they were looked at
_NAMED = 500  # cases whose names say how wide names are
#: The names of keys as `state` has them, by prompt-toolkit's.
_NAMES = {
    **{name: name for name in (*EDITING, "tab", "s-tab")},
    **dict.fromkeys(LEAVING, "leave"),
}
#: What of the theme the browser's texts have.
_ROLES = {
    **{role: role for role in "bold passed failed warning error call".split()},
    "dim": "other",
    "key": "bold",
    "gone": "-",
    "new": "+",
}
_PLAIN = {"bold": "bold", "key": "bold", "chosen": "bold", "picked": "bold reverse", "failed": "bold"}


class Browser(FullScreen[Wanted]):
    """The browser while it is up. `run` gives what is to be done elsewhere, None where it was left."""

    def __init__(self, results: RunResults, colour: bool = True, blocks: bool = True, **streams: Any) -> None:
        self._results = results
        self._suite = results.run.suite
        self._shape = states.shape(self._suite)
        self.state = self._begun()
        self._signs = CellSigns() if blocks else ASCII
        self._strokes = not colour or colourless()
        self._labels = [one_line(column_name(self._suite.columns, at)) for at in range(self._shape.columns)]
        self._names_wide = max(
            map(get_cwidth, map(self._name, range(min(_NAMED, self._shape.cases)))), default=0
        )
        self._totals = [self._total(column) for column in range(self._shape.columns)]
        self._samples: OrderedDict[Place, Sample] = OrderedDict()
        self._body: tuple[Sample, int, list[Line]] | None = None
        super().__init__(_NAMES, _style(colour), **streams)

    # ---- what is known

    def _begun(self) -> BrowserState:
        """Begin where one was. That case is let through whatever has become of it since."""
        state = begun(self._shape, self._results.at)
        if (state.filter, state.search) == (states.ALL, "") or not state.place:
            return state
        return sifted(state, sorted({*self._sift(state), state.place.case}))

    def _name(self, case: int) -> str:
        return one_line(steady(case_name(self._suite.cases[case])))

    def _total(self, column: int) -> tuple[int, int]:
        column_ = self._shape.column(self._results.states, column)
        return column_.count(states.PASSED), sum(column_.count(each) for each in states.OVER)

    def _sample(self, place: Place) -> Sample:
        """Give a sample, fetched once. One that can't be read says so in its own place."""
        if place not in self._samples:
            try:
                self._samples[place] = self._results.sample(place)
            except TemperaError as error:
                self._samples[place] = Sample(place, error=error.message)
            if len(self._samples) > _KEPT:
                self._samples.popitem(last=False)
        return self._samples[place]

    def _sift(self, state: BrowserState) -> Sequence[int]:
        found = states.cases(self._results.states, self._shape, state.filter)
        wanted = state.search.casefold()
        if not wanted:
            return found
        said = set(self._results.search(state.search)) if self._results.search else set()
        return [case for case in found if case in said or wanted in self._text(case)]

    def _text(self, case: int) -> str:
        one = self._suite.cases[case]
        return f"{one.description}\n{json.dumps(one.variables, ensure_ascii=False, default=str)}".casefold()

    # ---- what is drawn

    def view(self) -> BrowserView:
        """Give what is to be drawn now."""
        size = self.app.output.get_size()
        width, height = size.columns, size.rows
        place = self.state.place
        sample = self._sample(place) if place else None
        read: list[Line] = self._read(sample, width) if sample and self.state.opened else []
        self.state = state = settled(self.state, self._viewport(width, height, len(read)))
        seen = state.cases[state.top : state.top + rows(height)]
        return BrowserView(
            state,
            self._results.states,
            f"evaluation {self._results.run.number} · {self._results.run.name}",
            self._labels,
            self._totals,
            [self._name(case) for case in seen],
            self._names_wide,
            self._suite.cases[place.case] if place else None,
            self._name(place.case) if place else "",
            sample,
            read,
            width,
            height,
            self._signs,
        )

    def _viewport(self, width: int, height: int, of: int) -> Viewport:
        at = sharing(width, self._shape.cases, self._names_wide, self._labels, self._shape.repeat)
        return Viewport(rows(height), at.shown, reading(height), of)

    def _read(self, sample: Sample, width: int) -> list[Line]:
        """Make the lines of the opened cell, once for what is drawn several times."""
        if self._body is None or self._body[0] is not sample or self._body[1] != width:
            case = self._suite.cases[sample.place.case]
            self._body = sample, width, body(case, sample, width, self._signs, self._strokes)
        return self._body[2]

    def lines(self) -> list[Line]:
        return lines(self.view())

    # ---- what is done

    def _at(self) -> Viewport:
        view = self.view()
        return self._viewport(view.width, view.height, len(view.body))

    def press(self, key: str) -> None:
        self._now(press(self.state, key, self._at()))

    def paste(self, text: str) -> None:
        if self.state.typed is not None:
            for character in one_line(text[:200]):
                self.press(character)

    def point(self, event: MouseEvent) -> None:
        at, kind = event.position, event.event_type
        if kind in (MouseEventType.SCROLL_UP, MouseEventType.SCROLL_DOWN):
            self.wheel(-1 if kind == MouseEventType.SCROLL_UP else 1)
        elif kind == MouseEventType.MOUSE_DOWN:
            self.click(at.x, at.y)

    def click(self, x: int, y: int) -> None:
        """Choose the cell there."""
        view = self.view()
        if view.state.opened or not HEAD <= y < HEAD + rows(view.height) or self.state.typed is not None:
            return
        at = sharing(view.width, self._shape.cases, self._names_wide, self._labels, self._shape.repeat)
        row, column = view.state.top + y - HEAD, at.column(x)
        if row < len(view.state.cases):
            chosen = (
                self.state.column
                if column is None
                else min(view.state.left + column, self._shape.columns - 1)
            )
            self._now(choose(self.state, row, chosen))

    def wheel(self, steps: int) -> None:
        """Go on as the wheel turns."""
        self._now(scrolled(self.state, steps * _WHEEL, self._at()))

    def _now(self, state: BrowserState) -> None:
        if state.cases and not state.opened:
            state = replace(state, repeat=self._telling(state))
        self.state, place = state, state.place
        if state.wants == SIFT:
            self.state = sifted(state, self._sift(state))
        elif state.wants == LEAVE:
            self.leave(None)
        elif place and state.wants == RETRY:
            self.leave(Retry(place, state.seen))
        elif place and state.wants == OPEN:
            self._open(place)
        elif place and state.wants in (GOOD, BAD):
            self._rate(place, 1 if state.wants == GOOD else -1)

    def _telling(self, state: BrowserState) -> int:
        """Choose of a cell's answers the first that has the state which stands for the cell."""
        codes = self._shape.cell(self._results.states, state.cases[state.row], state.column)
        return codes.index(states.together(codes))

    def _open(self, place: Place) -> None:
        if self._sample(place).request:
            self.leave(Open(place, self.state.seen))
        else:
            self.state = replace(self.state, note="nothing went out for it: there is nothing to go on with")

    def _rate(self, place: Place, rating: int) -> None:
        """Keep the person's verdict; the same again takes it back."""
        sample = self._sample(place)
        if sample.answered is None:
            self.state = replace(self.state, note="there is no answer to rate")
            return
        given = None if sample.rating == rating else rating
        try:
            self._results.rate(place, given)
        except TemperaError as error:
            self.state = replace(self.state, note=one_line(error.message))
            return
        self._samples[place] = replace(sample, rating=given)
        told = {1: "you say: good", -1: "you say: bad", None: "your verdict is taken back"}
        self.state = replace(self.state, note=f"{told[given]}; judges are measured by that")


def _style(colour: bool) -> Style:
    """Give the styles of the theme that is in force, or attributes alone."""
    if not colour:
        return Style.from_dict(_PLAIN)
    theme, depth = worn()
    rules = {name: theme.look(role).prompt(depth) for name, role in _ROLES.items()}
    rules["chosen"] = f"bold {rules['call']}"
    return Style.from_dict({**rules, "picked": "bold reverse"})


def browse(results: RunResults, colour: bool = True, blocks: bool = True, **streams: Any) -> Wanted | None:
    """Show a run's results over the whole window; give what the person wants to be done elsewhere, if
    anything."""
    return Browser(results, colour, blocks, **streams).run()
