"""Another answer: ask again, change the message, go back, go on, begin it yourself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from chat.base import escapes
from chat.base.errors import BadInput, TemperaError
from chat.base.short import several
from chat.conversation.turn import COMPLETE, Turn
from chat.endpoint.memory import PREFERENCES
from chat.parameters import notation
from chat.parameters.settings import differences
from chat.session import attached
from chat.session.changes import Setting
from chat.session.state import Session

from ..declare import Argument, Edit, Send, Suggestion, command, offer
from ..screen import Screen
from ..settings.assigning import assignments
from ..settings.parameters import suggest_pairs
from ..turns import number_of, suggest_turns


@command(
    Argument("assignment", suggest_pairs, optional=True, rest=True, usage="name=value…"),
    aliases=("regen", "regenerate"),
)
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
        read = notation.read(parameter, value)
        settings = settings.unset(parameter.name) if read is None else settings.set(parameter.name, read)
    return Send(asked=asked, settings=settings if text else None)


def _suggest_redo(session: Session, typed: str) -> Iterator[Suggestion]:
    yield from (each for each in offer(typed, [("set", "a change of settings that was taken back")]))
    yield from suggest_pairs(session, typed)


@command(Argument("assignment", _suggest_redo, optional=True, rest=True, usage="set|name=value…"))
def redo(session: Session, screen: Screen, text: str | None) -> Send | None:
    """Make a change of settings again that /undo set took back; without set, the same as /retry."""
    if text and text.split() == ["set"]:
        _put_back(session, screen, session.changes.forward(), "no change of settings was taken back")
        return None
    return cast(Send, retry.run(session, screen, text))


def _put_back(session: Session, screen: Screen, setting: Setting | None, none: str) -> None:
    """Set what was set at another time, which the echo tells; where there is nothing, raise."""
    if setting is None:
        raise TemperaError(none)
    before = session.settings
    session.put_back(setting)
    changes = session.changes
    more = f"{several(changes.behind, 'change')} before this, {changes.ahead} after it"
    same = "" if differences(before, session.settings) else "no value differs; "
    screen.say(f"{same}{more}", dim=True)


@command(Argument("n", suggest_turns, optional=True))
def edit(session: Session, screen: Screen, number: str | None) -> Edit:
    """Put a message back into the prompt, and go on from there on a new branch.

    /edit     the last message; emptied, it stays as it was
    /edit 2   the message of turn 2, as /history and /branches count them
    """
    conversation = session.conversation
    asked = conversation.turn(number_of(number)).request.asked if number else session.last_asked()
    if asked.last is None or asked.before is None:
        raise TemperaError("there is no message in that turn")
    parts = attached.taken_apart(asked.last)
    if parts is None:
        here = conversation.head.goes_through(asked)
        way = f"/message edit {asked.length}" if here else "/switch goes there, then /message edit"
        raise TemperaError("that message is more than a text", f"{way} opens it in your editor")
    place = conversation.owner(conversation.head)
    moved = asked.before != conversation.head
    session.edited = conversation.head
    conversation.move(asked.before)
    session.store.move_head(session.conversation)
    if place is not None and moved:
        screen.say(f"what was said stays: /switch {place + 1} goes back there", dim=True)
    text, found = parts
    if found:
        session.waiting = replace(session.waiting, files=found)
        screen.say(
            f"with it again: {', '.join(each.name for each in found)}; /attach off leaves them out", dim=True
        )
    return Edit(text)


def cancel_edit(session: Session, screen: Screen) -> None:
    """Go back to where /edit came from: the message that it put into the prompt was emptied."""
    if session.edited is not None:
        session.conversation.move(session.edited)
        session.store.move_head(session.conversation)
        session.edited = None
        screen.say("the message stays as it was")


def _suggest_undo(session: Session, typed: str) -> Iterator[Suggestion]:
    return offer(typed, [("set", "the last change of settings")])


@command(Argument("n", _suggest_undo, optional=True, usage="n|set"))
def undo(session: Session, screen: Screen, steps: str | None) -> None:
    """Go back before the last message, or before the last n; with set, before the last change of settings.

    /undo       the conversation goes on before the last message, or before what /message changed
    /undo set   takes back the last /set, /profile, /dials …; /redo set makes it again

    What tools answered counts as one message.
    """
    if steps == "set":
        none = "no setting was changed here" if not session.changes.states else "that was the first change"
        _put_back(session, screen, session.changes.back(), none)
        return
    conversation = session.conversation
    if steps is None and session.take_back():
        screen.say("the messages are as they were before the last /message")
        return
    place = conversation.owner(conversation.head)
    count = number_of(steps) if steps else 1
    conversation.undo(count)
    session.store.move_head(session.conversation)
    left = conversation.path()
    where = f"after turn {left[-1] + 1}" if left else "at the beginning"
    back = f"; /switch {place + 1} goes back there" if place is not None else ""
    screen.say(f"the conversation goes on {where}{back}")


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
    if not lacking and session.branch.last.form is None:
        return Send(asked=session.branch.before, prefill=session.branch.last.content)
    why = lacking or "that answer is more than a text"
    screen.say(f"{why}: the model is asked to go on, by a message", dim=True)
    # asked, and not typed: what is waiting goes with the person's next message
    return Send(
        asked=session.branch.add("user", "Go on exactly where you stopped, without repeating anything.")
    )


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
        session.prefill = escapes.meant(text)
    if session.prefill:
        screen.say(f"the next answer begins with {escapes.quote(session.prefill)}")
    else:
        screen.say("the next answer begins as the model likes")
