"""Write the open requests of a run to files: a batch each, as many as the provider's limits make of them.

Nothing is held together: bodies are made one by one, kept as sent a few at a time, and written. Before the
file of a batch is begun it stands in the store, so that one that was never finished is taken back by the next
shell.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..base import files
from ..base.dataclass import dataclass
from ..base.errors import BadInput, BadValue
from ..base.redact import hide_bytes, spelt
from ..endpoint.address import display_url
from ..evaluation import asking, states
from ..evaluation.keeping import Keeping
from ..evaluation.results import FAILED, SENT, EvalRun, Place, Sample
from ..session.sending import Prepared
from ..session.state import Session
from ..store.runs import MOST
from . import providers
from .lines import carried, line
from .providers import Provider
from .state import CARRIED, WRITING, WRITTEN, Batch, of_row

#: Samples that are kept in one transaction.
_TOGETHER = 64


#: Makes the request of a sample. Raises BadValue where it can't be made.
Make = Callable[[Place], Prepared]


@dataclass(frozen=True)
class Way:
    """Where the requests of a column go. `cost` is what one of them is estimated to cost at most, in US
    dollars, None where that is not known."""

    base_url: str
    model: str
    cost: float | None = None

    @property
    def where(self) -> str:
        """Return the address as it may be shown."""
        return display_url(self.base_url)


@dataclass(frozen=True)
class Bundle:
    """Columns that may stand in one file: they go to one address, and to one model where that is asked
    for."""

    ways: Mapping[int, Way]
    provider: Provider

    @property
    def where(self) -> str:
        return next(iter(self.ways.values())).where

    @property
    def models(self) -> str:
        return ", ".join(dict.fromkeys(each.model for each in self.ways.values()))


def groups(ways: Mapping[int, Way], provider: Provider | None) -> list[Bundle]:
    """Sort columns into files. `provider` is who is to take them, None for whoever is at the address."""
    found: dict[tuple[str, str], dict[int, Way]] = {}
    for column, way in ways.items():
        takes = provider or providers.at(way.base_url)
        found.setdefault((way.where, way.model if takes.one_model else ""), {})[column] = way
    return [
        Bundle(some, provider or providers.at(next(iter(some.values())).base_url)) for some in found.values()
    ]


class Writing:
    """The files of one run, whose requests `make` makes. They go to `folder`, or to `path` and names beside
    it; `by_hand` says that a person carries them."""

    def __init__(
        self,
        session: Session,
        keeping: Keeping,
        run: EvalRun,
        make: Make,
        folder: Path,
        path: Path | None = None,
    ) -> None:
        self._session, self._keeping, self._run, self._make = session, keeping, run, make
        self._folder, self._path = folder, path
        self._batches = keeping.runs.batches
        self._shape = states.shape(run.suite)
        self._spelt = spelt(session.secrets())
        self.by_hand = path is not None
        self._files = 0

    def forget_unfinished(self) -> None:
        """Take back the batches whose file was not finished when the shell was killed."""
        for batch in map(of_row, self._batches.rows(self._run.number)):
            if batch.state == WRITING:
                forget(self._keeping, batch)

    def write(self, group: Bundle, failed: bool) -> Iterator[Batch]:
        """Write what is open of a group, and what failed where that is wanted; yield each batch when its file
        is there. Raises TemperaError."""
        requests = self._requests(group, failed)
        held = next(requests, None)
        part = max((row["part"] for row in self._batches.rows(self._run.number)), default=0)
        while held is not None:
            part += 1
            batch = self._begun(group, part)
            digest, count = hashlib.sha256(), 0
            cost: float | None = 0.0

            def lines(batch: Batch = batch, digest: object = digest) -> Iterator[bytes]:
                nonlocal held, count, cost
                size, kept = 0, []
                while held is not None:
                    number = self._shape.index(held[0].place)
                    data = self._line(batch, number, held[0], group.provider)
                    size += len(data)
                    if count and _full(count, size, group.provider):
                        break
                    kept.append((replace(held[0], batch=batch.number), held[1]))
                    if len(kept) == _TOGETHER:
                        self._keep(kept)
                    digest.update(data)  # type: ignore[attr-defined]
                    one = group.ways[held[0].place.column].cost
                    count, cost = count + 1, None if cost is None or one is None else cost + one
                    yield data
                    held = next(requests, None)
                self._keep(kept)

            try:
                files.write_pieces(Path(batch.path), lines())
            except BaseException:
                with contextlib.suppress(Exception):
                    forget(self._keeping, batch)
                raise
            state = CARRIED if self.by_hand else WRITTEN
            facts: dict[str, Any] = {"state": state, "digest": digest.hexdigest()}
            facts |= {"asked": count, "cost": cost}
            self._batches.change(batch.number, **facts)
            yield replace(batch, **facts)

    def _begun(self, group: Bundle, part: int) -> Batch:
        key = secrets.token_hex(16)
        if self._path is None:
            path = self._folder / f"r{self._run.number}-p{part}-{key}.jsonl"
        else:
            path = self._path if not self._files else files.free(_beside(self._path, self._files + 1))
        self._files += 1
        where = group.where if group.provider.price else ""
        facts: dict[str, Any] = {
            "run": self._run.number,
            "part": part,
            "key": key,
            "state": WRITING,
            "endpoint": where,
            "model": group.models,
            "position": next(iter(group.ways)),
            "path": os.path.abspath(path),
        }
        return Batch(self._batches.add(**facts), **facts)

    def _requests(self, group: Bundle, failed: bool) -> Iterator[tuple[Sample, bytes]]:
        """Yield the samples that are to be sent, with their digests."""
        found = self._keeping.states(self._run)
        owed = self._keeping.owed(self._run)
        wanted = {states.ERROR} if failed else {states.OPEN, states.ASKED, states.ERROR}
        for number, state in enumerate(found):
            place = self._shape.place(number)
            if state not in wanted or place.column not in group.ways or number in owed:
                continue
            sample = self._keeping.sample(self._run, place) if state != states.OPEN else Sample(place)
            lost = sample.lost + (sample.state == SENT)
            try:
                prepared = self._make(place)
            except BadValue as error:
                unmade = replace(sample, state=FAILED, error=error.message, kind="not made")
                self._keeping.put(self._run, [unmade])
                continue
            sent = Sample(
                place, SENT, request=carried(prepared.body), at=time.time(), tries=sample.tries + 1, lost=lost
            )
            yield sent, asking.digest(prepared)

    def _line(self, batch: Batch, number: int, sample: Sample, provider: Provider) -> bytes:
        data = line(batch, number, sample.request, provider)
        what, which = ("cell", sample.place.column) if self._run.part else ("case", sample.place.case)
        if hide_bytes(data, self._spelt) != data:
            raise BadInput(
                f"the request of {what} {which + 1} holds a key, and no file is written with one",
                f"take it out of the {what}",
            )
        if provider.size and len(data) > provider.size:
            raise BadInput(f"the request of {what} {which + 1} alone is larger than a file may be")
        return data

    def _keep(self, kept: list[tuple[Sample, bytes]]) -> None:
        if kept:
            self._keeping.put(self._run, [sample for sample, _ in kept], [digest for _, digest in kept])
            kept.clear()


def _beside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def _full(count: int, size: int, provider: Provider) -> bool:
    """Tell whether one more request, with which a file would have that size, is too much for it."""
    return bool(
        (provider.requests and count >= provider.requests) or (provider.size and size > provider.size)
    )


def forget(keeping: Keeping, batch: Batch) -> int:
    """Forget a batch, with its file here; its samples are open again. Tell how many those are."""
    if batch.state != CARRIED:
        with contextlib.suppress(OSError):
            os.unlink(batch.path)
    first = batch.run * MOST
    return keeping.runs.batches.end(batch.number, first, first + MOST, None)
