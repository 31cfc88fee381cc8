"""What is in force, as a script that puts it in force again: settings, prompt, messages. Pure.

Each value is written in the plainest way that is read back as it is: /set NAME VALUE, /set with JSON, or,
what no /set takes, as a field of the request that /open reads. Text stands in the lines of a <<'WORD',
where a dollar is one. No key is in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from ..base import escapes
from ..base.dataclass import dataclass
from ..base.errors import BadInput
from ..base.redact import hide
from ..conversation.body import Body, Carried, in_order, messages, order, role_of, streams
from ..conversation.branch import Branch
from ..endpoint.address import display_url
from ..parameters import notation
from ..parameters.declaration import Parameter
from ..parameters.settings import PROMPT, Settings
from ..parameters.table import BY_NAME, EXTRA, find
from ..parameters.weights import Bias
from ..prompts.loaded import LoadedPrompt
from ..prompts.prompt import shown
from . import script
from .script import Arguments

ENDING = "tempera"
#: Set by lines of their own, not by /set.
_APART = ("system", "base_url")
_MEANT = ("clear", "edit", "null")  # by /system, and so no text
_SIMPLE = re.compile(r"[\w@.,:;!?()/ -]+")  # what needs no quotes behind /var NAME=
_LONGEST = 100  # characters of a line's value, where several lines will do


@dataclass(frozen=True)
class Snapshot:
    """What is in force. `carried` is what goes with the branch; `prompt` is None unless its file says the
    same still and nothing was said after it; `secrets` are never written."""

    settings: Settings
    branch: Branch
    carried: Carried
    prompt: LoadedPrompt | None = None
    secrets: Iterable[str] = ()


def write(state: Snapshot) -> str:
    """Give the script. What it can't say stands in it as a comment."""
    settings, system = state.settings, state.carried.head()
    odd = _of_opened(settings) or _odd(settings)
    given = _given(state.prompt) if state.prompt is not None and not odd else None
    lines = [
        "#!/usr/bin/env -S tempera run",
        "# What was in force in Tempera: /source and `run` put it in force again. What is added is sent.",
    ]
    if state.prompt is not None and given is not None:
        lines += ["/clear", "/unset all", f"/prompt {_quoted(str(state.prompt.path))}", *given]
        lines += _unset(settings)
        if _of_prompt(settings, "system"):
            system = ""
    else:
        said = messages(state.branch, Carried(after=state.carried.after))
        lines += _opening(settings, said, odd, system)
        if said and _is_plain_system(said[0]):
            system = ""
    if not settings.as_opened and any(line.startswith("/open") for line in lines):
        settings = settings.set("stream", streams(settings))  # what is opened is sent as it stands else
    for parameter, value in settings:
        name = parameter.name
        written = name in _APART or name.removeprefix(EXTRA) in odd
        if not written and (given is None or not _of_prompt(settings, name)):
            lines.append(_set(parameter, value) or f"# {name} can't be written here")
    lines += _where(settings)
    if system:
        lines.append(_system(system, given is not None))
    return hide("\n".join(lines), state.secrets) + "\n"


def _of_prompt(settings: Settings, name: str) -> bool:
    origin = settings.origin(name)
    return origin is None or origin.kind == PROMPT


def _opening(settings: Settings, said: list[Body], odd: Mapping[str, Any], system: str) -> Iterator[str]:
    """Begin with the messages, and the fields that no /set takes; nothing else of a request is set then."""
    if said or odd:
        beginning = said or [{"role": "user", "content": ""}]
        if said and _is_plain_system(said[0]):  # the first is taken for the setting
            if system:
                beginning = [{"role": "system", "content": system}, *said]
            elif role_of(settings) != "system":
                yield "# the first message becomes the system message here, which is sent in another role"
        body = in_order({"messages": beginning, **odd}, order(settings) or ("messages",))
        yield _with_lines(
            "/open", *(json.dumps(body, ensure_ascii=ascii_, indent=2) for ascii_ in (False, True))
        )
    if not said:
        yield "/clear"
        if not odd:
            yield "/unset all"
    if settings.get("model") is None:
        yield "/unset model"


def _is_plain_system(message: Mapping[str, Any]) -> bool:
    """Tell whether /open takes a first message for the system message that is set."""
    content = message.get("content")
    plain = message.get("role") == "system" and list(message) == ["role", "content"]
    return plain and isinstance(content, str) and bool(content)


def _of_opened(settings: Settings) -> dict[str, Any]:
    """Give the fields that are sent as an opened request brought them."""
    if not settings.as_opened:
        return {}
    return {
        parameter.name.removeprefix(EXTRA): _plain(parameter, value)
        for parameter, value in settings
        if parameter.field and settings.origin(parameter.name) is settings.layers[-2]
    }


