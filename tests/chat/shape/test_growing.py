"""JSON while it comes: laid out the same whatever the chunks are, and nothing of a text is lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.shape.growing import DEEPEST, Growing, stopped

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
#: Texts near JSON, so that they break anywhere.
NEARLY = st.text('{}[]",:\\ \n01.e-trufalsn`x\u00e9', max_size=40)


def grown(text: str, cuts: list[int] | None = None) -> tuple[Growing, str]:
    growing = Growing()
    places = sorted(cut % (len(text) + 1) for cut in cuts or [])
    out = "".join(growing.feed(text[a:b]) for a, b in zip([0, *places], [*places, len(text)], strict=True))
    growing.close()
    return growing, out


@given(VALUES, st.lists(st.integers(0, 10_000), max_size=8), st.booleans())
def test_it_is_laid_out_as_python_does_it(value: object, cuts: list[int], ascii_only: bool) -> None:
    """In whatever pieces it comes, the whole is what json.dumps gives with an indent."""
    growing, out = grown(json.dumps(value, ensure_ascii=ascii_only), cuts)
    assert growing.whole
    assert out == json.dumps(value, ensure_ascii=ascii_only, indent=2)


@given(NEARLY, st.lists(st.integers(0, 100), max_size=5))
def test_nothing_is_lost_but_blanks(text: str, cuts: list[int]) -> None:
    """What is no JSON, or stops being it, is there all the same, and the chunks make no difference."""
    growing, out = grown(text, cuts)
    assert "".join(out.split()) == "".join(text.split())
    assert (growing.whole, growing.broken, out) == (
        (again := grown(text))[0].whole,
        again[0].broken,
        again[1],
    )


@given(NEARLY | VALUES.map(json.dumps))
def test_it_is_whole_where_python_reads_it(text: str) -> None:
    """It agrees with the strict reader on what is JSON."""

    def constant(name: str) -> float:
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=constant)
        sound = True
    except ValueError:
        sound = False
    assert grown(text)[0].whole == sound


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"items":[{"name":"x"},{"name": 12', "/items/1/name"),
        ('{"items":[{"name":"x"},{"na', "/items/1"),
        ('{"a/b": {"c~d": "half', "/a~1b/c~0d"),
        ("[1, 2, ", "/2"),
        ("{", ""),
        ('{"a": 1}', None),
        ("no", None),
        ("", None),
    ],
)
def test_where_it_stops_is_told(text: str, place: str | None) -> None:
    """A text that is cut off says in what; one that is whole, or no JSON, says nothing."""
    assert stopped(text) == place


def test_depth_has_an_end() -> None:
    """A hundred thousand brackets are taken as text, and don't grow with the square."""
    growing, out = grown("[" * 100_000)
    assert growing.broken
    assert len(out) < 100_000 + DEEPEST * 100


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", '{"a": 1}{"b": 2}', "[01]", '["\\x"]', "'a'", '["a\nb"]']
)
def test_what_is_nearly_json_is_none(text: str) -> None:
    """Constants of other languages, two values, and single quotes are no JSON."""
    growing, _ = grown(text)
    assert not growing.whole and growing.broken
