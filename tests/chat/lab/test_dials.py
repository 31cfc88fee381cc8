"""The dials: which there are, how far they turn, and what is set by them. Plain values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.endpoint.memory import HONOURED, ProbeVerdict
from chat.lab.dials import Dial, dials, in_force, kept, not_drawn, sampler, set_by
from chat.parameters.kinds import Number
from chat.parameters.settings import Settings

DEFAULTS = {
    "temperature": 0.800000011920929,
    "top_k": 40,
    "top_p": 0.949999988079071,
    "min_p": 0.05,
    "typical_p": 1.0,
    "repeat_penalty": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "seed": 4294967295,
    "max_tokens": -1,
}
LLAMA = dials(Settings(), "llama.cpp", False, DEFAULTS, {"temperature": ProbeVerdict(HONOURED)})
EVERY = [pytest.param(dial, id=dial.name) for dial in LLAMA]


def dial(title: str, among: tuple[Dial, ...] = LLAMA) -> Dial:
    """The dial of that name."""
    return next(each for each in among if each.name == title)


def titles(found: tuple[Dial, ...]) -> set[str]:
    return {each.name for each in found}


def test_a_server_s_own_samplers_have_dials_where_it_takes_them() -> None:
    """OpenAI has neither top_k nor min_p; llama.cpp and vLLM have, each its own name of the penalty."""
    assert titles(dials(Settings(), "openai", True, None, {})) == {
        "temperature",
        "top_p",
        "presence_penalty",
        "frequency_penalty",
        "seed",
        "max_completion_tokens",
    }
    assert {"top_k", "min_p", "typical_p", "repeat_penalty", "max_tokens"} <= titles(LLAMA)
    vllm = titles(dials(Settings(), "vllm", False, None, {}))
    assert {"top_k", "min_p", "repetition_penalty"} <= vllm and "repeat_penalty" not in vllm


def test_lists_have_dials_where_they_are_set() -> None:
    """An effort in force is a list to go through; one that is not set would say nothing of sampling."""
    found = dials(Settings().set("reasoning_effort", "low"), "openai", True, None, {})
    effort = dial("reasoning_effort", found)
    assert effort.turned("low", 1) == "medium" and effort.turned("max", 1) == "max"
    assert "verbosity" not in titles(found)


def test_defaults_are_the_server_s_own_word_where_it_gives_it() -> None:
    """Numbers in single precision read as a person wrote them; no limit and a random seed are no number."""
    assert (dial("top_p").default, dial("top_p").default_of) == (0.95, "server's default")
    assert dial("temperature").default == 0.8 and dial("temperature").verdict == ProbeVerdict(HONOURED)
    assert dial("seed").default is None and dial("max_tokens").default is None
    openai = dials(Settings(), "openai", True, None, {})
    assert (dial("temperature", openai).default, dial("temperature", openai).default_of) == (
        1.0,
        "API's default",
    )


def test_what_a_kind_of_server_is_known_to_do_is_said() -> None:
    """vLLM tells no defaults: those of its source hold, and that it takes top_k is known from there."""
    top_k = dial("top_k", dials(Settings(), "vllm", False, None, {}))
    assert (top_k.default, top_k.default_of, top_k.known) == (0, "vLLM's default", "vLLM takes it")
    assert dial("top_k").known == "the server lists it"
    assert not dial("seed", dials(Settings(), "", False, None, {})).known


@pytest.mark.parametrize("found", EVERY)
def test_every_stop_is_a_value_that_may_be_set(found: Dial) -> None:
    """No dial can be turned to what its parameter refuses."""
    for stop in found.stops:
        assert found.parameter.kind.check(stop) == stop


@given(st.sampled_from([each for each in LLAMA if each.stops]), st.floats(0, 2), st.integers(1, 4))
def test_turning_goes_one_way_and_ends(found: Dial, value: float, steps: int) -> None:
    """Right is never further left, whatever value it starts at; both ends hold; a step back undoes one."""
    kind = found.parameter.kind
    assert isinstance(kind, Number)
    value = kind.check(int(value) if kind.whole else min(value, kind.high or 2))
    right, left = found.turned(value, steps), found.turned(value, -steps)
    assert found.rank(right) >= min(found.rank(value), found.rank(found.stops[-1]))
    assert found.rank(left) <= max(found.rank(value), found.rank(found.stops[0]))
    assert found.turned(found.stops[-1], 1) == found.stops[-1]
    assert found.turned(found.stops[0], -1) == found.stops[0]
    if right != found.stops[-1]:
        assert found.turned(found.turned(right, 1), -1) == right
    assert 0 <= found.share(value) <= 1
    assert found.at(found.share(right)) == right


def test_all_candidates_stand_at_the_end_of_top_k() -> None:
    """0 means all of them, so it stands right of 500, and says so."""
    top_k = dial("top_k")
    assert top_k.turned(500, 1) == 0 and top_k.turned(0, -1) == 500
    assert top_k.show(0) == "all" and top_k.share(0) == 1.0
    assert top_k.turned(0, 1) == 0


def test_a_seed_has_no_end() -> None:
    """What has no stops is counted up and down."""
    assert dial("seed").turned(None, 1) == 1 and dial("seed").turned(41, 1) == 42


def test_the_sampler_is_what_is_set_and_else_the_defaults() -> None:
    """What is not sent holds as the server has it, and vLLM's name of the penalty is the same penalty."""
    values = {"temperature": 1.5}
    found = sampler(LLAMA, values, {7: 2.0})
    assert (found.temperature, found.top_k, found.min_p, dict(found.bias)) == (1.5, 40, 0.05, {7: 2.0})
    assert in_force(dial("top_k"), values) == 40
    settings = Settings().set("repetition_penalty", 1.2)
    vllm = dials(settings, "vllm", False, None, {})
    assert sampler(vllm, set_by(vllm, settings), {}).repeat_penalty == 1.2


