"""The one parser of a line: what runs, what completes and what is highlighted all ask it.

A line is a message, unless its first word is a slash with the name of a command. What only looks
so (a path, a regular expression, a comment) is a message as it stands, and is said to be one; what
is nearly a command is a slip, and goes back into the prompt. `//` before the name of a command
sends the line with one slash. Only what a person typed comes here: piped text, files and answers
are never looked at for commands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from chat.base import escapes
from chat.base.dataclass import dataclass
from chat.base.errors import BadInput, BadValue, TemperaError, UnknownName
from chat.parameters.table import EXTRA, OTHERS, extra
from chat.session import calling
from chat.session.state import Session

from . import used
from .brought import BROUGHT, LEAVES, SIGNS
from .declare import Argument, Command, Registry, Suggestion, offer
from .settings.parameters import parameter_command

#: What can be the name of a command, to its end; and one with what is typed for it joined to it.
_NAME = re.compile(r"[A-Za-z_][\w-]*|\?")
_JOINED = re.compile(r"/([A-Za-z_][\w-]*)[=:]\s*")
_LONGEST = 2000  # characters of a result that is offered again
_MARKS = ".,;:!?"  # that end a sentence
#: Folders at the root of a disk.
_FOLDERS = frozenset(
    "Applications Library Users Volumes bin boot dev etc home lib media mnt opt private proc root run sbin"
    " srv sys tmp usr var".split()
)


@dataclass(frozen=True)
class Line:
    """A line taken apart. `command` is None for a message, whose text is `text`; `note`: what is to be
    said of that."""

    text: str
    command: Command | None = None
    values: tuple[object, ...] = ()
    note: str = ""


class Slip(BadInput):
    """A first word that is nearly a command: the line goes back to the person."""


def is_command(text: str) -> bool:
    """Tell whether a line could be a command, as far as its letters tell."""
    name, _ = _name(text)
    return text.startswith("/") and (not name or _NAME.fullmatch(name) is not None)


def may_be_command(text: str) -> bool:
    """Tell whether the commands have to be known to say what a line means; else it is a message."""
    return text.startswith(("/", *SIGNS)) or text.rstrip().lower() in LEAVES


def parse(text: str, registry: Registry) -> Line:
    """Read a line. Raises Slip if it is not clear what it means, and other TemperaErrors for a command that
    can't be run as it stands."""
    if text.rstrip().lower() in LEAVES:
        return Line(text, registry.find("exit"))
    if text.startswith("//"):
        return _doubled(text, registry)
    if not text.startswith("/"):
        _look_at_sign(text, registry)
        return Line(text)
    name, rest = _parted(text, registry)
    if not name:
        raise BadInput(
            "a slash begins a command", "/help lists them; //text sends text that begins with a slash"
        )
    command = _find(name, rest, registry)
    if command is None:
        return Line(text, note=f"there is no command /{name}: sent as a message")
    return Line(text, command, tuple(_values(command, rest)))


def _doubled(text: str, registry: Registry) -> Line:
    """Decide what a line with two slashes is: `//name` sends what would be a command, with one slash. Any
    other `//` is a comment's, and is sent as it stands."""
    name, rest = _parted(text[1:], registry)
    try:
        command = _find(name, rest, registry) if _NAME.fullmatch(name) else None
    except BadInput:
        command = None
        if "\n" not in text.rstrip():
            return Line(text[1:], note="sent with one slash")
    if command is None or "\n" in text.rstrip():
        return Line(text, note="sent as it stands, with both slashes")
    return Line(text[1:], note="sent with one slash")


def _look_at_sign(text: str, registry: Registry) -> None:
    """Raise Slip for `.model x`, as aichat has commands."""
    word = text[1:].split(None, 1)[0] if text[1:].strip() else ""
    if text.startswith(SIGNS) and "\n" not in text.rstrip() and (registry.has(word) or word in BROUGHT):
        raise Slip(
            f"commands begin with a slash: /{text[1:]}", "a blank in front of it sends it as it stands"
        )


