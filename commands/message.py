"""A message: sent, shown, and where it fails, mended together with the person."""

from __future__ import annotations

from chat.errors import ModelNotFound, ParameterRefused, RequestFailed, TemperaError
from chat.request import streams
from chat.session import Session
from chat.turn import COMPLETE, INTERRUPTED, Turn

from .echo import echo
from .screen import Screen

_SHOWN = 30  # models of a list that a person is asked to pick from


def exchange(session: Session, screen: Screen, text: str) -> Turn | None:
    """Send a message and show the answer; None where nothing could be sent.

    What a server refuses is offered to be mended, and is then sent again; nothing is changed
    without being asked.
    """
    _check_model(session, screen)
    while True:
        turn = _once(session, screen, text)
        if turn is None or turn.error is None:
            return turn
        screen.fail(turn.error.message, turn.error.hint)
        if turn.answered or not _mended(session, screen, turn.error):
            return turn


def kept(turn: Turn | None) -> bool:
    """Whether the message is part of the conversation, so that it need not be given back."""
    return turn is not None and (turn.ended == COMPLETE or (turn.ended == INTERRUPTED and turn.answered))


def _once(session: Session, screen: Screen, text: str) -> Turn | None:
    answer = screen.answer(session.settings.get("n") or 1, streams(session.settings))
    turn = Turn(ended=INTERRUPTED)
    try:
        turn = session.send(session.asked(text), answer)
    except TemperaError as error:
        screen.fail(error.message, error.hint)
        return None
    except KeyboardInterrupt:
        return turn
    finally:
        answer.close(turn)
    return turn


def _mended(session: Session, screen: Screen, error: RequestFailed) -> bool:
    """Whether the person let something be changed that makes another try worth it."""
    if not screen.interactive:
        return False
    before = session.settings
    try:
        if isinstance(error, ModelNotFound):
            _pick_model(session, screen)
        elif isinstance(error, ParameterRefused):
            _drop(session, screen, error.param or "")
    except TemperaError as problem:
        screen.warn(problem.message, problem.hint)
    except KeyboardInterrupt:
        return False
    echo(session, screen, before)
    return session.settings != before


def _check_model(session: Session, screen: Screen) -> None:
    """Some servers answer whatever model is asked for, by whichever they have: a model that is
    not on a server's list is worth a question before the first message."""
    if not screen.interactive or not session.unlisted():
        return
    before = session.settings
    screen.warn(f"the server does not list {session.model}; it has:")
    try:
        _pick_model(session, screen)
        if session.settings == before:
            session.use_instead(session.model)  # as it is, then: the question is not asked again
    except (TemperaError, KeyboardInterrupt):
        return
    echo(session, screen, before)


def _pick_model(session: Session, screen: Screen) -> None:
    """The server's own list; the pick is remembered for this endpoint."""
    names = sorted(model["id"] for model in session.models())
    if not names:
        return
    shown = names[:_SHOWN]
    if len(names) > len(shown):
        screen.say(f"the first {_SHOWN} of {len(names)}; /models lists all", dim=True)
    index = screen.choose("which model instead?", shown)
    if index is None:
        return
    wanted = session.use_instead(shown[index])
    if wanted:
        screen.say(f"{shown[index]} stands in for {wanted} at this endpoint from now on", dim=True)


def _drop(session: Session, screen: Screen, param: str) -> None:
    names = [
        name
        for name in ((param, "bias") if param == "logit_bias" else (param,))
        if session.settings.get(name) is not None
    ]
    if names and screen.confirm(f"unset {' and '.join(names)} and send again?"):
        for name in names:
            session.settings = session.settings.unset(name)
