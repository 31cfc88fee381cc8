"""Fill a column's messages with a case's variables.

A value is inserted as text, once, and never read as a template again. Templates run in the limited process
of prompts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..base import yamlfile
from ..base.errors import BadFile, BadValue
from ..base.halves import read_json
from ..prompts.prompt import shown
from ..prompts.template import mapped
from .suite import Case, Column

#: A place in the variables: a name, then names or numbers below it.
_PATH = r"[A-Za-z_][\w-]{0,63}(?:\.[\w-]{1,64}|\[\d{1,6}\]){0,20}"
_PLACE = re.compile(r"\{\{[ \t]*(" + _PATH + r")[ \t]*\}\}")
#: A variable alone, or what stands under a name in one; and names that jinja has for itself.
_NAME = re.compile(r"\{\{[ \t]*([A-Za-z_]\w{0,63}(?:\.[A-Za-z_]\w{0,63}){0,8})[ \t]*\}\}", re.ASCII)
_JINJAS = frozenset("true false none True False None self super loop caller varargs kwargs not".split())
_STEP = re.compile(r"[\w-]+")
_MISSING = object()
#: Characters of the messages of a cell.
MOST = 16 * 1024 * 1024


def fill(column: Column, case: Case) -> list[dict[str, Any]]:
    """Give the messages of a cell. Raises BadValue where they can't be made: a template that fails or makes
    too much, a reference to messages that are not there, text that is to be messages and is not."""
    values = case.variables
    if column.template == "last":
        *fixed, last = _around(column.messages, case)
        made = [*map(dict, fixed), mapped(last, lambda text: plain(text, values))]
    elif column.template == "plain":
        made = [mapped(each, lambda text: plain(text, values)) for each in _around(column.messages, case)]
        made = [each for message in made for each in _referred(message, values)]
    else:
        made = _rendered(_around(column.messages, case), values)
    if column.template == "chat":
        made = _messages_in(made[0]["content"]) if made else made
    if sum(len(text) for text in _texts(made)) > MOST:
        raise BadValue(f"the messages would have more than {MOST:,} characters")
    return made


def plain(text: str, values: Mapping[str, Any]) -> str:
    """Put values where a text names them, as {{name}}, {{item.a.b}} or {{rows[0].a}}. A name without a value
    stays as it is. Raises BadValue where that makes too much."""
    size = len(text)

    def value(found: re.Match[str]) -> str:
        nonlocal size
        there = at(values, found[1])
        new = found[0] if there is _MISSING else shown(there)
        size += len(new)
        if size > MOST:
            raise BadValue(f"the messages would have more than {MOST:,} characters")
        return new

    return _PLACE.sub(value, text)


def names_in(text: str) -> list[str]:
    """Name the places that a plain text takes from the variables, each once."""
    return list(dict.fromkeys(found[1] for found in _PLACE.finditer(text)))


def has(values: Mapping[str, Any], path: str) -> bool:
    """Tell whether there is a value at such a place."""
    return at(values, path) is not _MISSING


def at(values: Any, path: str) -> Any:
    """Give the value at a place, or a mark that there is none."""
    for step in _STEP.findall(path):
        if isinstance(values, Mapping) and step in values:
            values = values[step]
        elif isinstance(values, list | tuple) and step.isdecimal() and int(step) < len(values):
            values = values[int(step)]
        else:
            return _MISSING
    return values


def no_texts(column: Column, cases: Iterable[Case]) -> Iterator[tuple[str, str]]:
    """Name what a column takes from the variables that a case has no text for, with the first such case: what
    is filled in there goes by whose template it is."""
    wanted: dict[str, None] = {}

    def note(text: str) -> str:
        wanted.update(dict.fromkeys(names_in(text)))
        return text

    for each in column.messages:
        mapped(each, note)
    for number, case in enumerate(cases):
        for name in [name for name in wanted if not _inserted_alike(at(case.variables, name))]:
            yield name, case.place or f"tests[{number}]"
            del wanted[name]
        if not wanted:
            return


def _inserted_alike(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _around(messages: tuple[Mapping[str, Any], ...], case: Case) -> list[Mapping[str, Any]]:
    """Put the case's prefix and suffix around the text of the last message of the user."""
    found = list(messages)
    if not case.prefix and not case.suffix:
        return found
    for place in range(len(found) - 1, -1, -1):
        content = found[place].get("content")
        if found[place].get("role") == "user" and isinstance(content, str):
            found[place] = {**found[place], "content": case.prefix + content + case.suffix}
            break
    return found


def _rendered(messages: list[Mapping[str, Any]], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    texts: list[str] = []

    def note(text: str) -> str:
        texts.append(text)
        return text

    for each in messages:
        mapped(each, note)
    made = rendered(texts, values)
    return [mapped(each, lambda text: made.get(text, text)) for each in messages]


def rendered(texts: Iterable[str], values: Mapping[str, Any]) -> dict[str, str]:
    """Render the templates among texts, and give what became of each. Raises BadValue."""
    made: dict[str, str] = {}
    meant: list[str] = []
    for text in dict.fromkeys(texts):
        if "{{" not in text and "{%" not in text and "{#" not in text:
            continue
        filled = _without_process(text, values)
        if filled is None:
            meant.append(text)
        else:
            made[text] = filled
    if meant:
        from ..prompts import jinja

        made.update(zip(meant, jinja.PROCESS.render(meant, values, nunjucks=True), strict=True))
    return made


def _without_process(text: str, values: Mapping[str, Any]) -> str | None:
    """Fill a template that only names variables whose values are texts; None for any other. It says what the
    process would say, in a hundredth of the time."""
    around = _NAME.sub("\0", text)
    if "\r" in text or any(sign in around for sign in ("{{", "{%", "{#", "{\0")):
        return None
    if not all(_is_text(values, found[1]) for found in _NAME.finditer(text)):
        return None
    return plain(text, values)


def _is_text(values: Any, path: str) -> bool:
    """Tell whether a text stands there for jinja, too, which looks for an object's own names first."""
    first, *rest = path.split(".")
    if first in _JINJAS or any(hasattr(dict, step) for step in rest):
        return False
    for step in (first, *rest):
        if not isinstance(values, Mapping) or step not in values:
            return False
        values = values[step]
    return isinstance(values, str)


def _referred(message: dict[str, Any], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give what a reference stands for, or the message itself."""
    if set(message) != {"item_reference"}:
        return [message]
    path = str(message["item_reference"])
    there = at(values, path)
    if isinstance(there, str):
        return [{"role": "user", "content": there}]
    return _checked(there, f"{path} holds no messages")


def _messages_in(text: str) -> list[dict[str, Any]]:
    """Read the messages that a template made."""
    try:
        return _checked(read_json(text), "the template makes no messages")
    except (ValueError, RecursionError):
        pass
    try:
        return _checked(yamlfile.value(text, Path("the prompt")), "the template makes no messages")
    except BadFile as error:
        raise BadValue(f"the template makes no messages: {error.problem}") from None


def _checked(found: Any, problem: str) -> list[dict[str, Any]]:
    if isinstance(found, list) and all(isinstance(each, dict) and each.get("role") for each in found):
        return found
    raise BadValue(problem, f"what stands there is {_short(found)}")


def _short(found: Any) -> str:
    return "missing" if found is _MISSING else json.dumps(found, ensure_ascii=False, default=str)[:80]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else []
