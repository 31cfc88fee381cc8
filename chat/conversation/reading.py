"""Turn an answer's bytes into events, in one way for live and for recorded bytes.

It raises nothing that a server could cause: what is no answer is the event `Failed`. How the failure
is worded is the caller's to say, who knows which endpoint answered. Whether an answer is a stream of
events, is seen by its first bytes: labels lie.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, Protocol

from ..base.dataclass import dataclass
from ..base.errors import RequestFailed
from ..base.short import several
from . import bounds, complaint, sse
from .chunks import Reader
from .complaint import Complaint
from .events import Event, Failed, Notice
from .wire import Exchange

_DONE = "[DONE]"


class Wording(Protocol):
    """Makes errors of bytes that are no answer."""

    def reported(self, said: Complaint, begun: bool) -> RequestFailed:
        """Word an error that the server reports; `begun`: something of the answer came before it."""

    def no_answer(self, what: str, words: str = "") -> RequestFailed:
        """Make the error for something that is not an answer, with what it says."""

    def cut_off(self) -> RequestFailed:
        """Word that the answer ended without saying so."""

    def too_large(self, error: bounds.TooLarge) -> RequestFailed:
        """Word that more came than is taken in."""


def answer(pieces: Iterator[bytes], label: str, wording: Wording) -> Iterator[Event]:
    """Read an answer. `label` is its content type, which decides where the bytes do not."""
    try:
        begin, pieces = _beginning(_limited(pieces))
        if sse.is_stream(begin, label):
            yield from _streamed(sse.events(pieces), wording)
        else:
            yield from _whole(_joined(pieces), wording)
    except bounds.TooLarge as error:
        yield Failed(wording.too_large(error))


def recorded(exchange: Exchange, failure: RequestFailed) -> Iterator[Event]:
    """Read an answer from its kept bytes, whole or not. `failure` is told of it if it is no answer."""
    data = (raw for _, raw in exchange.decoded())
    return answer(data, exchange.header("content-type"), _Same(failure))


@dataclass(frozen=True)
class _Same:
    """Makes the same error of everything."""

    failure: RequestFailed

    def reported(self, said: Complaint, begun: bool) -> RequestFailed:
        return self.failure

    def no_answer(self, what: str, words: str = "") -> RequestFailed:
        return self.failure

    def cut_off(self) -> RequestFailed:
        return self.failure

    def too_large(self, error: bounds.TooLarge) -> RequestFailed:
        return self.failure


def _beginning(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return enough of the first bytes to tell what this is, and all pieces again."""
    taken: list[bytes] = []
    begin = b""
    for piece in pieces:
        taken.append(piece)
        begin = (begin + piece[:1024]).lstrip(sse.BLANK)
        if len(begin) >= sse.TELLING:
            break
    return begin, chain(taken, pieces)


def _limited(pieces: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > bounds.ANSWER:
            raise bounds.TooLarge("the answer", bounds.ANSWER)
        yield piece


def _joined(pieces: Iterator[bytes]) -> bytes:
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > bounds.WHOLE:
            raise bounds.TooLarge("the answer", bounds.WHOLE)
    return bytes(data)


def _streamed(source: Iterator[sse.ServerEvent], wording: Wording) -> Iterator[Event]:
    """Read a stream. `[DONE]` ends it, and so does the stream itself once a choice has finished; else
    it was cut off. Chunks that can't be read are left out and told of once."""
    reader = Reader()
    bad: list[str] = []
    done = other = False
    try:
        for _, kind, data in source:
            for chunk in _chunks(data, kind, bad):
                if chunk == _DONE:
                    done = True
                    break
                if not kind and isinstance(chunk, dict) and (text := reader.text_of(chunk)) is not None:
                    yield from text
                    continue
                error = chunk if kind == "error" else complaint.found(chunk)
                if isinstance(chunk, dict):
                    other |= bool(chunk) and kind != "ping"
                    yield from reader.read(chunk)
                if error is not None:
                    yield from reader.flush()
                    yield Failed(wording.reported(complaint.of(error), reader.begun))
                    return
            if done:
                break
    except GeneratorExit:
        raise
    except Exception:  # of the connection, which the caller words
        yield from reader.end()
        raise
    finished = reader.finished
    yield from reader.end()
    if not reader.begun and not reader.known and (bad or other):
        yield Failed(wording.no_answer("events without choices", complaint.short(bad[0]) if bad else ""))
        return
    if bad:
        were = "was" if len(bad) == 1 else "were"
        yield Notice(f"{several(len(bad), 'piece')} of the answer could not be read and {were} left out")
    if not finished and not done:
        yield Failed(wording.cut_off())


def _chunks(data: str, kind: str, bad: list[str]) -> Iterator[Any]:
    """Yield the chunks in an event's data: objects, and `[DONE]`. What can't be read goes to `bad`. Servers
    that leave out the blank line between events give several in one, a line each."""
    if not data.strip():
        return
    try:
        found = [_DONE] if data.strip() == _DONE else bounds.loads(data)
    except ValueError:
        if kind == "error":
            yield data
        elif "\n" in data:
            for line in data.split("\n"):
                yield from _chunks(line, kind, bad)
        else:
            bad.append(data[:1000])
        return
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, dict) or each == _DONE or (kind == "error" and each is not None):
            yield each
        elif each is not None:
            bad.append(str(each)[:1000])


def _whole(data: bytes, wording: Wording) -> Iterator[Event]:
    """Read an answer that came in one piece, or in lines of JSON without the form of a stream."""
    begin = data.lstrip(sse.BLANK)
    try:
        found = bounds.loads(data.lstrip(b"\xef\xbb\xbf"))
    except ValueError:
        if begin[:1] == b"{" and len(begin.splitlines()) > 1:
            lines = (
                sse.ServerEvent(line, "", line.decode("utf-8", "replace")) for line in begin.splitlines()
            )
            yield from _streamed(lines, wording)
        elif begin[:1] == b"<":
            yield Failed(wording.no_answer("a web page", complaint.title(begin)))
        else:
            words = complaint.short(begin[:2000].decode("utf-8", "replace"))
            yield Failed(wording.no_answer("no JSON" if begin else "nothing", words))
        return
    reader = Reader(whole=True)
    for chunk in found if isinstance(found, list) else [found]:
        if isinstance(chunk, dict):
            yield from reader.read(chunk)
    error = complaint.found(found)
    if error is not None:
        yield from reader.flush()
        yield Failed(wording.reported(complaint.of(error), reader.begun))
    elif not reader.known:
        what = "JSON without choices" if isinstance(found, dict | list) else "no JSON object"
        yield Failed(wording.no_answer(what, complaint.of(found).text))
    else:
        yield from reader.end()
