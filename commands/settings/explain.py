"""/explain: what a parameter means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from chat.base.errors import TemperaError
from chat.base.tables import columns
from chat.parameters.declaration import Parameter
from chat.parameters.server_kinds import SERVERS
from chat.session.state import Session

from ..declare import Argument, command
from ..screen import Screen
from .assigning import look_up, origin_of, value_of
from .dialects import doubt, server_defaults
from .parameters import default_of, names


@command(Argument("parameter", names))
def explain(session: Session, screen: Screen, name: str) -> None:
    """Explain a parameter: its meaning, range, default, company and traps."""
    parameter = look_up(name)
    value = value_of(session, parameter)
    origin = origin_of(session, parameter)
    rows = [
        ("meaning", parameter.summary),
        ("takes", parameter.kind.describe()),
        *_defaults(session, parameter),
        ("in force", "not set, and so not sent" if value is None else f"{parameter.show(value)} ({origin})"),
    ]
    rows += [("mind", note) for note in [*parameter.notes, *_company(session, parameter.name)]]
    if parameter.replaced_by:
        rows.append(("deprecated", f"in favour of {parameter.replaced_by}"))
    learnt = _learnt(session, parameter.name)
    if learnt:
        rows.append(("here", learnt))
    screen.table(columns(parameter.name, ""), rows)


def _defaults(session: Session, parameter: Parameter) -> Iterator[tuple[str, str]]:
    """Give the API's default, or of a parameter of other servers, who takes it and with what default; and
    what the server in force says itself."""
    if not parameter.field:
        yield "API default", "not a field of the request"
        return
    own = default_of(parameter, server_defaults(session))
    if own and own != parameter.default:
        yield "server's default", own.removesuffix("*")
    if not parameter.servers:
        yield "API default", parameter.default or "not known, or another for each model"
    for taker in parameter.servers:
        kind = SERVERS[taker.server]
        said = [f"{taker.default} by default"] if taker.default else []
        said += [taker.note] if taker.note else []
        read = kind.on if kind.first_hand else f"{kind.on}, second-hand"
        yield kind.title, f"{'; '.join(said) or 'takes it'} ({read})"
    if parameter.servers:
        with suppress(TemperaError):
            yield from (("mind", each) for each in [doubt(session, session.target(), parameter)] if each)
    if parameter.same_as:
        yield "elsewhere", f"it is called {' or '.join(parameter.same_as)}"


def _company(session: Session, name: str) -> Iterator[str]:
    """Describe how it goes with others, as the table declares it and as they are set now."""
    parameter = look_up(name)
    for other in parameter.clashes:
        state = "set too" if session.settings.get(other) is not None else "not set"
        if parameter.servers:
            yield f"With {other}: {parameter.clash}; {other} is {state}."
        else:
            yield f"The API advises to alter this or {other}, not both; {other} is {state}."
    if parameter.needs:
        state = "set" if session.settings.get(parameter.needs) else "not set"
        yield f"It needs {parameter.needs}, which is {state}."


def _learnt(session: Session, name: str) -> str:
    try:
        verdict = session.endpoints.verdict(session.endpoint, session.model, name)
    except TemperaError:
        return ""
    return f"{session.model}, {verdict.on}: {verdict}" if verdict else ""
