"""Say which text a case expects, where it expects one: what an answer is shown beside, word by word."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .suite import Assertion

#: Types whose value is a whole answer, and types whose value is a part of one.
_WHOLE = {
    *("equals", "levenshtein", "bleu", "gleu", "meteor", "rouge-n", "rouge", "similar"),
    *("model-graded-factuality", "factuality", "string_check", "text_similarity"),
}
_PART = {"contains", "icontains", "starts-with"}


def text(assertions: Iterable[Assertion]) -> str | None:
    """Give the text that is expected: the first that stands for a whole answer, else the first that has to be
    in it; None where assertions name none. What must not be is not expected."""
    parts = []
    for each in leaves(assertions):
        if each.negated or each.type not in _WHOLE | _PART:
            continue
        found = _value(each.value)
        if found and each.type in _WHOLE:
            return found
        parts.append(found)
    return next((part for part in parts if part), None)


def leaves(assertions: Iterable[Assertion]) -> Iterator[Assertion]:
    """Give the assertions that are no sets, and those within sets, in their order."""
    for each in assertions:
        if each.inner:
            yield from leaves(each.inner)
        else:
            yield each


def _value(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and isinstance(value[0], str):
        return value[0]  # the others are expected as well, one of them
    if isinstance(value, Mapping):
        reference = value.get("reference")  # a grader of OpenAI's
        if isinstance(reference, str):
            return reference
        if "type" in value and "name" in value:
            return None
        try:
            return json.dumps(value, ensure_ascii=False, indent=2, default=str)
        except (TypeError, ValueError, RecursionError):
            return None
    return None
