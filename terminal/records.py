"""Write standard output as objects of JSON, a line each, for scripts: nothing else reaches it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from chat.base.manner import USUAL, Manner
from chat.conversation.events import Event, Notice, Waiting
from chat.conversation.turn import Answer

from .clean import one_line
from .drawing.remarks import waiting
from .drawing.writer import Writer
from .screen import TerminalScreen
from .streams import Terminal

#: Makes an object of an event; None for one that is only told.
Told = Callable[[Event], dict[str, Any] | None]


class RecordScreen(TerminalScreen):
    """A screen for scripts: what is said goes to standard error, answers are objects of the caller's.

    `objects` makes objects of events, where they are wanted as they come.
    """

    def __init__(self, terminal: Terminal, objects: Told | None = None) -> None:
        super().__init__(terminal)
        self._object = objects

    @property
    def interactive(self) -> bool:
        return False

    def record(self, made: dict[str, Any]) -> None:
        """Write an object."""
        stream = self._terminal.stdout
        stream.write(json.dumps(made, ensure_ascii=False) + "\n")
        stream.flush()

    def stream(self, pieces: Iterable[str]) -> None:
        """Write an object that comes in pieces."""
        for piece in pieces:
            self._terminal.stdout.write(piece)
        self._terminal.stdout.flush()

    def answer(  # type: ignore[override]
        self, choices: int, streamed: bool, manner: Manner = USUAL
    ) -> _Recorded:
        return _Recorded(self, self._object, Writer(self._terminal, aside=True))


class _Recorded:
    """Shows an answer to a script: its events, if wanted; what has to be known goes aside."""

    def __init__(self, screen: RecordScreen, objects: Told | None, aside: Writer) -> None:
        self._screen = screen
        self._object = objects
        self._aside = aside

    def feed(self, event: Event) -> None:
        if isinstance(event, Waiting):
            if event.seconds:
                self._aside.line(waiting(event))
        elif isinstance(event, Notice):
            self._aside.line(one_line(event.text))
        elif self._object and (made := self._object(event)):
            self._screen.record(made)

    def close(self, answer: Answer) -> None:
        """Say nothing: the object of the turn does."""
