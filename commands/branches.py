"""Branches: ask again, go back, fork, switch. Nothing that was said is ever lost."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base import escapes
from chat.base.errors import BadInput, TemperaError
from chat.base.short import shorten
from chat.conversation.tree import Conversation
from chat.conversation.turn import COMPLETE, Turn
from chat.endpoint.memory import PREFERENCES
from chat.lab import diff as diffs
from chat.session.state import Session

from .declare import Argument, Edit, Send, Suggestion, command, offer
from .outline import outline
from .parameters import assignments, suggest_pairs
from .screen import Screen


def number_of(text: str) -> int:
    """Raises BadInput for what is no number of a turn, choice or message."""
    if not text.isdecimal() or len(text) > 8 or int(text) == 0:
        raise BadInput(f"{text} is not a number from 1 on")
    return int(text)


def suggest_turns(session: Session, typed: str) -> Iterator[Suggestion]:
    for number, turn in enumerate(session.turns, 1):
        if str(number).startswith(typed):
            yield Suggestion(
                str(number), shorten(turn.request.asked.last.content if turn.request.asked.last else "", 50)
            )


@command(Argument("assignment", suggest_pairs, optional=True, rest=True, usage="name=value…"))
def retry(session: Session, screen: Screen, text: str | None) -> Send:
    """Answer the last message again, with other parameters for this one request if given.

    The former answer stays, as a sibling: /branches draws them, /diff compares the two, and
    /switch goes back to the other.
    """
    asked = session.last_asked()
    settings = session.settings
    for parameter, value in assignments(text) if text else ():
        if parameter in PREFERENCES:
            raise BadInput(f"{parameter.name} is no part of a request")
        settings = settings.set(parameter.name, parameter.kind.read(value))
    return Send(asked=asked, settings=settings if text else None)


@command(Argument("n", suggest_turns, optional=True))
def edit(session: Session, screen: Screen, number: str | None) -> Edit:
    """Put a message back into the prompt, and go on from there on a new branch.

    /edit     the last message
    /edit 2   the message of turn 2, as /history and /branches count them
    """
    conversation = session.conversation
    asked = conversation.turn(number_of(number)).request.asked if number else session.last_asked()
    if asked.last is None or asked.before is None:
        raise TemperaError("there is no message in that turn")
    place = conversation.owner(conversation.head)
    moved = asked.before != conversation.head
    conversation.move(asked.before)
    session.kept()
    if place is not None and moved:
        screen.say(f"what was said stays: /switch {place + 1} goes back there", dim=True)
    return Edit(asked.last.content)


@command(Argument("n", optional=True))
def undo(session: Session, screen: Screen, steps: str | None) -> None:
    """Go back before the last message, or before the last n."""
    conversation = session.conversation
    place = conversation.owner(conversation.head)
    count = number_of(steps) if steps else 1
    conversation.undo(count)
    session.kept()
    left = conversation.path()
    where = f"after turn {left[-1] + 1}" if left else "at the beginning"
    back = f"; /switch {place + 1} goes back there" if place is not None else ""
    screen.say(f"the conversation goes on {where}{back}")


@command(Argument("name", optional=True))
def fork(session: Session, screen: Screen, name: str | None) -> None:
    """Name the branch that begins here, to come back to it; the name moves on with it."""
    name = session.conversation.fork(name or "")
    session.kept()
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
    session.kept()
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


# ---- going on with an answer


@command(name="continue")
def continue_(session: Session, screen: Screen) -> Send:
    """Let the model go on where an answer was cut off, by its limit or by Ctrl-C.

    Where the server takes the beginning of an answer, the model goes on in the middle of the word;
    elsewhere it is asked to, by a message.
    """
    conversation = session.conversation
    place = conversation.owner(session.branch)
    if place is None or session.branch.last is None:
        raise TemperaError("there is no answer to go on with")
    turn = conversation.turns[place]
    if not _cut_off(turn):
        raise TemperaError(
            f"the last answer ended by itself (finish reason {turn.choice.finish_reason or 'unknown'})"
        )
    lacking = session.server.lacks_prefill()
    if not lacking:
        return Send(asked=session.branch.before, prefill=session.branch.last.content)
    screen.say(f"{lacking}: the model is asked to go on, by a message", dim=True)
    return Send("Go on exactly where you stopped, without repeating anything.")


def _cut_off(turn: Turn) -> bool:
    return turn.answer.ended != COMPLETE or turn.choice.finish_reason == "length"


@command(Argument("text", optional=True, rest=True, usage="text|clear"))
def prefill(session: Session, screen: Screen, text: str | None) -> None:
    r"""Begin the next answer: the model goes on from there, where the server supports that.

    /prefill Sure! Here is           the next answer begins so
    /prefill "{\n  \"name\":"        quotes as in a shell, escapes understood
    /prefill clear                   not, after all
    """
    if text == "clear":
        session.prefill = ""
    elif text:
        lacking = session.server.lacks_prefill()
        if lacking:
            raise TemperaError(lacking, "say in the system message how an answer should begin")
        found = escapes.split(text) if text[0] in "\"'" else []
        session.prefill = found[0].text if len(found) == 1 else text
    if session.prefill:
        screen.say(f"the next answer begins with {escapes.quote(session.prefill)}")
    else:
        screen.say("the next answer begins as the model likes")


# ---- comparing


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
    """The last answered turn on the branch, and the sibling before it. Raises TemperaError."""
    last = conversation.last_turn()
    place = conversation.turns.index(last)
    siblings = [at for at in conversation.children()[conversation.parent(place)] if at != place]
    answered = [at for at in siblings if conversation.turns[at].answer.answered]
    if not answered:
        raise TemperaError("there is no other answer here to compare with", "/retry makes one; /diff 1 2")
    same = [at for at in answered if conversation.turns[at].request.asked == last.request.asked]
    return conversation.turns[(same or answered)[-1]], last
