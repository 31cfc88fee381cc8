"""Tables as values: what is shown of a cell, which columns stay, and what a file holds of them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.tables import (
    Approximate,
    TableColumn,
    TableRow,
    Value,
    as_csv,
    columns,
    counted,
    filled,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.lists(st.tuples(TEXTS, NUMBERS, st.none() | NUMBERS.map(Approximate)), max_size=4)
HEADS = columns("text", "number", "estimate")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0, "0.00"),
        (1.234, "1.23"),
        (Approximate(2), "≈2.00"),
        ("as it is", "as it is"),
        ([("a", True)], [("a", True)]),
    ],
)
def test_a_column_says_how_a_number_reads(value: Value, shown: object) -> None:
    """Numbers go through its format, 0 too; an estimate is marked; texts and pieces stay."""
    assert TableColumn("x", number="{:.2f}".format).cell(value) == shown


def test_a_number_is_marked_where_it_was_counted_here() -> None:
    """What a server reports is the number itself."""
    assert (counted(3, True), counted(3, False)) == (Approximate(3), 3)


def test_columns_that_say_nothing_are_left_out() -> None:
    """Nothing and "" say nothing, 0 does; a column of a name that is not wanted goes as well."""
    rows: list[TableRow] = [(None, 0, "", "x"), ("", 0, None, "y")]
    kept, left = filled(columns("a", "b", "c", "d"), rows, but=("d",))
    assert ([column.name for column in kept], left) == (["b"], [[0], [0]])


@given(ROWS)
def test_a_spreadsheet_has_numbers_as_numbers(rows: list[TableRow]) -> None:
    """Each number reads back as it was, each text too, but for the apostrophe before a formula."""
    heads, *found = csv.reader(io.StringIO(as_csv(HEADS, rows), newline=""))
    assert heads == ["text", "number", "estimate"]
    for row, (text, number, estimate) in zip(rows, found, strict=True):
        assert text in (row[0], f"'{row[0]}")
        assert json.loads(number) == row[1]
        assert (json.loads(estimate) if estimate else None) == (
            row[2].number if isinstance(row[2], Approximate) else None
        )


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "@x", "-x", "\tx", "\rx"])
def test_no_text_begins_a_formula(text: str) -> None:
    """Neither in a cell nor in a head; a number that is a text, and a list's item, stay."""
    assert f'"\'{text}"' in as_csv(columns(text), [])
    assert (
        as_csv(columns("a"), [(text,), ("-1.5",), ("- item",)]).split("\n", 1)[1]
        == f'"\'{text}"\n"-1.5"\n"- item"\n'
    )
