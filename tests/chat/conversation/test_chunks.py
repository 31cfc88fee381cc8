"""A server's JSON as events, whatever it holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.conversation import counted
from chat.conversation.chunks import Reader, read
from chat.conversation.events import (
    CALL,
    REASONING,
    REFUSAL,
    Effective,
    Finished,
    Logprobs,
    Piece,
    Started,
    TokenLogprob,
    Used,
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
    + [
        "reasoning",
        "reasoning_details",
        "thinking",
        "function_call",
        "audio",
        "type",
        "text",
        "tokens",
        "token_logprobs",
    ]
    + ["__verbose", "generation_settings", "reasoning_content", "refusal", "model", "id", "name", "arguments"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 10**12)
    | st.floats()
    | st.text(max_size=5)
    | st.just("\ud800x")
)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5)
)


@given(st.dictionaries(names, json_values, max_size=6))
def test_nothing_a_server_sends_raises(data: dict[str, Any]) -> None:
    """Any JSON becomes events, and none of them holds half a character."""
    for event in read(data):
        for value in (getattr(event, name) for name in event.__dataclass_fields__):
            if isinstance(value, str):
                value.encode()


@pytest.mark.parametrize("place", ["delta", "message"])
def test_the_pieces_of_a_choice(place: str) -> None:
    """A chunk and a whole answer give the same events."""
    call = {"index": 1, "id": "c", "function": {"name": "look", "arguments": "{}"}}
    piece = {"content": "a", "refusal": "no", "reasoning_content": "hm", "tool_calls": [call]}
    data = {"choices": [{"index": 2, place: piece, "finish_reason": "stop"}]}
    assert list(read(data)) == [
        Started(),
        Piece(2, "hm", REASONING),
        Piece(2, "a"),
        Piece(2, "no", REFUSAL),
        Piece(2, "{}", CALL, 1, "c", "look"),
        Finished(2, "stop"),
    ]


def test_usage_with_its_details() -> None:
    """Cached and reasoning tokens, those of sound and images, where they are told."""
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 5, "audio_tokens": 3, "image_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 2, "audio_tokens": 0},
    }
    assert list(read({"choices": [], "usage": usage})) == [Started(), Used(9, 4, 5, 2, 3, 1, 0)]


@pytest.mark.parametrize(
    ("reports", "total"),
    [
        ([(9, 4), (9, 7)], Used(9, 7)),
        ([(9, 4), (None, None)], Used(9, 4)),
        ([(9, None), (9, 7.0)], Used(9, 7)),
        ([("many", -1)], Used(None, None)),
        ([(0, 0)], Used(0, 0)),
    ],
)
def test_the_last_usage_counts(reports: list[tuple[Any, Any]], total: Used) -> None:
    """What the last report does not tell is as the one before told it, and unknown where none did."""
    reader, seen = Reader(), []
    for prompt, completion in reports:
        usage = {"prompt_tokens": prompt, "completion_tokens": completion}
        seen += [each for each in reader.read({"choices": [], "usage": usage}) if isinstance(each, Used)]
    assert seen[-1] == total


def test_log_probabilities() -> None:
    """Tokens with their alternatives; what is no number is left out."""
    token = {"token": "a", "logprob": -0.5, "top_logprobs": [{"token": "a", "logprob": -0.5}, {"token": "b"}]}
    data = {
        "choices": [
            {"index": 0, "delta": {}, "logprobs": {"content": [token, {"token": "c", "logprob": "x"}]}}
        ]
    }
    assert list(read(data))[1:] == [Logprobs(0, (TokenLogprob("a", -0.5, (("a", -0.5),)),))]


def test_a_part_of_a_character_is_told_by_its_bytes() -> None:
    """Where a token's bytes are no text, they are what it is called, whatever the server made of them."""
    entry = {"token": "\ufffd", "bytes": [0x20, 0xF0, 0x9F], "logprob": -1}
    whole = {"token": "\u5bbd", "bytes": [0xE5, 0xAE, 0xBD], "logprob": -2}
    odd = {"token": "a", "bytes": [300], "logprob": -3}
    data = {
        "choices": [{"delta": {}, "logprobs": {"content": [{**entry, "top_logprobs": [entry, whole, odd]}]}}]
    }
    _, event = read(data)
    assert isinstance(event, Logprobs)
    assert event.tokens[0].token == r" \xf0\x9f"
    assert [token for token, _ in event.tokens[0].top] == [r" \xf0\x9f", "\u5bbd", "a"]


def test_settings_in_effect() -> None:
    """llama.cpp's own word about a choice."""
    _, event = read({"__verbose": {"index": 1, "generation_settings": {"seed": 3}}})
    assert event == Effective(1, {"seed": 3})


def test_probabilities_after_sampling_are_read_as_logarithms() -> None:
    """llama.cpp's post_sampling_probs renames the fields; what can't come is as unlikely as OpenAI has it."""
    beside = [{"token": "a", "prob": 1.0}, {"token": "b", "prob": 0.0}, {"token": "c", "prob": "x"}]
    (found,) = counted.logprobs({"content": [{"token": "a", "prob": 0.5, "top_probs": beside}]})
    assert found.logprob == pytest.approx(-0.693147) and found.top == (("a", 0.0), ("b", -9999.0))
