"""The browser as text: every line as wide as the window, what is chosen is seen, and a cell opens with all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation import results
from chat.evaluation.judging import combined
from chat.evaluation.results import Place, Sample
from chat.evaluation.states import Shape
from chat.evaluation.suite import Answered, Assertion, Case, Verdict
from terminal.cells import get_cwidth
from terminal.clean import clean
from terminal.evaluation.grid import lines
from terminal.evaluation.opened import body, styled
from terminal.evaluation.signs import ASCII, CellSigns
from terminal.evaluation.state import BrowserState, begun
from terminal.evaluation.view import BrowserView
from terminal.lines import Line, fit, middle, steady

from ...support.evaluations import looked_at, sample, states, suite
from ...support.examples import times

SIZES = [(80, 24), (140, 40)]
hostile = st.text(st.characters() | st.sampled_from("\x1b\x9b\n\t\r\u0301\u200d字👩🇩🏽\u202e a"), max_size=60)
WANTED = "The capital is by the sea."
SAID = "The capital is on a river."
EXPECTED = Case(
    {"city": "Paris"},
    (Assertion("equals", WANTED), Assertion("assert-set", inner=(Assertion("contains", "sea"),))),
)


def view(state: BrowserState | None = None, size: tuple[int, int] = (80, 24), **more: Any) -> BrowserView:
    of = suite(40, 3)
    state = state or begun(Shape(3, 40))
    place = state.place or Place(0, 0)
    names = [f"case {case} of many" for case in state.cases[state.top : state.top + 50]]
    case = of.cases[place.case]
    seen = sample(of, place)
    made = BrowserView(
        state,
        states(of),
        "evaluation 3 · cities",
        ["1 one", "2 two", "3 three"],
        [(30, 40), (0, 0), (40, 40)],
        names,
        17,
        case,
        "case of many",
        seen,
        body(case, seen, size[0], CellSigns()) if state.opened else (),
        size[0],
        size[1],
    )
    return replace(made, **more)


def judged(case: Case, text: str, passed: bool | None = False, why: str = "", **more: Any) -> Sample:
    """A sample with this answer, on which all assertions say the same."""

    def verdict(held: Assertion) -> Verdict:
        return Verdict(held, passed, 0.25, why, tuple(map(verdict, held.inner)))

    found = combined(case, tuple(map(verdict, case.assertions)))
    answered = Answered(text, finish_reason="length", seconds=1.5, cost=0.002, usage={"prompt_tokens": 1200})
    return Sample(Place(0, 0), results.JUDGED, answered, found, **more)


def text(drawn: list[Line]) -> str:
    return "\n".join("".join(piece for _, piece in line).rstrip() for line in drawn)


def opened(case: Case, seen: Sample, width: int = 79, **more: Any) -> str:
    return text(body(case, seen, width, CellSigns(), **more))


@pytest.mark.parametrize("size", SIZES)
def test_the_grid_shows_states_totals_and_what_is_chosen(size: tuple[int, int]) -> None:
    """A sign a cell, how many of a column have passed, a mark at the chosen one, and below it what came of it."""
    drawn = text(lines(view(replace(begun(Shape(3, 40)), row=2, column=1), size))).splitlines()
    assert drawn[0].startswith("evaluation 3 · cities") and drawn[0].endswith("40 cases")
    assert "1 one" in drawn[1] and "30/40" in drawn[2] and "-" in drawn[2] and "40/40" in drawn[2]
    row = drawn[5]
    assert row.startswith(" 3 case 2 of many") and "▸✗" in row and "▸" not in drawn[4]
    assert any("✗ failed · 2 two · score 0.00 · 0.62 s · $0.00" in line for line in drawn)
    assert any("it says nothing of the sea" in line for line in drawn)
    assert any("The capital of 東京 is a large city" in line for line in drawn)
    assert drawn[-1].startswith("↑↓←→ cell  Enter open  f filter  / search") and "q leave" in drawn[-1]


def test_a_filter_says_how_many_it_lets_through() -> None:
    """Beside the number of all; where there is none, the line says so, and the way out."""
    state = replace(begun(Shape(3, 40)), cases=[3, 7], filter="failed", search="Oslo")
    assert "failed, “Oslo”: 2 of 40 cases" in text(lines(view(state)))
    none = text(lines(view(replace(state, cases=[]))))
    assert "no case: failed with “Oslo”; f goes on to the next filter" in none


def test_a_search_is_seen_while_it_is_typed() -> None:
    """In the last line, with what Enter and Esc do."""
    assert text(lines(view(replace(begun(Shape(3, 40)), typed="Os")))).endswith(
        "search: Os_  Enter finds, Esc drops it"
    )


@pytest.mark.parametrize("size", SIZES)
def test_an_opened_cell_has_all_of_it(size: tuple[int, int]) -> None:
    """The case, the states of its columns, what was measured, the answer, and the keys; from 110 columns on two
    panes."""
    state = replace(begun(Shape(3, 40)), row=2, column=1, opened=True)
    drawn = text(lines(view(state, size)))
    first = drawn.splitlines()
    assert first[0] == "case 3 of 40 case of many"
    assert "1✓" in first[1] and "▸2✗" in first[1] and "3!" in first[1] and "2 two" in first[1]
    assert first[2] == "✗ failed · score 0.00 · 0.62 s · $0.000052 · 18 in · 31 out"
    assert "answer  110 characters" in drawn and "✗ equals" in drawn and "✓ contains  weight 0" in drawn
    assert ("│" in drawn) == (size[0] >= 110)
    assert "←→ column" in first[-1] and "Esc back" in first[-1]
    assert ("-19 of" in drawn or "1-19" in drawn) == (size[1] == 24)


def test_an_answer_stands_against_what_is_expected() -> None:
    """Word by word: what is expected and not said, and what is said instead; strokes where no style does."""
    shown = opened(EXPECTED, judged(EXPECTED, SAID), strokes=True)
    assert "The capital is [-by the sea-]{+on a river+}." in shown
    pieces = [piece for line in body(EXPECTED, judged(EXPECTED, SAID), 79, CellSigns()) for piece in line]
    assert ("class:gone", "sea") in pieces and ("class:new", "river") in pieces
    assert "to the letter" in opened(EXPECTED, judged(EXPECTED, WANTED, True))
    short = Case({}, (Assertion("contains", "river"),))
    assert "{+The capital is on a +}river{+.+}" in opened(short, judged(short, SAID, True), strokes=True)
    joiner = Case({}, (Assertion("equals", "\u200d"),))  # of which nothing is drawn
    assert "against what is expected" in opened(joiner, judged(joiner, SAID))
    shapely = Case({}, (Assertion("is-json"),))
    assert "against" not in opened(shapely, judged(shapely, SAID))


def test_each_assertion_says_its_verdict_and_why() -> None:
    """Those within a set stand below it; a score that is no 0 or 1 is told; what was not checked says why."""
    shown = opened(EXPECTED, judged(EXPECTED, SAID, why="it is not by the sea"))
    assert "✗ equals  0.25\n  The capital is by the sea.\n  it is not by the sea" in shown
    assert "✗ assert-set  0.25" in shown and "\n  ✗ contains  0.25\n    sea" in shown
    assert "? equals" in opened(EXPECTED, judged(EXPECTED, SAID, None, "no judge"))
    turned = judged(EXPECTED, SAID, flips=1, turned=2)
    assert "1 of 2 judgements turned with the order" in opened(EXPECTED, turned)


def test_the_request_is_shown_as_it_went_out() -> None:
    """As JSON, with all its fields; where none went out, that is said."""
    shown = opened(EXPECTED, judged(EXPECTED, SAID, request={"model": "m", "seed": 0}, model="m-2026"))
    assert 'request  m-2026\n{\n  "model": "m",\n  "seed": 0\n}' in shown
    assert "none went out" in opened(EXPECTED, judged(EXPECTED, SAID))
    assert "city  Paris" in shown


def test_what_judges_were_asked_and_said_is_shown() -> None:
    """The prompt, the answer, the model and what it cost; what is kept in another form is no error."""
    asked = [{"role": "system", "content": "Judge it."}, {"role": "user", "content": "Is it good?"}]
    judge = {"type": "llm-rubric", "messages": asked, "answer": {"pass": False}, "model": "j-1", "cost": 0.01}
    shown = opened(EXPECTED, judged(EXPECTED, SAID, judges=(judge, {}, {"messages": 3, "cost": "x"})))
    head = "judge  llm-rubric · j-1 · $0.0100\nsystem: Judge it.\nuser: Is it good?\n"
    assert head + '{\n  "pass": false\n}' in shown


def test_without_an_answer_it_says_why() -> None:
    """An error is shown as a sentence; what was not asked yet shows what is expected of it."""
    failed = Sample(Place(0, 0), results.FAILED, error="429 Too Many Requests", kind="rate limit")
    assert "no answer  rate limit\n429 Too Many Requests" in opened(EXPECTED, failed)
    shown = opened(EXPECTED, Sample(Place(0, 0)))
    assert "it was not asked yet" in shown and "expected\nequals\n  The capital is by the sea." in shown


def test_a_megabyte_is_cut_and_said_to_be() -> None:
    """An answer, an expectation and a request of a megabyte: the beginning of each, and how much there is."""
    long = "word 字 " * 150_000
    case = Case({"text": long}, (Assertion("equals", long[1:]), Assertion("is-json")))
    drawn = body(case, judged(case, long, request={"messages": [long]}), 140, CellSigns())
    shown = text(drawn)
    assert "1,050,000 characters" in shown and "the first 100,000 characters; o opens all of it" in shown
    assert "the first 4,000 characters of both are compared" in shown and "the first 100,000 of 1,05" in shown
    assert len(drawn) < 3000


def test_a_person_s_own_verdict_is_seen() -> None:
    """Beside what was measured."""
    state = replace(begun(Shape(3, 40)), opened=True)
    rated = replace(view(state).sample or Sample(Place(0, 0)), rating=-1)
    assert "you say: bad" in text(lines(view(state, sample=rated)))


@pytest.mark.parametrize("size", [*SIZES, (40, 12), (39, 24), (80, 11), (3, 2), (200, 60)])
@pytest.mark.parametrize("open_", [True, False])
def test_lines_fit_the_window(size: tuple[int, int], open_: bool) -> None:
    """There are as many lines as the window has, and each takes its width; too small a one is told."""
    drawn = lines(view(replace(begun(Shape(3, 40)), opened=open_), size))
    assert len(drawn) == size[1] or size < (40, 12) or size[1] < 12
    assert len(drawn) <= size[1]
    assert {sum(get_cwidth(piece) for _, piece in line) for line in drawn} <= {size[0]}


@times(3)
@given(hostile, hostile, hostile, st.integers(40, 160), st.booleans(), st.sampled_from([CellSigns(), ASCII]))
def test_nothing_that_is_shown_steers_or_shifts_the_browser(
    one: str, other: str, third: str, width: int, open_: bool, signs: CellSigns
) -> None:
    """Whatever names, answers, expectations, reasons and requests hold, columns stand and no control is drawn."""
    case = Case(
        {one: other, "list": [third]},
        (
            Assertion("equals", other, metric=one),
            Assertion("assert-set", inner=(Assertion(third, {one: third}),)),
        ),
        description=third,
    )
    seen = judged(case, one, None if third else False, other, request={other: one}, model=third, kind=one)
    seen = replace(seen, error=third)
    state = replace(begun(Shape(3, 40)), opened=open_, search=one, note="" if other else one)
    labels, names = [fit(one, 300), fit(other, 300), fit(third, 300)], [fit(third, 300)] * 40
    named = {"labels": labels, "names": names, "names_wide": 300, "name": third, "case": case, "sample": seen}
    made = body(case, seen, width, signs, strokes=bool(one)) if open_ else []
    for line in lines(view(state, (width, 30), body=made, signs=signs, **named)):
        joined = "".join(piece for _, piece in line)
        assert get_cwidth(joined) == width
        assert clean(joined) == joined and "\n" not in joined and "\t" not in joined


@given(st.lists(st.tuples(hostile.map(clean), st.sampled_from(["", "class:new"]))), st.integers(2, 30))
def test_pieces_are_broken_into_lines_and_none_is_lost(pieces: list[tuple[str, str]], width: int) -> None:
    """Every word comes out, in its style and in its order; blanks where lines break do not."""
    drawn = list(styled(pieces, width))
    assert all(sum(get_cwidth(piece) for _, piece in line) <= width for line in drawn)
    came = [(character, style) for line in drawn for style, piece in line for character in piece]
    meant = [(character, style) for piece, style in pieces for character in piece]
    assert [each for each in came if not each[0].isspace()] == [
        each for each in meant if not each[0].isspace()
    ]


@given(hostile, st.integers(0, 30))
def test_both_ends_of_a_name_are_seen(given_: str, width: int) -> None:
    """What is cut is cut in its middle, and is never wider than it may be."""
    assert get_cwidth(middle(given_, width)) <= width
    assert middle("gpt-4o-mini, step by step", 14) == "gpt-4o-…y step"
    assert middle("short", 14) == "short"


@given(hostile)
def test_a_steady_text_has_the_same_width_everywhere(given_: str) -> None:
    """No sign is joined to another, and no more than three marks stand over one."""
    made = steady(given_)
    assert not set(made) & set("\u200d\ufe0f🏽🇩")
    assert steady(made) == made
    assert steady("e" + "\u0301" * 50) == "e" + "\u0301" * 3
    assert steady("🇩🇪 👩‍👩") == "DE 👩👩" and steady("plain") == "plain"


def test_a_run_to_be_looked_at_is_made_up() -> None:
    """The samples that other tests look at are of all kinds."""
    made = looked_at()
    assert {*made.states} == {3, 4, 5, 6}
