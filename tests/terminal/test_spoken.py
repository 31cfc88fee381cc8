"""What is shown by signs and places is said in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.tables import Approximate, TableColumn, columns
from chat.lab.chart import Chart
from terminal import spoken


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (
            "34 in, 39 out · first token 1.01 s · ≈19 tok/s · $0",
            "34 in, 39 out, first token 1.01 s, about 19 tokens a second, $0",
        ),
        ("temperature 1.0 → 0.2", "temperature 1.0 to 0.2"),
        ("turns 3–5 …", "turns 3 to 5 ..."),
        ("a-b/c", "a-b/c"),
    ],
)
def test_signs_become_words(shown: str, said: str) -> None:
    """A reader skips a dot in the middle, or calls it by a name that says nothing."""
    assert spoken.worded(shown) == said


@given(st.text(alphabet="ab ·→≈…×", max_size=20))
def test_no_sign_is_left(text: str) -> None:
    """Whatever the order of the signs."""
    assert not set("·→≈…×") & set(spoken.worded(text))


def test_a_row_is_a_sentence() -> None:
    """Names stand before values, what is empty is left out, and what is marked is said to be."""
    table = (*columns("turn"), TableColumn("tokens", right=True), *columns("answer"))
    rows = [("1", Approximate(12), [("so ", False), ("be", True)]), ("2", None, "")]
    assert list(spoken.records(table, rows)) == ["1; tokens about 12; answer so [be]", "2"]
    assert list(spoken.records(table, [])) == ["no rows"]


def test_a_chart_is_its_values() -> None:
    """Each value of what goes across has its measure, of each series; what is not known is said."""
    chart = Chart("tokens", "temperature", ("0", "1"), (("seed=1", (1.0, None)), ("seed=2", (0.25, 3.0))))
    assert list(spoken.values(chart)) == [
        "tokens, by temperature:",
        "temperature 0: seed=1 1, seed=2 0.25",
        "temperature 1: seed=1 unknown, seed=2 3",
    ]


def test_a_tree_says_how_deep_it_is() -> None:
    """The lines of the drawing are left out."""
    drawing = "  1  hello · yes\n├─  2  again\n│ ├─● 3  more"
    assert spoken.tree(drawing).split("\n") == [
        "1  hello, yes",
        "branch, level 1: 2  again",
        "branch, level 2: you are here: 3  more",
    ]
