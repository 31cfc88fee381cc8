"""The browser through prompt-toolkit's own pipe: keys as a terminal sends them, what is painted, what is given back."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pyte
import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output

from chat.base.errors import TemperaError
from chat.evaluation.browsing import Bookmark, Open, Retry, RunResults, Wanted
from chat.evaluation.results import Place, Sample
from chat.evaluation.states import FAILED, PASSED
from terminal.evaluation.application import Browser, browse
from terminal.evaluation.grid import lines

from ...support.evaluations import looked_at, sample, suite

DOWN, UP, RIGHT, LEFT, ENTER, ESC, CTRL_C = "\x1b[B", "\x1b[A", "\x1b[C", "\x1b[D", "\r", "\x1b", "\x03"
PAGE_DOWN, HOME, END = "\x1b[6~", "\x1b[H", "\x1b[F"


def browsed(keys: str, results: RunResults | None = None, **more: Any) -> Wanted | None:
    """What is given back after these keys."""
    with create_pipe_input() as pipe:
        pipe.send_text(keys)
        return browse(results or looked_at(), input=pipe, output=DummyOutput(), **more)


def painted(results: RunResults, *keys: str, size: tuple[int, int] = (80, 24)) -> tuple[list[str], list[str]]:
    """The rows of a real terminal's emulator after these keys, and what was written for each of them."""
    out, columns, rows = io.StringIO(), *size
    screen = pyte.Screen(columns, rows)
    stream, left, writes = pyte.Stream(screen), [*keys], list[str]()
    shown, ended = list[str](), list[str]()
    with create_pipe_input() as pipe:
        output = Vt100_Output(out, lambda: Size(rows=rows, columns=columns), term="xterm-256color")
        browser = Browser(results, input=pipe, output=output)

        def after(_: object) -> None:
            if ended:
                return  # as it is left, the picture scrolls away
            writes.append(out.getvalue())
            out.seek(0)
            out.truncate()
            stream.feed(writes[-1])
            shown[:] = [row.rstrip() for row in screen.display]
            ended.extend(["q"] * (not left))
            pipe.send_text(left.pop(0) if left else "q")

        browser.app.after_render += after
        browser.run()
    return shown, writes


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ("q", None),
        (ESC, None),
        (CTRL_C, None),
        ("\x04", None),
        ("r", Retry(Place(0, 0))),
        (DOWN + RIGHT + "r", Retry(Place(1, 1))),
        (END + "o", Open(Place(0, 39))),
        (DOWN + ENTER + RIGHT + DOWN + "r", Retry(Place(1, 2))),
        (ENTER + ESC, None),
        ("/xr" + ESC + "q", None),
        ("\x1b[200~r\x1b[201~" + "q", None),
        ("?é海" + "q", None),
    ],
)
def test_keys_move_and_leave(keys: str, wanted: Wanted | None) -> None:
    """r and o leave with the sample that is chosen; q, Ctrl-C and Ctrl-D leave, as Esc does from the grid."""
    assert browsed(keys + ("q" if keys == ENTER + ESC else "")) == wanted


@pytest.mark.parametrize("more", [{"colour": False}, {"blocks": False}])
def test_it_needs_neither_colour_nor_blocks(more: dict[str, Any]) -> None:
    """NO_COLOR and a plain terminal have the same keys."""
    assert browsed(DOWN + "r", **more) == Retry(Place(0, 1))


def test_filters_and_searches_lead_to_their_cases() -> None:
    """What r asks again is the first case that the filter, or the search, or both let through."""
    made = looked_at()
    first = next(at for at in range(40) if FAILED in made.states[at * 3 : at * 3 + 3])
    assert browsed("fr", made) == Retry(Place(0, first))
    assert browsed("/東京" + ENTER + "r") == Retry(Place(0, 2))
    assert browsed("/" + "\x1b[200~oslo\n\x1b[201~" + ENTER + DOWN + "r") == Retry(Place(0, 9))
    assert browsed("/nowhere" + ENTER + "r" + ENTER + DOWN + "q") is None


def test_answers_are_searched_by_who_has_them() -> None:
    """Cases in whose answers the text stands are found as well as those that have it themselves."""
    asked: list[str] = []

    def search(text: str) -> list[int]:
        asked.append(text)
        return [5]

    assert browsed("/River" + ENTER + "r", looked_at(search=search)) == Retry(Place(0, 5))
    assert asked == ["River"]


def test_the_first_answer_that_tells_is_opened() -> None:
    """Of three answers, the one because of which the cell has its sign."""
    of = suite(12, 2, 3)
    made = looked_at(of)
    telling = [made.states[at * 3 : at * 3 + 3] for at in range(24)]
    at = next(n for n, cell in enumerate(telling) if FAILED in cell and cell[0] != FAILED and 6 not in cell)
    case, column = divmod(at, 2)
    keys = DOWN * case + RIGHT * column + ENTER + "r"
    assert browsed(keys, made) == Retry(Place(column, case, telling[at].index(FAILED)))


