"""Costs and windows, known or unknown, never guessed."""

from __future__ import annotations

import datetime

import pytest

from chat.conversation.turn import Usage
from chat.endpoint.address import OPENAI, Endpoint
from chat.parameters import shutdowns
from chat.tokens.prices import cost, money, window

HOME = Endpoint(OPENAI)


def test_prices_are_those_of_the_data() -> None:
    """More tokens cost more, cached ones less."""
    plain = cost(Usage(1000, 100), "gpt-5.4-mini", HOME)
    cached = cost(Usage(1000, 100, cached=800), "gpt-5.4-mini", HOME)
    more = cost(Usage(1000, 200), "gpt-5.4-mini", HOME)
    assert plain
    assert cached
    assert more
    assert cached < plain < more


@pytest.mark.parametrize(
    ("model", "endpoint"),
    [
        ("no-such-model", HOME),
        ("gpt-4o", Endpoint("http://127.0.0.1:8080/v1")),
        ("gpt-4o", Endpoint("https://nobody-knows.example/v1")),
    ],
)
def test_what_is_not_known_has_no_price(model: str, endpoint: Endpoint) -> None:
    """An unknown model, a server of one's own, a gateway: unknown, never a guess."""
    assert cost(Usage(10, 10), model, endpoint) is None
    assert window(model, endpoint) is None


def test_a_tier_without_a_price_is_unknown() -> None:
    """The standard price is not shown for another tier, unless that has the same by the data."""
    assert cost(Usage(10, 10), "gpt-5.4-mini", HOME, "default") == cost(Usage(10, 10), "gpt-5.4-mini", HOME)
    assert cost(Usage(1000, 1000), "gpt-5.4-mini", HOME, "scale") is None


def test_the_embedded_model_is_free() -> None:
    """Nobody charges for it."""
    assert cost(Usage(10, 10), "SmolLM2-135M-Instruct", Endpoint("embedded")) == 0


def test_windows() -> None:
    """What is published of a model."""
    assert window("gpt-5.4-mini", HOME) == 400_000


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (None, "unknown"),
        (0, "$0"),
        (0.00001234, "$0.000012"),
        (0.00123, "$0.0012"),
        (0.5, "$0.5000"),
        (12.345, "$12.35"),
    ],
)
def test_money(dollars: float | None, text: str) -> None:
    """As a person reads it."""
    assert money(dollars) == text


def test_shutdowns_are_told_before_and_after() -> None:
    """One sentence with the day, in the right tense; none for a model that stays."""
    before = shutdowns.warning("gpt-4o", datetime.date(2026, 11, 23))
    after = shutdowns.warning("gpt-4o", datetime.date(2027, 2, 1))
    assert before
    assert after
    assert "shuts down on 2027-01-14" in before
    assert "was announced to shut down on 2027-01-14" in after
    assert shutdowns.warning("gpt-5.4-mini", datetime.date(2026, 11, 23)) is None
