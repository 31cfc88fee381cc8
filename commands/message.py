"""A message: sent, shown, and where it fails, mended together with the person."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from chat.base.errors import BadInput, ModelNotFound, ParameterRefused, RequestFailed, TemperaError
from chat.conversation import in_effect
from chat.conversation.body import role_of
from chat.conversation.turn import COMPLETE, INTERRUPTED, Turn
from chat.endpoint.target import Target
from chat.parameters.settings import Settings, differences
from chat.parameters.table import EXTRA, named
from chat.session.state import Session

from .asking import ask
from .counts.context import make_room
from .declare import Send
from .echo import complaints, echo
from .endpoint.start import ensure_embedded
from .prompts.filling import complete
from .screen import Screen
from .senses import seen, smaller, tools_told, way_out
from .shaped import report

#: Characters from which on a message is more likely a slip of the clipboard than meant.
_LARGE = 200_000
_SHOWN = 30  # models of a list that a person is asked to pick from


def exchange(session: Session, screen: Screen, send: Send) -> Turn | None:
    """Send a message and show the answer. Return None if nothing could be sent. If a server refuses
    something, offer to mend it and send again; nothing is changed without being asked. The mended settings
    hold as long as the settings did: for this request if they were given with it, else from now on."""
    settings = session.settings if send.settings is None else send.settings
    for change in differences(session.settings, settings):
        screen.say(f"for this request: {change}", dim=True)
    keep = send.settings is None
    try:
        send, settings = _complete(session, screen, send, settings)
        target = session.target(settings)
        files = "" if send.asked else session.waiting.texts()
        _prepare(session, screen, target, send.text + files)
    except TemperaError as error:
        screen.fail(error.message, error.hint)
        return None
    target = _taken(session, screen, target, _checked(session, screen, target), keep)
    asked = send.asked or session.asked(send.text)
    if not seen(session, screen, target, asked):
        return None
    tools_told(session, screen, target)
    while True:
        prefill = send.prefill or session.prefill
        if not make_room(session, screen, target, asked, prefill):
            return None
        turn = ask(session, screen, target, asked, prefill)
        complaints(session, screen)
        if kept(turn):
            session.prefill = ""
        if turn is None or turn.answer.error is None:
            _point_out(screen, turn)
            report(screen, turn)
            if turn is not None and any("audio" in choice.beside for choice in turn.answer.choices):
                from .answers import play  # late: few answers have sound

                play.tell(session, screen, turn)
            return turn
        failed = turn.answer.error
        screen.fail(failed.message, way_out(session, asked, failed) or failed.hint)
        if not send.asked and not turn.answer.answered and smaller(session, screen, failed):
            asked = session.asked(send.text)
            continue
        mended = target.settings if turn.answer.answered else _mended(session, screen, target, failed)
        if mended == target.settings:
            return turn
        target = _taken(session, screen, target, mended, keep)


def _complete(session: Session, screen: Screen, send: Send, settings: Settings) -> tuple[Send, Settings]:
    """Ask for the missing values of the prompt in force. Return what to send and the settings, both filled
    with them. Raises BadInput if a value is still missing."""
    before = session.prompt
    if before is None or not before.missing:
        return send, settings
    complete(session, screen)
    assert session.prompt is not None
    if send.asked is not None and send.asked == before.start:
        send = replace(send, asked=session.prompt.start)
    if send.settings is None:
        return send, session.settings
    if settings.get("system") == before.system:
        settings = settings.set("system", session.prompt.system)
    return send, settings


def _taken(session: Session, screen: Screen, target: Target, settings: Settings, keep: bool) -> Target:
    """Go on with these settings, and say what is different. They stay in force if `keep`."""
    if settings == target.settings:
        return target
    if keep:
        before = session.setting
        session.settings = settings
        session.changes.note(before, session.setting)
    echo(session, screen, target.settings, settings)
    return session.target(settings)


def _point_out(screen: Screen, turn: Turn | None) -> None:
    """Point out values that the server says it used instead of those that were sent."""
    if turn is None:
        return
    for difference in in_effect.differences(turn.request.body, turn.answer.effective):
        screen.warn(str(difference))
    asked = turn.request.body.get("n", 1)
    if turn.answer.ended == COMPLETE and 0 < len(turn.answer.choices) < asked:
        screen.warn(
            f"{asked} choices were asked for and {len(turn.answer.choices)} came: the server ignores n"
        )


def kept(turn: Turn | None) -> bool:
    """Tell whether the message is part of the conversation, so that it need not go back into the prompt."""
    return turn is not None and (
        turn.answer.ended == COMPLETE or (turn.answer.ended == INTERRUPTED and turn.answer.answered)
    )


def _mended(session: Session, screen: Screen, target: Target, error: RequestFailed) -> Settings:
    """Give the settings as the person lets them be changed, where that makes another try worth it."""
    if screen.interactive:
        try:
            if isinstance(error, ModelNotFound):
                return _picked(session, screen, target)
            if isinstance(error, ParameterRefused):
                return _repaired(screen, target.settings, error)
        except TemperaError as problem:
            screen.warn(problem.message, problem.hint)
        except KeyboardInterrupt:
            pass
    return target.settings


def _prepare(session: Session, screen: Screen, target: Target, text: str) -> None:
    """Ask the questions that come before a message is sent. Raises TemperaError if it is not to be sent."""
    ensure_embedded(target.endpoint, screen)
    if screen.scripted and session.unlisted(target):
        screen.confirm(f"the server does not list {target.model}; send all the same?")
    if len(text) > _LARGE and screen.interactive:
        size = f"{len(text):,} characters, about {len(text) // 4:,} tokens"
        if not screen.confirm(f"send {size}?"):
            raise BadInput("nothing was sent")


def _checked(session: Session, screen: Screen, target: Target) -> Settings:
    """Return the settings with a model that the server lists. If it does not list the one that is set, the
    person picks: some servers answer for any name, with whichever model they have."""
    if screen.interactive and session.unlisted(target):
        screen.warn(f"the server does not list {target.model}; it has:")
        try:
            settings = _picked(session, screen, target)
            if settings == target.settings:  # as it is, then: the question is not asked again
                session.mean(target)
            return settings
        except (TemperaError, KeyboardInterrupt):
            pass
    return target.settings


def _picked(session: Session, screen: Screen, target: Target) -> Settings:
    """Give the settings with a model of the server's own list; the pick is remembered for this
    endpoint. Raises TemperaError."""
    names = sorted(model["id"] for model in target.server.models())
    if not names:
        return target.settings
    shown = names[:_SHOWN]
    if len(names) > len(shown):
        screen.say(f"the first {_SHOWN} of {len(names)}; /models lists all", dim=True)
    index = screen.choose("which model instead?", shown)
    if index is None:
        return target.settings
    settings, wanted = session.instead(target, shown[index])
    if wanted:
        screen.say(f"{shown[index]} stands in for {wanted} at this endpoint from now on", dim=True)
    return settings


def _repaired(screen: Screen, settings: Settings, error: ParameterRefused) -> Settings:
    """Offer what could make the request acceptable: to leave out the parameter, to use its other name, or
    the value that the server names. Return the new settings."""
    name = error.param or ""
    if name in ("stream", "system"):
        return _otherwise(screen, settings, error)
    if settings.get(name) is None and settings.get(EXTRA + name) is not None:
        name = EXTRA + name
    fields = (name, "bias") if name == "logit_bias" else (name,)
    set_here = [each for each in fields if settings.get(each) is not None]
    if not set_here:
        return settings
    offers: list[tuple[str, Settings]] = []
    value = settings.get(name)
    other = _OTHER_NAME.get(name)
    if other and other in error.message:
        offers.append((f"send {other} {value} instead", settings.unset(name).set(other, value)))
    wanted = _wanted(name, error.message)
    if wanted is not None and wanted != value:
        offers.append((f"send {name} {named(name).show(wanted)}", settings.set(name, wanted)))
    without = settings
    for each in set_here:
        without = without.unset(each)
    offers.append((f"unset {' and '.join(set_here)}", without))
    if len(offers) == 1:
        picked = 0 if screen.confirm(f"{offers[0][0]} and send again?") else None
    else:
        picked = screen.choose("send again how?", [text for text, _ in offers])
    return settings if picked is None else offers[picked][1]


def _otherwise(screen: Screen, settings: Settings, error: ParameterRefused) -> Settings:
    """Offer another way for what is sent though nobody set it: the stream, and the system message's role."""
    role = role_of(settings)
    if error.param == "stream":
        offer, other = "/set stream false, and send again?", settings.set("stream", False)
    elif role in ("system", "developer"):
        offer, other = "send it as the first user message?", settings.set("instruction_role", "user")
    elif role == "user":
        offer = "put it at the beginning of the first user message?"
        other = settings.set("instruction_role", "joined")
    else:
        return settings
    return other if screen.confirm(offer) else settings


#: Where a refusal names the other one, this is the same limit under another name.
_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


def _wanted(name: str, message: str) -> Any:
    """Return the only value that a refusal says is taken, in OpenAI's words: "Only the default (1) value is
    supported." Return None if it names none."""
    found = re.search(r"[Oo]nly the default \(([^)]+)\) value is supported", message)
    try:
        return named(name).kind.read(found[1]) if found else None
    except BadInput:
        return None
