"""/json: a piece of an answer that is JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chat.base.errors import BadInput, TemperaError
from chat.conversation.turn import Turn
from chat.session.state import Session
from chat.shape import pointers, reading

from .. import shaped
from ..declare import Argument, Suggestion, command
from ..screen import Screen
from ..turns import answered

_TEXT = "text"


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    number, rest = _parted(typed)
    try:
        value = value_of(answered(session, number or None))
    except TemperaError:
        return
    start = len(typed) - len(rest)
    for path, kind in pointers.onward(value, rest):
        yield Suggestion(path, kind, start)


def _parted(text: str) -> tuple[str, str]:
    """Give (the number of a turn, the path) of what is typed."""
    first, _, rest = text.partition(" ")
    return (first, rest.strip()) if first.isdecimal() else ("", text)


@command(Argument("path", _suggest, optional=True, rest=True, usage="[n] PATH|text PATH"), name="json")
def json_(session: Session, screen: Screen, text: str | None) -> None:
    """Print a piece of the last answer, where that is JSON, or of the arguments of its tool calls.

    /json                 all of it, laid out
    /json /items/0/price  a JSON Pointer
    /json items[].price   JMESPath
    /json /items          a list of flat objects is a table; /json text /items prints it as JSON
    /json 2 /items        of turn 2, as /usage counts them
    """
    number, path = _parted(text or "")
    plain = path.startswith(_TEXT + " ")
    path = path[len(_TEXT) :].strip() if plain else path
    value = value_of(answered(session, number or None))
    whole = not path or (path == "/" and not _has_empty(value))
    found = value if whole else pointers.piece(value, path)
    if not plain and path and pointers.flat(found):
        shaped.table(screen, found)
    else:
        screen.show(written(found))


def _has_empty(value: Any) -> bool:
    """Tell whether / is the name "" here, and not all of it."""
    return isinstance(value, dict) and "" in value


def value_of(turn: Turn) -> Any:
    """Give what an answer holds as JSON: its text, or the arguments of its tool calls, a list of them where
    there are several. Raises TemperaError."""
    choice = turn.choice
    if choice.text.strip() or not choice.tool_calls:
        text = turn.request.carried.prefill + choice.text
        inside = reading.inside(text)
        return _read(text if inside is None else inside, "the answer")
    calls = [(name, _read(text, f"what {name} is called with")) for name, text in choice.tool_calls]
    if len(calls) == 1:
        return calls[0][1]
    return [{"name": name, "arguments": given} for name, given in calls]


def _read(text: str, what: str) -> Any:
    found = reading.read(text)
    if found.problem:
        raise BadInput(
            f"{what} is no JSON: {found.problem}", "/format json asks for it; /raw shows what came"
        )
    return found.value


def written(value: Any) -> str:
    """Write a value for a person: a text as it is."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
