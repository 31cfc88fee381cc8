"""/model, /models and /key: who answers."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base.errors import BadInput, TemperaError
from chat.base.tables import columns
from chat.endpoint.address import clean_key
from chat.parameters.table import BY_NAME
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..settings.assigning import assign, describe, look_up
from ..settings.parameters import values, where

_MODEL = BY_NAME["model"]


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    return values(session, _MODEL, typed)


@command(Argument("name", _suggest, optional=True))
def model(session: Session, screen: Screen, name: str | None) -> None:
    """Show or set the model."""
    if name is None:
        describe(session, screen, _MODEL)
    else:
        assign(session, screen, _MODEL, name)


@command()
def models(session: Session, screen: Screen) -> None:
    """Ask the server which models it has."""
    found = session.server.models()
    if not found:
        screen.say("the server lists no models")
        return
    rows = [
        ("*" if each["id"] == session.model else "", each["id"], str(each.get("owned_by") or ""))
        for each in sorted(found, key=lambda each: each["id"])
    ]
    screen.table(columns("", "model", "owned by"), rows)
    screen.say(where(session), dim=True)


def _suggest_learnt(session: Session, typed: str) -> Iterator[Suggestion]:
    try:
        known = session.endpoints.verdicts(session.endpoint, session.model)
    except TemperaError:
        return iter(())
    return offer(typed, ((name, str(verdict)) for name, verdict in known.items()))


@command(Argument("names", _suggest_learnt, optional=True, many=True, usage="name…"))
def forget(session: Session, screen: Screen, names: tuple[str, ...]) -> None:
    """Forget what was learnt of this endpoint and model: of the parameters named, or of all."""
    endpoint, model = session.endpoint, session.model
    known = tuple(look_up(each).name for each in names) or tuple(session.endpoints.verdicts(endpoint, model))
    forgotten = session.endpoints.forget_verdicts(endpoint, model, known)
    told = ", ".join(forgotten) if forgotten else "nothing"
    screen.say(f"{told} forgotten for {model}; {session.endpoints.file.path} holds the rest")


@command()
def key(session: Session, screen: Screen) -> None:
    """Type a key for this run; it is kept in memory alone."""
    typed = screen.ask("key (not shown): ", hidden=True)
    if not typed:
        raise BadInput("no key was typed")
    session.typed_key = clean_key(typed)
    if not session.endpoint.key:
        screen.warn("this key is for the default endpoint", "another one's is named by /set api_key_env NAME")
    screen.say(where(session))
