"""A request that was found in a file or a text, whatever it was written in.

Readers (`open_*`) make these. Nothing of a text ever runs: what is no literal in it becomes an
`Unknown`, which `settled` turns into a variable where text may stand, and else leaves out and names.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from ..base.dataclass import dataclass
from ..base.errors import BadValue
from ..base.halves import cleaned, whole
from ..base.redact import SECRET_NAME
from ..conversation.body import Body

#: Messages that a request may have: a conversation shows and counts each of them.
MOST_MESSAGES = 10_000
#: Levels of lists and objects in each other that are followed.
DEEPEST = 100
#: Values in them, and characters, all in all.
MOST_VALUES = 500_000
MOST_CHARACTERS = 64 * 1024 * 1024
#: What reading one program may make: characters of texts and entries of lists, again and again.
_MOST_WORK = 4_000_000
#: Ends of an address that are no part of the endpoint's own.
PATHS = ("/chat/completions", "/responses", "/completions")

#: Fields that hold what proves who asks, which some put into a body.
_SECRET_FIELD = re.compile(
    r"(?i)(x[-_])?api[-_]?key|authorization|(access|auth)[-_]?token|password|secret|cookies?"
)
#: Fields of a body that hold anything: what is called a key in them is none.
_FREE = ("messages", "tools", "functions", "metadata", "response_format", "logit_bias", "prediction")
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9]+")

_Node = TypeVar("_Node")


@dataclass(frozen=True)
class Opened:
    """A request. `body` is that of Chat Completions; `form` says what it was found as, `label` which
    of several it is. `url` is the endpoint's address, without anything secret, "" where none is known.
    `notes` say what could not be taken; `secrets` name what held one, which was left out; `variables`
    are the names of those that stand in the messages; `file` is one that the body is to be read from.
    """

    body: Body
    form: str
    label: str = ""
    url: str = ""
    notes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    file: str = ""
    files: tuple[str, ...] = field(default=(), repr=False)

    def noting(self, *notes: str) -> Opened:
        """Add notes, each once."""
        return replace(self, notes=tuple(dict.fromkeys((*self.notes, *notes))))


@dataclass(frozen=True)
class Unknown:
    """A value that a text does not tell: that of an expression that is no literal."""

    source: str

    @property
    def name(self) -> str:
        """Return a variable's name that is like the expression: user.name becomes user_name."""
        words = _NOT_A_NAME.sub("_", self.source).strip("_").lower()[:40].rstrip("_") or "value"
        return f"v_{words}" if words[0].isdigit() else words

    def __str__(self) -> str:
        return "{{" + self.name + "}}"


@dataclass(frozen=True)
class Joined:
    """A text with unknown parts."""

    parts: tuple[str | Unknown, ...]

    def __str__(self) -> str:
        return "".join(map(str, self.parts))


def joined(*parts: Any) -> str | Unknown | Joined:
    """Join texts, some of which may be unknown."""
    given = (each for part in parts for each in (part.parts if isinstance(part, Joined) else (part,)))
    flat: list[str | Unknown] = []
    for known, run in itertools.groupby(given, lambda each: isinstance(each, str)):
        here = list(run)
        flat += filter(None, ["".join(map(str, here))]) if known else here
    if all(isinstance(each, str) for each in flat):
        return "".join(map(str, flat))
    return flat[0] if len(flat) == 1 and isinstance(flat[0], Unknown) else Joined(tuple(flat))


class Work:
    """Counts the values made while a program is read: a few lines can ask for more than a machine holds."""

    def __init__(self) -> None:
        self._left = _MOST_WORK

    def on(self, *made: Any) -> None:
        """Count a step, as 40 characters, and the length of each of these. Raises TooMuch."""
        self._left -= 40 + sum(len(each) for each in made if isinstance(each, str | list | dict))
        if self._left < 0:
            raise TooMuch("what this program makes of its texts and lists is too much to read")


class TooMuch(BadValue):
    """Reading a text would take too much, whatever it is."""


