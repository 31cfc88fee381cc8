"""Which parameter a refusal is about, in whatever notation the server names it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.conversation import complaint
from chat.endpoint import refusals

SENT: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "user", "content": "hi"}],
    "stream": True,
    "seed": 3,
    "top_p": 0.5,
    "stop": ["."],
    "max_tokens": 5,
    "n": 2,
    "logit_bias": {"1": 2},
    "min_p": 0.1,
}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Unsupported parameter: 'seed'", "seed"),
        ("Field 'min_p': type must be number, but is string", "min_p"),
        ('Unknown name "seed": Cannot find field.', "seed"),
        ("`seed` is not supported", "seed"),
        ("seed is not supported by this model", "seed"),
        ("body.seed: extra inputs are not permitted", "seed"),
        ("body -> seed: none is not an allowed value", "seed"),
        ("$.seed must be integer", "seed"),
        ("/seed: additional property", "seed"),
        ("request['seed'] is wrong", "seed"),
        ("Unrecognized request argument supplied: seed", "seed"),
        ("Additional properties are not allowed (seed was unexpected)", "seed"),
        ("does not support parameters: seed, foo", "seed"),
        ("extra fields not permitted: seed", "seed"),
        ("got an unexpected keyword argument 'seed'", "seed"),
        ("The parameter seed can not be used", "seed"),
        ("Invalid value for seed", "seed"),
        ("seed: must be positive", "seed"),
        ("Unknown name \"topP\" at 'generation_config'", "top_p"),
        ("generationConfig.topP is out of range", "top_p"),
        ("top-p must be below 1", "top_p"),
        ("ValidationError: max_tokens too large", "max_tokens"),
        ("n must be at most 1", "n"),
        ("'stop' may hold 4 texts", "stop"),
        ("logit_bias[1]: no such token", "logit_bias"),
        ("min_p unsupported", "min_p"),
        ("streaming is not available for this model", "stream"),
        # what names nothing that was sent
        ("please stop sending requests", None),
        ("something else", None),
        ("the model did not answer", None),
        ("no seeds here, and none in the north", None),
        ("", None),
    ],
)
def test_the_parameter_is_found_in_the_words(words: str, name: str | None) -> None:
    """Quoted, in a path, in another spelling or in a plain sentence: the field that was sent is named."""
    assert refusals.parameter(complaint.Complaint(words), SENT) == name


@pytest.mark.parametrize(
    "param", ["seed", "body.seed", "$.seed", "/seed", "body/seed", "generation.seed", "Seed"]
)
def test_the_field_of_the_error_is_read_as_a_path(param: str) -> None:
    """`param` need not be the bare name."""
    said = complaint.of({"message": "no", "param": param})
    assert refusals.parameter(said, SENT) == "seed"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "error message detail errors param loc msg code type metadata raw title base_resp choices".split()
            ),
            inner,
            max_size=4,
        )
    ),
)


@given(values)
def test_any_error_is_words(value: Any) -> None:
    """No shape of an error raises, none is longer than a line or two, and no half of a character comes out."""
    complaint.found(value)
    said = complaint.of(value)
    refusals.parameter(said, SENT)
    for text in (said.text, said.code, *said.fields):
        text.encode()
    assert len(said.text) <= 300 and "\n" not in said.text


@given(st.binary(max_size=200))
def test_any_body_of_an_error_is_words(data: bytes) -> None:
    """Nor does any body."""
    assert "\n" not in complaint.of_body(data).text
