"""A source for the panel of /dials that needs no server: it writes down what it is asked."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chat.lab.dials import Dial, dials
from chat.lab.live import Continuation, Source
from chat.lab.next_token import TokenPlace
from chat.lab.sampling import LLAMA_CPP, Candidate
from chat.parameters.settings import Settings

DEFAULTS = {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05, "typical_p": 1.0}


class Scripted:
    """Places with these many candidates, each three quarters as likely as the one before."""

    title, asked, bias = "a-model", "Tell a story.", ""
    order: tuple[str, ...] = LLAMA_CPP
    order_told = True
    not_drawn: Sequence[str] = ()

    def __init__(self, values: Mapping[str, Any] | None = None, places: int = 3, many: int = 200) -> None:
        self.dials: tuple[Dial, ...] = dials(Settings(), "llama.cpp", False, DEFAULTS, {})
        self.values: Mapping[str, Any] = values or {}
        self.samples: Sequence[Continuation] = ()
        self.told: Callable[[], None] = lambda: None
        self.places = places
        self.looked: list[tuple[int, dict[str, Any], bool]] = []
        self.sampled: list[tuple[int, dict[str, Any]]] = []
        found = tuple(Candidate(n, f" word{n}", math.log(0.25 * 0.75**n)) for n in range(many))
        self._places = [TokenPlace(f"before {n}", f" word{n}", found) for n in range(places)]

    def at(self, place: int) -> TokenPlace:
        return self._places[place]

    def look(self, place: int, values: Mapping[str, Any], again: bool = False) -> None:
        self.looked.append((place, dict(values), again))

    def sample(self, place: int, values: Mapping[str, Any]) -> str:
        self.sampled.append((place, dict(values)))
        self.samples = [*self.samples, Continuation("made", "a text", "whole")][-3:]
        return ""


def awaited(source: Source, there: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until what a source finds out behind the panel is there."""
    told = threading.Event()
    source.told = told.set
    while not there():
        assert told.wait(seconds), "the source told nothing"
        told.clear()
