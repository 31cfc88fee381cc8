"""What a person should know of parameters that are not OpenAI's: whether the server in force takes them."""

from __future__ import annotations

from collections.abc import Iterable

from chat.base.errors import TemperaError
from chat.endpoint.address import display_url
from chat.endpoint.memory import HONOURED, REJECTED
from chat.endpoint.target import Target
from chat.parameters.declaration import Parameter
from chat.parameters.server_kinds import OLLAMA, OTHER, title
from chat.parameters.table import BY_NAME
from chat.session.state import Session

from ..screen import Screen


def foreign(names: Iterable[str]) -> list[Parameter]:
    """Pick the parameters that are not OpenAI's."""
    return [BY_NAME[name] for name in names if name in BY_NAME and BY_NAME[name].servers]


def doubt(session: Session, target: Target, parameter: Parameter) -> str:
    """Say that the server is not known to take a parameter, and what does what it does there; "" where it
    is, or where something has shown already what becomes of it."""
    kind = session.kind_of(target)
    if not parameter.servers or parameter.taker(kind):
        return ""
    shown = session.endpoints.verdict(target.endpoint, target.model, parameter.name)
    if shown and shown.verdict in (HONOURED, REJECTED):
        return ""
    takers = ", ".join(title(each.server) for each in parameter.servers)
    if kind == OLLAMA:
        return (
            f"Ollama's OpenAI endpoint does not take {parameter.name}; a Modelfile may hold it:"
            " /export modelfile"
        )
    if not kind or kind == OTHER:
        return (
            f"nothing is known of {parameter.name} at {display_url(target.endpoint.base_url)} (it is a"
            f" parameter of {takers}): it is sent as it is"
        )
    same = [each for each in parameter.same_as if each in BY_NAME and _taken(BY_NAME[each], kind)]
    instead = f"; there it is {same[0]}" if same else ""
    return (
        f"{title(kind)} is not known to take {parameter.name} (a parameter of {takers}): it is sent as it"
        f" is{instead}"
    )


def _taken(parameter: Parameter, kind: str) -> bool:
    return not parameter.servers or parameter.taker(kind) is not None


def doubts(session: Session, target: Target, names: Iterable[str]) -> list[str]:
    """List such sentences for these names, each once for a parameter and an endpoint."""
    told = []
    for parameter in foreign(names):
        place = (target.endpoint.base_url, parameter.name)
        sentence = "" if place in session.told_of else doubt(session, target, parameter)
        if sentence:
            session.told_of.add(place)
            told.append(sentence)
    return told


def tell(session: Session, screen: Screen, target: Target, names: Iterable[str]) -> None:
    """Say so before a request goes out with these fields."""
    for sentence in doubts(session, target, names):
        screen.warn(sentence)


def server_defaults(session: Session) -> dict[str, object]:
    """Give what the server in force says that it takes where nothing is sent; llama.cpp's does. Nobody
    waits for a model to load for it."""
    try:
        server = session.server
        return dict((server.defaults() if server.begun else None) or {})
    except TemperaError:
        return {}
