"""/wire: the exact request of a turn and what came back, as they were on the connection."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

from chat.base.dataclass import dataclass
from chat.base.errors import BadInput, TemperaError
from chat.base.indent import indented
from chat.base.short import several
from chat.conversation import wire as wires
from chat.conversation.wire import Arrived, Exchange, Headers
from chat.session.state import Session
from chat.transfer.formats import unquoted

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..talk.saving import save
from .recorded import Recorded, is_where, recorded, suggest_recorded

_PARTS = (
    ("request", "its line, headers and body"),
    ("response", "its status, headers and body"),
    ("chunks", "each piece of the stream, with its time"),
)
_SHORT = 4_000  # characters of a body where it is one part of several
_LONG = 1_000_000  # and where it is what was asked for
_CHUNK = 2_000  # characters of a chunk
_ASKED = 200_000  # from which on nobody means to fill the screen
#: A pattern between strokes, or a word or range; then > and a file.
_TAIL = re.compile(r"\s*(?:(/(?:[^/\\]|\\.)+/)(?=\s|$)|(.*?))(?:(?:^|(?<=\s))>(.*)|\s*)", re.DOTALL)
_RANGE = re.compile(r"(\d{0,9})(\.\.)?(\d{0,9})")

Part = tuple[str, str, bool]


@dataclass(frozen=True)
class Wanted:
    """What is typed after /wire."""

    where: str = ""
    part: str = ""
    raw: bool = False
    filter: str = ""
    file: str | None = None


def read(text: str) -> Wanted:
    """Raise BadInput."""
    where, rest = _word(text)
    if not is_where(where):
        where, rest = "", text
    part, left = _word(rest)
    if part.startswith(">"):
        part = ""
    if part:
        begun = [name for name, _ in _PARTS if name.startswith(part.lower())]
        if len(begun) != 1:
            names = ", ".join(name for name, _ in _PARTS)
            raise BadInput(f"{part} is no part of what went over the connection", f"there are {names}")
        part, rest = begun[0], left
    first, left = _word(rest)
    raw = bool(part) and first == "raw"
    found = _TAIL.fullmatch(left if raw else rest)
    assert found
    wanted, file = (found[1] or found[2]).strip(), found[3]
    if wanted and part != "chunks":
        raise BadInput(f"/wire does not know what to do with {wanted}", "only chunks are filtered")
    if file is not None and not file.strip():
        raise BadInput("into which file? /wire response > FILE")
    return Wanted(where, part, raw, wanted, file if file is None else unquoted(file.strip()))


def _word(text: str) -> tuple[str, str]:
    """Split off the first word."""
    word, *rest = text.split(None, 1) or [""]
    return word, rest[0] if rest else ""


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    before, _, last = typed.rpartition(" ")
    at = len(typed) - len(last)
    words = before.split()
    named = bool(words) and is_where(words[0])
    part = words[named] if len(words) > named else ""
    options: list[tuple[str, str]] = []
    if not part:
        options += _PARTS
    elif len(words) == named + 1:
        options.append(("raw", "the bytes alone, as they are"))
    if last or not part:
        yield from (Suggestion(s.text, s.note, at) for s in offer(last, options) if s.text.startswith(last))
    else:
        yield from (Suggestion(text, note, at) for text, note in options)
    if not words:
        yield from suggest_recorded(session, last)


@command(Argument("part", _suggest, optional=True, rest=True, usage="n] [request|response|chunks"))
def wire(session: Session, screen: Screen, text: str | None) -> None:
    """Show the exact request of a turn and exactly what came back, taken from the connection.

    /wire                  the newest turn in short; headers are shown without secrets
    /wire 3 request        of turn 3: line, headers, and the body, here indented
    /wire 3.2 response     of the second request that turn 3 took
    /wire chunks           each with the seconds it came after, and since the last
    /wire chunks 10..20    some; also by a word, or a pattern: /"content":"[A-Z]/
    /wire request raw      the bytes as they were, and no more
    /wire response > FILE  saves the exact bytes; so do request and chunks
    /wire > FILE           saves all of it as text, chunks with their times
    """
    wanted = read(text or "")
    found = recorded(session, wanted.where)
    if wanted.file is not None:
        _saved(screen, found, wanted)
    elif wanted.raw:
        _shown_raw(screen, found, wanted)
    else:
        screen.pages(list(_PAGES[wanted.part](found, wanted)), as_is=True)
        if not wanted.part:
            _, newest = found.exchanges[-1]
            more = "/wire chunks shows each with its time; " if newest.streamed else ""
            screen.say(f"{more}/wire request raw has the exact bytes; > FILE saves them", dim=True)


# ---- as pages


def _summary(found: Recorded, wanted: Wanted) -> Iterator[Part]:
    for place, exchange in found.exchanges:
        yield _request(found, place, exchange, _SHORT)
        yield _response(exchange, _SHORT, "" if exchange.streamed else None)


def _requests(found: Recorded, wanted: Wanted) -> Iterator[Part]:
    for place, exchange in found.exchanges:
        yield _request(found, place, exchange, _LONG)


def _responses(found: Recorded, wanted: Wanted) -> Iterator[Part]:
    for place, exchange in found.exchanges:
        head, body, drawn = _response(exchange, _LONG, None)
        yield f"{found.head(place)}: {head}", body, drawn


def _chunks(found: Recorded, wanted: Wanted) -> Iterator[Part]:
    for place, exchange in found.exchanges:
        chosen = list(_chosen(exchange, wanted.filter))
        count = sum(1 for _ in wires.events(exchange))
        of = f"{len(chosen):,} of {count:,} chunks" if wanted.filter and count else _counted(exchange)
        lines = [f"{'chunk':>6} {'seconds':>10} {'gap':>10}"]
        lines += [_line(number, piece) for number, piece in chosen]
        yield (
            f"{found.head(place)}: {of}",
            "\n".join(lines) if chosen else "no chunk is so" if count else "",
            False,
        )


_PAGES: dict[str, Callable[[Recorded, Wanted], Iterator[Part]]] = {
    "": _summary,
    "request": _requests,
    "response": _responses,
    "chunks": _chunks,
}


def _request(found: Recorded, place: int, exchange: Exchange, most: int) -> Part:
    sent = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(exchange.at)) + f".{exchange.at % 1:.3f}"[2:]
    body, told = _readable(exchange.body, most)
    head = f"{found.head(place)}: {exchange.method} {exchange.url}"
    return head, f"{_headers(exchange.headers)}\n\n{body}\n\nsent {sent}, {told}", False


def _response(exchange: Exchange, most: int, body: str | None) -> Part:
    """Show a response. `body` is what to show in place of the recorded body, if anything."""
    if not exchange.status:
        return "no answer began", "", False
    told = _counted(exchange)
    if body is None:
        body, form = _readable(_unpacked(exchange), most)
        told = f"{told}; {form}"
    shown = f"{_headers(exchange.answer_headers)}\n\n{body}".rstrip()
    return f"{exchange.version} {exchange.status}", f"{shown}\n\n{told}", False


def _headers(headers: Headers) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers)


def _readable(data: bytes, most: int) -> tuple[str, str]:
    """Return the text of a body, at most so much of it, and a note on what was done to it."""
    text = data.decode("utf-8", "replace")
    pretty = indented(text)
    told = f"{len(data):,} bytes" + (", here indented" if pretty and pretty != text else "")
    text = pretty or text
    if len(text) > most:
        text = f"{text[:most]}…"
        told += f", the first {most:,} characters shown"
    return text, told


def _line(number: int, piece: Arrived) -> str:
    text = piece.raw[: 4 * _CHUNK].decode("utf-8", "replace").rstrip("\r\n")
    if len(text) > _CHUNK or len(piece.raw) > 4 * _CHUNK:
        text = f"{text[:_CHUNK]}… ({len(piece.raw):,} bytes)"
    first, *more = re.split(r"\r\n|\n|\r", text)
    head = f"{number:>6} {piece.seconds:>10.4f} {piece.gap:>+10.4f}  "
    return "\n".join([head + first, *(" " * len(head) + line for line in more)])


def _counted(exchange: Exchange) -> str:
    """Tell how much came, and when."""
    pieces = list(wires.events(exchange))
    if not pieces:
        return "no body came"
    size = f"{len(exchange.data):,} bytes"
    packing = exchange.header("content-encoding")
    if packing:
        size += f" ({packing}; {sum(len(piece.raw) for piece in pieces):,} unpacked)"
    if exchange.version == wires.BY_BATCH:
        return f"{size} of the batch's file"
    if not exchange.streamed:
        return f"{size} in {pieces[-1].seconds:.3f} s"
    count = several(len(pieces), "chunk")
    first, last = pieces[0].seconds, pieces[-1].seconds
    told = f"{count}, {size}: the first after {first:.3f} s, the last after {last:.3f} s"
    if len(pieces) > 2:
        gap, place = max((piece.gap, -number) for number, piece in enumerate(pieces[1:], 2))
        told += f", the longest gap {gap:.3f} s before chunk {-place}"
    ended = any(piece.data.strip() == "[DONE]" for piece in pieces[-2:])
    return told + ("; [DONE] came" if ended else "; no [DONE] came")


def _unpacked(exchange: Exchange) -> bytes:
    return b"".join(raw for _, raw in exchange.decoded())


# ---- some of the chunks


def _chosen(exchange: Exchange, filter: str) -> Iterator[tuple[int, Arrived]]:
    """Give the chunks by their numbers: those of a range, those with a word, those that a pattern fits."""
    fits = _filter(filter)
    return ((number, piece) for number, piece in enumerate(wires.events(exchange), 1) if fits(number, piece))


def _filter(text: str) -> Callable[[int, Arrived], bool]:
    if not text:
        return lambda number, piece: True
    if len(text) > 2 and text[0] == text[-1] == "/":
        try:
            pattern = re.compile(text[1:-1])
        except (re.error, RecursionError, OverflowError) as error:
            raise BadInput(f"{text} is no pattern: {error}") from None
        return lambda number, piece: pattern.search(piece.raw.decode("utf-8", "replace")) is not None
    span = _RANGE.fullmatch(text)
    if span and (span[1] or span[3]) and (span[2] or not span[3]):
        first = int(span[1] or 1)
        last = int(span[3] or 10**9) if span[2] else first
        return lambda number, piece: first <= number <= last
    word = unquoted(text).lower()
    return lambda number, piece: word in piece.raw.decode("utf-8", "replace").lower()


# ---- exactly


def _exact(found: Recorded, wanted: Wanted) -> bytes:
    """Give the bytes of one request's part. Raises BadInput where the turn took several."""
    if len(found.exchanges) > 1:
        names = ", ".join(f"/wire {found.name(place)} {wanted.part}" for place, _ in found.exchanges)
        raise BadInput(f"turn {found.number} took {found.all} requests", f"one of them: {names}")
    _, exchange = found.exchanges[0]
    if wanted.part == "request":
        return exchange.body
    if wanted.part == "chunks":
        return b"".join(piece.raw for _, piece in _chosen(exchange, wanted.filter))
    if not exchange.status:
        raise TemperaError("no answer began")
    return bytes(exchange.data) if wanted.raw and wanted.file is not None else _unpacked(exchange)


