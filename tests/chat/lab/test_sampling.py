"""What samplers make of the next token's probabilities: small numbers that a reader can check."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.lab.sampling import LLAMA_CPP, TEMPERATURE_FIRST, Candidate, Sampler, distribution, offset

#: Four tokens of probability 1/2, 1/4, 1/8 and 1/8.
FOUR = tuple(
    Candidate(number, token, math.log(chance))
    for number, (token, chance) in enumerate([("a", 0.5), ("b", 0.25), ("c", 0.125), ("d", 0.125)])
)


def chances(**parameters: float) -> dict[str, float]:
    """Give the probabilities that are left under these parameters."""
    live = distribution(FOUR, Sampler(**parameters)).live  # type: ignore[arg-type]
    return {outcome.candidate.token: round(outcome.probability, 4) for outcome in live}


@pytest.mark.parametrize(
    ("parameters", "left"),
    [
        ({}, {"a": 0.5, "b": 0.25, "c": 0.125, "d": 0.125}),
        ({"temperature": 0}, {"a": 1}),
        ({"temperature": 1e-310}, {"a": 1, "b": 0, "c": 0, "d": 0}),
        ({"temperature": 0.5}, {"a": 0.7273, "b": 0.1818, "c": 0.0455, "d": 0.0455}),
        ({"top_k": 2}, {"a": 0.6667, "b": 0.3333}),
        ({"top_p": 0.75}, {"a": 0.6667, "b": 0.3333}),
        ({"top_p": 0.76}, {"a": 0.5714, "b": 0.2857, "c": 0.1429}),
        ({"min_p": 0.4}, {"a": 0.6667, "b": 0.3333}),
        ({"min_p": 1}, {"a": 1}),
        # The expected surprise is 1.75 bits: b's 2 bits are nearest to it.
        ({"typical_p": 0.2}, {"b": 1}),
    ],
)
def test_each_sampler_cuts_as_documented(parameters: dict[str, float], left: dict[str, float]) -> None:
    """A sampler alone leaves the probabilities that its definition says."""
    assert chances(**parameters) == left


def test_what_is_cut_off_names_its_sampler() -> None:
    """A reader sees which sampler took a candidate away, and the candidates stay in the model's order."""
    outcomes = distribution(FOUR, Sampler(top_k=3, min_p=0.4)).outcomes
    assert [(each.candidate.token, each.cut_by) for each in outcomes] == [
        ("a", ""),
        ("b", ""),
        ("c", "min_p"),
        ("d", "top_k"),
    ]


def test_the_order_of_samplers_matters() -> None:
    """A server that scales before it cuts keeps other candidates than one that cuts first."""
    flat = Sampler(temperature=2, top_p=0.7)
    assert len(distribution(FOUR, flat, LLAMA_CPP).live) == 2
    assert len(distribution(FOUR, flat, TEMPERATURE_FIRST).live) == 3


def test_penalties_look_at_what_was_said_how_often() -> None:
    """Presence counts once, frequency each time, and repetition by the sign of the logit."""
    said = [0, 0]
    once = distribution(FOUR, Sampler(presence_penalty=math.log(2)), said=said)
    assert once.live[0].probability == pytest.approx(1 / 3)
    each = distribution(FOUR, Sampler(frequency_penalty=math.log(2)), said=said)
    assert {o.candidate.token: round(o.probability, 3) for o in each.live}["a"] == 0.2
    up = [Candidate(each.id, each.token, each.logit + 5) for each in FOUR]
    assert distribution(up, Sampler(repeat_penalty=2), said=said).live[-1].candidate.token == "a"


def test_a_bias_adds_to_the_logit() -> None:
    """+ln 4 makes a token four times as likely beside the others; -100 bans it."""
    found = distribution(FOUR, Sampler(bias={2: math.log(4), 0: -100})).live
    assert found[0].candidate.token == "c" and found[0].probability == pytest.approx(0.5 / 0.875)
    assert found[-1].probability < 1e-30


def test_entropy_is_in_bits() -> None:
    """Half, quarter, eighth, eighth is 1.75 bits; one candidate has none."""
    assert distribution(FOUR, Sampler()).entropy == pytest.approx(1.75)
    assert distribution(FOUR, Sampler(temperature=0)).entropy == 0


def test_no_candidates_give_no_distribution() -> None:
    """A server that sent no candidates is no crash."""
    assert distribution([], Sampler(typical_p=0.5, min_p=0.1)).outcomes == ()


SAMPLERS = st.builds(
    Sampler,
    temperature=st.floats(0, 4),
    top_k=st.integers(-1, 30),
    top_p=st.floats(0, 1),
    min_p=st.floats(0, 1),
    typical_p=st.floats(0, 1),
    repeat_penalty=st.floats(0.5, 2),
    presence_penalty=st.floats(-2, 2),
    frequency_penalty=st.floats(-2, 2),
    bias=st.dictionaries(st.integers(0, 20), st.floats(-100, 100), max_size=3),
)
CANDIDATES = st.lists(st.floats(-40, 40), min_size=1, max_size=20).map(
    lambda logits: [Candidate(number, f"t{number}", logit) for number, logit in enumerate(logits)]
)


@given(CANDIDATES, SAMPLERS, st.permutations(LLAMA_CPP), st.lists(st.integers(0, 25), max_size=8))
def test_probabilities_add_up_and_nobody_is_lost(
    candidates: list[Candidate], sampler: Sampler, order: list[str], said: list[int]
) -> None:
    """Whatever is set, in whatever order: somebody stays, the rest is accounted for, and it sums to 1."""
    found = distribution(candidates, sampler, order, said)
    assert sorted(each.candidate.id for each in found.outcomes) == sorted(each.id for each in candidates)
    assert found.live
    assert sum(each.probability for each in found.live) == pytest.approx(1)
    assert all(each.candidate in candidates for each in found.outcomes)


@given(CANDIDATES.filter(lambda found: len(found) > 3), st.floats(-20, 20), st.floats(1.1, 2))
def test_the_zero_of_the_logits_is_found(candidates: list[Candidate], away: float, penalty: float) -> None:
    """From log-probabilities and one penalised answer come the logits themselves, where they can."""
    said = [each.id for each in candidates[:-1]]
    answer = distribution(candidates, Sampler(repeat_penalty=penalty), said=said)
    penalised = {each.candidate.id: each.probability for each in answer.live}
    shifted = [Candidate(each.id, each.token, each.logit - away) for each in candidates]
    found = offset(shifted, penalised, said, penalty)
    assert found is None or found == pytest.approx(away, abs=0.11)


def test_one_token_that_was_said_leaves_two_zeros() -> None:
    """Where two zeros explain the answer, none is made up; where a second token was said, it is found."""
    raw = [Candidate(0, "a", 1.0), Candidate(1, "b", 0.5), Candidate(2, "c", -1.0)]
    for said, found in ([0], None), ([0, 2], 2.0):
        answer = distribution(
            [Candidate(x.id, x.token, x.logit + 2) for x in raw], Sampler(repeat_penalty=1.5), said=said
        )
        penalised = {each.candidate.id: each.probability for each in answer.live}
        assert offset(raw, penalised, said, 1.5) == (found and pytest.approx(found))
