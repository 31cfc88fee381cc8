"""What came of an evaluation: one sample for each answer that was asked for. Pure values.

`keeping` stores them and reads them back, `figures` makes statistics of them, and whoever shows or exports a
run is given these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from .judging import Judged
from .suite import Answered, Suite

#: States of a sample, in the order in which it goes through them. What is SENT when nobody runs it any more
#: was lost: whether the server answered, and what that cost, is not known.
OPEN, SENT, ANSWERED, JUDGED, FAILED = "open", "sent", "answered", "judged", "failed"

#: States of a run. KILLED is kept as RUNNING, and nobody runs it. One that is WAITING has requests in a
#: batch.
RUNNING, STOPPED, FINISHED, KILLED, WAITING = "running", "stopped", "finished", "killed", "in a batch"


@dataclass(frozen=True)
class Place:
    """Which sample of a run is meant: column, case and repeat, each counted from 0."""

    column: int
    case: int
    repeat: int = 0


@dataclass(frozen=True)
class Sample:
    """One answer of a column to a case. `answered` is None where none came, and `error` says why, as a
    sentence, with its `kind` ("rate limit", "timeout", "refused", …) by which failures are counted.
    `judged` is None before it is judged. `request` is the body as it went out, {} where nothing did.

    `at` is when it was sent, in seconds since 1970, 0 before that. `tries` counts how often it was sent;
    `lost` how many of these brought nothing since the program was killed meanwhile. `judging` is what its
    judges cost, in US dollars, None where that is not known. `flips` counts the judges' verdicts on it that
    turned with the order, of `turned` that were asked in both. `rating` is the person's own verdict: 1, -1,
    or None. `judges` has what judges were asked and said: type, messages, answer, model and cost of each.
    `batch` is the number of the batch that it was last sent in, 0 where it was asked directly.
    """

    place: Place
    state: str = OPEN
    answered: Answered | None = None
    judged: Judged | None = None
    error: str = ""
    kind: str = ""
    request: Mapping[str, Any] = field(default_factory=dict, hash=False)
    model: str = ""
    at: float = 0.0
    tries: int = 0
    lost: int = 0
    judging: float | None = 0.0
    flips: int = 0
    turned: int = 0
    rating: int | None = None
    judges: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    batch: int = 0

    @property
    def passed(self) -> bool | None:
        """Tell whether it holds; None where that was not checked, or there is no answer."""
        return self.judged.passed if self.judged else None

    @property
    def score(self) -> float | None:
        """Return its score, from 0 to 1; None where nothing of it was checked."""
        return self.judged.score if self.judged else None


@dataclass(frozen=True)
class ExperimentRef:
    """What of a conversation a run asks that is no evaluation: an experiment, a column for each of its cells.
    `kind` and `experiment` say which, `conversation` is the store's number of where it is. `request` is the
    record of its first request. `turn` and `exchange` (from 1) say which request is replayed, 0 for none."""

    kind: str
    conversation: int
    experiment: int
    request: Mapping[str, Any] = field(default_factory=dict, hash=False)
    turn: int = 0
    exchange: int = 0


@dataclass(frozen=True)
class EvalRun:
    """One run of an evaluation, or of what else goes out in batches: then `part` says what that is. `number`
    is what people type, `file` where it came from, as it was typed; `profile` was in force. `seconds` is how
    long it has run so far. `suite` is as it was when it began: what is changed in the file later changes
    nothing here."""

    number: int
    name: str
    suite: Suite
    file: str = ""
    state: str = RUNNING
    at: float = 0.0
    updated: float = 0.0
    seconds: float = 0.0
    profile: str = ""
    part: ExperimentRef | None = None

    @property
    def asked(self) -> int:
        """Return how many samples the run has, whatever their state."""
        return len(self.suite.columns) * len(self.suite.cases) * self.suite.repeat