def _odd(settings: Settings) -> dict[str, Any]:
    """Give the fields that an opened request brought and no /set takes as they are."""
    return {
        parameter.name.removeprefix(EXTRA): _plain(parameter, value)
        for parameter, value in settings
        if parameter.field and _set(parameter, value) is None
    }


def _unset(settings: Settings) -> Iterator[str]:
    """What a prompt or its profile sets, and is not in force."""
    names = {name for layer in settings.layers for name in layer.values}
    for name in sorted(name for name in names if settings.get(name) is None and name != "base_url"):
        yield f"/unset {name}"


def _where(settings: Settings) -> Iterator[str]:
    """Where requests go. An address that holds a secret is left out."""
    url = settings.get("base_url")
    if url is None:
        return
    if display_url(url) != url:
        yield "# base_url is left out: it holds a secret"
    else:
        yield _set(BY_NAME["base_url"], url) or f"# base_url can't be written here: {escapes.visible(url)}"


def _system(text: str, template: bool) -> str:
    """The system message; where a `template` is in force, beside it."""
    if not template and text not in _MEANT and not text.startswith("@"):
        wanted = f"/system {text}"
        lines = [wanted] if len(text) <= _LONGEST else []
        for line in (*lines, _with_lines("/system", text)):
            if text == text.strip() and _is_lines(text) and _types(line, wanted):
                return line
    return _set(BY_NAME["system"], text) or "# the system message can't be written here"


def _given(loaded: LoadedPrompt) -> list[str] | None:
    """The values of a prompt's variables; None where one can't be written."""
    found = []
    for name, value in loaded.given.items():
        text = shown(value)
        try:
            if loaded.prompt.variable(name).read(text) != value:
                return None
        except BadInput:
            return None
        text = f"@{text}" if text.startswith("@") else text
        plain = bool(_SIMPLE.fullmatch(text)) and text == text.strip()
        line = f"/var {name}={text if plain else _quoted(text)}"
        if not _types(line, line.replace("$$", "$")):
            return None
        found.append(line)
    return found


# ---- values


def _set(parameter: Parameter, value: Any) -> str | None:
    """Give the plainest line that sets a value as it is; None where no line does."""
    for line in _candidates(parameter, value):
        try:
            if _canonical(_value(_reads(line), parameter)) == _canonical(value):
                return line
        except BadInput:
            continue
    return None


def _candidates(parameter: Parameter, value: Any) -> Iterator[str]:
    with suppress(AttributeError, TypeError, ValueError):  # of a kind that a request's value is not
        yield f"/set {parameter.name} {parameter.kind.write(value)}"
    made = json.dumps({parameter.name: _plain(parameter, value)})
    yield f"/set {made}"
    yield _with_lines("/set", made)


def _value(line: str, parameter: Parameter) -> Any:
    """Give what a line sets. Raises BadInput where that is something else."""
    found = notation.pairs(line.removeprefix("/set "), lambda name, typed: find(name))
    if len(found) != 1 or found[0][0].name != parameter.name:
        raise BadInput("other parameters")
    return notation.read(*found[0])


def _plain(parameter: Parameter, value: Any) -> Any:
    """Give a value as JSON has it."""
    return dict(value) if isinstance(parameter.kind, Bias) and isinstance(value, tuple) else value


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


# ---- lines


def _quoted(text: str) -> str:
    """Give a text as one word in quotes, on one line."""
    return '"' + escapes.visible(text).replace('"', '\\"').replace("$", "$$") + '"'


def _with_lines(command: str, *texts: str) -> str:
    """Give a command with a text in lines of its own, up to a word that is none of them: the first of the
    `texts` that can be looked at."""
    text = next((each for each in texts if _is_lines(each)), texts[-1])
    lines, word = text.split("\n"), "END"
    while word in lines:
        word += "_"
    return f"{command} <<'{word}'\n{text}\n{word}"


def _is_lines(text: str) -> bool:
    return all(each.isprintable() or each in "\n\t" for each in text)


def _reads(line: str) -> str:
    """Give what is typed by a line of a script. Raises BadInput where that is not one line."""
    found = script.read(line, "script", Arguments())
    if len(found) != 1 or found[0].message:
        raise BadInput("it is not one line")
    return found[0].text


def _types(line: str, wanted: str) -> bool:
    """Tell whether that is what a line of a script types."""
    try:
        return _reads(line) == wanted
    except BadInput:
        return False
