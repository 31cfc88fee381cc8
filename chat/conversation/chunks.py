"""Turn a server's JSON into events, chunk by chunk.

Nothing here trusts the server: every field may be missing, null or of another type. Text is given in
whatever place it stands, once; what can't be shown is named by a notice. What servers are known to
send is listed in `tests/chat/conversation/variants.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..base.halves import cleaned, whole
from .calls import Calls
from .characters import Halves, Thinking
from .counted import UsageTally, logprobs, number, used
from .events import TEXT, Beside, Effective, Event, Finished, Logprobs, Notice, Piece, Started
from .parts import OTHER, as_json, said

#: Fields of a message that are neither its texts nor its calls.
_BESIDE = frozenset(("audio", "annotations"))
#: Finish reasons that mean that nothing has finished.
_NONE = ("", "null", "none", "None")
#: Fields of a chunk, of its choice and of its delta, where it is a piece of text and no more.
_OF_TEXT = frozenset(
    "id object created model system_fingerprint service_tier choices usage obfuscation".split()
)
_OF_CHOICE = frozenset(("index", "delta", "finish_reason", "logprobs"))
_OF_DELTA = frozenset(("content", "role", "refusal"))


class _Choice:
    """The state of one choice: what is known of it, and the text that is held back."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.calls = Calls()
        self.begun = False  # whether a chunk of it came before
        self.streamed: dict[str, list[str]] = {}  # what came in deltas, by kind
        self.called = False  # whether a tool call came in a delta
        self.reason = ""
        self.held = ""  # a finish reason that is not believed yet
        self.beside: set[str] = set()  # what came in deltas beside text
        self._halves: dict[str, Halves] = {}
        self._thinking = Thinking()

    def text(self, kind: str, text: str) -> Iterator[Piece]:
        """Return the events of a piece of text, as far as its characters are whole and its kind is
        decided."""
        text = self._halves.setdefault(kind, Halves()).feed(text)
        if text and kind == TEXT:
            for parted, part in self._thinking.feed(text):
                yield Piece(self.index, part, parted)
        elif text:
            yield Piece(self.index, text, kind)

    def flush(self) -> Iterator[Piece]:
        """Return the events of the text that was held back."""
        for kind, halves in self._halves.items():
            if half := halves.flush():
                yield from self.text(kind, half)
        for kind, text in self._thinking.flush():
            yield Piece(self.index, text, kind)

    def end(self) -> Iterator[Event]:
        """Give all that was held back."""
        yield from self.flush()
        if self.held:
            yield Finished(self.index, self.held)
            self.held = ""


