"""/grammar: what the answer must follow, as a grammar or a JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chat.base.errors import BadInput, BadValue
from chat.base.files import read_text
from chat.base.places import named
from chat.base.short import cut
from chat.parameters import jsontext
from chat.parameters.server_kinds import SGLANG, VLLM
from chat.parameters.structured import read_json
from chat.parameters.table import BY_NAME
from chat.session.state import Session
from chat.shape.forms import wrapped

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from .system import files

_LARGEST = 1_000_000
_OFF = "off"
#: The settings that hold a form of the answer, on one server or another.
_HOLDERS = ("grammar", "json_schema", "structured_outputs", "ebnf")
_ENDINGS = (".gbnf", ".ebnf", ".json", ".yaml", ".yml")


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    if _set(session):
        yield from (each for each in offer(typed, [(_OFF, "no form")]) if each.text.startswith(typed))
    for path, note in files(typed):
        if path.endswith(_ENDINGS) or (typed and path.endswith("/")):
            yield Suggestion(path, note)


@command(Argument("grammar", _suggest, optional=True, rest=True, usage="FILE|TEXT|off"))
def grammar(session: Session, screen: Screen, text: str | None) -> None:
    """Show or set the grammar that the answer must follow: GBNF, or a JSON Schema.

    /grammar root ::= "yes" | "no"   a grammar in GBNF, llama.cpp's notation
    /grammar answer.gbnf             from a file
    /grammar {"type": "object"}      a JSON Schema, or a file of one that ends in .json or .yaml
    /grammar off                     no longer
    It goes where the server in force has its place: vLLM's is structured_outputs, SGLang's ebnf.
    """
    if text is None:
        held = _set(session)
        for name in held:
            screen.say(f"{name} {cut(BY_NAME[name].show(session.settings.get(name)), 300)}")
        if not held:
            screen.say('no grammar is set: /grammar FILE, or /grammar root ::= "yes" | "no"')
        return
    if text.strip() in (_OFF, jsontext.NULL):
        if not _set(session):
            screen.say("no grammar was set")
        session.settings = _without(session)
        return
    path = _file(text)
    if path is None:
        form: Any = jsontext.parsed(text) if jsontext.begins(text) else text
    elif path.suffix in (".json", ".yaml", ".yml"):
        form = read_json(path)
    else:
        form = read_text(path, _LARGEST)
    name, value = _placed(session.server_kind, form, path.stem if path else "answer")
    try:
        checked = BY_NAME[name].kind.check(value)
    except BadValue as error:
        raise BadInput(f"{path}: {error.message}" if path else error.message, error.hint) from None
    session.settings = _without(session, keep=name).set(name, checked)


def _set(session: Session) -> list[str]:
    return [name for name in _HOLDERS if session.settings.get(name) is not None]


def _without(session: Session, keep: str = "") -> Any:
    """Give the settings without any other form of the answer."""
    settings = session.settings
    for name in _HOLDERS:
        if name != keep and settings.get(name) is not None:
            settings = settings.unset(name)
    return settings


def _file(text: str) -> Path | None:
    """Tell whether a file is meant: by @, by its ending, or since there is one of that name."""
    text = text.strip()
    if text.startswith("@"):
        return named(text[1:].strip())
    if "\n" in text or "::=" in text or jsontext.begins(text):
        return None
    path = named(text)
    if text.endswith(_ENDINGS) or path.is_file():
        return path
    raise BadInput(
        f"{cut(text, 40)} is neither a grammar nor a file",
        'a grammar has a rule root: /grammar root ::= "yes" | "no"',
    )


def _placed(kind: str, form: Any, name: str) -> tuple[str, Any]:
    """Give (the setting that holds it on this kind of server, the value there). Raises BadInput."""
    if isinstance(form, str):
        if kind == VLLM:
            return "structured_outputs", {"grammar": form}
        return ("ebnf" if kind == SGLANG else "grammar"), form
    if not isinstance(form, dict):
        raise BadInput(f"{cut(json.dumps(form), 40)} is no JSON Schema, which is an object")
    if kind == VLLM:
        return "structured_outputs", {"json": form}
    return ("response_format", wrapped(form, name)) if kind == SGLANG else ("json_schema", form)
