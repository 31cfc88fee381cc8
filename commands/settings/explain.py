"""/explain: what a parameter means."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base.errors import TemperaError
from chat.base.tables import columns
from chat.session.state import Session

from ..declare import Argument, command
from ..screen import Screen
from .assigning import look_up, origin_of, value_of
from .parameters import names


@command(Argument("parameter", names))
def explain(session: Session, screen: Screen, name: str) -> None:
    """Explain a parameter: its meaning, range, default, company and traps."""
    parameter = look_up(name)
    value = value_of(session, parameter)
    origin = origin_of(session, parameter)
    default = parameter.default or "not known, or another for each model"
    rows = [
        ("meaning", parameter.summary),
        ("takes", parameter.kind.describe()),
        ("API default", default if parameter.field else "not a field of the request"),
        ("in force", "not set, and so not sent" if value is None else f"{parameter.show(value)} ({origin})"),
    ]
    rows += [("mind", note) for note in [*parameter.notes, *_company(session, parameter.name)]]
    if parameter.replaced_by:
        rows.append(("deprecated", f"in favour of {parameter.replaced_by}"))
    learnt = _learnt(session, parameter.name)
    if learnt:
        rows.append(("here", learnt))
    screen.table(columns(parameter.name, ""), rows)


def _company(session: Session, name: str) -> Iterator[str]:
    """Describe how it goes with others, as the table declares it and as they are set now."""
    parameter = look_up(name)
    for other in parameter.clashes:
        state = "set too" if session.settings.get(other) is not None else "not set"
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
