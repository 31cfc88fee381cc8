"""Asking what may come next, and reading it from whatever a server sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.conversation.events import TokenLogprob
from chat.conversation.turn import Answer, Choice
from chat.conversation.wire import Exchange
from chat.lab.next_token import (
    MANY,
    OPENAIS,
    asking,
    calibrating,
    candidates,
    few,
    matched,
    of_token,
    order_of,
    penalised,
)
from chat.lab.sampling import LLAMA_CPP, TEMPERATURE_FIRST, Candidate


def answered(content: Any, *tokens: TokenLogprob) -> Answer:
    """An answer that came as this JSON."""
    exchange = Exchange()
    exchange.came(json.dumps(content).encode(), 0.1)
    return Answer((Choice(0, "x", logprobs=tokens),), wire=(exchange,))


def listed(*top: Any) -> Any:
    return {"choices": [{"logprobs": {"content": [{"top_logprobs": list(top)}]}}]}


def test_ids_and_bytes_are_the_server_s() -> None:
    """llama.cpp gives ids, and bytes that are no text by themselves: both are kept apart."""
    found = candidates(
        answered(
            listed(
                {"id": 5, "token": "a", "bytes": [97], "logprob": -0.1},
                {"id": 6, "token": "", "bytes": [240, 159], "logprob": -3.0},
                {"id": 7, "token": "", "bytes": [240, 160], "logprob": -4},
            )
        )
    )
    assert found == (Candidate(5, "a", -0.1), Candidate(6, "<F0><9F>", -3.0), Candidate(7, "<F0><A0>", -4.0))


def test_without_ids_candidates_are_numbered() -> None:
    """OpenAI gives texts alone; the token that came is among them, even where it was not listed."""
    token = TokenLogprob("rare", -9.0, (("a", -0.2), ("b", -2.0), ("odd", float("-inf"))))
    found = candidates(answered(listed({"token": "a", "logprob": -0.2}), token))
    assert found == (Candidate(0, "a", -0.2), Candidate(1, "b", -2.0), Candidate(2, "rare", -9.0))
    assert of_token(TokenLogprob("a", -0.1)) == ()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "logprobs", "content", "top_logprobs", "id"]), inner)
    ),
    max_leaves=8,
)


@given(JUNK)
def test_whatever_a_server_sends_is_no_crash(sent: Any) -> None:
    """Anything but candidates is no candidates."""
    for shape in (sent, listed(sent), {"choices": [sent]}):
        assert isinstance(candidates(answered(shape)), tuple)
        assert isinstance(penalised(answered(shape)), dict)
    assert candidates(Answer()) == ()


def test_the_request_is_for_one_token_and_nothing_else() -> None:
    """What only chooses among the candidates, ends the answer or has it several times stays away."""
    after = {"post_sampling_probs": True, "n_probs": 3}
    body = {
        "model": "m",
        "messages": [],
        **after,
        "temperature": 0,
        "n": 3,
        "stop": ["a"],
        "seed": 1,
        "tools": [],
    }
    one = asking({**body, "stream": True, "stream_options": {}}, "max_tokens", llamacpp=False)
    assert one == {
        "model": "m",
        "messages": [],
        "tools": [],
        "stream": False,
        "max_tokens": 1,
        "logprobs": True,
        "top_logprobs": OPENAIS,
    }
    assert asking(body, "max_completion_tokens", llamacpp=True)["top_logprobs"] == MANY
    assert calibrating(one)["post_sampling_probs"] is True


def test_few_candidates_are_kept() -> None:
    """The conversation does not grow by the half thousand that were looked at."""
    top = tuple((str(number), -1.0) for number in range(MANY))
    kept = few(answered({}, TokenLogprob("a", -1.0, top)))
    assert len(kept.at().logprobs[0].top) == OPENAIS and kept.wire == ()


@pytest.mark.parametrize(
    ("defaults", "order"),
    [
        (None, (TEMPERATURE_FIRST, False)),
        ({}, (LLAMA_CPP, False)),
        ({"samplers": ["xtc", "temperature", "top_k"]}, (("temperature", "top_k"), True)),
        ({"samplers": [1]}, (LLAMA_CPP, False)),
    ],
)
def test_the_order_is_the_server_s_word_or_an_assumption(defaults: Any, order: Any) -> None:
    """Samplers that are not known here are left out, and what is assumed says so."""
    assert order_of(defaults) == order


def test_an_order_that_is_asked_for_is_the_order() -> None:
    """`samplers` leaves out what it does not name."""
    assert order_of({"samplers": ["top_k"]}, ("temperature", "min_p")) == (("temperature", "min_p"), True)


def test_texts_get_their_ids() -> None:
    """Where a tokeniser knows them; others get numbers that no token has."""
    found = matched([Candidate(0, "a", -1), Candidate(1, "b", -2)], {"a": 64})
    assert [each.id for each in found] == [64, -2]
