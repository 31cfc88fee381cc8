"""Say what a batch is, and how far it can be. Pure values.

A run goes out in one batch or in several, its parts. Each stands in the store before anything of it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.dataclass import dataclass

#: States before a provider has it: its file is being written; is there; is going up; is up; the batch is
#: being made. A file that is carried by hand is CARRIED from when it is written.
WRITING, WRITTEN, UPLOADING, UPLOADED, CREATING = "writing", "written", "uploading", "uploaded", "creating"
CARRIED = "by hand"
#: States that a provider gives, and after which nothing more comes.
COMPLETED, FAILED, EXPIRED, CANCELLING, CANCELLED = (
    "completed",
    "failed",
    "expired",
    "cancelling",
    "cancelled",
)
ENDED = frozenset((COMPLETED, FAILED, EXPIRED, CANCELLED))
#: States in which a provider has not got it yet, so that no answer can be there.
HERE = frozenset((WRITING, WRITTEN, UPLOADING, UPLOADED, CREATING))


@dataclass(frozen=True)
class Batch:
    """One part of a run. `number` is what people type. `key` is drawn at random: it stands in the ids of
    its requests, the name of its file and its metadata, so that it is known again wherever it is found.
    `position` is the column by whose settings it is reached. `path` is its file here, `file` and `remote` are
    the provider's ids of file and batch, `output` and `errors` those of its results; "" is none.
    `completed` and `failed` are the provider's counts. `cost` is what it was estimated to cost at most, in
    US dollars, None where that is not known. `over`: nothing more is expected of it."""

    number: int
    run: int
    part: int
    key: str
    state: str
    at: float = 0.0
    updated: float = 0.0
    over: bool = False
    endpoint: str = ""
    model: str = ""
    position: int = 0
    asked: int = 0
    completed: int = 0
    failed: int = 0
    digest: str = ""
    path: str = ""
    file: str = ""
    remote: str = ""
    output: str = ""
    errors: str = ""
    expires: float = 0.0
    said: str = ""
    cost: float | None = None

    @property
    def tail(self) -> str:
        """Return what of its key stands in the ids of its requests."""
        return self.key[:8]

    @property
    def name(self) -> str:
        """Return the name that its file has at a provider."""
        return f"tempera-r{self.run}-p{self.part}-{self.key}.jsonl"

    @property
    def has_come(self) -> bool:
        """Tell whether its answers are there, and were not fetched yet."""
        return not self.over and self.state in ENDED


def of_row(row: Mapping[str, Any]) -> Batch:
    """Read a batch from its row."""
    return Batch(**{**row, "over": bool(row["over"])})
