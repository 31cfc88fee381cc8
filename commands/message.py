"""A message: sent, shown, and where it fails, mended together with the person."""

from __future__ import annotations

import re
from typing import Any

from chat import effects
from chat.errors import BadInput, ModelNotFound, ParameterRefused, RequestFailed, TemperaError
from chat.parameters import named
from chat.session import Session
from chat.settings import Settings, differences
from chat.turn import COMPLETE, INTERRUPTED, Turn

from .asking import ask
from .context import make_room
from .declare import Send
from .echo import complaints, echo
from .screen import Screen
from .start import ensure_embedded

#: Characters from which on a message is more likely a slip of the clipboard than meant.
_LARGE = 200_000
_SHOWN = 30  # models of a list that a person is asked to pick from


def exchange(session: Session, screen: Screen, send: Send) -> Turn | None:
    """Send a message and show the answer; None where nothing could be sent.

    What a server refuses is offered to be mended, and is then sent again; nothing is changed
    without being asked.
    """
    if send.settings is None:
        return _exchange(session, screen, send)
    for change in differences(session.settings, send.settings):
        screen.say(f"for this request: {change}", dim=True)
    with session.under(send.settings):
        return _exchange(session, screen, send)


def _exchange(session: Session, screen: Screen, send: Send) -> Turn | None:
    try:
        _prepare(session, screen, send.text)
    except TemperaError as error:
        screen.fail(error.message, error.hint)
        return None
    _check_model(session, screen)
    asked = send.asked or session.asked(send.text)
    while True:
        prefill = send.prefill or session.prefill
        if not make_room(session, screen, asked, prefill):
            return None
        turn = ask(session, screen, asked, prefill)
        complaints(session, screen)
        if kept(turn):
            session.prefill = ""
        if turn is None or turn.error is None:
            _point_out(screen, turn)
            return turn
        screen.fail(turn.error.message, turn.error.hint)
        if turn.answered or not _mended(session, screen, turn.error):
            return turn


def _point_out(screen: Screen, turn: Turn | None) -> None:
    """What the server says it used instead of what was sent."""
    if turn is None:
        return
    for difference in effects.differences(turn.body, turn.effective):
        screen.warn(str(difference))
    asked = turn.body.get("n", 1)
    if turn.ended == COMPLETE and len(turn.choices) < asked:
        screen.warn(f"{asked} choices were asked for and {len(turn.choices)} came: the server ignores n")


def kept(turn: Turn | None) -> bool:
    """Whether the message is part of the conversation, so that it need not be given back."""
    return turn is not None and (turn.ended == COMPLETE or (turn.ended == INTERRUPTED and turn.answered))


def _mended(session: Session, screen: Screen, error: RequestFailed) -> bool:
    """Whether the person let something be changed that makes another try worth it."""
    if not screen.interactive:
        return False
    before = session.settings
    try:
        if isinstance(error, ModelNotFound):
            _pick_model(session, screen)
        elif isinstance(error, ParameterRefused):
            _repair(session, screen, error)
    except TemperaError as problem:
        screen.warn(problem.message, problem.hint)
    except KeyboardInterrupt:
        return False
    echo(session, screen, before)
    return session.settings != before


def _prepare(session: Session, screen: Screen, text: str) -> None:
    """What is asked before a message is sent at all. Raises TemperaError where it is not to be."""
    if session.endpoint.is_embedded:
        ensure_embedded(session, screen)
    if len(text) > _LARGE and screen.interactive:
        size = f"{len(text):,} characters, about {len(text) // 4:,} tokens"
        if not screen.confirm(f"send {size}?"):
            raise BadInput("nothing was sent")


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


def _repair(session: Session, screen: Screen, error: ParameterRefused) -> None:
    """Offer what could make the request acceptable: without the parameter, as the other name of
    it, or with the value that the server names."""
    name = error.param or ""
    fields = (name, "bias") if name == "logit_bias" else (name,)
    set_here = [each for each in fields if session.settings.get(each) is not None]
    if not set_here:
        return
    offers: list[tuple[str, Settings]] = []
    value = session.settings.get(name)
    other = _OTHER_NAME.get(name)
    if other and other in error.message:
        renamed = session.settings.unset(name).set(other, value)
        offers.append((f"send {other} {value} instead", renamed))
    wanted = _wanted(name, error.message)
    if wanted is not None and wanted != value:
        offers.append((f"send {name} {named(name).show(wanted)}", session.settings.set(name, wanted)))
    without = session.settings
    for each in set_here:
        without = without.unset(each)
    offers.append((f"unset {' and '.join(set_here)}", without))
    if len(offers) == 1:
        picked = 0 if screen.confirm(f"{offers[0][0]} and send again?") else None
    else:
        picked = screen.choose("send again how?", [text for text, _ in offers])
    if picked is not None:
        session.settings = offers[picked][1]


#: Where a refusal names the other one, this is the same limit under another name.
_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


def _wanted(name: str, message: str) -> Any:
    """The only value that a refusal says is taken, as OpenAI words it: "Only the default (1)
    value is supported."; None where it names none."""
    found = re.search(r"[Oo]nly the default \(([^)]+)\) value is supported", message)
    try:
        return named(name).kind.read(found[1]) if found else None
    except BadInput:
        return None
