"""Server-sent events from bytes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.sse import ServerEvent, events


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


@given(wire | st.binary(), st.lists(st.integers(0, 300)))
def test_no_byte_is_lost(data: bytes, places: list[int]) -> None:
    """Whatever arrives, the bytes of all events together are what came."""
    assert b"".join(event.raw for event in events(cut(data, places))) == data


@given(wire)
def test_events_are_the_standards(data: bytes) -> None:
    """CR, LF and CRLF end a line, nothing else does; a blank line ends an event."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    expected = []
    for block in text.split("\n\n"):
        values = [line[5:].removeprefix(" ") for line in block.split("\n") if line.startswith("data:")]
        expected += ["\n".join(values)] if any(values) else []
    assert [event.data for event in events([data]) if event.data] == expected


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
    assert [(event.kind, event.data) for event in events([data]) if event.data] == expected


def test_events_without_data_are_bytes_that_came() -> None:
    """Comments and retry are given with their bytes; blank lines belong to what follows them."""
    assert list(events([b": ping\n\n\n\ndata: a\r\n\r\n\n"])) == [
        ServerEvent(b": ping\n\n", "", ""),
        ServerEvent(b"\n\ndata: a\r\n\r\n", "", "a"),
        ServerEvent(b"\n", "", ""),
    ]


def test_pieces_may_be_empty() -> None:
    """A piece without a byte in it ends nothing, neither a line nor the stream."""
    pieces = [b"", b"data: one\r", b"", b"\ndata: two", b"", b"!\n", b"", b"\n", b""]
    assert [event.data for event in events(pieces)] == ["one\ntwo!"]


def test_a_long_line_costs_its_length() -> None:
    """A line of ten million bytes in ten thousand pieces is put together once."""
    pieces = [b"data: "] + [b"x" * 1000] * 10_000 + [b"\n\n"]
    assert len(next(events(pieces)).data) == 10_000_000


def test_a_long_event_costs_its_length() -> None:
    """So is an event of a hundred thousand lines that come one by one."""
    (event,) = events([b"data: x\n"] * 100_000 + [b"\n"])
    assert len(event.data) == 199_999
