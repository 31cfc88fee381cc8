"""Load what takes long while a person types: what the first message needs, in the order it needs it.

A message that is typed at once waits for no more than that. The SDK comes first; what is only counted or
listed (the tokeniser's process, the server's models, prices) waits until no answer is waited for.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat.conversation.events import Event
    from chat.endpoint.target import Target
    from chat.session.state import Session


#: Seconds that a message which is sent gets to go out, before what draws its answer is loaded.
_HEAD_START = 0.1


class Warming:
    """Warms a session in the background, from another thread. `drawing` loads what an answer is drawn with,
    `more` what a message does not need; `done` is called when all is there."""

    def __init__(
        self, drawing: Callable[[], object], more: Callable[[], object], done: Callable[[], object]
    ) -> None:
        self._drawing, self._more, self._done = drawing, more, done
        self._warmed: object = None
        self._free = threading.Event()  # nobody waits for the beginning of an answer
        self._free.set()
        gc.disable()  # until all is loaded: nothing of it is garbage, and looking for some takes 0.1 s

    def begin(self, session: Session) -> None:
        """Warm what leads to the model and address in force, unless that is done or under way."""
        from chat.base.errors import TemperaError

        now = (session.model, session.settings.get("base_url"))
        if now != self._warmed:
            self._warmed = now
            session.hears = self
            try:
                target = session.target()
            except TemperaError:  # the first message will say so
                gc.enable()
                return
            threading.Thread(target=self._warm, args=(session, target), daemon=True).start()

    @contextlib.contextmanager
    def sending(self) -> Iterator[None]:
        """A message is sent: what it does not need waits until its answer has begun."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    def feed(self, event: Event) -> None:
        """Hear of an answer's events."""
        if not self._free.is_set():
            from chat.conversation.events import Piece

            if isinstance(event, Piece):
                self._free.set()

    def _warm(self, session: Session, target: Target) -> None:
        try:
            target.server.prepare()
            self._free.wait(_HEAD_START)  # a message that waits for this goes out first
            self._drawing()
            import filelock  # noqa: F401 (the first line that is typed is kept under a lock)

            self._free.wait()
            self._more()
            session.warm(target)
            if not session.ephemeral and session.places.batches.is_dir():
                from ..experiments import batching

                batching.look(session)
        finally:
            if not gc.isenabled():
                gc.freeze()  # what was loaded is there for good
                gc.enable()
        self._done()
