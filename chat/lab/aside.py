"""Send requests from any thread, and take them into the conversation only when all is over.

For a screen whose keys may wait for no server and no disk: nothing of the session changes while its
requests are under way. They are turns beside what was said, so that they stand in /usage and count for
the budget; what a killed shell leaves of them is in their journals.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import field, replace

from ..base.dataclass import dataclass
from ..base.errors import TemperaError
from ..conversation.body import Body
from ..conversation.branch import Branch
from ..conversation.events import Event, Interrupted
from ..conversation.experiment import Cell, Experiment
from ..conversation.parallel import Stop
from ..conversation.turn import Answer
from ..parameters.settings import Settings
from ..session import budget, sending
from ..session.sending import Prepared
from ..session.state import Session
from ..session.worst_case import worst_case
from . import runner

#: Seconds that a rate limit is waited for: whoever waits can ask again.
_PATIENCE = 10.0


@dataclass
class LiveRequest:
    """One that goes out, and what is kept of its answer."""

    prepared: Prepared
    asked: runner.Asked
    keep: Callable[[Answer], Answer]
    stop: Stop = field(default_factory=Stop)
    _over: bool = False
    _taken: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def events(self) -> Iterator[Event]:
        """Send it, and yield its events until it is over or taken."""
        for event in self.asked.events(self.stop):
            with self._lock:
                if self._taken or self.stop.is_set:
                    return
                self.asked.feed(event)
            yield event
        with self._lock:
            self._over = True

    def answer(self) -> Answer:
        """Give what came of it so far."""
        with self._lock:
            return self.asked.answer()

    def take(self) -> None:
        """Take it into the conversation, as far as it came. One that never went out was nothing."""
        with self._lock:
            self._taken = True
            if not self.asked.begun and self.asked.sent is None:
                return
            if not self._over:
                if self.asked.sent and not self.asked.begun:  # the word of it had not come here
                    self.asked.feed(self.asked.sent)
                self.asked.feed(Interrupted())
            self.asked.take(self.keep(self.asked.answer()))


class Aside:
    """The requests of one experiment beside the conversation. `asked` is the message that they answer."""

    def __init__(self, session: Session, kind: str, asked: Branch) -> None:
        self._session, self._asked = session, asked
        self._experiment = Experiment(kind, asked, (), "", session.settings.profile)
        self._cells: list[Cell] = []
        self._requests: list[LiveRequest] = []
        self._lock = threading.Lock()
        self._opened = self._closed = False

    def open(self) -> None:
        """Keep the experiment before its first request goes out, so that what a killed shell leaves of it is
        known for what it is. Not from any thread."""
        if not self._opened:
            self._opened = True
            runner.keep(self._session, self._experiment)

    def begin(
        self,
        settings: Settings,
        prefill: str,
        cell: Cell,
        change: Callable[[Body], Body],
        keep: Callable[[Answer], Answer] = lambda answer: answer,
    ) -> LiveRequest:
        """Make a request. `change` makes its body what is sent, `keep` its answer what is kept. Raises
        TemperaError if it can't be made, or if all of them could exceed the budget."""
        session = self._session
        with self._lock:
            number = len(self._cells)
            self._cells.append(cell)
        made = sending.prepare(
            session, session.target(settings), self._asked, prefill, self._experiment.id, number
        )
        body = change(made.body)
        fields = {name: value for name, value in body.items() if name != "messages"}
        prepared = replace(made, body=body, request=replace(made.request, body=fields), longest=_PATIENCE)
        if budget.of(session.conversation) is not None:
            before = [each.prepared for each in self._requests]
            worst = worst_case(session, [*before, prepared])
            if over := budget.obstacle(session.conversation, worst, prepared.request.model):
                raise TemperaError(over)
        request = LiveRequest(prepared, runner.Asked(session, number, prepared), keep)
        with self._lock:
            if self._closed:
                raise TemperaError("nothing is asked any more")
            self._requests.append(request)
        return request

    def close(self) -> None:
        """Stop what is under way, and take all that was asked into the conversation."""
        with self._lock:
            self._closed = True
        for each in self._requests:
            each.stop.set()
        if not self._requests:
            return
        session, before = self._session, self._session.estimates
        runner.keep(session, replace(self._experiment, cells=tuple(self._cells)))
        session.estimates = False  # nobody looks at what is counted here beside what the server tells
        try:
            for each in self._requests:
                each.take()
        finally:
            session.estimates = before
