"""One line in, one action out; the one boundary where an error becomes a sentence."""

from __future__ import annotations

from chat.base.errors import TemperaError
from chat.session.state import Session

from .declare import Action, Registry, Send
from .echo import complaints, echo
from .line import parse
from .screen import Screen


def run(text: str, registry: Registry, session: Session, screen: Screen) -> Action | None:
    """Run a command, or say which message to send."""
    before = session.settings
    try:
        line = parse(text, registry)
        if line.command is None:
            return Send(line.text)
        action = line.command.run(session, screen, *line.values)
    except TemperaError as error:
        screen.fail(error.message, error.hint)
        return None
    finally:
        echo(session, screen, before)
        complaints(session, screen)
    return action
