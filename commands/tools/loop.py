"""The loop: what the model calls is answered, and the answers go back, until it says something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chat.base.errors import BadInput, TemperaError
from chat.base.short import several
from chat.conversation.branch import Branch
from chat.conversation.turn import COMPLETE, Turn
from chat.endpoint.embedded_tools import required
from chat.parameters.settings import Settings
from chat.session import calling
from chat.session.state import Session

from .. import message
from ..declare import Send
from ..screen import Screen

ROUNDS = 10


def exchange(
    session: Session, screen: Screen, send: Send, over: Callable[[Turn], None] = lambda turn: None
) -> Turn | None:
    """Send a message, or what answers the calls that wait, and answer the tools that are called then. Give
    the last turn; None where nothing could be sent. `over` is told of each turn but the last. Where nobody
    can be asked, it raises TemperaError where somebody would have to be, or a source of tools fails, and
    KeyboardInterrupt."""
    settings = session.settings if send.settings is None else send.settings
    if not calling.calls(session) and not settings.get("tools"):
        return message.exchange(session, screen, send)
    from .ready import ready  # late: who has no tools waits for none of it

    try:
        ready(session, screen, settings)
    except TemperaError as error:
        if not screen.interactive:  # nothing was asked
            raise
        screen.fail(error.message, error.hint)
        return None
    found = _begun(session, screen, send, settings)
    if found is None:
        return session.turns[-1] if session.turns else Turn()
    turn = message.exchange(session, screen, found)
    rounds = 0
    while _goes_on(session, turn):
        assert turn is not None
        _forced(session, screen, turn)
        most = int(session.preferences.get("tool_rounds") or ROUNDS)
        if session.toolbox.stepping or rounds >= most:
            _stop(session, screen, "" if session.toolbox.stepping else f"{several(most, 'round')} of calls: ")
            break
        try:
            asked = _answered(session, screen, settings)
        except (BadInput, KeyboardInterrupt):
            over(turn)
            raise
        if asked is None:
            break
        over(turn)
        rounds += 1
        following = message.exchange(session, screen, Send(asked=asked, settings=send.settings))
        if not message.kept(following):
            return following if not screen.interactive else turn
        turn = following
    return turn


def _begun(session: Session, screen: Screen, send: Send, settings: Settings) -> Send | None:
    """Give what is sent first: with the results of the calls that wait, where a text is one of them or the
    calls are to be answered now. None where others still wait."""
    waiting = calling.calls(session)
    again = send.asked is not None and send.asked != session.branch
    if again or (not waiting and calling.head(session) == session.branch):
        return send
    if send.asked is None and not waiting:  # all have a result, and were sent in vain
        return replace(send, text="", asked=calling.head(session).add("user", send.text))
    if send.asked is None:
        calling.answer(session, waiting[0], send.text)
    asked = _answered(session, screen, settings)
    return None if asked is None else replace(send, text="", asked=asked)


def _goes_on(session: Session, turn: Turn | None) -> bool:
    """Tell whether an answer calls tools that are to be answered."""
    complete = turn is not None and turn.answer.ended == COMPLETE
    return complete and bool(calling.calls(session))


def _forced(session: Session, screen: Screen, turn: Turn) -> None:
    """Say once why a model that has a result calls again, where it has to."""
    choice, last = turn.request.body.get("tool_choice"), turn.request.asked.last
    if last is None or last.role not in ("tool", "function") or required(choice) is None:
        return
    if screen.interactive and ("tool_choice",) not in session.warned:
        session.warned.add(("tool_choice",))
        screen.warn(
            "it calls again, for tool_choice has every answer call",
            "/set tool_choice auto, or none, before the next result lets it talk",
        )


def _answered(session: Session, screen: Screen, settings: Settings) -> Branch | None:
    """Answer the calls that wait, in their order; give where the conversation goes on then. None where the
    person is to give a result, or stopped."""
    from .calling import answer

    while waiting := calling.calls(session):
        call = waiting[0]
        tools = session.toolbox.tools(settings.get("tools"))  # each time: an answer may allow the next
        tool = next((each for each in tools if each.name == call.name), None)
        if tool is None and call.name:
            screen.warn(f"the model calls {call.name}, which is none of the tools that it has")
        try:
            found = answer(session, screen, call, tool)
        except KeyboardInterrupt:
            if not screen.interactive:
                raise
            screen.say("stopped", dim=True)
            _stop(session, screen, "")
            return None
        if found.content is None:
            _wait(session, screen, found.stopped)
            return None
        calling.answer(session, call, found.content)
    return calling.head(session)


def _wait(session: Session, screen: Screen, stopped: bool) -> None:
    from .calling import said

    if not screen.interactive:
        return
    if stopped:
        _stop(session, screen, "")
    else:
        call = calling.calls(session)[0]
        screen.say(f"type what {said(call.name, call.arguments)} gives", dim=True)


def _stop(session: Session, screen: Screen, why: str) -> None:
    """Say what waits, and how it goes on."""
    waiting = calling.calls(session)
    if waiting:
        wait = f"{several(len(waiting), 'call')} {'waits' if len(waiting) == 1 else 'wait'}"
        screen.say(f"{why}{wait}: /tools go answers, /undo drops it, or type the {label(session)}", dim=True)


def label(session: Session) -> str:
    """Name what the next line at the prompt answers; "" for nothing but the model."""
    waiting = calling.calls(session)
    if not waiting:
        return ""
    several_ = calling.count(session)
    place = f" ({several_ - len(waiting) + 1} of {several_})" if several_ > 1 else ""
    name = waiting[0].name
    return f"result of {name if len(name) <= 30 else name[:29] + '…'}{place}"
