"""What a command changed, said in one place, with what a person should know about it."""

from __future__ import annotations

import datetime

from chat.base.errors import TemperaError
from chat.endpoint.address import display_url
from chat.parameters import shutdowns
from chat.parameters.settings import Change, Settings, differences
from chat.session.state import Session

from . import shaped
from .screen import Screen
from .settings.dialects import doubts


def echo(session: Session, screen: Screen, before: Settings, after: Settings | None = None) -> None:
    """Say `temperature 1.0 → 0.7` for each difference, and the advice that goes with it. `after` is what is
    set now, unless it is given."""
    after = session.settings if after is None else after
    changes = differences(before, after)
    for change in changes:
        screen.say(str(change))
    for sentence in advice(session, after, changes):
        screen.warn(sentence)
    if any(change.parameter.name == "base_url" and change.after for change in changes):
        for sentence in _nobody(session, after):
            screen.warn(sentence)


def complaints(session: Session, screen: Screen) -> None:
    """Warn of what the store could not do, where it was noticed."""
    for complaint in session.store.complaints():
        screen.warn(complaint.message, complaint.hint)


def advice(session: Session, settings: Settings, changes: list[Change]) -> list[str]:
    """Yield a sentence for each value that is allowed and still worth a second thought."""
    told: list[str] = []
    for change in changes:
        parameter = change.parameter
        if change.after is None:
            continue
        for other in parameter.clashes:
            pair = sorted((parameter.name, other))
            sentence = f"{pair[0]} and {pair[1]} are both set; {parameter.clash}"
            if settings.get(other) is not None and sentence not in told:
                told.append(sentence)
        if parameter.servers:
            told += _doubts(session, settings, parameter.name)
        if parameter.name == "model" and not _embedded(session, settings):
            told += filter(None, [shutdowns.warning(str(change.after), datetime.date.today())])
        if parameter.name == "api_key_env" and not session.environ.get(str(change.after), "").strip():
            told.append(f"{change.after} is not set: this endpoint gets no key")
        if parameter.name == "response_format":
            told += shaped.advice(change.after)
        if parameter.name == "max_tokens" and settings.get("max_completion_tokens") is not None:
            told.append("max_tokens and max_completion_tokens are both set; servers take one of them")
    return told


def _doubts(session: Session, settings: Settings, name: str) -> list[str]:
    """Say that the server is not known to take a parameter."""
    try:
        return doubts(session, session.target(settings), [name])
    except TemperaError:  # there is no endpoint: the first message says so
        return []


def _nobody(session: Session, settings: Settings) -> list[str]:
    """Say that nothing listens at an address of this machine, which is seen at once."""
    try:
        server = session.target(settings).server
        return [] if server.listens() else [f"nothing listens at {display_url(server.endpoint.base_url)} yet"]
    except TemperaError as error:
        return [error.message]


def _embedded(session: Session, settings: Settings) -> bool:
    try:
        return session.target(settings).endpoint.is_embedded
    except TemperaError:
        return False
