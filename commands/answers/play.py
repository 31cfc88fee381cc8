"""/play: an answer in sound."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from chat.base.errors import TemperaError
from chat.conversation.turn import Turn
from chat.session import heard
from chat.session.state import Session

from ..declare import Argument, Suggestion, command
from ..screen import Screen
from ..turns import answered, suggest_answered


def tell(session: Session, screen: Screen, turn: Turn) -> None:
    """Say what sound an answer has, and where it is kept. Nothing is played before it is asked for."""
    for sound in heard.sounds(turn):
        path = sound.kept(session.store.attachments)
        kept = f", kept in {path}" if path else ", not kept"
        screen.say(f"sound: {sound}{kept}; /play plays it", dim=True)


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    for each in suggest_answered(session, typed):
        if heard.sounds(session.conversation.turn(int(each.text))):
            yield each


@command(Argument("n", _suggest, optional=True))
def play(session: Session, screen: Screen, number: str | None) -> None:
    """Play the sound of the last answer, or of that of turn n, by a program that this system has.

    Ctrl-C ends it. afplay, ffplay, mpv, paplay and aplay are known.
    """
    found = heard.sounds(answered(session, number))
    if not found:
        where = f"the answer of turn {number}" if number else "the last answer"
        raise TemperaError(f"{where} has no sound", "-s modalities sets what answers are: text audio")
    for sound in found:
        with tempfile.TemporaryDirectory(prefix="tempera-") as folder:
            path = Path(folder) / f"answer{sound.ending}"
            path.write_bytes(sound.playable())
            screen.say(f"{sound}, by {screen.play(path)}", dim=True)
