"""A sweep as it is typed: every value checked, ranges exact, and what is written reads the same."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chat.base import escapes
from chat.base.errors import BadInput
from chat.lab import grid as grids
from chat.parameters.kinds import Flag, Number, OneOf, Text
from chat.parameters.structured import Anything
from chat.parameters.table import ALL, BY_NAME, named


def values(text: str) -> tuple[object, ...]:
    (axis,) = grids.read(text).axes
    return axis.values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("temperature 0..1.5/0.25", (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)),
        ("temperature 0..0.5/0.1", (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)),
        ("temperature=0..1/.3", (0.0, 0.3, 0.6, 0.9)),
        ("temp 1..0/0.5", (1.0, 0.5, 0.0)),
        ("temperature 0, 0.5 ,1", (0.0, 0.5, 1.0)),
        ("temperature = 0,1", (0.0, 1.0)),
        ("temperature 0,1..2/0.5", (0.0, 1.0, 1.5, 2.0)),
        ("frequency_penalty -2..2/2", (-2.0, 0.0, 2.0)),
        ("seed 1..4", (1, 2, 3, 4)),
        ("seed 7..1/3", (7, 4, 1)),
        ("max_tokens 10..40/10", (10, 20, 30, 40)),
        ("top_p unset,0.5", (None, 0.5)),
        ("reasoning_effort low,high", ("low", "high")),
        ("logprobs true,false", (True, False)),
        ("model a,b", ("a", "b")),
        ("extra.tfs_z 0.05..0.2/0.05", (0.05, 0.1, 0.15, 0.2)),
        ("extra.mode greedy,2,true", ("greedy", 2, True)),
        ("extra.x true,1", (True, 1)),
        ('system unset,"Be terse, please.",\'"so"\'', (None, "Be terse, please.", '"so"')),
        ('system "unset"', ("unset",)),
        (r'stop "\n",END', (("\n",), ("END",))),
    ],
)
def test_values(text: str, expected: tuple[object, ...]) -> None:
    """Values, lists and ranges of each kind; what is in quotes is a text, `unset` is not sent."""
    assert values(text) == expected
    assert [type(each) for each in values(text)] == [type(each) for each in expected]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a sweep wants a parameter and its values"),
        ("temperature", "temperature misses its values"),
        ("temperature=", "temperature misses its values"),
        ("temprature 1", "did you mean temperature"),
        ("temperature 0..3/1", "3.0 is not a number from 0 to 2"),
        ("temperature 0,hot", "temperature: hot is not a number"),
        ("temperature 0..1", "has no step"),
        ("temperature 0..1/0", "is not above 0"),
        ("temperature 0..1/-0.5", "is not above 0"),
        ("temperature 0..x/1", "is not a range"),
        ("temperature 0..1..2", "is not a range"),
        ("temperature 0,,1", "a comma with no value beside it"),
        ("temperature 0,1,", "a comma with no value beside it"),
        ("temperature ,0", "a comma stands between two values"),
        ("temperature 1,1.0", "temperature has 1 twice"),
        ("seed 1..3/0.5", "1.5 is not a whole number"),
        ("seed 0..99999998", "99,999,999 values; a sweep has at most 500 requests"),
        ("temperature 0..2/0.1 x30", "that makes 630 requests"),
        ("temperature 1 x0", "0 is not how often to ask"),
        ("temperature 1 times=often", "often is not how often to ask"),
        ("temperature 1 top_p 1 seed 1", "seed is the third"),
        ("temperature 1 temp=2", "temperature is there twice"),
        ("tools []", "tools has no single values"),
        ("logit_bias 1=5", "logit_bias has no single values"),
        ("base_url http://x", "base_url is no part of a request"),
        ("plain true", "no parameter plain"),
        ('system "open', "is not closed"),
        ("extra.x {a:1}", "is no single value"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    """What can't be read is refused with what is wrong, before anything is sent."""
    with pytest.raises(BadInput, match=message):
        grids.read(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("temperature 0 1", "commas stand between values: temperature 0,1"),
        ("temperature 0-1/0.5", "a range is written 0..1/0.25"),
        ("temperature 0:1:0.5", "a range is written 0..1/0.25"),
        ("seed 1-5", "a range is written 1..5, or 10..50/10"),
    ],
)
def test_what_is_written_as_elsewhere_is_told_how_it_is_written_here(text: str, hint: str) -> None:
    """Lists with blanks and ranges of other programs are the likeliest slips."""
    with pytest.raises(BadInput) as raised:
        grids.read(text)
    assert raised.value.hint == hint


def test_a_system_message_comes_from_a_file() -> None:
    """@file is read where somebody can read it; elsewhere it is a text like another."""
    (axis,) = grids.read("system unset,@a.txt", lambda name: f"<{name}>").axes
    assert axis.values == (None, "<a.txt>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("temperature 0,1 -- What -- is it?", ("temperature 0,1", "What -- is it?")),
        ("temperature 0,1 --", ("temperature 0,1", "")),
        ("temperature 0,1", ("temperature 0,1", None)),
        ('system "a -- b",c -- d\ne', ('system "a -- b",c', "d\ne")),
        ("-- only", ("", "only")),
    ],
)
def test_the_message_stands_behind_two_dashes(text: str, expected: tuple[str, str | None]) -> None:
    """The first word that is two dashes parts the grid from the message, but in quotes it is text."""
    assert grids.split(text) == expected


