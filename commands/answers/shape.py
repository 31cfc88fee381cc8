"""/json: a piece of an answer that is JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chat.base.errors import BadInput, TemperaError
from chat.base.tables import Column, Cut
from chat.conversation.turn import Turn
from chat.session.state import Session
from chat.shape import pointers, reading

from ..declare import Argument, Suggestion, command
from ..screen import Screen
from ..turns import answered

_TEXT = "text"
_CELL = 200  # characters of a cell of a table
_ROWS = 500  # of a table that is looked at


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
        _table(screen, found)
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


def _table(screen: Screen, rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    right = {
        name for name in names if all(_is_number(row[name]) for row in rows if row.get(name) is not None)
    }
    columns = [
        Column(name, right=name in right, cut=Cut.NEVER if name in right else Cut.LONG) for name in names
    ]
    screen.table(
        columns, [[_cell(row[name]) if name in row else None for name in names] for row in rows[:_ROWS]]
    )
    if len(rows) > _ROWS:
        screen.say(f"the first {_ROWS} of {len(rows):,} rows", dim=True)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: Any) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= _CELL else shown[: _CELL - 1] + "…"
