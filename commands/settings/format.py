"""/format: the form of the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from chat.base.errors import BadInput
from chat.base.places import named
from chat.parameters import jsontext, shapes
from chat.parameters.structured import read_json
from chat.parameters.table import BY_NAME
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
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
    /format {"type": "json_object"}   as the API has it
    """
    if text is None:
        current = session.settings.get("response_format")
        form = "free" if current is None else BY_NAME["response_format"].show(current)
        screen.say(f"the form of the answer: {form}")
        return
    form, _, rest = text.partition(" ")
    if jsontext.begins(text):
        _set(session, jsontext.parsed(text))
    elif text == jsontext.NULL:
        session.settings = session.settings.unset("response_format")
    elif form == "text" and not rest:
        _set(session, {"type": "text"})
    elif form in ("json", "json_object") and not rest:
        _set(session, {"type": "json_object"})
    elif form in ("schema", "json_schema") and rest.strip():
        path = named(rest.strip().removeprefix("@"))
        _set(session, wrapped(read_json(path), path.stem))
    else:
        raise BadInput(f"{text} is not a form: text, json, or schema FILE")


def _set(session: Session, value: Any) -> None:
    checked = BY_NAME["response_format"].kind.check(value)
    shapes.check("response_format", checked)
    session.settings = session.settings.set("response_format", checked)


def wrapped(schema: Any, name: str) -> dict[str, Any]:
    """Wrap a schema as `response_format` wants it. A wrapped one stays. Raises BadInput."""
    if not isinstance(schema, dict):
        raise BadInput("a JSON Schema is an object")
    if schema.get("type") == "json_schema":
        return schema
    if "schema" in schema and "name" in schema:
        return {"type": "json_schema", "json_schema": schema}
    named = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64] or "answer"
    return {"type": "json_schema", "json_schema": {"name": named, "schema": schema}}