def _find(name: str, rest: str, registry: Registry) -> Command | None:
    """Find the command that is meant. Return None if it is none and looks like none. Raises Slip, and
    BadInput if it could be several, or is known from elsewhere but not here."""
    if name.lower().startswith(EXTRA):
        return parameter_command(extra(name[len(EXTRA) :]))
    if not registry.has(name) and name.lower() in BROUGHT:
        raise BadInput(*BROUGHT[name.lower()])
    try:
        return registry.find(name, lambda command: _fits(command, rest))
    except UnknownName as unknown:
        bare = name.rstrip(_MARKS)
        if name.lower() in OTHERS:
            hint = f"it is not declared here: /set {EXTRA}{name} {rest or '…'}"
            raise Slip(f"no command /{name}", hint) from None
        if bare != name and registry.has(bare):
            raise Slip(f"no command /{name}; did you mean /{registry.find(bare).name}?") from None
        if not _NAME.fullmatch(name) or name in _FOLDERS or (rest.strip() and not registry.has_near(name)):
            return None
        raise Slip(unknown.message, unknown.hint) from None


def _fits(command: Command, rest: str) -> bool:
    """Tell whether a command could take the text after its name."""
    if not rest.strip():
        return True
    try:
        list(_values(command, rest))
    except BadInput:
        return False
    return command.takes is None or command.takes(rest)


def _parted(text: str, registry: Registry) -> tuple[str, str]:
    """Give (name, the rest), as `_name`; a = or : parts them, too, where a command is named:
    /temperature=0.7."""
    joined = _JOINED.match(text)
    if joined and registry.has(joined[1]):
        return joined[1], text[joined.end() :]
    return _name(text)


def _name(text: str) -> tuple[str, str]:
    parts = text[1:].split(None, 1) if not text[1:2].isspace() else ["", text[1:]]
    return (parts[0] if parts else ""), (parts[1] if len(parts) > 1 else "")


def _values(command: Command, rest: str) -> Iterator[object]:
    """Give the arguments' values, in their order; missing optional ones are None or ()."""
    at = 0
    for argument in command.arguments:
        if argument.rest:
            left = rest[at:].strip()
            at = len(rest)
            if not left and not argument.optional:
                raise _misses(command, argument)
            yield left or None
        elif argument.many:
            words = escapes.split(rest[at:])
            at = len(rest)
            if not words and not argument.optional:
                raise _misses(command, argument)
            yield tuple(word.text for word in words)
        else:
            word = _word(rest, at)
            if word is None and not argument.optional:
                raise _misses(command, argument)
            at = word.end if word else at
            yield word.text if word else None
    if rest[at:].strip():
        raise BadInput(
            f"/{command.name} does not know what to do with {rest[at:].strip()}", f"usage: {command.usage}"
        )


def _misses(command: Command, argument: Argument) -> BadInput:
    return BadInput(f"/{command.name} misses {argument.name}", f"usage: {command.usage}")


def _word(text: str, at: int) -> escapes.Word | None:
    return next((word for word in escapes.words(text) if word.start >= at), None)


def counts(lines: Iterable[str], registry: Registry) -> Counter[str]:
    """Count how often each command stands in these lines, by its whole name or an alias, and with what."""
    found: Counter[str] = Counter()
    for line in lines:
        if line.startswith("/"):
            name, rest = _parted(line, registry)
            if registry.has(name):
                found.update(used.keys(registry.find(name).name, rest))
    return found


def complete(
    text: str, registry: Registry, session: Session, often: Mapping[str, int] | None = None
) -> list[tuple[int, Suggestion]]:
    """Complete the end of a line: list (where the suggestion begins in the text, suggestion). Plain text
    has none. `often` tells how often what was typed; that comes first. Whatever is typed, it
    returns a list and raises nothing."""
    try:
        return list(_complete(text, registry, session, often or {}))
    except (TemperaError, ValueError, LookupError, OSError, RuntimeError):
        return []


