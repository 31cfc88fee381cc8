"""/format: the form of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chat.base import files as whole_files
from chat.base.errors import BadInput
from chat.base.places import named
from chat.parameters import jsontext, shapes
from chat.parameters.structured import read_json
from chat.parameters.table import BY_NAME
from chat.session.state import Session
from chat.shape import forms, inferring, judge, models, reading, strict

from .. import shaped
from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..turns import answered
from .system import files

_FORMS = (
    ("text", "plain text"),
    ("json", "any JSON object"),
    ("schema", "JSON that follows a schema from a file, or a type of a Python file"),
    ("infer", "a schema of the last answer, or of an example in a file"),
    ("fix", "the schema as OpenAI's strict mode takes it"),
    ("off", "not sent"),
)
_NAME = "response_format"


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    form, space, rest = typed.partition(" ")
    start = len(typed) - len(rest)
    if not space:
        has_schema = _schema(session.settings.get(_NAME)) is not None
        found = (each for each in offer(typed, _FORMS) if each.text.startswith(typed))
        yield from (each for each in found if each.text != "fix" or has_schema)
    elif form in ("schema", "infer"):
        yield from schemas(rest, start, python=form == "schema")


def schemas(typed: str, start: int = 0, python: bool = True) -> Iterator[Suggestion]:
    """Suggest files that may hold a schema, folders, and the types of a Python file that is named."""
    file, colon, begun = typed.partition(".py:")
    if python and colon:
        for name, kind in models.types(named(file + ".py")):
            if name.startswith(begun):
                yield Suggestion(f"{file}.py:{name}", kind, start)
        return
    for path, note in files(typed):
        if path.endswith((*forms.ENDINGS, "/")):
            yield Suggestion(path, note, start)
        elif python and path.endswith(".py"):
            yield Suggestion(path + ":", "a type of it", start)


@command(
    Argument(
        "form", _suggest, optional=True, rest=True, usage="text|json|schema FILE|infer [FILE]|fix [FILE]|off"
    ),
    name="format",
)
def format_(session: Session, screen: Screen, text: str | None) -> None:
    """Show or set the form of the answer: text, JSON, or JSON that follows a schema.

    /format schema person.json        a JSON Schema, in JSON or YAML; the API's own wrapping is added
                                      where it is missing, and named after the file
    /format schema models.py:Invoice  a pydantic model, dataclass or TypedDict, as the SDK sends it; the
                                      file runs in a process of its own
    /format infer [FILE]              a schema made of the last answer, or of an example in a file
    /format fix [FILE]                as OpenAI's strict mode takes it, and into a file
    /format {"type": "json_object"}   as the API has it, or a JSON Schema as it stands
    /format off                       no longer sent
    """
    current = session.settings.get(_NAME)
    if text is None:
        _show(screen, current)
        return
    form, _, rest = text.partition(" ")
    rest = rest.strip()
    given = rest if form in ("schema", "json_schema") else text
    if jsontext.begins(given):
        _take(session, screen, forms.wrapped(jsontext.parsed(given), "answer"), "that schema")
    elif text in (jsontext.NULL, "off"):
        if current is None:
            screen.say("no format is set")
        session.settings = session.settings.unset(_NAME)
    elif form in forms.WORDS and not rest:
        _set(session, forms.WORDS[form])
    elif form in ("schema", "json_schema") and rest:
        _take(session, screen, forms.from_file(rest), rest)
    elif form == "infer":
        _infer(session, screen, rest)
    elif form == "fix":
        _fix(session, screen, current, rest)
    elif forms.meant(text):
        _take(session, screen, forms.from_file(text), text)
    else:
        raise BadInput(f"{text} is not a form: text, json, schema FILE, infer, fix or off")


def _set(session: Session, value: Any) -> None:
    checked = BY_NAME[_NAME].kind.check(value)
    shapes.check(_NAME, checked)
    session.settings = session.settings.set(_NAME, checked)


def _take(session: Session, screen: Screen, form: dict[str, Any], source: str) -> None:
    """Set a form, once its schema is known to be one."""
    schema = _schema(form)
    if schema is not None:
        found = judge.check(schema)
        if found.unknown:
            raise BadInput(f"{source}: {found.unknown}")
    _set(session, form)
    _say_strict(screen, form)


def _schema(form: Any) -> Any:
    given = form.get("json_schema") if isinstance(form, dict) else None
    return given.get("schema") if isinstance(given, dict) else None


def _say_strict(screen: Screen, form: Any) -> None:
    """Say why a schema is not sent as strict, where it is not."""
    found = shaped.breaches(form)
    if found and not shaped.is_strict(form):
        screen.say("it is not sent as strict, since OpenAI's strict mode would refuse it:", dim=True)
        for line in shaped.lines(found, "  ", "/format lists them"):
            screen.say(line, dim=True)
        screen.say("/format fix mends what needs no decision of yours", dim=True)


def _show(screen: Screen, form: Any) -> None:
    schema = _schema(form)
    if schema is None:
        said = "free" if form is None else BY_NAME[_NAME].show(form)
        screen.say(f"the form of the answer: {said}")
        return
    given = form["json_schema"]
    head = f"json_schema {given.get('name', '')}, {'strict' if given.get('strict') is True else 'not strict'}"
    screen.say(f"the form of the answer: {head}")
    _draw(screen, given.get("name", "schema"), schema)
    found = shaped.breaches(form)
    if found:
        screen.say("OpenAI's strict mode would refuse it; other servers take more:")
        for breach in found:
            screen.say(f"  {breach}")


def _draw(screen: Screen, head: str, value: Any) -> None:
    screen.pages([(str(head), f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```", True)])


def _infer(session: Session, screen: Screen, source: str) -> None:
    """Make a schema of an example, show it, and set it if that is wanted."""
    if source:
        path = named(source.removeprefix("@"))
        example, name = read_json(path), path.stem
    else:
        turn = answered(session)
        text = turn.said
        inside = reading.inside(text)
        found = reading.read(text if inside is None else inside)
        if found.problem:
            raise BadInput(
                f"the last answer is no JSON: {found.problem}", "/format infer FILE takes an example"
            )
        example, name = found.value, "answer"
    schema = inferring.schema_of(example)
    form = forms.wrapped(schema, name)
    _draw(screen, f"a schema of {source or 'the last answer'}", schema)
    if not screen.confirm("set it as the form of answers?"):
        raise BadInput("the form of the answer is as it was")
    _set(session, form)
    _say_strict(screen, form)


def _fix(session: Session, screen: Screen, form: Any, target: str) -> None:
    """Mend what is set, and write the schema into a file where one is named."""
    schema = _schema(form)
    if not isinstance(schema, dict):
        raise BadInput("no schema is set", "/format schema FILE sets one")
    made = forms.mended(form)
    if made == form and not target:
        left = strict.breaches(schema)
        screen.say("there is nothing to mend" if not left else "what is left needs a decision of yours:")
        for breach in left:
            screen.say(f"  {breach}")
        return
    if target:
        path = named(target)
        if path.exists() and not screen.confirm(f"write over {path}?"):
            raise BadInput(f"{path} is as it was")
        whole_files.write_whole(path, json.dumps(_schema(made), indent=2, ensure_ascii=False) + "\n")
        screen.say(f"the schema is in {path}")
    _set(session, made)
    left = strict.breaches(_schema(made))
    if left and not shaped.is_strict(made):  # of one that is strict the echo tells
        screen.warn("it is not strict yet: this is left for you to decide")
        for line in shaped.lines(left, "  ", "/format lists them"):
            screen.warn(line)
