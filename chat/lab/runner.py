"""Run requests, several at once, each answer a turn of its own.

Each answer is in the store as soon as it is there; an experiment that is kept is there before its
first request goes out, so that what is broken off can be taken up again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Protocol

from ..base.errors import BadInput
from ..base.interrupts import waited
from ..base.short import shorten
from ..conversation.branch import Branch
from ..conversation.events import Event, Interrupted, Sent
from ..conversation.experiment import BESIDE, Cell, Experiment
from ..conversation.folding import Fold
from ..conversation.parallel import Stop, merged
from ..conversation.turn import Answer, Turn
from ..endpoint.target import Target
from ..parameters import profiles
from ..parameters.settings import Settings
from ..parameters.table import named
from ..session import sending
from ..session.sending import Prepared
from ..session.state import Session
from ..store.journal import Journal
from ..store.records import plain


class Display(Protocol):
    """Shows answers while they come. Cells are named by their place, from 0."""

    def feed(self, cell: int, event: Event) -> None: ...

    def done(self, cell: int, answer: Answer) -> None:
        """Take note that a cell's answer is over."""


class Enough(Exception):
    """Raised by whoever is told of an answer, if nothing more is to be asked."""


# ---- before


def planned(
    session: Session,
    kind: str,
    asked: Branch,
    cells: Sequence[Cell],
    about: str = "",
    blind: bool = False,
    settings: Settings | None = None,
) -> Experiment:
    """Plan an experiment with these settings, or with the present ones. It is not stored yet: its requests
    can be prepared and counted before it begins."""
    settings = session.settings if settings is None else settings
    values = {parameter.name: plain(value) for parameter, value in settings}
    return Experiment(kind, asked, tuple(cells), about, settings.profile, values, blind=blind)


def keep(session: Session, experiment: Experiment) -> Experiment:
    """Give a planned experiment, kept with the conversation from now on."""
    asked, conversation = experiment.asked, session.conversation
    conversation.experiments[experiment.id] = experiment
    if not conversation.title and asked.last and experiment.kind not in BESIDE:
        conversation.title = shorten(asked.last.content)
    session.store.put_experiment(conversation, experiment)
    return experiment


def cell_of(label: str, values: Mapping[str, Any], profile: str = "") -> Cell:
    """Give a cell with values as settings have them; None is not sent."""
    return Cell(label, {name: plain(value) for name, value in values.items()}, profile)


def settings_of(session: Session, experiment: Experiment, cell: int) -> Settings:
    """Return the settings that a cell asks with. Raises BadProfile if its profile is broken, BadInput if it
    is gone or a value is not sound."""
    wanted = experiment.cells[cell]
    if wanted.profile:
        settings = session.profile_settings(wanted.profile)
    else:
        settings, left_out = profiles.restored(
            session.profiles, session.settings, experiment.profile, experiment.settings, exactly=True
        )
        if left_out:
            raise BadInput(f"it was asked with what is no longer taken: {left_out[0]}")
    for name, value in wanted.values.items():
        settings = (
            settings.unset(named(name).name)
            if value is None
            else settings.set(named(name).name, named(name).kind.check(value))
        )
    return settings


def prepare(session: Session, experiment: Experiment, cell: int, target: Target) -> Prepared:
    """Give a cell's request; the target is of its settings. Raises TemperaError."""
    return sending.prepare(session, target, experiment.asked, experiment=experiment.id, cell=cell)


def newest(session: Session, kind: str) -> Experiment | None:
    """Give the conversation's last experiment of a kind."""
    known = session.conversation.experiments.values()
    return next((each for each in reversed(list(known)) if each.kind == kind), None)


# ---- while they answer


def run(
    session: Session,
    requests: Iterable[tuple[int, Prepared]],
    display: Display,
    over: Callable[[int, Turn], None] = lambda cell, turn: None,
    *,
    at_once: int = 0,
    stops: Iterable[Stop] = (),
) -> dict[int, Turn]:
    """Send requests, each for a cell, and return the answers by cell. A request is taken from `requests`
    only when it goes out. At most `at_once` are under way, 0 is no bound; with 1, later requests may depend
    on earlier answers. `over` is told of each answer once it is stored. Ctrl-C stops all of them, and so
    does Enough, raised by `over`: what came is kept, and cells that had not begun are not in the result.
    `stops`, one for each request, stop one alone. The conversation stays where it was. Its new turns stand
    in the order of the requests, whichever ended first. An error raised by `requests` is raised again once
    what came is kept."""
    first = len(session.turns)
    asked: dict[int, Asked] = {}
    found: dict[int, Turn] = {}

    def begun() -> Iterator[Callable[[Stop], Iterator[Event]]]:
        for number, (cell, prepared) in enumerate(requests):
            asked[number] = one = Asked(session, cell, prepared)
            yield one.events

    def end(number: int, when: float | None = None) -> None:
        one = asked.pop(number)
        found[one.cell] = turn = one.take(one.answer(when))
        display.done(one.cell, turn.answer)
        over(one.cell, turn)

    with closing(merged(begun(), stops, at_once)) as source:
        try:
            for number, event, when in waited(source, session.interrupts):
                if event is None:
                    end(number, when)
                else:
                    asked[number].feed(event, when)
                    display.feed(asked[number].cell, event)
        except (KeyboardInterrupt, Enough):
            pass
        finally:
            for number, one in list(asked.items()):
                if one.sent and not one.begun:  # it went out, and the word of it had not come here
                    one.feed(one.sent)
                if one.begun:
                    one.feed(Interrupted())
                    display.feed(one.cell, Interrupted())
                    with contextlib.suppress(Enough):
                        end(number)
            session.conversation.put_in_order(first)
    return found


class Asked:
    """A request that is under way: its record, and the journal it is written to, from its first event on."""

    def __init__(self, session: Session, cell: int, prepared: Prepared) -> None:
        self.cell = cell
        self._session = session
        self._prepared = prepared
        self.sent: Sent | None = None
        self._fold: Fold | None = None
        self._writing: Journal | None = None

    @property
    def begun(self) -> bool:
        return self._fold is not None

    def events(self, stop: Stop) -> Iterator[Event]:
        """Yield the events from a thread of their own. What went out is known before it is told."""
        for event in sending.events(self._session, self._prepared, stop):
            if isinstance(event, Sent):
                self.sent = event
            yield event

    def feed(self, event: Event, when: float | None = None) -> None:
        fold = self._fold or self._begin()
        fold.feed(event, when)
        if self._writing:
            self._writing.feed(event)

    def _begin(self) -> Fold:
        request = replace(self._prepared.request, at=time.time())
        self._prepared = replace(self._prepared, request=request)
        self._fold = fold = Fold()  # first: Ctrl-C while the file is made finds what was asked
        self._writing = sending.journal(self._session, self._prepared)
        return fold

    def answer(self, when: float | None = None) -> Answer:
        """Give what came of it so far."""
        return (self._fold or self._begin()).answer(when)  # it may have ended without a word

    def take(self, came: Answer) -> Turn:
        """Take its answer, be it cut to what is to be kept, into the conversation and the store."""
        return sending.take(self._session, self._prepared, came, self._writing, move=False)
