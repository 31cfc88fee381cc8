"""Offer the tour to who is here for the first time, before its steps are loaded."""

from __future__ import annotations

import contextlib

from chat.base.errors import BadFile
from chat.session.state import Session

from ..screen import Screen

#: Under what the preferences keep how far the person has come.
NOTE = "tour"
OFFER = "New here? /tour shows in six minutes how this is used, by doing it."


def offer_once(session: Session, screen: Screen) -> None:
    """Offer the tour, unless that was done before."""
    if session.preferences.noted(NOTE):
        return
    screen.say(OFFER, dim=True)
    with contextlib.suppress(BadFile):  # a folder that can't be written: then it is offered again
        session.preferences.note(NOTE, seen=0)
