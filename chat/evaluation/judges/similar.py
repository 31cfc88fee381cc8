"""Compare meanings by embeddings: `similar`, and the grader's metric `cosine`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..assertions.checking import negated, unchecked
from ..assertions.declaration import Found, NotChecked
from ..suite import Assertion, Verdict

_LEAST = 0.75


def texts(assertion: Assertion, text: str) -> tuple[str, ...]:
    """Give the texts whose embeddings are needed: the answer first, then what it is held against. None where
    the assertion has nothing of use."""
    value = assertion.value
    if isinstance(value, Mapping):  # the grader
        reference = value.get("reference")
        given = value.get("input", text)
        return (given, reference) if isinstance(reference, str) and isinstance(given, str) else ()
    references = [value] if isinstance(value, str) else value
    if not isinstance(references, list) or not all(isinstance(each, str) for each in references):
        return ()
    return (text, *references) if references else ()


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Give the cosine of two vectors. Raises NotChecked where they have none."""
    if len(one) != len(other) or not one:
        raise NotChecked("the embeddings have different lengths")
    size = math.hypot(*one) * math.hypot(*other)
    if not size or not math.isfinite(size):
        raise NotChecked("an embedding is no direction")
    return math.sumprod(one, other) / size if hasattr(math, "sumprod") else _product(one, other) / size


def _product(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def verdict(assertion: Assertion, vectors: Sequence[Sequence[float]]) -> Verdict:
    """Read the verdict from embeddings, in the order of `texts`: the nearest reference counts."""
    least = _LEAST if assertion.threshold is None else assertion.threshold
    if isinstance(assertion.value, Mapping) and assertion.threshold is None:
        given = assertion.value.get("pass_threshold", _LEAST)
        least = given if isinstance(given, int | float) else _LEAST
    try:
        if len(vectors) < 2:
            raise NotChecked("there are no embeddings to compare")
        score = max(cosine(vectors[0], each) for each in vectors[1:])
    except NotChecked as error:
        return unchecked(assertion, str(error))
    passed = score >= least - 2.3e-16
    why = "" if passed else f"the likeness is {score:.3f}, less than {least:g}"
    return negated(assertion, Found(passed, score, why))
