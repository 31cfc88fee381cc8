"""What a shell with a prompt does: it greets, and completes, colours and does the lines that are typed.

A line loads what it needs when it needs it: the prompt takes keys before there is anything to do them with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .once import Run


def greet(run: Run, first_time: bool) -> None:
    """Say what a person is to know before they type, and take what the command line gave. Raises
    TemperaError."""
    from . import status

    run.screen.say(status.greeting(run.session), dim=True)
    if batches := status.batches(run.session):
        run.screen.say(batches, dim=True)
    if first_time:
        from ..experiments.offered import offer_once

        offer_once(run.session, run.screen)
    if run.given.resume is not None:
        from ..talk import conversations

        conversations.tell(run.session, run.screen)
    if run.given.attached:
        from chat.base.errors import TemperaError

        from .once import attach

        try:
            attach(run)
        except TemperaError as error:
            run.screen.fail(error.message, error.hint)


class AtPrompt:
    """The lines of one prompt. `former`: gives those of former sessions."""

    def __init__(self, run: Run, former: Callable[[], Iterable[str]]) -> None:
        self._run = run
        self._former = former
        self._counted = False
        self._used: Counter[str] = Counter()  # how often each command was typed

    def count(self) -> None:
        """Load the commands, and count how often each was typed in former sessions, once."""
        from .. import line

        registry = self._run.registry
        if not self._counted:
            self._counted = True
            self._used += line.counts(self._former(), registry)

    def label(self) -> str:
        """Say what the next line is, where it answers something else than the model; else ""."""
        if not self._run.loaded or self._run.session.branch.last is None:
            return ""
        from ..tools import loop

        return loop.label(self._run.session)

    def complete(self, text: str) -> list[tuple[int, str, str]]:
        """List (where it begins, text, note) of what can stand at the end of a line."""
        if not self._run.loaded or not (text.startswith("/") or self.label()):
            return []
        from .. import line

        found = line.complete(text, self._run.registry, self._run.session, self._used)
        return [(at, suggestion.text, suggestion.note) for at, suggestion in found]

    def highlight(self, text: str) -> tuple[int, str]:
        """Give the length of the command's name, and its style."""
        if not self._run.loaded or not text.startswith("/"):
            return 0, ""
        from .. import line

        return line.highlight(text, registry=self._run.registry)

    def note(self, typed: str) -> None:
        """Count a line among those that are used."""
        if typed.startswith("/"):
            from .. import line

            self._used += line.counts([typed], self._run.registry)

    def do(self, typed: str, sending: Callable[[], AbstractContextManager[None]]) -> str:
        """Do a line; what to put into the next prompt. A message is sent within `sending`. Raises EOFError
        to leave."""
        from .. import dispatch, line, message
        from ..declare import Edit, Play, Quit, Registry, Send
        from ..tools import loop

        session, screen = self._run.session, self._run.screen
        known = self._run.registry if line.may_be_command(typed) else Registry(())
        action = dispatch.run(typed, known, session, screen)
        if isinstance(action, Quit):
            raise EOFError
        if isinstance(action, Send):
            with sending():
                turn = loop.exchange(session, screen, action)
            return "" if message.kept(turn) else typed
        if isinstance(action, Play):
            from . import playing

            return playing.at_prompt(action, typed, self._run.registry, session, screen)
        return action.text if isinstance(action, Edit) else ""
