"""An answer in JSON, drawn while it comes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.manner import Manner
from chat.conversation.events import TEXT, Finished, Piece
from chat.conversation.folding import Fold
from terminal.drawing.painted import Painted
from terminal.drawing.shaped import Shaped
from terminal.drawing.together import Choices

from ...support.examples import times
from ...support.screen import Clock, Window

VALUE = {"items": [{"name": f"n{number}", "price": number} for number in range(30)], "ok": True}


def lines(window: Window) -> str:
    return "\n".join(row.strip() for row in window.text.strip().split("\n"))


def laid_out(value: object) -> str:
    return "\n".join(line.strip() for line in json.dumps(value, indent=2).split("\n"))


def shown(pieces: list[str], plain: bool = False) -> Window:
    window, clock = Window(60, 20), Clock()
    page = Painted(window, Manner(plain, shaped=True), clock=clock, threaded=False)
    for piece in pieces:
        clock.now += 0.1
        page.text(TEXT, piece)
    page.end()
    return window


@times(0.25)
@given(st.lists(st.integers(0, 2000), max_size=12))
def test_it_is_laid_out_as_it_grows(cuts: list[int]) -> None:
    """In whatever pieces it comes, each line stands there once, in a window lower than the answer too."""
    text = json.dumps(VALUE)
    places = sorted(cut % len(text) for cut in cuts)
    window = shown([text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)])
    assert lines(window) == laid_out(VALUE)


def test_what_came_is_seen_at_once() -> None:
    """Half a JSON is on the screen before the rest is there."""
    window, clock = Window(60, 20), Clock()
    page = Painted(window, Manner(shaped=True), clock=clock, threaded=False)
    clock.now += 1
    page.text(TEXT, '{"name": "half a na')
    assert lines(window) == '{\n"name": "half a na'
    page.end()


@pytest.mark.parametrize("text", ["**Sure!** Here it is.", "```json\n[1]\n```", " \n"])
def test_prose_is_drawn_as_prose(text: str) -> None:
    """A server that ignores the format answers as ever."""
    window, plain = shown([text]), Window(60, 20)
    page = Painted(plain, clock=Clock(), threaded=False)
    page.text(TEXT, text)
    page.end()
    assert window.text == plain.text


def test_what_stops_being_json_is_there_all_the_same() -> None:
    """From the fault on it stands as it was written."""
    text = lines(shown(['{"a": 1}', " I hope this helps.\n````\n", "That is all."]))
    assert text.startswith('{\n"a": 1\n}')
    assert "I hope this helps." in text and "That is all." in text


def test_plain_is_as_it_was_written() -> None:
    """Where no Markdown is wanted, nothing is laid out."""
    assert lines(shown(['{"a":', "1}"], plain=True)) == '{"a":1}'


def test_choices_are_laid_out_each() -> None:
    """Several choices of one turn grow beside each other, laid out."""
    window, clock = Window(100, 30), Clock()
    choices, fold = Choices(window, 2, Manner(shaped=True), clock=clock, threaded=False), Fold(clock)
    for event in (Piece(0, '{"a": 1}'), Piece(1, '{"b": 2}'), Finished(0, "stop"), Finished(1, "stop")):
        fold.feed(event)
        choices.feed(event)
    choices.close(fold.answer())
    assert '"a": 1\n' in lines(window) and '"b": 2\n' in lines(window)


def test_work_grows_with_the_answer() -> None:
    """Ten times the answer takes no hundred times the work: steps are counted, not seconds."""

    class Counted:
        def __init__(self) -> None:
            self.fed = 0

        def feed(self, text: str) -> None:
            self.fed += len(text)

        def lines(self, width: int, room: int) -> tuple[list[str], list[str]]:
            return [], []

        def close(self, width: int) -> list[str]:
            return []

    taken = []
    for count in (100, 1000):
        body = Counted()
        shaped = Shaped(lambda body=body: body)  # type: ignore[misc]
        for piece in json.dumps([{"a": "b" * 20}] * count).split(" "):
            shaped.feed(piece + " ")
            shaped.lines(60, 20)
        taken.append(body.fed)
    assert taken[1] < 12 * taken[0]


def test_much_at_once_is_laid_out_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large answer in one piece is all there, in lines."""
    monkeypatch.setattr("terminal.drawing.shaped._MOST", 500)
    value = [{"name": f"n{number}"} for number in range(100)]
    window = Window(60, 20)
    page = Painted(window, Manner(shaped=True), clock=Clock(), threaded=False)
    page.text(TEXT, '[{"name": "first"}, ')
    page.text(TEXT, json.dumps(value)[1:])
    page.end()
    assert lines(window) == laid_out([{"name": "first"}, *value])
