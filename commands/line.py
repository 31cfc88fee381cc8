"""The one parser of a line: what runs, what completes and what is highlighted all ask it.

A line is a message, unless it begins with a slash: then it is a command, or with `//` a message
that begins with one slash. Only what a person typed comes here: piped text, files and answers are
never looked at for commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chat import escapes
from chat.errors import BadInput, BadValue, TemperaError
from chat.session import Session

from .declare import Argument, Command, Registry, Suggestion


@dataclass(frozen=True)
class Line:
    """A line taken apart. `command` is None for a message, whose text is `text`."""

    text: str
    command: Command | None = None
    values: tuple[object, ...] = ()


def is_command(text: str) -> bool:
    return text.startswith("/") and not text.startswith("//")


def parse(text: str, registry: Registry) -> Line:
    """What a line means. Raises TemperaError for a command that can't be run as it stands."""
    if not is_command(text):
        return Line(text[1:] if text.startswith("//") else text)
    name, rest = _name(text)
    if not name:
        raise BadInput(
            "a slash begins a command", "/help lists them; //text sends text that begins with a slash"
        )
    command = registry.find(name)
    return Line(text, command, tuple(_values(command, rest)))


def _name(text: str) -> tuple[str, str]:
    parts = text[1:].split(None, 1) if not text[1:2].isspace() else ["", text[1:]]
    return (parts[0] if parts else ""), (parts[1] if len(parts) > 1 else "")


def _values(command: Command, rest: str) -> Iterator[object]:
    """The arguments' values, in their order; missing optional ones are None or ()."""
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


def complete(text: str, registry: Registry, session: Session) -> list[tuple[int, Suggestion]]:
    """(where it begins in the text, suggestion) for the end of a line; nothing after plain text.

    Total: whatever is typed, it answers with a list.
    """
    try:
        return list(_complete(text, registry, session))
    except (TemperaError, ValueError, LookupError, OSError, RuntimeError):
        return []


def _complete(text: str, registry: Registry, session: Session) -> Iterator[tuple[int, Suggestion]]:
    if not is_command(text):
        return
    name, rest = _name(text)
    if not rest and not text[-1:].isspace():
        yield from ((1, suggestion) for suggestion in _commands(name, registry))
        return
    command = registry.find(name)
    argument, typed = _argument_at_end(command, rest)
    if argument is None or argument.suggest is None:
        return
    start = len(text) - len(typed)
    for suggestion in argument.suggest(session, typed):
        yield start + suggestion.start, suggestion


def _commands(typed: str, registry: Registry) -> Iterator[Suggestion]:
    lower = typed.lower()
    for command in registry:
        names = (command.name, *command.aliases)
        if any(name.startswith(lower) for name in names) and (command.listed or lower):
            yield Suggestion(command.name, command.help)


def _argument_at_end(command: Command, rest: str) -> tuple[Argument | None, str]:
    """The argument that the end of the line belongs to, and what is typed of it."""
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
    """(length, style) of the command's name at the beginning: "command", or "unknown"."""
    if not is_command(text):
        return 0, ""
    name, _ = _name(text)
    return 1 + len(name), "command" if registry.knows(name) else "unknown"
