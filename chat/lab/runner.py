"""Experiments, run: several requests under way at once, each answer a turn of its own.

Everything is in the store before the first request goes out, and each answer as soon as it is
there: an experiment that is broken off can be taken up again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..base.interrupts import waited
from ..base.short import shorten
from ..conversation.branch import Branch
from ..conversation.events import Event, Interrupted
from ..conversation.experiment import Cell, Experiment
from ..conversation.parallel import Stop, merged
from ..conversation.turn import Answer, Fold, Turn
from ..parameters import profiles
from ..parameters.settings import Settings
from ..parameters.table import named
from ..session import sending
from ..session.sending import Prepared
from ..session.state import Session
from ..store.journal import Journal
from ..store.records import plain


class Watcher(Protocol):
    """Who looks at an experiment while it runs. Cells are named by their place, from 0."""

    def feed(self, cell: int, event: Event) -> None: ...

    def done(self, cell: int, turn: Turn) -> None:
        """A cell's answer is over, and stored."""


class Display(Protocol):
    """What shows answers beside each other. Cells are named by their place, from 0."""

    def feed(self, cell: int, event: Event) -> None: ...

    def done(self, cell: int, answer: Answer) -> None: ...


@dataclass(frozen=True)
class Shown:
    """A watcher that only shows what comes."""

    display: Display

    def feed(self, cell: int, event: Event) -> None:
        self.display.feed(cell, event)

    def done(self, cell: int, turn: Turn) -> None:
        self.display.done(cell, turn.answer)


class Enough(Exception):
    """Raised by a watcher: nothing more is to be asked."""


def planned(
    session: Session,
    kind: str,
    asked: Branch,
    cells: Sequence[Cell],
    about: str = "",
    blind: bool = False,
    settings: Settings | None = None,
) -> Experiment:
    """Plan an experiment with these settings, or with what is set now. Nothing knows of it yet: its
    requests can be prepared and counted before it is begun."""
    settings = session.settings if settings is None else settings
    values = {parameter.name: plain(value) for parameter, value in settings}
    return Experiment(kind, asked, tuple(cells), about, settings.profile, values, blind=blind)


def keep(session: Session, experiment: Experiment) -> Experiment:
    """A planned experiment, kept with the conversation from now on."""
    asked, conversation = experiment.asked, session.conversation
    conversation.experiments[experiment.id] = experiment
    if not conversation.title and asked.last:
        conversation.title = shorten(asked.last.content)
    session.store.save(conversation)
    return experiment


def cell_of(label: str, values: Mapping[str, Any], profile: str = "") -> Cell:
    """A cell with values as settings have them; None is not sent."""
    return Cell(label, {name: plain(value) for name, value in values.items()}, profile)


def settings_of(session: Session, experiment: Experiment, cell: int) -> Settings:
    """What a cell asks with. Raises BadInput where its profile is gone, or a value not sound."""
    wanted = experiment.cells[cell]
    if wanted.profile:
        settings = session.profile_settings(wanted.profile)
    else:
        settings = profiles.restored(
            session.profiles, session.settings, experiment.profile, experiment.settings, exactly=True
        )
    for name, value in wanted.values.items():
        settings = (
            settings.unset(name) if value is None else settings.set(name, named(name).kind.check(value))
        )
    return settings


def prepare(session: Session, experiment: Experiment, cell: int) -> Prepared:
    """A cell's request. Raises TemperaError."""
    target = session.target(settings_of(session, experiment, cell))
    return sending.prepare(session, target, experiment.asked, experiment=experiment.id, cell=cell)


def run(
    session: Session,
    requests: Mapping[int, Prepared],
    watcher: Watcher,
    *,
    at_once: int = 0,
    stops: Sequence[Stop] = (),
) -> dict[int, Turn]:
    """Send the requests of an experiment, by cell; give the answers, by cell.

    Ctrl-C stops all of them, as does a watcher that raises Enough: what came is kept, and cells
    that had not begun are not in the result. `at_once` bounds how many are under way, 0 does not;
    `stops`, one for each request, stop one alone. The conversation goes on where it was; its new
    turns stand in the order of the requests, whichever was done first.
    """
    cells, prepared = list(requests), list(requests.values())
    first = len(session.turns)
    running = _Running(session, prepared)
    found: dict[int, Turn] = {}

    def over(number: int, when: float | None = None) -> None:
        found[cells[number]] = turn = running.take(number, when)
        watcher.done(cells[number], turn)

    with closing(merged([_starter(session, each) for each in prepared], stops, at_once)) as source:
        try:
            for number, event, when in waited(source, session.interrupts):
                if event is None:
                    over(number, when)
                else:
                    running.feed(number, event, when)
                    watcher.feed(cells[number], event)
        except (KeyboardInterrupt, Enough):
            for number in running.under_way:
                running.feed(number, Interrupted())
                watcher.feed(cells[number], Interrupted())
                with contextlib.suppress(Enough):
                    over(number)
    session.conversation.put_in_order(first)
    return found


def _starter(session: Session, prepared: Prepared) -> Callable[[Stop], Iterator[Event]]:
    return lambda stop: sending.events(session, prepared, stop)


class _Running:
    """The requests that are under way: their records, and what they are written to."""

    def __init__(self, session: Session, prepared: list[Prepared]) -> None:
        self._session = session
        self._prepared = prepared
        self._folds: dict[int, Fold] = {}
        self._journals: dict[int, Journal | None] = {}

    @property
    def under_way(self) -> list[int]:
        return list(self._folds)

    def feed(self, number: int, event: Event, when: float | None = None) -> None:
        if number not in self._folds:
            self._begin(number)
        self._folds[number].feed(event, when)
        writing = self._journals[number]
        if writing:
            writing.feed(event)

    def _begin(self, number: int) -> None:
        prepared = self._prepared[number]
        self._prepared[number] = replace(prepared, request=replace(prepared.request, at=time.time()))
        self._journals[number] = sending.journal(self._session, prepared)
        self._folds[number] = Fold()  # last: what is under way has all of it

    def take(self, number: int, when: float | None = None) -> Turn:
        if number not in self._folds:  # it ended without a word
            self._begin(number)
        fold, writing = self._folds.pop(number), self._journals.pop(number)
        return sending.take(self._session, self._prepared[number], fold.answer(when), writing, move=False)


def newest(session: Session, kind: str = "") -> Experiment | None:
    """The conversation's last experiment, or the last of a kind."""
    known = session.conversation.experiments.values()
    return next((each for each in reversed(list(known)) if kind in ("", each.kind)), None)
