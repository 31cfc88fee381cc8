"""What the panel is at, and what a key makes of it. Pure.

The first row is the place in the answer, the others are the dials. Up and down choose a row, left and
right turn it, digits type a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from chat.base.dataclass import dataclass
from chat.base.errors import BadInput
from chat.lab.dials import Dial, in_force

#: What a key asks for that the state can't do by itself, and how the panel ends.
SAMPLE, AGAIN, KEPT, DROPPED = "sample", "again", "kept", "dropped"
#: How many stops the keys for large steps go.
_LARGE = 5
_DIGITS = frozenset("0123456789.-+")
#: Arrows for hands that know vi.
_LETTERS = {"h": "left", "j": "down", "k": "up", "l": "right"}
_LONGEST = 20  # characters of a number that is typed


@dataclass(frozen=True)
class PanelState:
    """What is turned how far. `before` are the values when the panel opened, `values` those of now; `row` 0
    is the place, `place` the token of the answer that is looked at. `typed` is a number that is being typed,
    `meanwhile` the values from before that; `note` what a person is to be told.
    `wants` is what the last key asked for."""

    dials: tuple[Dial, ...]
    before: Mapping[str, Any] = field(hash=False)
    values: Mapping[str, Any] = field(hash=False)
    row: int = 1
    place: int = 0
    places: int = 1
    typed: str = ""
    meanwhile: Mapping[str, Any] = field(default_factory=dict, hash=False)
    note: str = ""
    wants: str = ""

    @property
    def dial(self) -> Dial | None:
        """Give the dial that is chosen; None is the place."""
        return self.dials[self.row - 1] if self.row else None


def begun(dials: tuple[Dial, ...], values: Mapping[str, Any]) -> PanelState:
    """Give the state of a panel that opens."""
    return PanelState(dials, dict(values), dict(values), row=1 if dials else 0)


def press(state: PanelState, key: str) -> PanelState:
    """Give what a key makes of a state: a name as `up`, `pageup`, `enter`, or a character."""
    state, key = replace(state, note="", wants=""), _LETTERS.get(key, key)
    dial = state.dial
    types = dial is not None and not dial.is_list and (key in _DIGITS or (key == "e" and bool(state.typed)))
    if types and len(state.typed) < _LONGEST:
        meanwhile = state.meanwhile if state.typed else state.values
        return _read(replace(state, typed=state.typed + key, meanwhile=meanwhile))
    if key == "backspace" and state.typed:
        return _read(replace(state, typed=state.typed[:-1]))
    if state.typed and key in ("enter", "escape"):
        return _done(state, keep=key == "enter")
    state = replace(state, typed="")
    if key in ("up", "down"):
        return replace(state, row=(state.row + (1 if key == "down" else -1)) % (len(state.dials) + 1))
    if key in _STEPS:
        return _turned(state, _STEPS[key])
    if key in ("[", "]"):
        return walked(state, 1 if key == "]" else -1)
    if key == "u" and dial is not None:
        return _put(state, dial.name, None)
    if key == "r":
        if dial is None:
            return replace(state, wants=AGAIN)
        return _put(state, dial.name, state.before.get(dial.name))
    if key == "R":
        return replace(state, values=state.before)
    return replace(state, wants={" ": SAMPLE, "enter": KEPT, "escape": DROPPED}.get(key, ""))


_STEPS = {
    "left": -1,
    "right": 1,
    "pagedown": -_LARGE,
    "pageup": _LARGE,
    "home": -10_000,
    "end": 10_000,
}


def choose(state: PanelState, row: int) -> PanelState:
    """Give the state with another row chosen, as a click does."""
    return replace(state, row=max(0, min(len(state.dials), row)), typed="", note="", wants="")


def slide(state: PanelState, share: float) -> PanelState:
    """Give the state with the chosen dial at that share of its slider."""
    if state.dial is None or not state.dial.stops:
        return state
    return _put(state, state.dial.name, state.dial.at(share))


def walked(state: PanelState, steps: int) -> PanelState:
    """Give the state at another place of the answer."""
    place = max(0, min(state.places - 1, state.place + steps))
    note = ""
    if place == state.place:
        ends = "the answer ends here" if steps > 0 else "this is its first token"
        note = ends if state.places > 1 else "there is no answer yet to walk along: this is its first token"
    return replace(state, place=place, note=note)


def _turned(state: PanelState, steps: int) -> PanelState:
    if state.dial is None:
        return walked(state, steps)
    if not state.dial.stops and abs(steps) > _LARGE:
        return state
    try:
        value = state.dial.turned(in_force(state.dial, state.values), steps)
    except BadInput as error:
        return replace(state, note=error.message)
    return _put(state, state.dial.name, value)


def _read(state: PanelState) -> PanelState:
    """Take over what is typed, as soon as it is a value."""
    assert state.dial is not None
    if not state.typed:
        return replace(state, values=state.meanwhile)
    try:
        return _put(state, state.dial.name, state.dial.parameter.kind.read(state.typed))
    except BadInput as error:
        return replace(state, values=state.meanwhile, note=error.message)


def _done(state: PanelState, keep: bool) -> PanelState:
    """End typing: with the value, or with what was there before. What is no value is told."""
    assert state.dial is not None
    if not keep:
        return replace(state, typed="", values=state.meanwhile)
    try:
        state.dial.parameter.kind.read(state.typed)
    except BadInput as error:
        return replace(state, typed="", values=state.meanwhile, note=error.message)
    return replace(state, typed="", note="Enter again keeps all of it, Esc drops it")


def _put(state: PanelState, name: str, value: Any) -> PanelState:
    values = {key: each for key, each in state.values.items() if key != name}
    return replace(state, values=values if value is None else {**values, name: value})