def settled(opened: Opened) -> Opened:
    """Put variables in place of unknown texts in messages. Leave out and name everything else that is not
    known. Raises BadValue if the request has no messages, has too many, or is nested too deeply."""
    given = opened.body.get("messages")
    if isinstance(given, list) and len(given) > MOST_MESSAGES:
        raise BadValue(f"{opened.form} of {len(given):,} messages: at most {MOST_MESSAGES:,} can be opened")
    variables: dict[str, None] = {}
    given, notes = _spoken(given)
    if given:
        opened = replace(opened, body={**opened.body, "messages": given})
    body: Body = {}
    for name, value in opened.body.items():
        hidden = [name] if _SECRET_FIELD.fullmatch(name) else []
        if name not in _FREE and not hidden:
            value = _bare(value, name, hidden)
        opened = replace(opened, secrets=(*opened.secrets, *hidden))
        if hidden == [name]:
            continue
        found = list(unknown(value))
        if found and name not in ("messages", "tools", "functions"):
            notes.append(f"{name} is {found[0].source} there, which is no literal: left out")
            continue
        variables.update(dict.fromkeys(each.name for each in found))
        body[name] = _filled(value) if found else value
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadValue(f"{opened.form} without messages is no request")
    for number, message in enumerate(messages, 1):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadValue(f"message {number} is none: an object with a role is needed")
    opened = replace(opened, body=cleaned(body), label=whole(opened.label), variables=tuple(variables))
    return opened.noting(*notes)


def _spoken(messages: Any) -> tuple[Any, list[str]]:
    """Give (the messages that a text says, notes on those that it does not)."""
    if isinstance(messages, Unknown):
        raise BadValue(
            f"the messages are {messages.source} there, which is no literal: there is nothing to open"
        )
    if not isinstance(messages, list):
        return messages, []
    missing = [each for each in messages if isinstance(each, Unknown)]
    notes = [f"messages are {each.source} there, which is no literal: left out" for each in missing]
    if missing and len(missing) == len(messages):
        raise BadValue(f"the {notes[0].partition(':')[0]}: there is nothing to open")
    return [each for each in messages if not isinstance(each, Unknown)], notes


def _bare(value: Any, where: str, hidden: list[str], depth: int = 0) -> Any:
    """Leave out keys inside a field, and note in `hidden` where they were."""
    if depth > DEEPEST:
        raise BadValue("it is nested too deeply")
    if isinstance(value, list):
        return [_bare(each, where, hidden, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    kept: Body = {}
    for name, each in value.items():
        if (name == "key" or _SECRET_FIELD.fullmatch(name)) and isinstance(each, str | Joined):
            hidden.append(f"{where}.{name}")
        else:
            kept[name] = _bare(each, f"{where}.{name}", hidden, depth + 1)
    return kept


def unknown(value: Any) -> Iterator[Unknown]:
    """Find the unknown parts of a value, in its order. Raises BadValue if it is huge or deep."""
    stack = [(value, 0)]
    characters = 0
    for count in itertools.count(1):
        if not stack:
            return
        each, depth = stack.pop()
        characters += len(each) if isinstance(each, str) else 0
        if depth > DEEPEST:
            raise BadValue("it is nested too deeply")
        if count + len(stack) > MOST_VALUES or characters > MOST_CHARACTERS:
            raise BadValue("it has too many values, or too much text")
        if isinstance(each, Unknown):
            yield each
        elif isinstance(each, Joined | dict | list):
            inner = (
                each.parts if isinstance(each, Joined) else each.values() if isinstance(each, dict) else each
            )
            stack += [(one, depth + 1) for one in reversed(list(inner))]


def _filled(value: Any) -> Any:
    if isinstance(value, Unknown | Joined):
        return str(value)
    if isinstance(value, dict):
        return {name: _filled(each) for name, each in value.items()}
    return [_filled(each) for each in value] if isinstance(value, list) else value


def base_of(url: str) -> tuple[str, str]:
    """Give (the endpoint's address, the path after it) of a request's URL, without anything secret.

    Both are "" where it is no address of HTTP.
    """
    if "://" not in url:
        url = f"http://{url}" if url.startswith(("localhost", "127.", "[::1]")) else f"https://{url}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "", ""
    if parts.scheme not in ("http", "https") or not host or "{{" in url:
        return "", ""
    path = parts.path.rstrip("/")
    end = next((each for each in PATHS if path.endswith(each)), "")
    query = "&".join(
        each for each in parts.query.split("&") if each and not SECRET_NAME.search(each.partition("=")[0])
    )
    shown = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, shown + port, path[: len(path) - len(end)], query, "")), end


def safe_header(name: str) -> bool:
    """Tell whether a header may be looked at: it proves nobody's identity."""
    return not SECRET_NAME.search(name)


def in_order(root: _Node, children: Callable[[_Node], Iterable[_Node]]) -> Iterator[_Node]:
    """Walk the tree of a program in the order of its text, inner expressions before outer ones."""
    stack: list[tuple[_Node, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            yield node
            continue
        stack.append((node, True))
        stack += [(child, False) for child in reversed(list(children(node)))]
