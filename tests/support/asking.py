"""What the shell does with a message, without a screen: prepared, and sent."""

from __future__ import annotations

from typing import Any

from chat import sending
from chat.branch import Branch
from chat.request import Body
from chat.session import Session
from chat.turn import Turn


def body_of(session: Session, text: str = "hi") -> Body:
    """Make the body that would go out for this text with what is set now."""
    return sending.prepare(session, session.target(), session.asked(text)).body


def ask(session: Session, asked: Branch | str, *consumers: Any) -> Turn:
    """Send a message with what is set now."""
    branch = session.asked(asked) if isinstance(asked, str) else asked
    return sending.send(session, sending.prepare(session, session.target(), branch), *consumers)
