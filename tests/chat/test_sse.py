"""Server-sent events from bytes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.sse import events, lines


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The bytes in pieces, cut at these places."""
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in pairwise(edges)]


wire = st.lists(
    st.sampled_from(
        [
            b"data: a",
            b"data:b",
            b":c",
            b"event: x",
            b"\n",
            b"\r\n",
            b"\r",
            b"\n\n",
            b"\xff",
            "é☃".encode(),
            b"",
        ]
    )
).map(b"".join)


@given(wire, st.lists(st.integers(0, 300)))
def test_cuts_change_nothing(data: bytes, places: list[int]) -> None:
    """However the bytes arrive, the events are the same."""
    assert list(events(cut(data, places))) == list(events([data]))


@given(st.lists(st.binary()))
def test_no_bytes_raise(chunks: list[bytes]) -> None:
    """Whatever arrives becomes events or nothing."""
    assert all(isinstance(data, str) for _, data in events(chunks))


@given(wire)
def test_lines_end_as_the_standard_says(data: bytes) -> None:
    """CR, LF and CRLF end a line; nothing else does."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    expected = text.split("\n")
    expected = expected[:-1] if expected[-1] == "" else expected
    assert list(lines([data])) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"data: a\n\n", [("", "a")]),
        (b"data:a\r\n\r\n", [("", "a")]),
        (b"data: a\ndata: b\n\n", [("", "a\nb")]),
        (b"event: error\ndata: x\n\n", [("error", "x")]),
        (b"data:\n\n", []),
        (b": remark\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", [("", "a")]),
        (b"data: last", [("", "last")]),
        ("data: a\u2028b\x0bc\x85d\n\n".encode(), [("", "a\u2028b\x0bc\x85d")]),
        (b"data: \xff\n\n", [("", "\ufffd")]),
        (b"retry: 5\nid: 7\ndata: a\n\n", [("", "a")]),
        (b"event: x\n\ndata: a\n\n", [("", "a")]),
        (b"event: x\ndata: a\n\ndata: b\n\n", [("x", "a"), ("", "b")]),
        (b"event: x\nevent: y\ndata: a", [("y", "a")]),
        (b"data: a\ndata: b", [("", "a\nb")]),
        (b"data\ndata: a\ndata\n\n", [("", "\na\n")]),
        (b"data:  a: b \n\n", [("", " a: b ")]),
        (b"Data: a\nxdata: b\ndata: c\n\n", [("", "c")]),
        (b"event: x", []),
        (b"data: a\r", [("", "a")]),
        (b"data: a\r\rdata: b\r\r", [("", "a"), ("", "b")]),
        (b"data: a\n\n\xef\xbb\xbfdata: b\n\ndata: c\n\n", [("", "a"), ("", "c")]),
        (b"\xef\xbb\xbfdata: a", [("", "a")]),
        (b"", []),
    ],
)
def test_events(data: bytes, expected: list[tuple[str, str]]) -> None:
    """Names, values, remarks, marks and ends."""
    assert list(events([data])) == expected


def test_pieces_may_be_empty() -> None:
    """A piece without a byte in it ends nothing, neither a line nor the stream."""
    assert list(lines([b"", b"one\r", b"", b"\ntwo", b"", b"!\n", b""])) == ["one", "two!"]


def test_a_long_line_costs_its_length() -> None:
    """A line of ten million bytes in ten thousand pieces is put together once."""
    pieces = [b"data: "] + [b"x" * 1000] * 10_000 + [b"\n\n"]
    assert len(next(events(pieces))[1]) == 10_000_000
