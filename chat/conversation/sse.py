"""Server-sent events from bytes: the little of the standard that this API needs.

Source: the WHATWG HTML standard, section 9.2 (Server-sent events). Lines end with CR, LF or
CRLF and with nothing else; a byte order mark may come first; what is not UTF-8 becomes U+FFFD.
Unlike the standard, an event that the end of the stream cuts off before its blank line still
counts: its data may be whole; and a line that begins with an object is data without its name, as
some servers send an error in mid-stream. Events without data (comments, `retry`) are given too, since
they are bytes that came; who reads an answer passes over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from . import bounds

_BOM = b"\xef\xbb\xbf"
#: What may stand before the first line, and how many bytes after it tell what comes.
BLANK = b" \t\r\n" + _BOM
TELLING = 6
_FIELDS = (b"data", b"event", b"id", b"retry", b"")


def is_stream(begin: bytes, label: str) -> bool:
    """Tell whether a body is a stream of events, by its first bytes, or else by its label: labels lie."""
    begin = begin.lstrip(BLANK)[:TELLING]
    if begin[:1] in (b"{", b"[", b"<", b'"'):
        return False
    name, colon, _ = begin.partition(b":")
    return (bool(colon) and name in _FIELDS) or "text/event-stream" in label.lower()


class ServerEvent(NamedTuple):
    """One event: its bytes with the blank line that ends it, its type ("" where none is named), and
    its data, the lines joined."""

    raw: bytes
    kind: str
    data: str


class Decoder:
    """Decode a stream that comes in pieces, however it is cut. Costs the length of what is fed.

    Raises TooLarge where one event is larger than `bounds.EVENT`, or has more than `bounds.LINES`.
    """

    def __init__(self) -> None:
        self._line: list[bytes] = []  # of the line that has not ended: joined once it has
        self._raw: list[bytes] = []
        self._kind = ""
        self._data: list[str] = []
        self._begun = False  # whether the event has a line that is not blank
        self._first = True
        self._size = self._open = 0  # bytes of the event's lines, and of the line that has not ended
        self._bare = False  # whether the event has data without its name

    def feed(self, piece: bytes) -> Iterator[ServerEvent]:
        """Take the next bytes; give the events that they complete."""
        if not piece:
            return
        if self._line and self._line[-1].endswith(b"\r"):  # its LF may be in this piece
            piece = self._line.pop() + piece
        lines = piece.splitlines(keepends=True)  # of bytes: at CR, LF and CRLF alone
        last = lines.pop() if not lines[-1].endswith(b"\n") else b""
        if lines and self._line:
            lines[0] = b"".join((*self._line, lines[0]))
            self._line.clear()
        for line in lines:
            if event := self._take(line):
                yield event
        if last:
            self._line.append(last)
            self._open += len(last)
            self._check()

    def end(self) -> Iterator[ServerEvent]:
        """Return the event that the end of the stream left unfinished, if any."""
        line, self._line = b"".join(self._line), []
        if line and (event := self._take(line)):
            yield event
        if self._raw:
            yield self._event()

    def _take(self, line: bytes) -> ServerEvent | None:
        """Add a line, its end included; give the event where it is the blank line that ends one."""
        self._raw.append(line)
        self._size, self._open = self._size + len(line), 0
        self._check()
        content = line.rstrip(b"\r\n")
        if self._first:
            content, self._first = content.removeprefix(_BOM), False
        if not content:
            return self._event() if self._begun else None
        self._begun = True
        name, _, value = content.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" ").decode("utf-8", "replace"))
        elif name == b"event":
            self._kind = value.removeprefix(b" ").decode("utf-8", "replace")
        elif self._bare or content[:1] == b"{":
            self._bare = True
            self._data.append(content.decode("utf-8", "replace"))
        return None

    def _check(self) -> None:
        if self._size + self._open > bounds.EVENT:
            raise bounds.TooLarge("one event of the answer", bounds.EVENT)
        if len(self._raw) > bounds.LINES:
            raise bounds.TooLarge("one event of the answer", bounds.LINES, "lines")

    def _event(self) -> ServerEvent:
        event = ServerEvent(b"".join(self._raw), self._kind, "\n".join(self._data) if any(self._data) else "")
        self._raw, self._kind, self._data, self._begun, self._bare, self._size = [], "", [], False, False, 0
        return event


def events(pieces: Iterable[bytes]) -> Iterator[ServerEvent]:
    """Decode a whole stream."""
    decoder = Decoder()
    for piece in pieces:
        yield from decoder.feed(piece)
    yield from decoder.end()
