"""The arithmetic of log probabilities."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.conversation.events import TokenLogprob
from chat.lab import probabilities


def place(**shares: float) -> TokenLogprob:
    """A place whose alternatives have these probabilities; the first was taken."""
    top = tuple((token, math.log(share)) for token, share in shares.items())
    return TokenLogprob(*top[0], top)


@st.composite
def places(draw: st.DrawFn) -> TokenLogprob:
    weights = draw(st.lists(st.floats(0.001, 1), min_size=1, max_size=20))
    total = sum(weights) / draw(st.floats(0.3, 1))
    top = tuple((f"t{number}", math.log(weight / total)) for number, weight in enumerate(weights))
    taken = draw(st.sampled_from(top))
    return TokenLogprob(taken[0], taken[1], top)


def test_perplexity_is_the_number_of_even_choices() -> None:
    """A model that chooses among four at every token has perplexity 4; one that is sure has 1."""
    assert probabilities.perplexity([place(a=0.25, b=0.25)] * 5) == pytest.approx(4)
    assert probabilities.perplexity([place(a=1.0)]) == pytest.approx(1)


def test_entropy_is_in_bits() -> None:
    """Two even alternatives are one bit, four are two, one is none."""
    assert probabilities.entropy(place(a=0.5, b=0.5)) == pytest.approx(1)
    assert probabilities.entropy(place(a=0.1, b=0.1, c=0.1, d=0.1)) == pytest.approx(2)
    assert probabilities.entropy(place(a=0.9)) == 0


def test_taken_token_outside_the_list_is_added() -> None:
    """A token that was taken against the odds stands among the alternatives."""
    taken = TokenLogprob("z", math.log(0.01), (("a", math.log(0.9)),))
    assert [token for token, _ in probabilities.alternatives(taken)] == ["a", "z"]


@given(places())
def test_temperature_one_changes_nothing(given_place: TokenLogprob) -> None:
    """At temperature 1 the odds are what they were."""
    for odds in probabilities.at_temperature(given_place, 1):
        assert odds.after == pytest.approx(odds.before)


@given(places(), st.floats(0, 2))
def test_odds_are_probabilities_in_the_same_order(given_place: TokenLogprob, temperature: float) -> None:
    """At any temperature they add up to 1, and the likelier stays the likelier."""
    odds = probabilities.at_temperature(given_place, temperature)
    assert sum(each.after for each in odds) == pytest.approx(1)
    assert all(one.after >= other.after for one, other in pairwise(odds))


@given(places())
def test_cold_sharpens_and_hot_flattens(given_place: TokenLogprob) -> None:
    """The likeliest gains at 0.5 and loses at 1.5; at 0 it has it all."""
    cold, hot = (probabilities.at_temperature(given_place, each)[0] for each in (0.5, 1.5))
    assert cold.after >= cold.before - 1e-9
    assert hot.after <= hot.before + 1e-9
    assert probabilities.at_temperature(given_place, 0)[0].after == 1


@given(places(), st.floats(0, 1))
def test_top_p_cuts_the_tail(given_place: TokenLogprob, top_p: float) -> None:
    """What is left adds up to 1, and the likeliest is always left."""
    odds = probabilities.at_top_p(given_place, top_p)
    assert sum(each.after for each in odds) == pytest.approx(1)
    assert odds[0].after > 0
    left = [each.after > 0 for each in odds]
    assert left == sorted(left, reverse=True)


def test_top_p_keeps_the_token_that_crosses_it() -> None:
    """0.8 of 50, 40 and 10 percent keeps the first two."""
    odds = probabilities.at_top_p(place(a=0.5, b=0.4, c=0.1), 0.8)
    assert [round(each.after, 3) for each in odds] == [0.556, 0.444, 0]


def test_least_certain_come_first() -> None:
    """The places with the most entropy, at most so many."""
    tokens = [place(a=0.99, b=0.01), place(a=0.5, b=0.5), place(a=0.7, b=0.3)]
    assert probabilities.least_certain(tokens, 2) == [1, 2]
