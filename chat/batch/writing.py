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
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..base import files
from ..base.dataclass import dataclass
from ..base.errors import BadInput, BadValue
from ..base.redact import hide_bytes, spelt
from ..evaluation import asking, states
from ..evaluation.asking import Asking
from ..evaluation.keeping import Keeping
from ..evaluation.results import FAILED, SENT, EvalRun, Sample
from ..session.state import Session
from ..store.runs import MOST
from . import providers
from .lines import carried, line
from .providers import Provider
from .state import CARRIED, WRITING, WRITTEN, Batch, of_row

#: Samples that are kept in one transaction.
_TOGETHER = 64


@dataclass(frozen=True)
class Group:
    """Columns that may stand in one file: they go to one address, and to one model where that is asked
    for."""

    columns: tuple[int, ...]
    askings: tuple[Asking, ...]
    provider: Provider

    @property
    def where(self) -> str:
        return self.askings[0].where

    @property
    def models(self) -> str:
        return ", ".join(dict.fromkeys(str(each.body.get("model")) for each in self.askings))


def groups(askings: Sequence[Asking], provider: Provider | None) -> list[Group]:
    """Sort the columns of a run into files. `provider` is who is to take them, None for whoever is at the
    address."""
    found: dict[tuple[str, str], list[int]] = {}
    for column, each in enumerate(askings):
        takes = provider or providers.at(each.target.endpoint.base_url)
        model = str(each.body.get("model")) if takes.one_model else ""
        found.setdefault((each.where, model), []).append(column)
    return [
        Group(
            tuple(columns),
            tuple(askings[column] for column in columns),
            provider or providers.at(askings[columns[0]].target.endpoint.base_url),
        )
        for columns in found.values()
    ]


class Writing:
    """The files of one run. They go to `folder`, or to `path` and names beside it; `by_hand` says that a
    person carries them."""

    def __init__(
        self, session: Session, keeping: Keeping, run: EvalRun, folder: Path, path: Path | None = None
    ) -> None:
        self._session, self._keeping, self._run = session, keeping, run
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

    def write(self, group: Group, failed: bool) -> Iterator[Batch]:
        """Write what is open of a group, and what failed where that is wanted; yield each batch when its file
        is there. Raises TemperaError."""
        requests = self._requests(group, failed)
        held = next(requests, None)
        part = max((row["part"] for row in self._batches.rows(self._run.number)), default=0)
        while held is not None:
            part += 1
            batch = self._begun(group, part)
            digest, count = hashlib.sha256(), 0

            def lines(batch: Batch = batch, digest: object = digest) -> Iterator[bytes]:
                nonlocal held, count
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
                    count += 1
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
            self._batches.change(batch.number, state=state, digest=digest.hexdigest(), asked=count)
            yield replace(batch, state=state, digest=digest.hexdigest(), asked=count)

    def _begun(self, group: Group, part: int) -> Batch:
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
            "position": group.columns[0],
            "path": os.path.abspath(path),
        }
        return Batch(self._batches.add(**facts), **facts)

    def _requests(self, group: Group, failed: bool) -> Iterator[tuple[Sample, bytes]]:
        """Yield the samples that are to be sent, with their digests."""
        found = self._keeping.states(self._run)
        owed = self._keeping.owed(self._run)
        suite, wanted = (
            self._run.suite,
            {states.ERROR} if failed else {states.OPEN, states.ASKED, states.ERROR},
        )
        askings = dict(zip(group.columns, group.askings, strict=True))
        for number, state in enumerate(found):
            place = self._shape.place(number)
            if state not in wanted or place.column not in askings or number in owed:
                continue
            sample = self._keeping.sample(self._run, place) if state != states.OPEN else Sample(place)
            lost = sample.lost + (sample.state == SENT)
            try:
                prepared = asking.of_cell(
                    askings[place.column], suite.columns[place.column], suite.cases[place.case]
                )
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
        if hide_bytes(data, self._spelt) != data:
            case = sample.place.case + 1
            raise BadInput(
                f"the request of case {case} holds a key, and no file is written with one",
                "take it out of the case",
            )
        if provider.size and len(data) > provider.size:
            raise BadInput(f"the request of case {sample.place.case + 1} alone is larger than a file may be")
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
