"""What a person looks at a run's results with is given, and what they may want of it. Pure values."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import field

from ..base.dataclass import dataclass
from .results import EvalRun, Place, Sample
from .states import ALL, States


@dataclass(frozen=True)
class Bookmark:
    """How a run is looked at: at which sample, whether its cell is opened, which cases are let through."""

    place: Place
    opened: bool = True
    filter: str = ALL
    search: str = ""


@dataclass(frozen=True)
class RunResults:
    """A run to be looked at. `states` has a byte for each sample (see `states`); a whole one is had by
    `sample`, when it is looked at. `rate` keeps the person's own verdict: 1, -1, or None for none. `search`
    gives the cases in whose answers a text stands, in any case of letters; without it the cases themselves
    are searched. `at` is where one begins: where one was before something had to be done elsewhere."""

    run: EvalRun
    states: States
    sample: Callable[[Place], Sample]
    rate: Callable[[Place, int | None], None]
    search: Callable[[str], Collection[int]] | None = None
    at: Bookmark | None = None


@dataclass(frozen=True)
class Retry:
    """The person wants this sample asked again, and then to come back to what is `seen`."""

    place: Place
    seen: Bookmark | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Open:
    """The person wants to go on with this sample in the conversation."""

    place: Place
    seen: Bookmark | None = field(default=None, compare=False)


Wanted = Retry | Open
