"""Turns without a server: for tests of what is kept of them, and of where they hang."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from typing import Any

from hypothesis import strategies as st

from chat.base.errors import RequestFailed
from chat.conversation.body import Carried
from chat.conversation.branch import Branch
from chat.conversation.events import Sent, Started, TokenLogprob
from chat.conversation.tree import Conversation
from chat.conversation.turn import COMPLETE, FAILED, INTERRUPTED, Answer, Choice, Marks, Request, Turn, Usage
from chat.conversation.wire import Exchange
from chat.store.journal import Journal

from .server import chunk, sse

_PARTS = {
    field.name: part
    for part, kind in (("request", Request), ("answer", Answer), ("marks", Marks))
    for field in fields(kind)
}


def changed(turn: Turn, **facts: Any) -> Turn:
    """The same turn with other facts, each put where it belongs: request, answer, marks, or the turn."""
    parts: dict[str, dict[str, Any]] = {}
    own = {name: facts.pop(name) for name in list(facts) if name not in _PARTS}
    for name, value in facts.items():
        parts.setdefault(_PARTS[name], {})[name] = value
    return replace(turn, **{part: replace(getattr(turn, part), **new) for part, new in parts.items()}, **own)


def a_turn(**facts: Any) -> Turn:
    """A turn of which only these facts are known."""
    return changed(Turn(), **facts)


def made(asked: Branch, *texts: str, **facts: Any) -> Turn:
    """A turn that asked this and got these texts, a choice each."""
    facts.setdefault("body", {"model": "m", "stream": True})
    facts.setdefault("model", "m")
    facts.setdefault("usage", Usage(3, 2))
    facts.setdefault("cost", 0.25)
    choices = tuple(Choice(index, text, finish_reason="stop") for index, text in enumerate(texts))
    return a_turn(asked=asked, choices=choices, **facts)


def say(conversation: Conversation, text: str, *answers: str, **facts: Any) -> Turn:
    """Go on with a message and its answers."""
    return conversation.add(made(conversation.head.add("user", text), *answers, **facts))


def tree(conversation: Conversation) -> dict[int, tuple[int, str, str, str]]:
    """Its messages by their numbers: what each goes on from, and what it says."""
    return {
        node.id: (node.before.id if node.before else 0, node.last.role, node.last.content, node.last.mark)
        for node in conversation
        if node.last
    }


class Answering:
    """A server's side of a turn: what comes is recorded first, and then fed, as a client has it."""

    def __init__(self, journal: Journal, choice: int | None = None, **headers: str) -> None:
        kept = {"content_type": "text/event-stream", **headers}.items()
        pairs = tuple((name.replace("_", "-"), value) for name, value in kept)
        self.exchange = Exchange(status=200, answer_headers=pairs)
        self._journal = journal
        journal.feed(Sent(self.exchange, choice=choice))

    def says(self, text: str, index: int = 0, finish: str | None = None) -> None:
        self.sends(sse(chunk({"content": text}, index, finish), done=False))

    def sends(self, data: bytes) -> None:
        """Bytes that make an event, of which the journal wants to know no more than that it came."""
        self.exchange.came(data, 0.0)
        self._journal.feed(Started())


def kill(journal: Journal) -> None:
    """As far as the disk can tell: the lock is gone, the file is there."""
    assert journal._file is not None and journal._lock is not None
    os.close(journal._file)
    journal._lock.release()
    journal._file = journal._lock = None


# ---- any turn at all

#: Whatever Unicode has but halves of characters, which never get as far as a turn.
texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=30)
_counts = st.integers(0, 2**63 - 1)
_seconds = st.floats(0, 1e6)
_logprobs = st.floats(-1e9, 0)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, values, max_size=3)
usages = st.builds(Usage, _counts, _counts, st.none() | _counts, st.none() | _counts, estimated=st.booleans())
tokens = st.builds(
    TokenLogprob, texts, _logprobs, st.lists(st.tuples(texts, _logprobs), max_size=2).map(tuple)
)


@st.composite
def choices(draw: Any) -> tuple[Choice, ...]:
    indices = draw(st.lists(st.integers(0, 127), unique=True, max_size=3).map(sorted))
    return tuple(
        Choice(
            index,
            draw(texts),
            draw(texts),
            "" if draw(st.booleans()) else draw(texts),
            tuple(draw(st.lists(st.tuples(texts, texts), max_size=2))),
            draw(st.sampled_from(("", "stop", "length", "a word of its own"))),
            tuple(draw(st.lists(tokens, max_size=2))),
        )
        for index in indices
    )


@st.composite
def _facts(draw: Any) -> dict[str, Any]:
    ended = draw(st.sampled_from((COMPLETE, INTERRUPTED, FAILED)))
    said = draw(choices())
    return {
        "body": draw(objects),
        "at": draw(_seconds),
        "profile": draw(texts),
        "settings": draw(objects),
        "endpoint": draw(texts),
        "model": draw(texts),
        "fingerprint": draw(texts),
        "service_tier": draw(texts),
        "choices": said,
        "usage": draw(st.none() | usages),
        "ended": ended,
        "error": RequestFailed(draw(texts.filter(bool))) if ended == FAILED else None,
        "first_token": draw(st.none() | _seconds),
        "duration": draw(_seconds),
        "arrivals": tuple(round(each, 6) for each in draw(st.lists(_seconds, max_size=3))),
        "estimate": draw(st.none() | _counts),
        "cost": draw(st.none() | _seconds),
        "picked": draw(st.sampled_from([choice.index for choice in said] or [0])),
        "effective": draw(st.none() | objects),
    }


def any_turn(data: st.DataObject, asked: Branch, after: Branch | None = None) -> Turn:
    """Any turn that asked this. Its error has a message and no more, for that is what is kept."""
    carried = Carried(data.draw(texts), after or Branch(), data.draw(texts), data.draw(texts))
    return a_turn(asked=asked, carried=carried, **data.draw(_facts()))


def comparable(turn: Turn) -> dict[str, Any]:
    """All of a turn as it can be compared: an error by what it says, a branch by what it ends with."""
    parts = (turn.request, turn.answer, turn.marks)
    facts = {field.name: getattr(part, field.name) for part in parts for field in fields(part)}
    del facts["wire"], facts["dropped"], facts["response_id"]  # the store keeps one apart, and no other
    facts["model"] = turn.model
    facts["error"] = turn.answer.error.message if turn.answer.error else ""
    facts["arrivals"] = tuple(turn.answer.arrivals)
    facts["branches"] = tuple((branch.id, branch.last) for branch in turn.branches)
    return facts
