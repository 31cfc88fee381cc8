"""The lesson about tools: what is said of calls is what they are."""

from __future__ import annotations

import pytest

from chat.conversation.turn import Choice, Turn
from chat.lab import lesson_tools
from chat.lab.lesson import Bench

from ...support.turns import a_turn


def turn(text: str = "", *calls: tuple[str, str]) -> Turn:
    return a_turn(choices=(Choice(0, text, tool_calls=calls),))


def bench(last: Turn) -> Bench:
    return Bench(steps=[[last]])


@pytest.mark.parametrize(
    ("call", "shown", "told"),
    [
        (("weather", '{"city": "Oslo"}'), True, "the choice is right"),
        (("population", '{"city": "Oslo"}'), True, "the choice is wrong"),
        (("weather", '{"city": 4}'), False, "the form is not that of the schema"),
        (("weather", "{"), False, "no JSON"),
        (("sing", '{"city": "Oslo"}'), False, "the choice is wrong"),
    ],
)
def test_form_and_choice_are_told_apart(call: tuple[str, str], shown: bool, told: str) -> None:
    """A call of the right form is what was to be seen, whichever tool it is of."""
    found = lesson_tools.called(bench(turn("", call)))
    assert found.shown == shown and told in found.text


def test_a_server_that_calls_none_is_told() -> None:
    """Where a call was required, text is not as expected; where it was not, either is."""
    said = bench(turn("Rain, I think."))
    assert not lesson_tools.called(said).shown and not lesson_tools.called_anyway(said).shown
    assert lesson_tools.declared(said).shown and "calls none" in lesson_tools.declared(said).text
    assert lesson_tools.given(said) == ()


def test_each_call_is_given_a_result_by_hand() -> None:
    """As many messages as there are calls, and then the model may only talk."""
    lines = lesson_tools.given(bench(turn("", *[("weather", "{}")] * 2)))
    assert lines[0] == "/set tool_choice none" and lines[-1] == "/retry"
    assert sum(line.startswith("/message add tool ") for line in lines) == 2
    assert lesson_tools.told(bench(turn("It rains: 4 degrees."))).shown
    assert not lesson_tools.told(bench(turn("Sunny!"))).shown