def _complete(
    text: str, registry: Registry, session: Session, often: Mapping[str, int]
) -> Iterator[tuple[int, Suggestion]]:
    if not is_command(text):
        yield from ((0, Suggestion(each)) for each in _results(text, session))
        return
    name, rest = _parted(text, registry)
    if not rest and not text[-1:].isspace():
        yield from ((1, suggestion) for suggestion in _commands(name, registry, session, often))
        return
    command = _find(name, "", registry)
    if command is None:
        return
    argument, typed = _argument_at_end(command, rest)
    if argument is None or argument.suggest is None:
        return
    start = len(text) - len(typed)
    found = ((start + suggestion.start, suggestion) for suggestion in argument.suggest(session, typed))
    yield from used.first(found, text, command.name, often)


def _results(typed: str, session: Session) -> list[str]:
    """Give what the tool gave before whose result is typed now; nothing where a message is."""
    waiting = calling.calls(session)
    if not waiting:
        return []
    call = waiting[0]
    found = [*calling.recorded(session, call.name, call.arguments), *calling.recorded(session, call.name)]
    return [each for each in dict.fromkeys(found) if each.startswith(typed) and len(each) < _LONGEST]


def _commands(
    typed: str, registry: Registry, session: Session, often: Mapping[str, int]
) -> Iterator[Suggestion]:
    """Suggest commands that begin so, those used most first. The parameters of other kinds of servers come
    where nothing else begins so; and where nothing does, what has the letters in their order."""
    lower = typed.lower()
    begun = [
        command
        for command in registry
        if any(name.startswith(lower) for name in (command.name, *command.aliases))
        and (command.listed or lower)
    ]
    begun.sort(key=lambda command: -often.get(command.name, 0))
    kind = session.server_kind
    near = [command for command in begun if not command.servers or kind in command.servers]
    found = [Suggestion(command.name, command.help) for command in near or begun]
    for command in registry.own.values():
        if command.name.startswith(lower):
            found.append(Suggestion(command.name, f"alias: {command.help}"))
    if not found:
        options = [(command.name, command.help) for command in registry if command.name[:1] == lower[:1]]
        found = [each for each in offer(lower, options) if each.text != lower]
    yield from found


def _argument_at_end(command: Command, rest: str) -> tuple[Argument | None, str]:
    """Return the argument that the end of the line belongs to, and the typed part of it."""
    at = 0
    for argument in command.arguments:
        if argument.rest:
            return argument, rest[at:].lstrip()
        if argument.many:
            return argument, _last_word(rest[at:])
        try:
            word = _word(rest, at)
        except BadValue:
            return argument, rest[at:].lstrip()
        if word is None or word.end == len(rest):
            return argument, rest[word.start :] if word else ""
        at = word.end
    return None, ""


def _last_word(text: str) -> str:
    start = end = 0
    try:
        for word in escapes.words(text):
            start, end = word.start, word.end
    except BadValue:
        return text[end:].lstrip()
    return text[start:] if end == len(text) else ""


def highlight(text: str, registry: Registry) -> tuple[int, str]:
    """Give (length, style) of the command's name at the beginning: "command", or "unknown"."""
    if not text.startswith("/") or text.startswith("//"):
        return 0, ""
    name, rest = _parted(text, registry)
    try:
        command = _find(name, rest, registry) if name else None
    except BadInput:
        command = None
    else:
        if name and command is None:  # a message
            return 0, ""
    return 1 + len(name), "command" if command else "unknown"


def refuse_command(text: str, registry: Callable[[], Registry]) -> None:
    """Raise BadInput if a text to be sent from a command line begins as a command does. The commands are
    loaded only for such a text."""
    if not text.startswith("/") or text.startswith("//"):
        return
    try:
        command = parse(text, registry()).command
        said = f"/{command.name} is a command of the shell" if command else ""
    except TemperaError as error:
        said = error.message
    if said:
        raise BadInput(f"{said}: nothing was sent", "-- before it sends it as it stands")
