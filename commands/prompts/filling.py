"""Give values to the variables of the prompt in force: typed, from files, or asked for if missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chat.base import escapes, yamlfile
from chat.base.errors import BadInput, TemperaError
from chat.base.files import MB, read_text
from chat.base.places import named
from chat.prompts.loaded import LoadedPrompt
from chat.prompts.prompt import VARIABLE, Variable
from chat.session import prompted
from chat.session.state import Session

from ..screen import Screen
from .showing import wanted

_LARGEST = 4 * MB  # bytes of a file that becomes a value


def value_of(variable: Variable, text: str) -> Any:
    """Read a value as it is typed: @file stands for the text of a file, @@ for an @. Raises TemperaError."""
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        text = read_text(named(text[1:].strip()), _LARGEST)
        return variable.read(text.removesuffix("\n"))
    return variable.read(text)


def assigned(text: str, known: set[str]) -> Iterator[tuple[str, str]]:
    """Read `name=value`, `name @file` or `name value` as (name, value as typed). The value is the rest of
    the line, up to the name of another variable and =. Raises BadInput."""
    found = re.match(r"(" + VARIABLE + r")(?:\s*=\s*|\s+)(.*)\Z", text, re.DOTALL)
    if found is None:
        raise BadInput(f"/var takes name=value, not {text}", "/var city=Rome, or /var notes @notes.txt")
    name, rest = found[1], found[2]
    others = re.compile(r"\s+(" + "|".join(sorted(map(re.escape, known), key=len, reverse=True)) + r")=")
    while known and rest[:1] not in "\"'" and (other := others.search(rest)):
        yield name, rest[: other.start()].strip()
        name, rest = other[1], rest[other.end() :]
    yield name, escapes.meant(rest.strip()) if rest[:1] in ('"', "'") else rest.strip()


def give(session: Session, screen: Screen, values: Mapping[str, str]) -> None:
    """Give the variables these typed values, all of them or none. Raises TemperaError."""
    if session.prompt is None or not session.prompt.prompt.template:
        prompted.declare(session, list(values))
        names = ", ".join("{{" + name + "}}" for name in values)
        screen.say(f"{names}: a variable now, in a prompt that is not saved; /prompt save NAME keeps it")
    loaded = session.prompt
    assert loaded is not None
    read = {name: value_of(loaded.prompt.variable(name), text) for name, text in values.items()}
    put(session, screen, {**loaded.given, **read})


def give_all(session: Session, screen: Screen, pairs: Sequence[str]) -> None:
    """Give the values of a command line, each `name=value`. Raises TemperaError."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"--var {pair} is not name=value")
        values[name.strip()] = value
    if session.prompt is None or not session.prompt.prompt.variables:
        raise BadInput(f"there is no variable {next(iter(values))} here: the prompt has none")
    give(session, screen, values)


def put(session: Session, screen: Screen, given: Mapping[str, Any]) -> None:
    """Fill the prompt in force, and say what follows from that. Raises BadInput."""
    if prompted.fill(session, given):
        screen.say("the conversation begins anew with these values; /branches has what was said", dim=True)


def from_file(prompt: LoadedPrompt, name: str) -> dict[str, Any]:
    """Read values from an object in JSON or YAML. Raises TemperaError."""
    path = named(name)
    found = yamlfile.value(read_text(path, _LARGEST), path)
    if not isinstance(found, Mapping):
        raise BadInput(f"{name} holds no object of names and values", '{"city": "Rome"} is one')
    return {str(key): prompt.prompt.variable(str(key)).check(value) for key, value in found.items()}


def complete(session: Session, screen: Screen) -> None:
    """Make sure that each variable has a value: ask for those that are missing. Raises BadInput if one has
    none."""
    loaded = session.prompt
    if loaded is None or not loaded.missing:
        return
    if not screen.interactive:
        raise refused(loaded)
    given = dict(loaded.given)
    for variable in loaded.missing:
        while variable.name not in given:
            text = screen.ask(f"{wanted(variable)}:")
            if text is None or (text == "" and variable.type != "string"):
                raise refused(loaded)
            try:
                given[variable.name] = value_of(variable, text)
            except TemperaError as error:
                screen.fail(error.message, error.hint)
    put(session, screen, given)


def refused(loaded: LoadedPrompt) -> BadInput:
    """Say which variables have no value."""
    names = loaded.missing
    have = "have" if len(names) > 1 else "has"
    return BadInput(
        f"{', '.join(map(wanted, names))} {have} no value",
        f"/var {names[0].name}=… gives it one; --var {names[0].name}=… on the command line",
    )