def test_one_comes_back_to_the_cell() -> None:
    """After something was done elsewhere the cell is opened again, or chosen, under the same filter and search;
    and it is let through even if it has passed meanwhile."""
    made = looked_at()
    wanted = browsed("f/o" + ENTER + DOWN + RIGHT + "r", made)
    assert isinstance(wanted, Retry) and wanted.seen == Bookmark(wanted.place, False, "failed", "o")
    wanted = browsed(ENTER + "o", replace(made, at=wanted.seen))
    assert isinstance(wanted, Open) and wanted.seen == Bookmark(wanted.place, True, "failed", "o")
    passed = replace(made, states=bytes([PASSED] * len(made.states)), at=wanted.seen)
    rows, _ = painted(passed)
    assert rows[0].startswith(f"case {wanted.place.case + 1} ")
    assert "failed, “o”: 1 of 40" in painted(passed, ESC)[0][0]


def test_ratings_are_handed_on_and_taken_back() -> None:
    """+ and - are the person's own verdict; the same again takes it back; it is seen at once."""
    rated: dict[Place, int | None] = {}
    made = looked_at(rated=rated)
    browsed("+" + DOWN + ENTER + "-" + DOWN + "++" + "q", made)
    assert rated == {Place(0, 0): 1, Place(0, 1): -1, Place(0, 2): None}
    rows, _ = painted(looked_at(), ENTER, "-")
    assert "you say: bad" in rows[2] and "judges are measured by that" in rows[-1]


def test_what_has_no_answer_is_neither_rated_nor_opened() -> None:
    """A line says why."""
    rated: dict[Place, int | None] = {}
    made = looked_at(rated=rated)
    empty = RunResults(made.run, made.states, Sample, made.rate)
    assert browsed("+oq", empty) is None and not rated
    assert "no answer to rate" in painted(empty, "+")[0][-1]
    assert "nothing went out" in painted(empty, "o")[0][-1]


def test_a_sample_that_can_not_be_read_says_so_in_its_place() -> None:
    """The others can still be looked at, and a rating that is not kept is said to be none."""

    def broken(place: Place, rating: int | None = None) -> Sample:
        raise TemperaError("the file of evaluations can't be read")

    made = looked_at()
    assert browsed(DOWN + "r", RunResults(made.run, made.states, broken, made.rate)) == Retry(Place(0, 1))
    rows, _ = painted(RunResults(made.run, made.states, broken, made.rate))
    assert any("can't be read" in row for row in rows)
    assert "can't be read" in painted(RunResults(made.run, made.states, made.sample, broken), "+")[0][-1]


def test_samples_are_fetched_when_they_are_looked_at() -> None:
    """Of a long run only those that are chosen, each once."""
    fetched: list[Place] = []
    made = looked_at()

    def found(place: Place) -> Sample:
        fetched.append(place)
        return made.sample(place)

    painted(RunResults(made.run, made.states, found, made.rate), DOWN, DOWN, UP, ENTER)
    assert fetched == [Place(0, 0), Place(0, 1), Place(0, 2)]


def test_a_run_without_cases_can_be_looked_at() -> None:
    """There is nothing to choose, and nothing breaks."""
    assert browsed("f" + DOWN + ENTER + "r+o" + PAGE_DOWN + "q", looked_at(suite(0, 2))) is None


def test_the_mouse_chooses_opens_and_scrolls() -> None:
    """A click chooses a cell, another opens it, the wheel goes through the cases."""
    with create_pipe_input() as pipe:
        browser = Browser(looked_at(), input=pipe, output=DummyOutput())
        at = next(x for x in range(80) if "".join(p for _, p in lines_of(browser)[1])[x:].startswith("2 gpt"))
        browser.click(at, 6)
        assert browser.state.place == Place(1, 3)
        browser.click(2, 5)
        assert browser.state.place == Place(1, 2)
        browser.click(at, 5)
        assert browser.state.opened
        browser.press("escape")
        browser.wheel(1)
        assert browser.state.place == Place(1, 5)
        browser.click(at, 0)
        browser.click(at, 39)
        assert browser.state.place == Place(1, 5) and not browser.state.opened


def lines_of(browser: Browser) -> list[list[tuple[str, str]]]:
    return lines(browser.view())


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_what_is_painted_is_what_is_drawn(size: tuple[int, int]) -> None:
    """On the screen of a terminal the grid stands as it was drawn; a step repaints little of it."""
    rows, writes = painted(looked_at(), DOWN, RIGHT, size=size)
    assert rows[0].startswith("evaluation 3 · Inhabitants of cities") and rows[-1].startswith("↑↓←→ cell")
    assert "▸" in rows[4] and sum("▸" in row for row in rows) == 1
    assert len(rows) == size[1]
    assert len(writes[0]) > 1500 and len(writes[1]) < 0.25 * len(writes[0])
    assert "\x1b[2J" not in "".join(writes[1:])


def test_a_hostile_answer_stays_in_its_cell() -> None:
    """Escapes, signs of disputed width and heaps of marks neither move the columns nor reach the terminal."""
    nasty = "\x1b]0;title\x07\x1b[2J 👩‍👩‍👧 🇩🇪 " + "e" + "\u0301" * 300 + "\u202eabc \x9b31m" + "字" * 5000
    made = looked_at()
    found = RunResults(made.run, made.states, lambda place: sample(made.run.suite, place, nasty), made.rate)
    rows, writes = painted(found, ENTER, size=(140, 40))
    everything = "".join(writes)
    assert "\x1b]0;" not in everything and "\x07" not in everything and "\x9b" not in everything
    sides = [row.index("│") for row in rows if "│" in row]
    assert len(sides) > 20
    assert any("␛]0;title␇" in row for row in rows)
