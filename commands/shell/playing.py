"""Do the lines of a script as if they were typed: one after another, each message answered before the next.

A script is what a person wrote; what a model, a server or an argument says is never looked at for
commands. It stops at the first line that fails, or goes on to its end and tells that one did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from chat.base.dataclass import dataclass
from chat.base.errors import BadInput, TemperaError
from chat.conversation.turn import INTERRUPTED, Turn
from chat.session.state import Session
from chat.transfer.script import Statement

from .. import dispatch
from ..declare import Action, Edit, Play, Quit, Registry, Send
from ..screen import Screen
from ..tools import loop

#: How many scripts may be under way within each other.
DEEPEST = 16

#: Is told of each turn, and None for a line that failed without one; whether the line is to count as done.
Done = Callable[[Turn | None], bool]


@dataclass
class Playing:
    """Plays in a session. `keep_going`: what fails stops nothing. `failed` says whether anything did, `left`
    whether a line left the shell."""

    registry: Registry
    session: Session
    screen: Screen
    keep_going: bool = False
    done: Done = lambda turn: True
    failed: bool = False
    left: bool = False
    _files: list[Path] = field(default_factory=list)
    _depth: int = 0

    def play(self, script: Play) -> bool:
        """Do all lines; whether to go on behind it. Raises KeyboardInterrupt where an answer was stopped, and
        BadInput where a script is within itself."""
        self._check(script)
        outer = self.screen.place
        self._depth += 1
        if script.path is not None:
            self._files.append(script.path)
        try:
            for each in script.lines:
                place = f"{script.name}:{each.line}" if script.path or len(script.lines) > 1 else script.name
                self.screen.place = f"{outer}: {place}" if outer and script.path is None else place
                if not self._line(each):
                    return False
            return True
        finally:
            self.screen.place = outer
            self._depth -= 1
            if script.path is not None:
                self._files.pop()

    def _check(self, script: Play) -> None:
        """Raise BadInput where a script is within itself, or too many are within each other."""
        if self._depth >= DEEPEST:
            raise BadInput(f"{script.name}: {DEEPEST} scripts are under way within each other already")
        if script.path is not None and script.path in self._files:
            raise BadInput(f"{script.name} is under way already: it would never end")

    def _line(self, statement: Statement) -> bool:
        """Do one; whether to go on."""
        session, screen = self.session, self.screen
        if screen.interactive:
            first, more, _ = statement.text.partition("\n")
            screen.say(f"> {first}{' …' if more else ''}", dim=True)
        screen.failure = None
        conversation, count = session.conversation, len(session.turns)
        within = False
        try:
            action = self._action(statement)
            if isinstance(action, Play):
                self._check(action)
                within = True
                return self.play(action)
            if isinstance(action, Edit):  # of a slip, which was told, or a command that a person would finish
                if screen.failure is None:
                    raise BadInput("nothing can be edited in a script", "the whole message stands in a line")
            elif isinstance(action, Quit):
                self.left = True
                return False
            elif isinstance(action, Send):
                loop.exchange(session, screen, action)
        except TemperaError as error:
            screen.fail(error.message, error.hint)
        finally:
            mine = session.conversation is conversation and not within
            made = session.turns[count:] if mine else []
            fine = [self.done(turn) for turn in made]
            if not made and screen.failure and not within:
                self.done(None)
        if any(turn.answer.ended == INTERRUPTED for turn in made):
            raise KeyboardInterrupt
        if screen.failure is None and all(fine):
            return True
        self.failed = True
        return self.keep_going

    def _action(self, statement: Statement) -> Action | None:
        if statement.message:
            return Send(statement.text)
        return dispatch.run(statement.text, self.registry, self.session, self.screen)


def at_prompt(script: Play, typed: str, registry: Registry, session: Session, screen: Screen) -> str:
    """Play what a person typed at the prompt, where they are asked what is asked; the text to put into the
    next prompt. Raises EOFError where a line leaves the shell."""
    playing = Playing(registry, session, screen)
    try:
        playing.play(script)
    except TemperaError as error:
        screen.fail(error.message, error.hint)
        playing.failed = True
    if playing.left:
        raise EOFError
    return typed if playing.failed else ""
