"""A server's JSON as events, whatever it holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.conversation.events import (
    CALL,
    REASONING,
    REFUSAL,
    Effective,
    Finished,
    Logprobs,
    Piece,
    TokenLogprob,
    Used,
    read,
    started,
)

names = st.sampled_from(
    [
        "choices",
        "delta",
        "message",
        "content",
        "index",
        "finish_reason",
        "usage",
        "logprobs",
        "tool_calls",
        "function",
    ]
    + [
        "prompt_tokens",
        "completion_tokens",
        "prompt_tokens_details",
        "cached_tokens",
        "token",
        "logprob",
        "top_logprobs",
    ]
    + ["__verbose", "generation_settings", "reasoning_content", "refusal", "model", "id", "name", "arguments"]
)
scalars = st.none() | st.booleans() | st.integers(-3, 10**12) | st.floats() | st.text(max_size=5)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5)
)


@given(st.dictionaries(names, json_values, max_size=6))
def test_nothing_a_server_sends_raises(data: dict[str, Any]) -> None:
    """Any JSON becomes events."""
    for event in [started(data), *read(data)]:
        assert event.__dataclass_fields__


@pytest.mark.parametrize("place", ["delta", "message"])
def test_the_pieces_of_a_choice(place: str) -> None:
    """A chunk and a whole answer give the same events."""
    call = {"index": 1, "id": "c", "function": {"name": "look", "arguments": "{}"}}
    piece = {"content": "a", "refusal": "no", "reasoning_content": "hm", "tool_calls": [call]}
    data = {"choices": [{"index": 2, place: piece, "finish_reason": "stop"}]}
    assert list(read(data)) == [
        Piece(2, "hm", REASONING),
        Piece(2, "a"),
        Piece(2, "no", REFUSAL),
        Piece(2, "{}", CALL, 1, "c", "look"),
        Finished(2, "stop"),
    ]


def test_usage_with_its_details() -> None:
    """Cached and reasoning tokens where they are told; a total unless a choice stands beside it."""
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 5},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    assert list(read({"choices": [], "usage": usage})) == [Used(9, 4, 5, 2)]
    (running,) = [
        each for each in read({"choices": [{"delta": {}}], "usage": usage}) if isinstance(each, Used)
    ]
    assert running.running
    (whole,) = [
        each for each in read({"choices": [{"message": {}}], "usage": usage}) if isinstance(each, Used)
    ]
    assert not whole.running


def test_log_probabilities() -> None:
    """Tokens with their alternatives; what is no number is left out."""
    token = {"token": "a", "logprob": -0.5, "top_logprobs": [{"token": "a", "logprob": -0.5}, {"token": "b"}]}
    data = {
        "choices": [
            {"index": 0, "delta": {}, "logprobs": {"content": [token, {"token": "c", "logprob": "x"}]}}
        ]
    }
    assert list(read(data)) == [Logprobs(0, (TokenLogprob("a", -0.5, (("a", -0.5),)),))]


def test_a_part_of_a_character_is_told_by_its_bytes() -> None:
    """Where a token's bytes are no text, they are what it is called, whatever the server made of them."""
    entry = {"token": "\ufffd", "bytes": [0x20, 0xF0, 0x9F], "logprob": -1}
    whole = {"token": "\u5bbd", "bytes": [0xE5, 0xAE, 0xBD], "logprob": -2}
    odd = {"token": "a", "bytes": [300], "logprob": -3}
    data = {
        "choices": [{"delta": {}, "logprobs": {"content": [{**entry, "top_logprobs": [entry, whole, odd]}]}}]
    }
    (event,) = read(data)
    assert isinstance(event, Logprobs)
    assert event.tokens[0].token == r" \xf0\x9f"
    assert [token for token, _ in event.tokens[0].top] == [r" \xf0\x9f", "\u5bbd", "a"]


def test_settings_in_effect() -> None:
    """llama.cpp's own word about a choice."""
    (event,) = read({"__verbose": {"index": 1, "generation_settings": {"seed": 3}}})
    assert event == Effective(1, {"seed": 3})