class Reader:
    """Reads the chunks of one answer, or the one object of a `whole` answer."""

    def __init__(self, whole: bool = False) -> None:
        self._whole = whole
        self._choices: dict[int, _Choice] = {}
        self._started: Started | None = None
        self._head: tuple[Any, ...] | None = None  # of the chunk that was read last
        self._tally = UsageTally()
        self._named: set[str] = set()
        self.begun = False  # whether anything of an answer came
        self.known = False  # whether anything came that has choices, or tells the usage

    @property
    def finished(self) -> bool:
        """Tell whether a choice has said why it ended."""
        return any(each.reason for each in self._choices.values())

    def read(self, data: dict[str, Any]) -> Iterator[Event]:
        """Give the events of a chunk or of a whole answer: the two differ only in `delta` and `message`."""
        self._head = _head(data)
        known = self._started or Started()
        started = known.filled(replace(_started(data), whole=self._whole))
        if started != known or self._started is None:
            self._started = started
            yield started
        found = data.get("choices")
        entries = [found] if isinstance(found, dict) else found if isinstance(found, list) else []
        entries = [each for each in entries if isinstance(each, dict)]
        self.known |= isinstance(found, list | dict)
        for place, index in enumerate(_indices(entries)):
            for event in self._choice(self._choices.setdefault(index, _Choice(index)), entries[place]):
                self.begun |= isinstance(event, Piece)
                yield event
        yield from _effective(data.get("__verbose"))
        report = used(data)
        if report:
            self.known = True
            yield self._tally.add(report, several=len(self._choices) > 1 and not entries)

    def text_of(self, data: dict[str, Any]) -> Iterator[Piece] | None:
        """Give the events of a chunk that is a piece of text and no more, as most are: the same as `read`, in
        a third of the time. None for any other."""
        choices = data.get("choices")
        if not isinstance(choices, list) or len(choices) != 1 or not _OF_TEXT.issuperset(data):
            return None
        entry, head = choices[0], self._head
        if not isinstance(entry, dict) or not _OF_CHOICE.issuperset(entry) or head is None:
            return None
        delta, index = entry.get("delta"), entry.get("index")
        if not isinstance(delta, dict) or not _OF_DELTA.issuperset(delta):
            return None
        text = delta.get("content")
        choice = self._choices.get(index) if type(index) is int else None
        if type(text) is not str or not text or choice is None or not choice.begun or choice.reason:
            return None
        more = (data.get("usage"), entry.get("finish_reason"), entry.get("logprobs"), delta.get("refusal"))
        if (
            more != (None, None, None, None)
            or delta.get("role") not in (None, "assistant")
            or head != _head(data)
        ):
            return None
        self.begun = True
        choice.streamed.setdefault(TEXT, []).append(text)
        return choice.text(TEXT, text)

    def flush(self) -> Iterator[Event]:
        """Give the text that was held back, where the answer breaks off."""
        for choice in self._choices.values():
            yield from choice.flush()

    def end(self) -> Iterator[Event]:
        """Give all that was held back: nothing more comes."""
        for choice in self._choices.values():
            yield from choice.end()

    def _choice(self, choice: _Choice, entry: dict[str, Any]) -> Iterator[Event]:
        came = False
        for event in self._said(choice, entry):
            came = True
            yield event
        tokens = tuple(logprobs(entry.get("logprobs")))
        if tokens:
            yield Logprobs(choice.index, tokens)
        yield from self._finish(choice, entry.get("finish_reason"), came)
        choice.begun = True

    def _said(self, choice: _Choice, entry: dict[str, Any]) -> Iterator[Event]:
        """Read `delta`, and the part of `message` that came in no delta before."""
        delta, message = _message(entry.get("delta")), _message(entry.get("message"))
        if delta is None and message is None and isinstance(entry.get("text"), str):
            message = {"content": entry["text"]}  # the older completions
        for kind, text in said(delta or {}):
            if kind != OTHER:
                choice.streamed.setdefault(kind, []).append(text)
            yield from self._text(choice, kind, text)
        whole_texts: dict[str, str] = {}
        for kind, text in said(message or {}):
            whole_texts[kind] = whole_texts.get(kind, "") + text
        for kind, text in whole_texts.items():
            yield from self._text(choice, kind, _rest(choice.streamed.get(kind), text))
        for each, again in ((delta, False), (message, choice.called or delta is not None)):
            for piece in choice.calls.read(choice.index, each or {}, again):
                choice.called |= not again
                yield piece
        for each, again in ((delta, False), (message, True)):
            if each and not _BESIDE.isdisjoint(each):
                yield from _beside(choice, each, again)

    def _text(self, choice: _Choice, kind: str, text: str) -> Iterator[Event]:
        if kind != OTHER:
            yield from choice.text(kind, text)
        elif text not in self._named:
            self._named.add(text)
            yield Notice(f"the answer has a part that can't be shown: {whole(text)}; /raw wire has its bytes")

    def _finish(self, choice: _Choice, found: Any, came: bool) -> Iterator[Event]:
        """Believe a finish reason once text has come without one, and if no text comes after it: some
        servers send one with every chunk."""
        if came and choice.reason:
            choice.held = choice.reason
        reason = whole(found if isinstance(found, str) else "" if found is None else as_json(found))
        if reason in _NONE:
            return
        if not choice.reason:
            self._tally.ended()
        trusted = choice.begun and not choice.held
        if trusted and reason != choice.reason:
            yield from choice.flush()
            yield Finished(choice.index, reason)
        elif not trusted:
            choice.held = reason
        choice.reason = reason


def read(data: dict[str, Any]) -> Iterator[Event]:
    """Read an answer that is one object into events."""
    reader = Reader()
    yield from reader.read(data)
    yield from reader.end()


def _started(data: dict[str, Any]) -> Started:
    names = ("model", "id", "system_fingerprint", "service_tier")
    model, id_, fingerprint, tier = (
        whole(value) if isinstance(value := data.get(name), str) else "" for name in names
    )
    return Started(model, id_, fingerprint, tier)


def _head(data: dict[str, Any]) -> tuple[Any, ...]:
    """Give what a chunk says of the answer as a whole."""
    get = data.get
    return get("model"), get("id"), get("system_fingerprint"), get("service_tier"), get("object")


def _indices(entries: list[dict[str, Any]]) -> list[int]:
    """Return the index of each choice: its own. Its place counts if it has none, or if all choices of a
    whole answer have the same."""
    own = [number(entry.get("index")) for entry in entries]
    found = [place if index is None else index for place, index in enumerate(own)]
    if len(set(found)) < len(found) and all("message" in entry and "delta" not in entry for entry in entries):
        return list(range(len(found)))
    return found


def _message(value: Any) -> dict[str, Any] | None:
    """Give a message or a delta as an object; text alone is its content."""
    if isinstance(value, dict):
        return value
    return {"content": value} if isinstance(value, str | list) else None


def _rest(streamed: list[str] | None, text: str) -> str:
    """Return what a message says beyond the deltas before it."""
    if streamed is None:
        return text
    if text == streamed[-1]:
        return ""
    before = "".join(streamed)
    return text[len(before) :] if text.startswith(before) else "" if before.endswith(text) else text


def _beside(choice: _Choice, message: dict[str, Any], again: bool) -> Iterator[Beside]:
    """Give what a choice has beside what it says. `again`: what came before comes once more, and is left
    out."""
    for name, kind in (("audio", dict), ("annotations", list)):
        value = message.get(name)
        if isinstance(value, kind) and value and not (again and name in choice.beside):
            choice.beside.add(name)
            yield Beside(choice.index, name, cleaned(value))


def _effective(verbose: Any) -> Iterator[Effective]:
    settings: Mapping[str, Any] | None = (
        verbose.get("generation_settings") if isinstance(verbose, dict) else None
    )
    if isinstance(settings, dict):
        yield Effective(number(verbose.get("index")) or 0, cleaned(settings))
