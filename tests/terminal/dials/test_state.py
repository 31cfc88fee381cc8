"""What keys make of the panel's state: pure, key by key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.lab.dials import dials
from chat.parameters.settings import Settings
from terminal.dials.state import AGAIN, DROPPED, KEPT, SAMPLE, PanelState, begun, choose, press, slide

DEFAULTS = {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05}
DIALS = dials(Settings(), "llama.cpp", False, DEFAULTS, {})
KEYS = ["up", "down", "left", "right", "pageup", "pagedown", "home", "end", "backspace", "[", "]"]
KEYS += [*"0123456789.-+e", "u", "r", "R", " ", "enter", "escape", "x", "é"]


def pressed(*keys: str, values: dict[str, Any] | None = None) -> PanelState:
    """The state after these keys."""
    state = begun(DIALS, values or {})
    for key in keys:
        state = press(state, key)
    return state


def test_arrows_choose_and_turn() -> None:
    """The first dial is chosen; right turns it from the server's default, down goes to the next."""
    assert dict(pressed("right").values) == {"temperature": 0.9}
    assert dict(pressed("left", "left").values) == {"temperature": 0.6}
    assert dict(pressed("down", "right").values) == {"top_k": 60}
    assert pressed("up").row == 0 and pressed("up", "up").row == len(DIALS)
    assert dict(pressed("end").values) == {"temperature": 2.0}
    assert pressed("j", "l", "k", "h") == pressed("down", "right", "up", "left")


def test_digits_type_a_value_at_once() -> None:
    """Each digit shows; what is no value yet leaves what was there, and the rule is told."""
    assert dict(pressed("0", ".", "2").values) == {"temperature": 0.2}
    wrong = pressed("9")
    assert dict(wrong.values) == {} and "from 0 to 2" in wrong.note
    assert dict(pressed("9", "backspace", "1").values) == {"temperature": 1.0}
    assert dict(pressed("1", "enter").values) == {"temperature": 1.0} and not pressed("1", "enter").wants
    assert dict(pressed("right", "1", "escape").values) == {"temperature": 0.9}
    assert pressed("9", "enter").note and not pressed("9", "enter").typed


def test_unset_and_reset() -> None:
    """u no longer sends it, r and R go back to what it was when the panel opened."""
    was = {"temperature": 0.3, "top_p": 0.5}
    assert dict(pressed("u", values=was).values) == {"top_p": 0.5}
    assert dict(pressed("right", "r", values=was).values) == was
    assert dict(pressed("u", "down", "right", "R", values=was).values) == was
    assert pressed("up", "r").wants == AGAIN


def test_the_answer_is_walked_along_and_has_ends() -> None:
    """Left and right on the first row, and [ ] from any dial, go from token to token, and stop at both ends."""
    state = choose(begun(DIALS, {}), 0)
    state = PanelState(**{**vars(state), "places": 3})
    assert press(press(state, "right"), "]").place == 2
    assert "ends here" in press(press(press(state, "]"), "]"), "]").note
    assert press(state, "left").place == 0 and "first token" in press(state, "left").note


@pytest.mark.parametrize(
    ("keys", "wants"), [(["enter"], KEPT), (["escape"], DROPPED), ([" "], SAMPLE), (["right"], "")]
)
def test_keys_that_are_somebody_else_s(keys: list[str], wants: str) -> None:
    """Enter keeps, Esc drops, space samples: that is told, not done here."""
    assert pressed(*keys).wants == wants


def test_the_mouse_puts_a_slider_anywhere() -> None:
    """A click chooses a row and puts its knob there, within its ends."""
    state = slide(choose(begun(DIALS, {}), 1), 0.5)
    assert dict(state.values) == {"temperature": 1.0}
    assert dict(slide(state, 9).values) == {"temperature": 2.0}
    assert choose(state, 99).row == len(DIALS) and slide(choose(state, 0), 0.5).values == state.values


@given(st.lists(st.sampled_from(KEYS), max_size=40))
def test_whatever_is_pressed_every_value_can_be_set(keys: list[str]) -> None:
    """No keys make a value that its parameter refuses, and what the panel opened with is never changed."""
    state = pressed(*keys, values={"temperature": 0.3})
    assert dict(state.before) == {"temperature": 0.3}
    for dial in DIALS:
        if dial.name in state.values:
            dial.parameter.kind.check(state.values[dial.name])
    assert 0 <= state.row <= len(DIALS) and state.place == 0
