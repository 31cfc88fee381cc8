"""A run under way as lines: what is counted, what it costs, the cases in view, and never wider than the window."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.evaluation.states import ASKED, ERROR, FAILED, OPEN, PASSED
from terminal.cells import get_cwidth
from terminal.clean import clean
from terminal.drawing.widths import STYLES
from terminal.evaluation.live import CaseRow, LiveView, RunProgress, lines, told
from terminal.evaluation.signs import ASCII, CellSigns, case_name, cell, column_name

from ...support.evaluations import suite
from ...support.examples import times

COUNTS = (100, 16, 0, 300, 60, 20, 4)
PACE = RunProgress(12.3, 95.0, 0.0123, 0.0615, False, 16, 32)
texts = st.text(st.characters() | st.sampled_from("\x1b\n\t\u0301\u200d字👩🇩🏽\u202e"), max_size=40)


def live(width: int = 79, height: int = 14, **more: Any) -> LiveView:
    rows = [CaseRow(at, f"case {at} of many", [bytes([(at + n) % 7]) for n in range(3)]) for at in range(20)]
    given_ = {"counts": COUNTS, "pace": PACE, "cases": 20, "labels": ("one", "two", "three"), "rows": rows}
    return LiveView(**{**given_, **more}, width=width, height=height)  # type: ignore[arg-type]


def plain(drawn: list[str]) -> list[str]:
    return [STYLES.sub("", line) for line in drawn]


def test_how_far_it_is_and_what_it_costs() -> None:
    """Done, passed, failed, not checked, errors; pace, cost so far and at the end, time left, requests."""
    first, second, *_ = plain(lines(live()))
    assert first.endswith("384 of 500 · 300 passed · 60 failed · 20 not checked · 4 errors")
    assert second == "12 a second · $0.0123 of about $0.0615 · about 2 min left · 16 of 32 at once"
    assert told(live()) == f"{first.lstrip('━─ ')} · {second}"


def test_what_is_not_known_is_not_said() -> None:
    """Without prices a cost is unknown, or at least what is known of it; nothing over has no pace."""
    assert "cost unknown" in told(live(pace=RunProgress(partly=True)))
    assert "at least $0.0100" in told(live(pace=RunProgress(spent=0.01, partly=True)))
    assert told(live(counts=(5, 0, 0, 0, 0, 0, 0), pace=RunProgress())) == "0 of 5"
    assert told(live(counts=(5, 0, 0, 0, 0, 0, 1), pace=RunProgress())) == "1 of 6 · 1 error"


def test_what_holds_it_up_and_what_went_wrong_is_said() -> None:
    """A wait and the last error have a line each, cut at the edge."""
    drawn = plain(
        lines(live(pace=RunProgress(waiting="trying again in 5 s: too many"), trouble="case 3: " + "x" * 99))
    )
    assert "trying again in 5 s: too many" in drawn
    assert any(line.startswith("case 3: xxx") and line.endswith("…") for line in drawn)


@pytest.mark.parametrize("width", [79, 139])
def test_a_row_is_a_case_and_a_cell_a_sign(width: int) -> None:
    """The number and the name, then a sign for the state under each column, all in their columns."""
    drawn = plain(lines(live(width)))
    head = next(line for line in drawn if "one" in line)
    row = drawn[drawn.index(head) + 3]
    assert row.split() == ["3", "case", "2", "of", "many", "◦", "✓", "✗"]
    assert [row.index(sign) for sign in "◦✓✗"] == [head.index(label) for label in ("one", "two", "three")]


def test_each_state_has_a_sign_of_its_own() -> None:
    """Nothing depends on colour; several samples say how many have passed."""
    for signs in (CellSigns(), ASCII):
        assert len(set(signs.states)) == 7
        assert [cell(bytes([code]), signs)[1] for code in range(7)] == list(signs.states)
    assert cell(bytes([PASSED, PASSED, FAILED]), CellSigns())[1] == "✗ 2/3"
    assert cell(bytes([PASSED, OPEN, ASKED]), CellSigns())[1] == "… 1/3"
    assert cell(bytes([OPEN, OPEN]), CellSigns())[1] == "·"
    assert cell(bytes([PASSED, ERROR]), CellSigns())[1] == "! 1/2"


def test_more_columns_than_there_is_room_for_are_said() -> None:
    """Those in view are named by their places."""
    labels = [f"{n} a model with a long name" for n in range(1, 41)]
    drawn = plain(lines(live(labels=labels, first=6)))
    assert any(line.startswith("7-") and "of 40 columns" in line and "  7 " in line for line in drawn)


def test_cases_and_columns_are_named_shortly() -> None:
    """By the description, or by the first variables; of one column, the label alone."""
    cases = suite(3, 2).cases
    assert case_name(cases[0]).startswith("the inhabitants of Paris")
    assert case_name(cases[1]) == "city=Oslo  question=How many live in Oslo?"
    assert column_name(suite(1, 2).columns, 1) == "2 gpt-4o-mini, step by step"
    assert column_name(suite(1, 1).columns, 0) == "gpt-4o-mini, terse"
    assert column_name((), 0) == "what is in force"


@times(3)
@given(
    st.lists(texts, max_size=12),
    st.lists(texts, min_size=1, max_size=9),
    st.integers(1, 160),
    st.integers(1, 30),
    st.integers(1, 12),
    st.sampled_from([CellSigns(), ASCII]),
    texts,
)
def test_nothing_is_wider_or_higher_than_it_may_be(
    names: list[str], labels: list[str], width: int, height: int, repeat: int, signs: CellSigns, said: str
) -> None:
    """Whatever cases, columns and errors are called, lines fit, and no control character is drawn."""
    rows = [CaseRow(at, name, [bytes([at % 7] * repeat)] * len(labels)) for at, name in enumerate(names)]
    named = {"labels": [clean(label).replace("\n", " ") for label in labels], "repeat": repeat}
    pace = RunProgress(1e9, 1e9, 1e9, 1e9, False, 10**9, 10**9, said)
    drawn = plain(
        lines(live(width, height, rows=rows, cases=10**5, signs=signs, trouble=said, pace=pace, **named))
    )
    assert len(drawn) <= height
    for line in drawn:
        assert get_cwidth(line) <= width
        assert clean(line) == line and "\n" not in line and "\t" not in line
