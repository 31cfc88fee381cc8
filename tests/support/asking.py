"""What the shell does with a message, without a screen: prepared, and sent."""

from __future__ import annotations

from typing import Any

from chat.conversation.body import Body
from chat.conversation.branch import Branch
from chat.conversation.turn import Turn
from chat.session import sending
from chat.session.state import Session


def body_of(session: Session, text: str = "hi") -> Body:
    """Make the body that would go out for this text with what is set now."""
    return sending.prepare(session, session.target(), session.asked(text)).body


def ask(session: Session, asked: Branch | str, *consumers: Any) -> Turn:
    """Send a message with what is set now."""
    branch = session.asked(asked) if isinstance(asked, str) else asked
    return sending.send(session, sending.prepare(session, session.target(), branch), *consumers)