def _shown_raw(screen: Screen, found: Recorded, wanted: Wanted) -> None:
    data = _exact(found, wanted)
    if len(data) > _ASKED and screen.interactive and not screen.confirm(f"show {len(data):,} bytes?"):
        screen.say("> FILE saves them")
        return
    screen.show(data.decode("utf-8", "replace"))


def _saved(screen: Screen, found: Recorded, wanted: Wanted) -> None:
    if wanted.part:
        content, exchange = _exact(found, wanted), found.exchanges[0][1]
        kind = "json" if wanted.part == "request" or not exchange.streamed else "sse"
        told = (
            f"{len(content):,} bytes, exactly as they {'were sent' if wanted.part == 'request' else 'came'}"
        )
        packing = exchange.header("content-encoding")
        if packing and wanted.part != "request" and not wanted.raw:
            told += f", but for {packing}, which was taken off; /wire response raw > FILE keeps it"
    else:
        content = "\n".join(_whole(found)).encode()
        kind, told = "txt", "the turn's requests and answers, as text"
    path = save(screen, wanted.file or "", f"wire-{found.number}.{kind}", content)
    if path:
        screen.say(f"in {path}: {told}")


def _whole(found: Recorded) -> Iterator[str]:
    """Write all of it for a reader: bodies as they were, chunks with their times."""
    for place, exchange in found.exchanges:
        sent = f"sent at {exchange.at:.6f} (seconds since 1970)"
        yield f"== {found.head(place)}, {sent}\n\n{exchange.method} {exchange.url}"
        yield f"{_headers(exchange.headers)}\n\n{exchange.body.decode('utf-8', 'replace')}\n"
        if not exchange.status:
            yield "== no answer began"
            continue
        yield f"== {exchange.version} {exchange.status}\n\n{_headers(exchange.answer_headers)}\n"
        for number, piece in enumerate(wires.events(exchange), 1):
            yield f"-- {number}: {piece.seconds:.6f} s, gap {piece.gap:.6f} s"
            yield piece.raw.decode("utf-8", "replace").rstrip("\r\n")
        yield f"== {_counted(exchange)}\n"
