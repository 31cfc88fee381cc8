"""Check the text of an answer: what it is, what it contains, how far it is from another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from . import patterns, values
from .declaration import Found, Held, NotChecked, Type, found, lacking

#: Characters of an answer that are told.
_TOLD = 60
#: Steps that a comparison of two long texts may take, and how many fit into one word of the machine.
_STEPS, _WORD = 3e9, 64


def told(text: str) -> str:
    """Cut a text that is told."""
    return f"“{text if len(text) <= _TOLD else text[:_TOLD] + '…'}”"


def _equals(held: Held) -> Found:
    value = held.value
    if value is None:
        raise NotChecked("it has no value")
    if isinstance(value, Mapping | list):
        try:
            equal = values.same(value, values.parsed(held.text))
        except ValueError:
            equal = False
        return found(equal, "the answer is not this JSON")
    return found(values.said(value) == held.text, f"the answer is {told(held.text)}")


def _needle(held: Held) -> str:
    value = held.value
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not value or value != value:
        raise NotChecked("its value has to be a text or a number, and not empty")
    return values.said(value)


def _contains(held: Held) -> Found:
    needle = _needle(held)
    return found(needle in held.text, f"{told(needle)} is not in it")


def _icontains(held: Held) -> Found:
    needle = _needle(held)
    return found(needle.lower() in held.text.lower(), f"{told(needle)} is not in it")


def _needles(held: Held, quoted: bool = False) -> list[str]:
    """Give the texts of a list, or of a text that is split at its commas."""
    value = held.value
    if isinstance(value, str) and value:
        if quoted:
            pieces = patterns.all_found(r'(".*?"|[^,]+)(?=\s*,|\s*$)', value)
            pieces = [values.trimmed(piece) for piece in pieces]
            return [piece.removeprefix('"').removesuffix('"') for piece in pieces]
        return [values.trimmed(piece) for piece in value.split(",")]
    if not isinstance(value, list):
        raise NotChecked("its value has to be a list, or texts with commas between them")
    return [values.said(each) for each in value]


def _any(fold: Callable[[str], str], quoted: bool) -> Callable[[Held], Found]:
    def check(held: Held) -> Found:
        text, needles = fold(held.text), _needles(held, quoted)
        return found(any(fold(needle) in text for needle in needles), "none of them is in it")

    return check


def _all(fold: Callable[[str], str]) -> Callable[[Held], Found]:
    def check(held: Held) -> Found:
        text = fold(held.text)
        missing = [needle for needle in _needles(held) if fold(needle) not in text]
        return found(not missing, f"{told(', '.join(missing))} is not in it")

    return check


def _starts(held: Held) -> Found:
    if not isinstance(held.value, str) or not held.value:
        raise NotChecked("its value has to be a text, and not empty")
    return found(held.text.startswith(held.value), f"it starts with {told(held.text[: len(held.value)])}")


def _regex(held: Held) -> Found:
    if not isinstance(held.value, str) or not held.value:
        raise NotChecked("its value has to be a regular expression")
    return found(patterns.searched(held.value, held.text), "nothing in it fits the regular expression")


def _levenshtein(held: Held) -> Found:
    if not isinstance(held.value, str):
        raise NotChecked("its value has to be a text")
    one, other, most = values.units(held.text), values.units(held.value), held.threshold(5)
    if abs(len(one) - len(other)) > most:
        return found(False, f"it is more than {most:g} edits away")
    if max(len(one), len(other)) <= most:
        return found(True)
    return found(distance(one, other, math.floor(most)) <= most, f"it is more than {most:g} edits away")


def distance(one: str, other: str, most: int) -> int:
    """Count the edits between two texts; more than `most` are not counted. Raises NotChecked: too long."""
    try:
        from rapidfuzz.distance import Levenshtein
    except ImportError:
        raise lacking("rapidfuzz") from None
    bound(len(one), min(len(other), 2 * most + 1))
    return int(Levenshtein.distance(one, other, score_cutoff=most))


def bound(rows: int, columns: int) -> None:
    """Raise NotChecked where two texts are too long to be compared letter by letter."""
    if rows * columns / _WORD > _STEPS:
        raise NotChecked("the two texts are too long to be compared")


def _words(held: Held) -> Found:
    count, value = len(values.words(held.text)), held.value
    if isinstance(value, Mapping):
        least, most = _count(value.get("min")), _count(value.get("max"))
        if least is None and most is None:
            raise NotChecked("its value has neither min nor max")
        if least is not None and most is not None and least > most:
            raise NotChecked("its min is more than its max")
        within = (least is None or count >= least) and (most is None or count <= most)
        return found(within, f"it has {count:,} words")
    exact = _count(value)
    if exact is None:
        raise NotChecked("its value has to be a number, or min and max")
    return found(count == exact, f"it has {count:,} words")


def _count(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise NotChecked("its value has to be a number, or min and max")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise NotChecked("its value has to be a number, or min and max") from None


def _same(text: str) -> str:
    return text


TYPES = (
    Type("equals", "a text; or JSON, which the answer has to be, whatever the order of its names", _equals),
    Type("contains", "a text that is in the answer", _contains),
    Type("icontains", "the same, in capitals or not", _icontains),
    Type("contains-any", "texts, one of which is in it: a list, or with commas between", _any(_same, True)),
    Type("icontains-any", "the same, in capitals or not", _any(str.lower, False)),
    Type("contains-all", "texts, each of which is in it", _all(_same)),
    Type("icontains-all", "the same, in capitals or not", _all(str.lower)),
    Type("starts-with", "how the answer begins", _starts),
    Type("regex", "a regular expression of JavaScript's that is found in it", _regex),
    Type(
        "levenshtein",
        "a text that is at most `threshold` edits away (5)",
        _levenshtein,
        needs=("rapidfuzz",),
    ),
    Type("word-count", "how many words it has: a number, or `min` and `max`", _words),
)
