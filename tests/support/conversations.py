"""Conversations as hypothesis makes them up: trees of turns with all that a turn can hold."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from hypothesis import strategies as st

from chat.base.errors import RequestFailed
from chat.base.short import shorten
from chat.conversation.body import Carried
from chat.conversation.content import ToolCall, calls_form, image_part, text_part
from chat.conversation.data import data_url
from chat.conversation.events import TokenLogprob
from chat.conversation.experiment import SWEEP, Cell, Experiment
from chat.conversation.message import Message, message_of
from chat.conversation.tree import Conversation
from chat.conversation.turn import COMPLETE, FAILED, INTERRUPTED, Choice, Turn, Usage

from .turns import a_turn, changed, comparable, tree

#: Numbers of a morning in 2023: the same in each example.
BEGINNING = 1_700_000_000_000 << 20
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
#: Whole texts, no NUL: SQLite's functions end a text there.
SAID = st.one_of(
    TEXTS, st.sampled_from(["<script>alert(1)</script>", "# h\n\n* a\n", "`" * 5, "\x1b[2J", "a\r\nb"])
)
COUNTS = st.integers(0, 10**6)
SECONDS = st.floats(0, 10**6, allow_nan=False)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63), SECONDS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "model": st.sampled_from(["gpt-4o", "other"]),
        "stop": st.lists(TEXTS, min_size=1, max_size=4),
        "system": TEXTS,
        "extra.min_p": SECONDS,
        "response_format": st.dictionaries(TEXTS, JSON, max_size=2),
    },
)
#: What is asked: mostly a text, else with parts, of which one may have bytes.
MESSAGES = SAID.map(lambda text: Message("user", text)) | st.builds(
    lambda text, count: message_of(
        {"role": "user", "content": [text_part(text), image_part(data_url(b"x" * count, "image/png"))]}
    ),
    SAID,
    st.integers(0, 90),
)
LOGPROBS = st.builds(
    TokenLogprob,
    TEXTS,
    st.floats(-100, 0),
    st.lists(st.tuples(TEXTS, st.floats(-100, 0)), max_size=2).map(tuple),
)


@st.composite
def choices(draw: st.DrawFn, index: int) -> Choice:
    """A text, or a refusal, with what may come along."""
    said = draw(SAID)
    calls = tuple(draw(st.lists(st.tuples(TEXTS, TEXTS), max_size=2)))
    beside = calls_form(ToolCall(f"c{place}", *call) for place, call in enumerate(calls)) if calls else {}
    if draw(st.booleans()):
        beside["audio"] = {"id": draw(TEXTS), "data": "QUJD" * draw(st.integers(0, 40)), "transcript": said}
    return Choice(
        index,
        said,
        draw(TEXTS),
        "" if said else draw(TEXTS),
        calls,
        draw(st.sampled_from(["stop", "length", "tool_calls"])),
        tuple(draw(st.lists(LOGPROBS, max_size=2))),
        beside,
    )


@st.composite
def turns(draw: st.DrawFn, conversation: Conversation, numbers: Iterator[int]) -> Turn:
    """A turn that asks something new, or something again."""
    old = [turn.request.asked for turn in conversation.turns]
    asked = draw(st.sampled_from(old)) if old and draw(st.booleans()) else None
    indices = draw(st.lists(st.integers(0, 4), max_size=3, unique=True).map(sorted))
    ended = draw(st.sampled_from([COMPLETE, INTERRUPTED, FAILED]))
    asked = asked or conversation.head.append(draw(MESSAGES), next(numbers))
    turn = a_turn(
        id=next(numbers),
        body=draw(st.dictionaries(TEXTS, JSON, max_size=2)),
        asked=asked,
        carried=Carried(draw(TEXTS), prefill=draw(st.sampled_from(["", "So"]))),
        at=draw(SECONDS),
        profile=draw(TEXTS),
        settings=draw(SETTINGS),
        endpoint="https://example.com/v1",
        model=draw(TEXTS),
        fingerprint=draw(TEXTS),
        service_tier=draw(TEXTS),
        picked=draw(st.sampled_from(indices or [0])),
        choices=tuple(draw(choices(index)) for index in indices),
        usage=draw(
            st.none()
            | st.builds(Usage, COUNTS, COUNTS, st.none() | COUNTS, st.none() | COUNTS, st.booleans())
        ),
        ended=ended,
        error=RequestFailed("it broke") if ended == FAILED else None,
        first_token=draw(st.none() | SECONDS),
        duration=draw(SECONDS),
        arrivals=tuple(round(each, 6) for each in draw(st.lists(SECONDS, max_size=3))),
        estimate=draw(st.none() | COUNTS),
        cost=draw(st.none() | SECONDS),
        effective=draw(st.none() | st.dictionaries(TEXTS, JSON, max_size=2)),
        rating=draw(st.sampled_from([None, 1, -1])),
        note=draw(TEXTS),
    )
    prefill = turn.request.carried.prefill
    said = [each.message(prefill, ended) for each in turn.answer.choices]
    answers = [asked.append(replace(each, mark=draw(TEXTS)), next(numbers)) for each in said]
    return changed(turn, branches=tuple(answers))


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """Turns, names, a place to go on from, what is left out, an experiment, budgets."""
    numbers = itertools.count(BEGINNING)
    found = Conversation(next(numbers))
    for _ in range(draw(st.integers(0, 5))):
        turn = found.add(draw(turns(found, numbers)))
        if draw(st.booleans()) and not found.on:
            found.fork(f"b{len(found.turns)}")
        if turn.branches and draw(st.booleans()):
            found.on = ""
            found.move(draw(st.sampled_from([turn.request.asked, *turn.branches])))
    if found.turns and draw(st.booleans()):
        found.after, found.summary = draw(st.sampled_from(found.turns)).request.asked, draw(TEXTS)
        cells = (Cell("a", {"temperature": 1}),)
        experiment = Experiment(SWEEP, found.turns[0].request.asked, cells, draw(TEXTS), id=next(numbers))
        found.experiments[experiment.id] = experiment
    found.budget_cost = draw(st.none() | st.floats(0.01, 1000))
    found.budget_tokens = draw(st.none() | st.integers(1, 10**9))
    if draw(st.booleans()):
        found.title = shorten(draw(TEXTS), 200) or found.title
    return found


def facts_of(conversation: Conversation) -> dict[str, Any]:
    """All of a conversation as it can be compared, each field of it and of its turns and messages,
    found here and by no code that writes or reads files. The rest is the store's."""
    names = [each.name for each in fields(Conversation) if not each.name.startswith("_")]
    facts = {name: getattr(conversation, name) for name in names if name not in ("number", "stored", "kept")}
    facts["turns"] = [comparable(turn) for turn in conversation.turns]
    facts["messages"] = tree(conversation)
    facts["forms"] = {node.id: node.last.form for node in conversation if node.last}
    return facts


@st.composite
def damaged(draw: st.DrawFn, sound: Any) -> Any:
    """What is sound, with some of its values replaced, repeated or taken away."""
    whole = _copy(sound)
    places = list(_places(whole))
    for _ in range(draw(st.integers(1, 4))):
        holder, key = draw(st.sampled_from(places))
        if isinstance(holder, dict) and key in holder and draw(st.booleans()):
            del holder[key]
        elif isinstance(holder, dict) or key < len(holder):
            numbers = [0, 1, -1, 2**63 - 1, 2**70, 1e300, *_numbers(sound)]
            holder[key] = draw(st.one_of(JSON, st.sampled_from(numbers)))
    return whole


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _places(value: Any) -> Any:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(pairs):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def _numbers(value: Any) -> list[Any]:
    """Numbers and keys that stand somewhere: where they do not belong they do most harm."""
    if isinstance(value, dict):
        return [*value, *(each for inner in value.values() for each in _numbers(inner))]
    if isinstance(value, list):
        return [each for inner in value for each in _numbers(inner)]
    return [value] if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)) else []
