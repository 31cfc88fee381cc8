"""Read, suggest and find turns by their numbers."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base.errors import BadInput, TemperaError
from chat.base.short import shorten
from chat.conversation.turn import Turn
from chat.session.state import Session

from .declare import Suggestion


def number_of(text: str) -> int:
    """Read the number of a turn, choice or message. Raises BadInput if it is none."""
    if not text.isdecimal() or len(text) > 8 or int(text) == 0:
        raise BadInput(f"{text} is not a number from 1 on")
    return int(text)


def suggest_turns(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest turns, with the message of each."""
    for number, turn in enumerate(session.turns, 1):
        if str(number).startswith(typed):
            message = turn.request.asked.last
            yield Suggestion(str(number), shorten(message.content if message else "", 50))


def suggest_answered(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest turns that have an answer, with its beginning."""
    for number, turn in enumerate(session.turns, 1):
        if turn.answer.answered and str(number).startswith(typed):
            yield Suggestion(str(number), shorten(turn.said, 50))


def answered(session: Session, number: str | None = None) -> Turn:
    """Find the turn of that number, or the last, which must have an answer. Raises BadInput if there is no
    such turn, and TemperaError if it has no answer."""
    conversation = session.conversation
    turn = conversation.turn(number_of(number)) if number else conversation.last_answer()
    if turn is None or not turn.answer.answered:
        raise TemperaError(f"turn {number} has no answer" if number else "there is no answer yet")
    return turn
