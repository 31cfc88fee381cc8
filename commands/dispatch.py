"""One line in, one action out; the one boundary where an error becomes a sentence."""

from __future__ import annotations

from chat.base.errors import TemperaError
from chat.session.state import Session

from .answers.again import cancel_edit
from .declare import Action, Edit, Registry, Send
from .echo import complaints, echo
from .line import Slip, parse
from .screen import Screen
from .talk.attach import dropped


def run(text: str, registry: Registry, session: Session, screen: Screen) -> Action | None:
    """Run a command, or say which message to send. A slip goes back into the prompt."""
    if not text.strip() and session.edited is not None:
        cancel_edit(session, screen)
        return None
    session.edited = None
    before = session.setting
    try:
        line = parse(text, registry)
        if line.command is None:
            if note := dropped(line.text) or line.note:
                screen.say(note, dim=True)
            return Send(line.text)
        action = line.command.run(session, screen, *line.values)
    except TemperaError as error:
        screen.fail(error.message, error.hint)
        return Edit(text) if isinstance(error, Slip) else None
    finally:
        session.changes.note(before, session.setting)
        echo(session, screen, before.settings)
        complaints(session, screen)
    return action
