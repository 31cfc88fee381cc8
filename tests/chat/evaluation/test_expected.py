"""Which text a case expects: what its answers are shown beside."""

from __future__ import annotations

import pytest

from chat.evaluation import expected
from chat.evaluation.suite import Assertion


def a(type: str, value: object = None, **more: object) -> Assertion:
    return Assertion(type, value, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("assertions", "text"),
    [
        ((), None),
        ((a("is-json"), a("llm-rubric", "is kind")), None),
        ((a("equals", "Paris"),), "Paris"),
        ((a("contains", "Par"), a("levenshtein", "Paris")), "Paris"),
        ((a("contains", ""), a("icontains", "par")), "par"),
        ((a("equals", "London", negated=True), a("contains", "Par")), "Par"),
        ((a("bleu", ["one", "another"]),), "one"),
        ((a("equals", {"b": 1}),), '{\n  "b": 1\n}'),
        ((a("string_check", {"type": "string_check", "name": "n", "reference": "Paris"}),), "Paris"),
        ((a("text_similarity", {"type": "text_similarity", "name": "n"}),), None),
        ((a("assert-set", inner=(a("contains", "x"), a("similar", "Paris"))),), "Paris"),
    ],
)
def test_the_text_that_is_expected(assertions: tuple[Assertion, ...], text: str | None) -> None:
    """A whole answer comes before a part of one; what must not be, and what is no text, is not expected."""
    assert expected.text(assertions) == text
