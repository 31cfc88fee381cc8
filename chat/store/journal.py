"""Write a turn down while it arrives, so that something is left of it if the shell is killed.

A file for each, in a folder of the data folder: a line of JSON with what was asked, then the bytes
of its answers in the order in which they came, each piece after a line of JSON with the number of
its answer and its length; the first piece of an answer tells how it is to be read, too. Compression
is taken off, and keys are taken out. A file that breaks off anywhere is read as far as it goes, by
the reader of live answers.

It is deleted once the turn is in the store. A file whose writer is gone, which is seen by the lock
beside it, is taken up by the next shell.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..base import files
from ..base.dataclass import dataclass
from ..base.errors import BadFile, RequestFailed
from ..base.files import lock
from ..base.places import folder
from ..base.redact import hide_bytes, spelt
from ..conversation import reading
from ..conversation.branch import Branch
from ..conversation.events import Event, Failed, Sent
from ..conversation.folding import Fold
from ..conversation.parallel import as_one
from ..conversation.tree import Conversation
from ..conversation.turn import Request, Turn
from ..conversation.wire import BEGINNING, Exchange, Unpacker
from ..endpoint import prefills
from .attachments import Attachments, quoted
from .records import Record, branches, message_record, turn_of, turn_record

if TYPE_CHECKING:
    from filelock import BaseFileLock

_SUFFIX = ".answer"
#: Of versions before 0.2.0, which wrote events.
_OLDER = ".jsonl"
_ASIDE = ".aside"
_LARGEST = 1024 * files.MB  # of what a shell writes: the answers of one turn


class Journal:
    """Writes one turn; `asked` are the records of the messages that the store does not have yet, oldest
    first. A disk that fails costs the journal, never the turn."""

    def __init__(
        self,
        where: Path,
        conversation: Conversation,
        request: Request,
        asked: list[Record],
        secrets: Iterable[str],
    ) -> None:
        self._secrets = spelt(secrets)  # once: they are looked for in each piece
        self._answers: list[_Arriving] = []
        self._lock: BaseFileLock | None = None
        self._file: int | None = None
        self._path = where / f"{request.id}{_SUFFIX}"
        head = {
            "conversation": conversation.id,
            "title": conversation.title,
            "messages": asked,
            "turn": turn_record(Turn(request)),
        }
        with contextlib.suppress(OSError):
            folder(where)
            self._lock = lock(_lock_of(self._path), wait=False)  # before there is what it is for
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
            self._file = os.open(self._path, flags, 0o600)
            self._write(b"%s\n" % self._hidden(json.dumps(head, ensure_ascii=False).encode()))

    def feed(self, event: Event) -> None:
        """Write the bytes that have come by now: the event was made of the last of them."""
        if self._file is None:
            return
        if isinstance(event, Sent):
            self._answers.append(_Arriving(event))
            return
        for number, answer in enumerate(self._answers):
            if lines := answer.lines():
                piece = self._hidden(lines)
                self._write(b"[%d, %d%s]\n%s" % (number, len(piece), answer.facts(), piece))

    def _hidden(self, data: bytes) -> bytes:
        return hide_bytes(data, self._secrets)

    def _write(self, data: bytes) -> None:
        """Write at once, so that only the last piece can be torn."""
        if self._file is None:
            return
        try:
            if os.write(self._file, data) < len(data):
                self.close()
        except OSError:
            self.close()

    def close(self, keep: bool = False) -> None:
        """Close the journal: the turn is over. `keep` the file if the store could not take the turn."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            if not keep:
                with contextlib.suppress(OSError):
                    self._path.unlink()
        if self._lock is not None:
            _release(self._lock, self._path)
            self._lock = None


class _Arriving:
    """One answer of the turn, as far as it was written."""

    def __init__(self, sent: Sent) -> None:
        self._sent = sent
        self._written = 0  # of the bytes that came
        self._rest = b""  # of a line that has not ended: half a key could not be found in it
        self._unpacker: Unpacker | None = None
        self._told = False
        self._streamed = False

    def lines(self) -> bytes:
        """Return what came since the last call, up to the end of a line, or all of an answer in one piece."""
        exchange = self._sent.exchange
        end = len(exchange.data)
        if end == self._written or not exchange.taken:
            return b""
        if self._unpacker is None:
            self._unpacker = exchange.unpacker()
        data = self._rest + b"".join(self._unpacker.feed(bytes(exchange.data[self._written : end])))
        if self._written <= BEGINNING:  # its first bytes tell, and they are there
            self._streamed = exchange.streamed
        self._written = end
        cut = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1 if self._streamed else len(data)
        self._rest = data[cut:]
        return data[:cut]

    def facts(self) -> bytes:
        """Return what a reader needs to know of the answer, as the end of the first list about it."""
        if self._told:
            return b""
        self._told = True
        kind = self._sent.exchange.header("content-type")
        return b", %s" % json.dumps([kind, self._sent.choice, self._sent.dropped]).encode()


