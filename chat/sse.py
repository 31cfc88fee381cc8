"""Server-sent events from bytes: the little of the standard that this API needs.

Source: the WHATWG HTML standard, section 9.2 (Server-sent events). Lines end with CR, LF or
CRLF and with nothing else; a byte order mark may come first; what is not UTF-8 becomes U+FFFD;
comments and empty events are skipped. Unlike the standard, an event that the end of the stream
cuts off before its blank line still counts: its data may be whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")
_BOM = b"\xef\xbb\xbf"


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """The lines of a byte stream, however it is cut; the last may lack its end."""
    held: list[bytes] = []
    first = True
    for chunk in chunks:
        if not chunk:
            continue
        # Joined only when a line ends, so that one long line costs its length and no more.
        if held and held[-1].endswith(b"\r"):
            chunk = held.pop() + chunk
        if b"\n" not in chunk and b"\r" not in chunk:
            held.append(chunk)
            continue
        parts = _LINE_END.split(chunk)
        parts[0] = b"".join(held) + parts[0]
        held = [parts.pop()]
        for line in parts:
            yield _decoded(line, first)
            first = False
    rest = b"".join(held)
    if rest:
        yield _decoded(rest.removesuffix(b"\r"), first)


def _decoded(line: bytes, first: bool) -> str:
    return (line.removeprefix(_BOM) if first else line).decode("utf-8", "replace")


def events(chunks: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """(event type, data) of each event that has data; the type is "" where none is named."""
    kind = ""
    data: list[str] = []
    for line in lines(chunks):
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                data.append(value)
            elif name == "event":
                kind = value
            continue
        if any(data):
            yield kind, "\n".join(data)
        kind, data = "", []
    if any(data):
        yield kind, "\n".join(data)
