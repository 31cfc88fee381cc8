"""Keep what a form of evaluation files can't say: by its place, each once, in order."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from ..evaluation.suite import NotUnderstood, Suite


@dataclass
class LeftOut:
    """What is not said of a suite where it is written."""

    notes: dict[NotUnderstood, None] = field(default_factory=dict)

    def note(self, place: str, why: str) -> None:
        """Note what is not said of a place."""
        self.notes[NotUnderstood(place, why)] = None

    def more(self, notes: Iterable[NotUnderstood]) -> None:
        """Take what another noted."""
        self.notes.update(dict.fromkeys(notes))

    def at_reading(self, suite: Suite) -> None:
        """Note what was not understood when the suite was read."""
        for each in suite.not_understood:
            self.note(each.place, f"was not understood where it was read: {each.why}")

    def openais(self, suite: Suite) -> None:
        """Note what an eval of OpenAI's says, and no other form does."""
        for key in suite.extra:
            self.note(key, "is of OpenAI's evals alone: left out")

    def finite(self, value: Any, place: str) -> Any:
        """Give a value with null for each number that neither JSON nor YAML has a word for, which is
        noted."""
        if isinstance(value, float) and not math.isfinite(value):
            self.note(place, f"{value} is no number that a file can hold: null")
            return None
        if isinstance(value, Mapping):
            return {key: self.finite(each, f"{place}.{key}" if place else key) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.finite(each, f"{place}[{n}]") for n, each in enumerate(value)]
        return value

    def line(self, value: Any, place: str) -> str:
        """Write a value as one line of JSON."""
        return json.dumps(self.finite(value, place), ensure_ascii=False, allow_nan=False) + "\n"

    def json(self, value: Any) -> str:
        """Write a whole file's value as JSON for people."""
        return json.dumps(self.finite(value, ""), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
