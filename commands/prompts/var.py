"""/var and /vars: values of the variables of the prompt in force."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base import escapes
from chat.base.errors import BadInput
from chat.base.short import cut
from chat.base.tables import Cut, TableColumn
from chat.conversation.message import message_of
from chat.prompts import template
from chat.prompts.prompt import JINJA, Prompt, shown
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..settings.system import files
from . import filling


def _suggest_var(session: Session, typed: str) -> Iterator[Suggestion]:
    if session.prompt is None:
        return
    prompt = session.prompt.prompt
    name, equals, value = typed.partition("=")
    if not equals:
        for each in prompt.variables:
            if each.name.startswith(typed):
                yield Suggestion(each.name + "=", each.description or _now(session, each.name))
        return
    variable = next((each for each in prompt.variables if each.name == name.strip()), None)
    if value.startswith("@"):
        yield from (Suggestion("@" + path, note, len(name) + 1) for path, note in files(value[1:]))
    elif variable is not None:
        known = [
            (shown(each), note)
            for each, note in ((variable.example, "example"), (variable.default, "default"))
            if each is not None
        ]
        for found in offer(value, known):
            text = escapes.quote(found.text) if found.text[:1] in ("@", '"', "'") else found.text
            yield Suggestion(text, found.note, len(name) + 1)


def _now(session: Session, name: str) -> str:
    assert session.prompt is not None
    value = session.prompt.prompt.values(session.prompt.given).get(name)
    return "no value yet" if value is None else f"now {cut(shown(value), 30)}"


@command(Argument("assignment", _suggest_var, optional=True, rest=True, usage="name=value|name @file"))
def var(session: Session, screen: Screen, text: str | None) -> None:
    """Give a variable of the prompt a value.

    /var city=Rome          the rest of the line is the value; quotes hold blanks at its ends
    /var notes @notes.txt   what a file holds; @@ stands for an @
    /var                    shows them, as /vars does
    Where no prompt with variables is loaded, and {{city}} stands in the system message or a message, it
    becomes a variable of them. A value is inserted as text: nothing in it is a variable again.
    """
    if not text:
        _show(session, screen)
        return
    known = {each.name for each in session.prompt.prompt.variables} if session.prompt else set()
    filling.give(session, screen, dict(filling.assigned(text, known)))
    for name in dict(filling.assigned(text, known)):
        assert session.prompt is not None
        value = session.prompt.prompt.values(session.prompt.given)[name]
        screen.say(f"{name} → {cut(escapes.visible(shown(value)), 60)}")


def _suggest_vars(session: Session, typed: str) -> Iterator[Suggestion]:
    if session.prompt is None or not session.prompt.prompt.template:
        return
    yield from (each for each in offer(typed, (("clear", "no values"),)) if each.text.startswith(typed))
    for path, note in files(typed):
        if path.endswith(("/", ".json", ".yaml", ".yml")):
            yield Suggestion(path, note)


@command(Argument("file", _suggest_vars, optional=True, rest=True, usage="file|clear"))
def vars_(session: Session, screen: Screen, name: str | None) -> None:
    """Show the variables of the prompt and where each is used, or take values from a file.

    /vars              name, value, where it comes from, where it is used
    /vars case.json    values of an object: {"city": "Rome"}
    /vars clear        no values but the defaults
    """
    if not name:
        _show(session, screen)
        return
    if session.prompt is None or not session.prompt.prompt.template:
        raise BadInput("no prompt with variables is in force", "/prompt NAME loads one")
    if name == "clear":
        filling.put(session, screen, {})
    else:
        read = filling.from_file(session.prompt, name.removeprefix("@"))
        filling.put(session, screen, {**session.prompt.given, **read})
    _show(session, screen)


def _show(session: Session, screen: Screen) -> None:
    loaded = session.prompt
    if loaded is None or not loaded.prompt.variables:
        screen.say("no prompt with variables is in force; /prompt NAME loads one")
        return
    rows = []
    for each in loaded.prompt.variables:
        value = each.given(loaded.given)
        origin = (
            "given"
            if each.name in loaded.given
            else "missing"
            if value is None
            else "default"
            if each.default is not None
            else "optional"
        )
        example = "" if each.example is None else f"example: {cut(shown(each.example), 30)}"
        about = "; ".join(filter(None, (each.description, example)))
        text = "—" if value is None else cut(shown(value), 60)
        rows.append((each.name, each.type, text, origin, ", ".join(_used(loaded.prompt, each.name)), about))
    long = [TableColumn(name, cut=Cut.LONG) for name in ("value", "from", "used in", "about")]
    screen.table((TableColumn("variable"), TableColumn("type"), *long), rows)


def _used(prompt: Prompt, name: str) -> Iterator[str]:
    """Say in which texts a variable stands."""

    def stands(text: str) -> bool:
        return name in text if prompt.template == JINJA else name in template.names_in(text)

    if stands(prompt.system):
        yield "system"
    for number, each in enumerate(prompt.messages, 1):
        texts = template.texts_of(Prompt(messages=(each,)))
        if any(map(stands, texts)):
            yield f"message {number} ({message_of(each).role})"
