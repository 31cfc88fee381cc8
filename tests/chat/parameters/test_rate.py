"""Ceilings of a long run, from a profile and from the line of a command."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadValue
from chat.parameters.rate import Rate, read_rate
from tests.support.examples import times


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("requests=500/min,at_once=64", Rate(500, None, 64)),
        (" tokens = 200k/min ", Rate(None, 200_000, None)),
        ("tokens=1.5M/h", Rate(None, 25_000, None)),
        ("requests=10/s,", Rate(600, None, None)),
        ("", Rate()),
        ({"requests": "500/min", "tokens": "200K / min", "at_once": 64}, Rate(500, 200_000, 64)),
        ({"tokens": "200_000/min"}, Rate(None, 200_000, None)),
        ({"at_once": "8", "requests": None}, Rate(None, None, 8)),
        ({}, Rate()),
    ],
)
def test_ceilings_are_read(written: object, rate: Rate) -> None:
    """Requests and tokens come a second, a minute or an hour, in thousands or millions; none has to be there."""
    assert read_rate(written) == rate


@pytest.mark.parametrize(
    ("written", "said", "way_out"),
    [
        ("requests=500", "500 is not a number of requests a time", "500/min"),
        ("requests=0/min", "0/min is not a number of requests a time", "leave it out for no ceiling"),
        ("tokens=-1/min", "-1/min is not a number of tokens a time", "200k/min"),
        ("tokens=1G/min", "1G/min is not", "1.5M/h"),
        ("requests=5/day", "5/day is not", "500/min"),
        ("at_once=0", "0 is not a number of requests at once", "a whole number from 1"),
        ("at_once=4.5", "4.5 is not a number of requests at once", "at_once=64"),
        ({"at_once": True}, "True is not a number of requests at once", "at_once=64"),
        ({"at_once": [4]}, "[4] is not a number of requests at once", "at_once=64"),
        ("at once=4", "not at once", "at_once=64"),
        ({"speed": "5/s"}, "not speed", "requests=500/min"),
        ("500/min", "500/min is not a ceiling", "requests=500/min"),
        ("requests=5/s,requests=6/s", "requests is there twice: 5/s and 6/s", "leave one of them out"),
        (500, "500 is not a rate", "requests=500/min"),
    ],
)
def test_what_is_no_ceiling_is_refused(written: object, said: str, way_out: str) -> None:
    """The message names the value and the rule, and its hint the way out."""
    with pytest.raises(BadValue) as caught:
        read_rate(written)
    assert said in caught.value.message
    assert way_out in caught.value.hint


@times(4)
@given(
    st.floats(0.001, 1e6).map(lambda number: f"{number:.3f}").filter(lambda text: float(text) > 0),
    st.sampled_from(["", "k", "K", "M"]),
    st.sampled_from([("s", 60), ("min", 1), ("h", 1 / 60)]),
    st.integers(1, 999_999),
)
def test_any_number_is_read_as_written(
    number: str, scale: str, unit: tuple[str, float], at_once: int
) -> None:
    """A line and a mapping say the same, and both what the numbers mean."""
    speed = f"{number}{scale}/{unit[0]}"
    found = read_rate(f"tokens={speed},at_once={at_once}")
    assert found == read_rate({"tokens": speed, "at_once": at_once})
    factor = {"": 1, "k": 1000, "m": 1_000_000}[scale.lower()]
    assert found.tokens == pytest.approx(float(number) * factor * unit[1])
    assert found.at_once == at_once


@times(4)
@given(
    st.one_of(
        st.text(),
        st.dictionaries(st.sampled_from(["requests", "tokens", "at_once"]), st.text() | st.floats()),
    )
)
def test_anything_else_is_refused_in_a_sentence(written: object) -> None:
    """Whatever is written, it is a rate whose numbers are over nothing, or a BadValue."""
    with contextlib.suppress(BadValue):
        rate = read_rate(written)
        assert all(each is None or each > 0 for each in (rate.requests, rate.tokens, rate.at_once))