def test_a_value_that_no_dial_can_show_is_left_alone() -> None:
    """A request from elsewhere may hold a temperature in quotes: it is neither drawn nor changed."""
    odd = Settings().set("temperature", "warm")
    found = dials(odd, "openai", True, None, {})
    assert "temperature" not in set_by(found, odd)
    assert kept(odd, set_by(found, odd), set_by(found, odd)) == odd


def test_samplers_that_are_not_worked_out_are_named() -> None:
    """mirostat or DRY at work, be it by the server's default, makes another picture: that is told."""
    assert not_drawn(Settings(), {**DEFAULTS, "mirostat": 0, "top_n_sigma": -1.0}) == []
    assert not_drawn(Settings().set("mirostat", 2), {"dry_multiplier": 0.8}) == [
        "mirostat 2",
        "dry_multiplier 0.8",
    ]


VALUES = st.dictionaries(st.sampled_from(["temperature", "top_p", "seed"]), st.integers(0, 1), max_size=3)


@given(VALUES, VALUES)
def test_what_is_kept_is_what_was_turned(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Each value is as it was left, what was unset is not sent, and what was not touched stays where it was."""
    settings = Settings()
    for name, value in before.items():
        settings = settings.set(name, value)
    found = kept(settings, before, after)
    assert {parameter.name: value for parameter, value in found} == after
    if before == after:
        assert found == settings


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("grammar", 'root ::= "a"', "grammar"),
        ("extra.guided_regex", "a+", "extra.guided_regex"),
        ("response_format", {"type": "json_object"}, "response_format json_object"),
        (
            "response_format",
            {"type": "json_schema", "json_schema": {"name": "cat", "schema": {}}},
            "response_format json_schema cat",
        ),
    ],
)
def test_what_the_form_forbids_is_named(name: str, value: Any, said: str) -> None:
    """The candidates are the model's own odds, of which a grammar or a schema lets only some come."""
    assert not_drawn(Settings().set(name, value), None) == [f"{said}, which forbids some of these tokens"]
    assert not_drawn(Settings().set("response_format", {"type": "text"}), None) == []
