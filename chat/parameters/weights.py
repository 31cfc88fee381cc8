"""Weights by word or by token id, for `bias` and `logit_bias`: a kind of values, as `kinds` has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..base import escapes
from ..base.dataclass import dataclass
from ..base.errors import BadValue
from . import jsontext
from .kinds import Number, shown

#: (word or token id, weight) pairs, in the order they were given.
Weights = tuple[tuple[str, int], ...]

_WEIGHT = re.compile("[-+]?[0-9]+")


@dataclass(frozen=True)
class Weighed:
    """A word, or a token id, and the text typed for its weight, or ""."""

    word: str
    weight: str
    quoted: bool


def weighed(text: str) -> list[Weighed]:
    """Split what is typed into words and weights: `word=5`, `word: 5`, `"word":5`, `word 5`, with or
    without commas between them. Raises BadValue for an open quote."""
    found: list[Weighed] = []
    words = escapes.split(text)
    while words:
        word = words.pop(0)
        raw = text[word.start : word.end]
        said, weight = word.text, ""
        if raw.endswith(","):
            said, raw = said[:-1], raw[:-1]
        if raw.endswith((":", "=")) and len(raw) > 1 and words:
            said, weight = said[:-1], words.pop(0).text.removesuffix(",")
        elif raw[-1:] not in ("'", '"'):
            before, equals, after = said.rpartition("=" if "=" in raw else ":")
            if after and (before or equals == "="):
                said, weight = before, after
        if not weight and words and _WEIGHT.fullmatch(words[0].text.removesuffix(",")):
            weight = words.pop(0).text.removesuffix(",")
        found.append(Weighed(said, weight, word.quoted))
    return found


@dataclass(frozen=True)
class Bias:
    """Weights from -100 to 100: by word, or by token id where `ids` is set."""

    ids: bool = False
    weight = Number(-100, 100, whole=True, stops=(-100, -5, 5, 100))

    def read(self, text: str) -> Weights:
        if jsontext.begins(text.strip()):
            return self.check(jsontext.parsed(text.strip()))
        pairs: dict[str, object] = {}
        for each in weighed(text):
            if not each.weight:
                raise BadValue(f"{shown(each.word)} is not {self.describe()}")
            pairs[each.word] = self.weight.read(each.weight)
        return self.check(pairs)

    def check(self, value: object) -> Weights:
        items = value if isinstance(value, tuple) else None
        if isinstance(value, Mapping):
            items = tuple(value.items())
        if items is None or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in items):
            raise BadValue(f"{shown(value)} is not {self.describe()}{self._way(value)}")
        return tuple({self._key(key): self._weight(key, weight) for key, weight in items}.items())

    def _way(self, value: object) -> str:
        """Say what to write for pairs that came as the text that one types."""
        try:
            pairs = self.read(value) if isinstance(value, str) else ()
        except BadValue:
            return ""
        written = ", ".join(f"{key if self.ids else shown(key)}: {weight}" for key, weight in pairs)
        return f": write {{{written}}}" if pairs else ""

    def _key(self, key: object) -> str:
        if self.ids and isinstance(key, int) and not isinstance(key, bool):
            key = str(key)
        if not isinstance(key, str) or not key:
            raise BadValue(f"{shown(key)} is not {'a token id' if self.ids else 'a text; put it in quotes'}")
        if self.ids and not re.fullmatch("[0-9]{1,9}", key):
            raise BadValue(f"{shown(key)} is not a token id")
        return key

    def _weight(self, key: object, weight: object) -> int:
        try:
            return int(self.weight.check(weight))
        except BadValue as error:
            raise BadValue(f"the weight of {shown(key)}: {error.message}") from None

    def write(self, value: Weights) -> str:
        return " ".join(f"{escapes.quote(key)}={weight}" for key, weight in value) or "{}"

    def describe(self) -> str:
        what = "token ids" if self.ids else "words"
        return f"{what} with weights from -100 to 100 (written {'1734' if self.ids else 'word'}=-100)"

    def suggest(self) -> tuple[str, ...]:
        return ()

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.weight.schema()}
