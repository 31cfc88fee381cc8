"""A turn that is going on, written as it arrives: what is left of it if the shell is killed.

A file for each, in a folder of the data folder: a line with what was asked, then a line an event.
It is deleted once the turn is in the store. A file whose writer is gone, which is seen by its
lock, is taken up by the next shell.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..base.errors import BadValue, RequestFailed
from ..base.places import folder
from ..conversation import events
from ..conversation.events import Event
from ..conversation.tree import Conversation
from ..conversation.turn import Fold, Request, Turn
from .records import Record, branches, message_record, turn_of, turn_record

with contextlib.suppress(ImportError):  # Windows has no fcntl: there an open file can't be renamed
    import fcntl

_SUFFIX = ".jsonl"


class Journal:
    """Writes one turn. A disk that fails costs the journal, never the turn."""

    def __init__(
        self, where: Path, conversation: Conversation, request: Request, clean: Callable[[str], str]
    ) -> None:
        self._clean = clean
        self._file: int | None = None
        self._path = where / f"{request.id}{_SUFFIX}"
        head = {
            "conversation": conversation.id,
            "title": conversation.title,
            "messages": [message_record(node) for node in _unstored(conversation, request)],
            "turn": turn_record(Turn(request)),
        }
        with contextlib.suppress(OSError):
            folder(where)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
            self._file = os.open(self._path, flags, 0o600)
            if "fcntl" in globals():
                fcntl.flock(self._file, fcntl.LOCK_EX)  # whoever looks finds it empty, and lets go
            self._line(head)

    def feed(self, event: Event) -> None:
        if self._file is not None and (line := _written(event)):
            self._line(line)

    def _line(self, value: Any) -> None:
        if self._file is None:
            return
        try:
            text = self._clean(json.dumps(value, ensure_ascii=False))
            os.write(self._file, text.encode() + b"\n")
        except OSError:
            self.close()

    def close(self, keep: bool = False) -> None:
        """The turn is over; `keep` the file where the store could not take it."""
        if self._file is not None:
            if not keep:
                with contextlib.suppress(OSError):
                    os.unlink(self._path)
            os.close(self._file)
            self._file = None


def _unstored(conversation: Conversation, request: Request) -> list[Any]:
    """The messages of what is asked that the store does not have yet, oldest first."""
    nodes = []
    for node in request.asked.backwards():
        owner = conversation.owner(node)
        if owner is not None and owner < conversation.stored:
            break
        nodes.append(node)
    return nodes[::-1]


_TYPES = {
    each.__name__: each
    for each in (
        events.Started,
        events.Piece,
        events.Logprobs,
        events.Finished,
        events.Used,
    )
}


def _written(event: Event) -> list[Any] | None:
    """[type, its fields]; None for what is only told, and for the end, which the store records."""
    name = type(event).__name__
    kind = _TYPES.get(name)
    if kind is None:
        return None
    values = [getattr(event, field) for field in kind.__slots__]
    if isinstance(event, events.Logprobs):
        values[1] = [[t.token, t.logprob, t.top] for t in event.tokens]
    return [name, *values]


def _read(line: list[Any]) -> Event:
    name, *values = line
    if name == "Logprobs":
        values[1] = tuple(
            events.TokenLogprob(token, logprob, tuple((t, p) for t, p in top))
            for token, logprob, top in values[1]
        )
    event: Event = _TYPES[name](*values)
    return event


def recover(where: Path) -> Iterator[tuple[Record, Turn, Callable[[], None]]]:
    """(what was asked, the turn as far as it came, what to call once it is stored) of each file
    that a killed shell left. What can't be read stays where it is."""
    try:
        paths = sorted(where.glob("*" + _SUFFIX))
    except OSError:
        return
    for path in paths:
        with _taken(path) as free:
            if not free:
                continue
            with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError, BadValue):
                yield *_recovered(path), path.unlink


@contextlib.contextmanager
def _taken(path: Path) -> Iterator[bool]:
    """Whether nobody writes the file any more; nobody else takes it up meanwhile."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        yield False
        return
    try:
        if "fcntl" in globals():
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(file)


def _recovered(path: Path) -> tuple[Record, Turn]:
    first, *lines = path.read_bytes().split(b"\n")
    head = json.loads(first)
    known, asked = head["messages"], head["turn"]
    begins = known[0]["before"] if known else asked["asked"]
    elsewhere = {begins, asked.get("after", 0)} - {0, *(message["id"] for message in known)}
    nodes = branches([*({"id": number} for number in sorted(elsewhere)), *known])
    request = turn_of(asked, nodes).request
    fold = Fold()
    for line in lines:
        try:
            fold.feed(_read(json.loads(line)))
        except (ValueError, LookupError, TypeError):
            break  # the line that was being written
    came = fold.answer()
    finished = [choice for choice in came.choices if choice.finish_reason]
    if len(finished) < max(len(came.choices), request.body.get("n", 1)):
        fold.feed(events.Failed(RequestFailed("the shell was killed")))
        came = fold.answer()
    # the journal has no times: these would be those of reading it
    return head, Turn(request, replace(came, first_token=None, duration=0.0, arrivals=()))
