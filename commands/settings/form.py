"""/format and /explain: the form of an answer, and what a parameter means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from chat.base.errors import BadInput, TemperaError
from chat.base.places import named
from chat.parameters import shapes
from chat.parameters.structured import read_json
from chat.parameters.table import BY_NAME
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from .parameters import look_up, names, origin_of, value_of
from .system import files

_FORMS = (
    ("text", "plain text"),
    ("json", "any JSON object"),
    ("schema", "JSON that follows a schema from a file"),
)


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    form, space, rest = typed.partition(" ")
    if not space:
        yield from (each for each in offer(typed, _FORMS) if each.text.startswith(typed))
    elif form == "schema":
        yield from (Suggestion(path, note, len(typed) - len(rest)) for path, note in files(rest))


@command(Argument("form", _suggest, optional=True, rest=True, usage="text|json|schema FILE"), name="format")
def format_(session: Session, screen: Screen, text: str | None) -> None:
    """Show or set the form of the answer: text, JSON, or JSON that follows a schema.

    /format schema person.json   a JSON Schema, in JSON or YAML; the API's own wrapping is added
                                 where it is missing, and named after the file
    """
    if text is None:
        current = session.settings.get("response_format")
        form = "free" if current is None else BY_NAME["response_format"].show(current)
        screen.say(f"the form of the answer: {form}")
        return
    form, _, rest = text.partition(" ")
    if form == "text" and not rest:
        _set(session, {"type": "text"})
    elif form == "json" and not rest:
        _set(session, {"type": "json_object"})
    elif form == "schema" and rest.strip():
        path = named(rest.strip().removeprefix("@"))
        _set(session, wrapped(read_json(path), path.stem))
    else:
        raise BadInput(f"{text} is not a form: text, json, or schema FILE")


def _set(session: Session, value: Any) -> None:
    checked = BY_NAME["response_format"].kind.check(value)
    shapes.check("response_format", checked)
    session.settings = session.settings.set("response_format", checked)


def wrapped(schema: Any, name: str) -> dict[str, Any]:
    """A schema as `response_format` wants it; what is wrapped already stays. Raises BadInput."""
    if not isinstance(schema, dict):
        raise BadInput("a JSON Schema is an object")
    if schema.get("type") == "json_schema":
        return schema
    if "schema" in schema and "name" in schema:
        return {"type": "json_schema", "json_schema": schema}
    named = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64] or "answer"
    return {"type": "json_schema", "json_schema": {"name": named, "schema": schema}}


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
    screen.table((parameter.name, ""), rows)


def _company(session: Session, name: str) -> Iterator[str]:
    """What it has to do with others, as the table declares it and as they are set now."""
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
    return f"{session.model}: {verdict}" if verdict else ""
