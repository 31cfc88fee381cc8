"""/rate and /note: a mark and a remark on an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chat.base import escapes
from chat.base.errors import BadInput
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..turns import answered, suggest_answered
from .marks import BAD, GOOD, mark

_MARKS: dict[str, int | None] = {
    **dict.fromkeys(("good", "up", "+", "+1", "👍"), GOOD),
    **dict.fromkeys(("bad", "down", "-", "-1", "👎"), BAD),
    **dict.fromkeys(("clear", "none"), None),
}
_OFFERED = (("good", "a good answer"), ("bad", "a bad one"), ("clear", "no mark"))


def _suggest_rating(session: Session, typed: str) -> Iterator[Suggestion]:
    return _suggest(session, typed, _OFFERED)


def _suggest_note(session: Session, typed: str) -> Iterator[Suggestion]:
    return _suggest(session, typed, (("clear", "no note"),))


def _suggest(session: Session, typed: str, words: tuple[tuple[str, str], ...]) -> Iterator[Suggestion]:
    """Give the number of a turn, then one of these words; or the word alone."""
    number, space, word = typed.rpartition(" ")
    if number and not number.isdecimal():
        return
    if session.conversation.path() or number:
        for each in offer(word, words):
            if each.text.startswith(word):
                yield Suggestion(each.text, each.note, len(number + space))
    if not space:
        yield from suggest_answered(session, typed)


@command(Argument("mark", _suggest_rating, optional=True, rest=True, usage="[n] good|bad|clear"))
def rate(session: Session, screen: Screen, text: str | None) -> None:
    """Mark an answer as good or bad: the last one, or that of turn n.

    /rate good       the last answer; up, + and +1 say the same
    /rate 3 bad      the answer of turn 3; down, - and -1 say the same
    /rate 3 clear    no mark
    """
    number, word = _parted(text or "")
    place = _place(session, number)
    if not word:
        told = mark(session.turns[place])
        how = f"/rate {place + 1} clear takes it back" if told else f"/rate {place + 1} good marks it"
        screen.say(f"turn {place + 1} is {told or 'not marked'}; {how}")
        return
    if word.lower() not in _MARKS:
        raise BadInput(f"{word} is not good, bad or clear")
    _change(session, place, rating=_MARKS[word.lower()])
    screen.say(f"turn {place + 1}: {mark(session.turns[place]) or 'no mark'}")


@command(Argument("text", _suggest_note, optional=True, rest=True, usage="[n] text|clear"))
def note(session: Session, screen: Screen, text: str | None) -> None:
    """Put a remark on an answer, or show it: on the last one, or on that of turn n.

    /note too long             the last answer
    /note 3 the best so far    the answer of turn 3
    /note "3 of 4 are wrong"   quotes, where the text begins with a number
    /note 3 clear              no remark
    """
    number, remark = _parted(text or "")
    if remark[:1] == '"' and len(words := escapes.split(remark)) == 1:
        remark = words[0].text
    place = _place(session, number)
    if not remark:
        screen.say(session.turns[place].marks.note or f"there is no note on turn {place + 1}")
        return
    _change(session, place, note="" if remark == "clear" else remark)
    screen.say(f"turn {place + 1}: {'no note' if remark == 'clear' else 'noted'}")


def _parted(text: str) -> tuple[str, str]:
    """Give (the number of a turn, or "", the rest)."""
    first, _, rest = text.partition(" ")
    return (first, rest.strip()) if first.isdecimal() else ("", text.strip())


def _place(session: Session, number: str) -> int:
    """Find the answer's place in the turns. Raises TemperaError if it has none."""
    conversation = session.conversation
    if not number:
        conversation.last_turn()
    return conversation.turns.index(answered(session, number))


def _change(session: Session, place: int, **facts: Any) -> None:
    conversation = session.conversation
    turn = conversation.turns[place]
    rated = conversation.turns[place] = replace(turn, marks=replace(turn.marks, **facts))
    session.store.update_turn(conversation, rated)
