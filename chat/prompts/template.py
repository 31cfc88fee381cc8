"""Texts with variables: `{{name}}` by a reader of a few lines, jinja by `jinja.py`.

A value is inserted as text, once, and never read as a template again. What is no variable stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .prompt import JINJA, PLAIN, VARIABLE, Prompt, Variable, shown

_PLACE = re.compile(r"\{\{[ \t]*(" + VARIABLE + r")[ \t]*\}\}")
#: Fields of a message that say what it is, and are no text of anybody's.
_FIXED = ("role", "type")


def names_in(text: str) -> list[str]:
    """Name the variables of a plain template, in their order."""
    return list(dict.fromkeys(found[1] for found in _PLACE.finditer(text)))


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Put values where a plain template names them; a name without one stays as it is."""
    return _PLACE.sub(lambda found: shown(values[found[1]]) if found[1] in values else found[0], text)


def texts_of(prompt: Prompt) -> list[str]:
    """Give all texts of a prompt that may name a variable, in their order."""
    found: list[str] = [prompt.system] if prompt.system else []

    def note(text: str) -> str:
        found.append(text)
        return text

    for each in prompt.messages:
        mapped(each, note)
    return found


def mapped(value: Any, change: Callable[[str], str], key: str = "") -> Any:
    """Change each text in a message, except those that say what kind of part it is."""
    if isinstance(value, str):
        return value if key in _FIXED else change(value)
    if isinstance(value, Mapping):
        return {name: mapped(each, change, name) for name, each in value.items()}
    if isinstance(value, list):
        return [mapped(each, change) for each in value]
    return value


def declared(prompt: Prompt) -> Prompt:
    """Declare each variable that a template's texts name. Raises BadValue if its jinja is broken."""
    if prompt.template == PLAIN:
        return prompt.with_variables([name for text in texts_of(prompt) for name in names_in(text)])
    if prompt.template == JINJA:
        from . import jinja

        return prompt.with_variables(jinja.PROCESS.names(texts_of(prompt)))
    return prompt


def quoted(prompt: Prompt, meant: Iterable[str]) -> Prompt:
    """Make a template in which only these names are variables. Any other `{{name}}` in the texts stays as
    it is: it becomes a variable whose value is itself."""
    wanted = set(meant)
    plain = declared(Prompt(prompt.system, prompt.messages, template=PLAIN))
    variables = (
        each if each.name in wanted else Variable(each.name, default="{{" + each.name + "}}")
        for each in plain.variables
    )
    return Prompt(
        prompt.system,
        prompt.messages,
        prompt.parameters,
        tuple(variables),
        PLAIN,
        prompt.profile,
        prompt.description,
    )


def filled(prompt: Prompt, values: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
    """Give (the system message, the messages) with these values and the defaults. Plain names without a
    value stay as they are; jinja is filled when nothing is missing. Raises BadValue."""
    if not prompt.template or (prompt.template == JINJA and prompt.missing(values)):
        return prompt.system, list(prompt.messages)
    given = prompt.values(values)
    if prompt.template == JINJA:
        from . import jinja

        made = dict(zip(texts := texts_of(prompt), jinja.PROCESS.render(texts, given), strict=True))
        change = made.__getitem__
    else:

        def change(text: str) -> str:
            return fill(text, given)

    system = change(prompt.system) if prompt.system else ""
    return system, [mapped(each, change) for each in prompt.messages]
