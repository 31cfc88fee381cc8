"""Settings as they were, back and forth: a small list, held against a plain model of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chat.parameters.settings import Settings
from chat.session.changes import MOST, Setting, SettingsHistory


def at(temperature: float) -> Setting:
    return Setting(Settings().set("temperature", temperature))


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, "back", "forward"]), max_size=30))
def test_going_back_and_forth_is_as_in_an_editor(steps: list[float | str]) -> None:
    """Back gives the state before, forward the one taken back, and a new change forgets what was ahead."""
    changes, now = SettingsHistory(), at(0.5)
    before: list[Setting] = []
    after: list[Setting] = []
    for step in steps:
        if step == "back":
            found = changes.back()
            assert found == (before[-1] if before else None)
            if before:
                after.append(now)
                now = before.pop()
        elif step == "forward":
            found = changes.forward()
            assert found == (after[-1] if after else None)
            if after:
                before.append(now)
                now = after.pop()
        else:
            wanted = at(float(step))
            changes.note(now, wanted)
            if wanted != now:
                before, after, now = [*before, now], [], wanted
        assert (changes.behind, changes.ahead) == (len(before), len(after))


def test_only_so_many_are_kept() -> None:
    """A shell that runs for weeks does not grow; the newest stay."""
    changes = SettingsHistory()
    for number in range(2 * MOST):
        changes.note(at(number), at(number + 1))
    assert len(changes.states) == MOST
    assert changes.back() == at(2 * MOST - 1)


def test_a_change_from_elsewhere_is_no_gap() -> None:
    """What was set behind the history's back (a conversation resumed) is what the next change goes back to."""
    changes = SettingsHistory()
    changes.note(at(0.1), at(0.2))
    changes.note(at(0.7), at(0.8))
    assert [changes.back(), changes.back(), changes.back()] == [at(0.7), at(0.2), at(0.1)]
