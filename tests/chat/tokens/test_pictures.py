"""A picture's tokens, by the published rules: the guide's own examples, and what must hold of any picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.conversation.content import image_part
from chat.tokens.pictures import HIGH, LOW, RULES, of_message, tokens

from ...support.examples import times


@pytest.mark.parametrize(
    ("model", "width", "height", "detail", "expected"),
    [
        ("gpt-4o", 1024, 1024, HIGH, 765),
        ("gpt-4o", 2048, 4096, HIGH, 1105),
        ("gpt-4o", 4096, 8192, LOW, 85),
        ("gpt-4o-mini", 4096, 8192, LOW, 2833),
        ("gpt-5", 1024, 1024, HIGH, 70 + 4 * 140),
        ("o1-pro", 512, 512, HIGH, 225),
        ("o4-mini", 1024, 1024, HIGH, 1762),  # 1,024 patches at 1.72
        ("gpt-4.1-mini", 1800, 2400, HIGH, 2353),  # 1,452 patches at 1.62
        ("gpt-4.1-nano-2025-04-14", 32, 33, LOW, 5),
        ("openai/gpt-4.1", 1024, 1024, HIGH, 765),
        ("ft:gpt-4.1-mini-2025-04-14:me::x", 1024, 1024, HIGH, 1659),
    ],
)
def test_the_guides_examples(model: str, width: int, height: int, detail: str, expected: int) -> None:
    """What OpenAI's guide works out, or what its rule gives."""
    assert tokens(model, width, height, detail) == expected


@pytest.mark.parametrize(
    "model", ["gpt-6", "gpt-5.4", "gpt-5.1", "llama-3", "gpt-4", "o3-mini", "gpt-4o-audio-preview", ""]
)
def test_models_without_a_rule_get_no_figure(model: str) -> None:
    """Nothing is made up for a model that the guide has no such rule for."""
    assert tokens(model, 100, 100) is None


def test_a_picture_at_an_address_has_a_price_at_low_detail() -> None:
    """Its size is not known here, and does not matter then."""
    form = {"role": "user", "content": [image_part("https://example.org/a.png", LOW)]}
    assert of_message("gpt-4o", form) == (85, 0)
    assert of_message("gpt-4o", {"role": "user", "content": [image_part("https://example.org/a.png")]}) == (
        0,
        1,
    )


@times(2)
@given(
    st.sampled_from([each for each in RULES if RULES[each]]), st.integers(1, 100_000), st.integers(1, 100_000)
)
def test_a_picture_has_a_price_within_bounds(model: str, width: int, height: int) -> None:
    """However long and thin: at least one token, at most those of 1,536 patches or of 2,048 by 768 pixels."""
    found = tokens(model, width, height)
    low = tokens(model, width, height, LOW)
    rule = RULES[model]
    assert rule and found and low and 0 < low <= found
    assert (
        found
        <= getattr(rule, "times", 0) * 1536 + 1 + getattr(rule, "base", 0) + getattr(rule, "tile", 0) * 8
    )
