"""Put the panel on the screen, over the whole window.

Keys go to `state.press`, and what it wants to the source; the picture is drawn anew from both. Nothing
here waits: what the source finds out in its threads makes the picture be drawn again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from prompt_toolkit.mouse_events import MouseButton, MouseEvent, MouseEventType
from prompt_toolkit.styles import Style

from chat.lab.dials import sampler
from chat.lab.live import Source
from chat.lab.next_token import TokenPlace
from chat.lab.sampling import Distribution, Fate, distribution

from ..full_screen import EDITING, LEAVING, FullScreen
from ..lines import Line
from .drawing import hit, lines
from .state import AGAIN, DROPPED, KEPT, SAMPLE, PanelState, begun, choose, press, slide
from .text import ASCII, PanelSigns
from .view import PanelView

_STYLE = Style.from_dict(
    {
        "title": "bold",
        "dim": "ansibrightblack",
        "rule": "ansibrightblack",
        "chosen": "bold ansicyan",
        "turned": "bold ansiyellow",
        "fill": "ansicyan",
        "knob": "",
        "mark": "ansibrightblack",
        "value": "bold",
        "typing": "bold ansiyellow",
        "good": "ansigreen",
        "bad": "ansired",
        "note": "ansiyellow",
        "key": "bold",
        "token": "",
        "bar": "ansigreen",
        "ghost": "ansibrightblack",
        "cut": "strike ansibrightblack",
        "now": "ansicyan",
        "head": "bold",
    }
)
_PLAIN = Style.from_dict({"title": "bold", "chosen": "bold", "value": "bold", "key": "bold", "head": "bold"})
#: The names of keys as `state` has them, by prompt-toolkit's.
_NAMES = {
    **{name: name for name in EDITING},
    "tab": "down",
    "s-tab": "up",
    **dict.fromkeys(LEAVING, "escape"),
}


class Panel(FullScreen[Mapping[str, Any]]):
    """The panel while it is up. `run` gives what is kept, None where all is dropped."""

    def __init__(self, source: Source, colour: bool = True, blocks: bool = True, **streams: Any) -> None:
        self.state = begun(source.dials, source.values)
        self._source = source
        self._signs = PanelSigns() if blocks else ASCII
        self._known: tuple[TokenPlace, Mapping[str, Any], Distribution] | None = None
        super().__init__(_NAMES, _STYLE if colour else _PLAIN, **streams)

    def run(self) -> Mapping[str, Any] | None:
        """Show it until it is left. Raises EOFError where the terminal is closed."""
        self._source.told = self.app.invalidate
        self._look()
        try:
            return super().run()
        finally:
            self._source.told = lambda: None

    # ---- what is drawn

    def view(self) -> PanelView:
        """Give what is to be drawn now."""
        size, source = self.app.output.get_size(), self._source
        if source.places != self.state.places:  # the answer was cut into tokens
            place = min(self.state.place, source.places - 1)
            self.state = replace(self.state, places=source.places, place=place)
        place_ = source.at(self.state.place)
        return PanelView(
            self.state,
            place_,
            self._distribution(place_, self.state.values),
            source.title,
            source.asked,
            source.order,
            source.order_told,
            source.bias,
            source.not_drawn,
            tuple(source.samples),
            size.columns,
            size.rows,
            self._signs,
        )

    def _distribution(self, place: TokenPlace, values: Mapping[str, Any]) -> Distribution:
        """Work out what may come; once for what is drawn several times."""
        if self._known is None or self._known[0] is not place or self._known[1] != values:
            self._known = place, values, self._worked_out(place, values)
        return self._known[2]

    def _worked_out(self, place: TokenPlace, values: Mapping[str, Any]) -> Distribution:
        wanted = sampler(self._source.dials, values, place.bias)
        found = distribution(place.logits, wanted, self._source.order, place.said)
        if not place.zero:
            return found
        told = {each.id: each for each in place.candidates}  # as the model gave them, for the picture
        return Distribution(
            tuple(Fate(told[each.candidate.id], each.probability, each.cut_by) for each in found.outcomes)
        )

    def lines(self) -> list[Line]:
        return lines(self.view())

    # ---- what is done

    def press(self, key: str) -> None:
        self._now(press(self.state, key))

    def paste(self, text: str) -> None:
        for character in text.strip()[:20]:
            if character in "0123456789.-+e":
                self.press(character)

    def point(self, event: MouseEvent) -> None:
        at, kind = event.position, event.event_type
        if kind == MouseEventType.SCROLL_UP:
            self.click(at.x, at.y, 1)
        elif kind == MouseEventType.SCROLL_DOWN:
            self.click(at.x, at.y, -1)
        elif kind == MouseEventType.MOUSE_DOWN or (
            kind == MouseEventType.MOUSE_MOVE and event.button == MouseButton.LEFT
        ):
            self.click(at.x, at.y)

    def click(self, x: int, y: int, steps: int = 0) -> None:
        """Choose the row there, and put its slider there; with `steps`, as the wheel turns."""
        there = hit(self.view(), x, y)
        if there is None:
            return
        row, share = there
        chosen = choose(self.state, row)
        if steps:
            chosen = press(chosen, "right" if steps > 0 else "left")
        elif share is not None:
            chosen = slide(chosen, share)
        self._now(chosen)

    def _now(self, state: PanelState) -> None:
        self.state = state
        if state.wants in (KEPT, DROPPED):
            self.leave(state.values if state.wants == KEPT else None)
            return
        if state.wants == SAMPLE:
            self.state = replace(state, note=self._source.sample(state.place, state.values))
        self._look(again=state.wants == AGAIN)

    def _look(self, again: bool = False) -> None:
        self._source.look(self.state.place, self.state.values, again)


def run(source: Source, colour: bool = True, blocks: bool = True, **streams: Any) -> Mapping[str, Any] | None:
    """Show the panel over the whole window; give the values that are kept, None where they are dropped."""
    return Panel(source, colour, blocks, **streams).run()