def test_cells_are_every_combination() -> None:
    """The first parameter changes slowest, and what is repeated stands beside each other."""
    grid = grids.read("temperature 0,1 seed=1,2 x2")
    assert len(grid) == 8
    assert [cell.label for cell in grid.cells()] == [
        *("temperature=0 seed=1 #1", "temperature=0 seed=1 #2", "temperature=0 seed=2 #1"),
        *("temperature=0 seed=2 #2", "temperature=1 seed=1 #1", "temperature=1 seed=1 #2"),
        *("temperature=1 seed=2 #1", "temperature=1 seed=2 #2"),
    ]
    assert grid.cells()[2].values == {"temperature": 0.0, "seed": 2}


# ---- laws

_decimals = st.decimals(-2, 2, places=3, allow_nan=False)


@given(_decimals, _decimals, st.decimals("0.01", "1", places=3))
def test_ranges_are_exact(first: Decimal, last: Decimal, step: Decimal) -> None:
    """Each value is the decimal that a person would have written, from the first on, within the bounds."""
    count = int(abs(Fraction(last) - Fraction(first)) // Fraction(step)) + 1
    assume(count <= grids.MOST)
    found = values(f"presence_penalty {first}..{last}/{step}")
    assert len(found) == count
    sign = 1 if last >= first else -1
    for place, value in enumerate(found):
        assert value == float(Decimal(first) + sign * place * step)
        assert min(first, last) <= Decimal(str(value)) <= max(first, last)


def _written(name: str) -> st.SearchStrategy[str]:
    kind = named(name).kind
    if isinstance(kind, OneOf | Flag):
        return st.sampled_from(kind.suggest())
    if isinstance(kind, Number):
        low, high = kind.low if kind.low is not None else -999, kind.high if kind.high is not None else 999
        if kind.whole:
            return st.integers(int(max(low, -999)), int(min(high, 999))).map(str)
        return st.decimals(str(low), str(high), places=2).map(str)
    if isinstance(kind, Text) and kind.pattern:
        return st.text("ab.-", min_size=1, max_size=5)
    texts = st.text(min_size=1, max_size=8).map(lambda text: text.encode("utf-8", "replace").decode())
    return texts.map(escapes.quote).map(lambda text: text if text[0] == '"' else f'"{text}"')


@st.composite
def sweeps(draw: st.DrawFn) -> str:
    swept = [each.name for each in ALL if grids.sweepable(each)] + ["extra.tfs_z"]
    names = draw(st.lists(st.sampled_from(swept), min_size=1, max_size=2, unique=True))
    words = []
    for name in names:
        items = draw(st.lists(_written(name), min_size=1, max_size=4))
        comma = draw(st.sampled_from([",", ", ", " ,"]))
        words.append(f"{name}{draw(st.sampled_from([' ', '=']))}{comma.join(items)}")
    words += draw(st.sampled_from([[], ["x1"], ["x3"], ["times=2"]]))
    return draw(st.sampled_from([" ", "  "])).join(words)


@given(sweeps())
def test_what_is_written_reads_the_same(text: str) -> None:
    """A grid, written and read again, is the same grid; its cells are as many as it says, and each value is one
    that its kind takes."""
    try:
        grid = grids.read(text)
    except BadInput as error:
        if "twice" not in error.message:
            raise
        assume(False)  # a list that happens to have a value two times
        return
    again = grids.read(str(grid))
    assert (again.axes, again.times) == (grid.axes, grid.times)
    cells = grid.cells()
    assert len(cells) == len(grid)
    assert len({cell.label for cell in cells}) == len(cells) or any(
        not isinstance(named(axis.name).kind, Number | OneOf | Flag) for axis in grid.axes
    )
    for axis in grid.axes:
        for value in axis.values:
            assert value is None or named(axis.name).kind.check(value) == value


@given(st.text(max_size=60) | st.text(st.sampled_from("temperature 0.1,/=\"'x-\\n"), max_size=60))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    """Nothing but a sentence comes of what is no grids."""
    typed, _ = grids.split(text)
    with contextlib.suppress(BadInput):
        assert 1 <= len(grids.read(typed)) <= grids.MOST


@pytest.mark.parametrize(
    "parameter", [each for each in ALL if grids.sweepable(each)], ids=lambda each: each.name
)
def test_examples_can_be_swept(parameter) -> None:  # type: ignore[no-untyped-def]
    """What is suggested for a parameter, and the example of its refusal, are sweeps."""
    for text in grids.suggested(parameter):
        assert grids.read(f"{parameter.name} {text}")
    assert grids.read(grids.example(parameter))


def test_parameters_of_no_request_are_not_swept() -> None:
    """Endpoints, keys and structures are not; the system message and fields of other servers are."""
    assert not any(
        grids.sweepable(BY_NAME[name]) for name in ("base_url", "headers", "tools", "bias", "timeout")
    )
    assert grids.sweepable(BY_NAME["system"])
    assert isinstance(named("extra.tfs_z").kind, Anything)
    assert grids.sweepable(named("extra.tfs_z"))
