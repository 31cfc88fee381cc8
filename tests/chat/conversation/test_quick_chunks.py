"""Chunks that are a piece of text and no more go a shorter way, which says the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import RequestFailed
from chat.conversation import reading
from chat.conversation.chunks import Reader
from chat.conversation.events import Event
from tests.support.examples import times

_TEXTS = st.sampled_from(
    ["a", " word", "", "<think>", "hm</think>", "\ud83d", "\ude00", "\n\n", "é海", None, 7, ["x"]]
)
_DELTAS = st.one_of(
    st.fixed_dictionaries(
        {"content": _TEXTS}, optional={"role": st.sampled_from(["assistant", None, "user"])}
    ),
    st.fixed_dictionaries({}, optional={"refusal": _TEXTS, "reasoning_content": _TEXTS, "content": _TEXTS}),
    st.none(),
)
_ENTRIES = st.fixed_dictionaries(
    {"delta": _DELTAS},
    optional={
        "index": st.sampled_from([0, 0, 0, 1, "0", True, None]),
        "finish_reason": st.sampled_from([None, None, "", "stop", "length"]),
        "logprobs": st.sampled_from([None, None, {"content": [{"token": "a", "logprob": -1.0}]}]),
        "message": st.just({"content": "whole"}),
    },
)
_CHUNKS = st.fixed_dictionaries(
    {"choices": st.one_of(st.lists(_ENTRIES, min_size=1, max_size=1), st.lists(_ENTRIES, max_size=2))},
    optional={
        "id": st.sampled_from(["x", "y"]),
        "model": st.just("m"),
        "object": st.sampled_from(["chat.completion.chunk", "error"]),
        "usage": st.sampled_from([None, {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}]),
        "error": st.just({"message": "no"}),
        "extra": st.just(1),
    },
)


def events(chunks: list[Any]) -> list[Event]:
    lines = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in chunks)
    return list(reading.answer(iter([lines]), "text/event-stream", reading._Same(RequestFailed("no"))))


@times(4)
@given(st.lists(_CHUNKS, max_size=6))
def test_the_short_way_says_the_same(chunks: list[Any]) -> None:
    """Whatever chunks come, in whatever order: the events are those of the long way."""
    short = events(chunks)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Reader, "text_of", lambda self, data: None)
        assert short == events(chunks)


def test_most_chunks_go_the_short_way() -> None:
    """A piece of text as OpenAI sends it, after the first, is one of them."""
    reader = Reader()
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "usage": None}
    entry = {"index": 0, "finish_reason": None, "logprobs": None}
    list(reader.read({**head, "choices": [{**entry, "delta": {"role": "assistant", "content": ""}}]}))
    found = reader.text_of({**head, "choices": [{**entry, "delta": {"content": "hi"}}]})
    assert found is not None and [event.text for event in found] == ["hi"]
