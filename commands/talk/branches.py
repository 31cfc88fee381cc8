"""Branches of a conversation: drawn, named, switched, compared. Nothing that was said is ever lost."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base.errors import TemperaError
from chat.base.short import shorten
from chat.conversation.tree import Conversation
from chat.conversation.turn import Turn
from chat.lab import diff as diffs
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..turns import suggest_turns
from .outline import outline


@command(Argument("name", optional=True))
def fork(session: Session, screen: Screen, name: str | None) -> None:
    """Name the branch that begins here, to come back to it; the name moves on with it."""
    name = session.conversation.fork(name or "")
    session.store.move_head(session.conversation)
    screen.say(f"on branch {name}")


@command()
def branches(session: Session, screen: Screen) -> None:
    """Draw the conversation as a tree, with what differs between its branches.

    A line a turn, by its number, which /switch, /edit, /raw and /diff take; ● is where the
    conversation goes on.
    """
    if not session.turns:
        raise TemperaError("nothing was said yet")
    screen.show("\n".join(outline(session.conversation)), drawing=True)


def _suggest_branches(session: Session, typed: str) -> Iterator[Suggestion]:
    yield from offer(typed, [(name, "a branch") for name in session.conversation.names])
    yield from suggest_turns(session, typed)


@command(Argument("name", _suggest_branches, usage="name|n"))
def switch(session: Session, screen: Screen, where: str) -> None:
    """Go on with another branch: by its name, or after the turn of that number."""
    conversation = session.conversation
    conversation.switch(where)
    session.store.move_head(session.conversation)
    _say_where(screen, conversation)


def _say_where(screen: Screen, conversation: Conversation) -> None:
    path = conversation.path()
    name = f"on branch {conversation.on}, " if conversation.on else ""
    if not path:
        screen.say(f"{name}at the beginning")
        return
    turn = conversation.turns[path[-1]]
    text = turn.request.asked.last.content if turn.request.asked.last else ""
    screen.say(f"{name}after turn {path[-1] + 1}: {shorten(text)}")


@command(Argument("a", _suggest_branches, optional=True), Argument("b", _suggest_branches, optional=True))
def diff(session: Session, screen: Screen, one: str | None, other: str | None) -> None:
    """Compare two turns or branches: the parameters that differ, then the text, word by word.

    /diff          the last answer and the one before it to the same message
    /diff 2 5      the answers of turns 2 and 5
    /diff a b      two branches that /fork named, from where they part
    """
    conversation = session.conversation
    if one is None:
        before, after = _last_two(conversation)
    else:
        before = conversation.turn_at(one)
        after = conversation.last_turn() if other is None else conversation.turn_at(other)
    hidden = conversation.hides(before) or conversation.hides(after)
    changes = [] if hidden else diffs.parameters(before, after)
    for change in changes:
        screen.say(str(change))
    if hidden:
        screen.say("what they were asked with is hidden until you /pick one", dim=True)
    elif not changes:
        screen.say("the same parameters", dim=True)
    texts = [turn.said for turn in (before, after)]
    if one in conversation.names and other in conversation.names:
        texts = conversation.texts_from_fork(str(one), str(other))
    if texts[0] == texts[1]:
        screen.say("the same text", dim=True)
    else:
        screen.changes(diffs.words(*texts))


def _last_two(conversation: Conversation) -> tuple[Turn, Turn]:
    """Give the last answered turn on the branch, and the sibling before it. Raises TemperaError."""
    last = conversation.last_turn()
    place = conversation.turns.index(last)
    siblings = [at for at in conversation.children()[conversation.parent(place)] if at != place]
    answered = [at for at in siblings if conversation.turns[at].answer.answered]
    if not answered:
        raise TemperaError("there is no other answer here to compare with", "/retry makes one; /diff 1 2")
    same = [at for at in answered if conversation.turns[at].request.asked == last.request.asked]
    return conversation.turns[(same or answered)[-1]], last
