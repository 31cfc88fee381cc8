"""Load what takes long while a person types: what the first message needs, in the order it needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat.endpoint.target import Target
    from chat.session.state import Session


class Warming:
    """Warms a session in the background, and `more` with it; `done` is called, from another thread, when
    all is there."""

    def __init__(self, more: Callable[[], object], done: Callable[[], object]) -> None:
        self._more = more
        self._done = done
        self._warmed: object = None

    def begin(self, session: Session) -> None:
        """Warm what leads to the model and address in force, unless that is done or under way."""
        from chat.base.errors import TemperaError

        now = (session.model, session.settings.get("base_url"))
        if now != self._warmed:
            self._warmed = now
            try:
                target = session.target()
            except TemperaError:  # the first message will say so
                return
            threading.Thread(target=self._warm, args=(session, target), daemon=True).start()

    def _warm(self, session: Session, target: Target) -> None:
        import filelock  # noqa: F401 (the first line that is typed is kept under a lock)

        self._more()
        session.warm(target)
        self._done()