def begun(
    where: Path,
    conversation: Conversation,
    request: Request,
    asked: Iterable[Branch],
    secrets: Iterable[str],
    attachments: Attachments,
) -> Journal:
    """Begin the journal of a turn. Bytes of its messages are kept in their files, so that they are written
    once, and before it names them; where that fails, it has them itself."""
    records = [message_record(node) for node in asked]
    if any("form" in record for record in records):
        with contextlib.suppress(BadFile), attachments.lock():
            apart = [
                {**record, "form": attachments.taken_out(record["form"])[0]} if "form" in record else record
                for record in records
            ]
            return Journal(where, conversation, request, apart, secrets)
        # as they are: a reference that is none is marked as such all the same
        records = [{**each, "form": quoted(each["form"])} if "form" in each else each for each in records]
    return Journal(where, conversation, request, records, secrets)


@dataclass(frozen=True)
class Left:
    """A file that a killed shell left, and nobody else takes up meanwhile."""

    path: Path
    attachments: Attachments = field(default_factory=lambda: Attachments(None))

    def read(self) -> tuple[Record, Turn]:
        """Give (what was asked, the turn as far as it came). Raises BadFile and facts.SPOILT."""
        return _recovered(files.read_bytes(self.path, _LARGEST), self.attachments)

    def done(self) -> None:
        """Take it away: it is stored. Raises OSError."""
        self.path.unlink()

    def aside(self) -> Path:
        """Give it a name that no shell looks for, and tell it. Raises OSError."""
        return self.path.rename(files.free(self.path.with_name(self.path.name + _ASIDE)))


def left(where: Path, attachments: Attachments) -> Iterator[Left]:
    """Give each file that a killed shell left."""
    for path in _files(where, _SUFFIX):
        try:
            held = lock(_lock_of(path), wait=False)
        except OSError:  # its shell lives, or another one takes it up
            continue
        try:
            with contextlib.suppress(OSError):
                if not path.lstat().st_size and path.is_file():  # killed before the first line
                    path.unlink()
                else:
                    yield Left(path, attachments)
        finally:
            _release(held, path)


def put_aside(where: Path) -> Iterator[Path]:
    """Put aside the files of older versions, under names that no version looks for."""
    for path in _files(where, _OLDER):
        with contextlib.suppress(OSError):
            yield Left(path).aside()


def _files(where: Path, suffix: str) -> list[Path]:
    try:
        return sorted(where.glob("*" + suffix))
    except OSError:
        return []


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".lock")


def _release(held: BaseFileLock, path: Path) -> None:
    """Give the lock of that file back, and take it away where it is for nothing any more."""
    with contextlib.suppress(OSError):
        if not path.exists():
            os.unlink(held.lock_file)
    with contextlib.suppress(OSError):
        held.release()


def _recovered(data: bytes, attachments: Attachments) -> tuple[Record, Turn]:
    first, _, pieces = data.partition(b"\n")
    head = json.loads(first)
    for message in head["messages"]:
        if "form" in message:
            message["form"] = attachments.put_back(message["form"])
    known, asked = head["messages"], head["turn"]
    begins = known[0]["before"] if known else asked["asked"]
    elsewhere = {begins, asked.get("after", 0)} - {0, *(message["id"] for message in known)}
    nodes = branches([*({"id": number} for number in sorted(elsewhere)), *known])
    request = turn_of(asked, nodes).request
    killed = RequestFailed("the shell was killed")
    fold = Fold()
    for event in _events(_answers(pieces), request, killed):
        fold.feed(event)
    came = fold.answer()
    finished = [choice for choice in came.choices if choice.finish_reason]
    if len(finished) < max(len(came.choices), request.body.get("n", 1)):
        fold.feed(Failed(killed))
        came = fold.answer()
    # the journal has no times: these would be those of reading it
    came = replace(came, first_token=None, duration=0.0, arrivals=())
    return head, Turn(request.without(came.dropped), came)


def _events(answers: list[Sent], request: Request, killed: RequestFailed) -> Iterator[Event]:
    """Give the events of these answers, as they were while the turn went on."""
    for sent in answers:
        if sent.choice is None:
            yield sent
            yield from _read(sent, request, killed)
    alone = [sent for sent in answers if sent.choice is not None]
    pairs = ((sent.choice or 0, event) for sent in alone for event in (sent, *_read(sent, request, killed)))
    yield from as_one(len(alone), pairs)


def _read(sent: Sent, request: Request, killed: RequestFailed) -> Iterator[Event]:
    found, prefill = reading.recorded(sent.exchange, killed), request.carried.prefill
    return prefills.without(found, prefill) if prefill and not request.body.get("stream") else found


def _answers(data: bytes) -> list[Sent]:
    """Read the answers that began, each with its bytes as far as they are there."""
    found: dict[int, Sent] = {}
    place = 0
    with contextlib.suppress(ValueError, LookupError, TypeError):  # the line that was being written
        while place < len(data):
            start = data.index(b"\n", place) + 1
            number, length, *facts = json.loads(data[place:start])
            if facts:
                ((kind, choice, dropped),) = facts
                exchange = Exchange(status=200, answer_headers=(("content-type", kind),))
                found[number] = Sent(exchange, tuple(dropped), choice)
            place = start + max(length, 0)
            found[number].exchange.came(data[start:place], 0.0)
    return list(found.values())
