"""Define a lesson: steps of lines that are really run, and a judgement of their outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from ..conversation.turn import Turn


@dataclass(frozen=True)
class Finding:
    """What the answers showed, in a sentence, and whether that is the effect."""

    shown: bool
    text: str


@dataclass(frozen=True)
class Bench:
    """What a lesson knows while it runs: the endpoint's name for the limit of an answer, what has
    to be set there so that the same request gives the same answer, and the turns of the steps so
    far, a list each. `folder` is where the lesson's files are, `figures` the statistics of the
    evaluations so far, as JSON has them."""

    limit: str = "max_tokens"
    steady: str = ""
    steps: list[list[Turn]] = field(default_factory=list)
    folder: str = ""
    figures: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def last(self) -> list[Turn]:
        return self.steps[-1] if self.steps else []


@dataclass(frozen=True)
class Step:
    """`say` is told first, then the lines are run. `look` says what to look for, and `judge` judges the
    turns that the lines made. `requests`: how many there are at most."""

    say: str
    lines: Callable[[Bench], Sequence[str]]
    look: str
    judge: Callable[[Bench], Finding]
    requests: int = 1


@dataclass(frozen=True)
class Lesson:
    """`names` are what it is found by, the first one its own. `files` are written before it begins."""

    names: tuple[str, ...]
    about: str
    steps: tuple[Step, ...]
    files: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def requests(self) -> int:
        return sum(step.requests for step in self.steps)
