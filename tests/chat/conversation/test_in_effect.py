"""What a server made of the parameters, by its own word."""

from __future__ import annotations

import pytest

from chat.conversation import in_effect


def test_a_clamped_value_is_pointed_out() -> None:
    """A number that was sent and is another in effect."""
    found = list(
        in_effect.differences({"temperature": 3.0, "top_p": 0.9}, {"temperature": 2.0, "top_p": 0.9})
    )
    assert [str(each) for each in found] == ["temperature 3.0 → 2 clamped by the server"]


@pytest.mark.parametrize(
    ("sent", "effect"),
    [
        ({"top_p": 0.95}, {"top_p": 0.949999988079071}),
        ({"temperature": 1.0}, {}),
        ({"temperature": 1.0}, None),
        ({"stop": ["a"]}, {"stop": ["b"]}),
        ({"stream": True}, {"stream": False}),
    ],
)
def test_what_is_no_difference(sent: dict[str, object], effect: dict[str, object] | None) -> None:
    """Single precision, silence, and what is no number are not pointed out."""
    assert list(in_effect.differences(sent, effect)) == []


def test_other_names_of_the_same() -> None:
    """llama.cpp calls max_completion_tokens and top_logprobs by names of its own."""
    settings = {"max_tokens": 5, "n_probs": 3, "min_p": 0.1}
    assert in_effect.in_effect("max_completion_tokens", settings) == 5
    assert in_effect.in_effect("top_logprobs", settings) == 3
    assert in_effect.in_effect("extra.min_p", settings) == 0.1


def test_values_are_written_as_people_read_them() -> None:
    """Single precision is rounded, a random seed is called so."""
    assert in_effect.written(0.949999988079071) == "0.95"
    assert in_effect.written(4294967295) == "random"
    assert in_effect.written(True) == "true"
    assert in_effect.written([]) == "[]"
