"""What stands after /compare: columns, each a profile, values, or both; then the message.

    temperature=0  haiku  haiku,temperature=0  "system=Be terse. temperature=0"  model=a,seed=1

Commas, and blanks inside quotes, part what a column is made of. Where a value may hold them they
belong to it, but for what begins with the name of a parameter: `"stop=a b seed=1"`. Quotes about
a value keep all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from chat.base import escapes
from chat.base.dataclass import dataclass
from chat.base.errors import BadInput, TemperaError, UnknownName
from chat.conversation.experiment import Cell
from chat.endpoint.memory import PREFERENCES
from chat.lab import grid as grids
from chat.lab.runner import cell_of
from chat.parameters import notation
from chat.parameters.kinds import Flag, Number, OneOf, Texts
from chat.parameters.table import ALL
from chat.parameters.weights import Bias
from chat.session.state import Session

from ..declare import Suggestion, offer
from ..settings.assigning import look_up
from ..settings.parameters import model_names, names, suggest_pairs

BLIND = "--blind"
NOW = "now"
#: As many as there are number keys.
MOST = 9

_BEGINS = re.compile(r"([A-Za-z][\w.-]*)=")
_HINT = "a column is a profile, name=value, or both: haiku,temperature=0"


@dataclass(frozen=True)
class Comparison:
    """The columns to ask side by side. If `message` is None, the last one is asked again."""

    cells: tuple[Cell, ...]
    message: str | None = None
    blind: bool = False


@dataclass
class _Column:
    profile: str = ""
    now: bool = False
    values: dict[str, Any] = field(default_factory=dict)


def read(session: Session, text: str) -> Comparison:
    """Read what stands after /compare. Raises TemperaError if that can't be asked."""
    typed, message = grids.split(text)
    words = escapes.split(typed)
    options = [word.text for word in words if word.text.startswith("--")]
    for option in options:
        if option != BLIND:
            raise BadInput(f"/compare has no option {option}", f"{BLIND} is one; -- begins the message")
    raw = [typed[word.start : word.end] for word in words if not word.text.startswith("--")]
    columns = [_column(session, each) for each in raw]
    if not columns:
        raise BadInput("there is nothing to compare", "/compare temperature=0 temperature=1.5, say")
    if len(columns) == 1:  # beside what is set
        columns.insert(0, _Column(now=True))
    if len(columns) > MOST:
        raise BadInput(f"{len(columns)} are too many to look at: {MOST} at most", "/sweep asks with more")
    if message == "":
        raise BadInput("there is no message after --")
    return Comparison(tuple(_cell(session, each, columns) for each in columns), message, BLIND in options)


def _column(session: Session, raw: str) -> _Column:
    inner = escapes.split(raw)[0].text if raw[0] in "\"'" else raw
    column = _Column()
    for part in _parts(session, inner):
        name, equals, value = part.partition("=")
        if equals:
            _assign(column, name.strip(), part, value)
        elif part == NOW and not {NOW} & {*session.profiles.by_name, *session.profiles.broken}:
            column.now = True
        elif column.profile or column.now:
            raise BadInput(f"{part}: a column has one profile, and it has {column.profile or NOW}", _HINT)
        else:
            column.profile = _profile(session, part, next(reversed(column.values), ""))
    return column


def _assign(column: _Column, name: str, part: str, value: str) -> None:
    parameter = look_up(name)
    if parameter in PREFERENCES:
        raise BadInput(f"{parameter.name} is no part of a request")
    if not isinstance(parameter.kind, Texts | Bias) and value[:1] in ("'", '"'):
        value = escapes.split(part)[0].text.partition("=")[2]  # those two read quotes themselves
    column.values[parameter.name] = notation.read(parameter, value) if value else None


def _profile(session: Session, name: str, beside: str = "") -> str:
    """Give the profile's name. `beside`: the parameter that the column has a value for already. Raises
    BadInput."""
    try:
        found = session.profiles.find(name).name
    except UnknownName as error:
        if error.nearest:
            raise
        hint = f"model={name} asks a model" if name in model_names(session) else _HINT
        if beside and name[:1] in "-.0123456789":
            hint = f"a column for each value: {beside}=… {beside}={name}"
        try:
            hint = f"a value for each column: {look_up(name).name}=…"
        except BadInput:
            pass
        raise BadInput(error.message, hint) from None
    return found


def _parts(session: Session, text: str) -> list[str]:
    """Split a column into its parts. A comma or blank that may belong to a value does so, unless `name=` of
    a known name follows."""
    parts: list[str] = []
    gap = ""
    for segment, after in _segments(text):
        joins = bool(parts) and _goes_on(parts[-1]) and not _begins(segment)
        if joins:
            parts[-1] += gap + segment
        elif segment:
            parts.append(segment)
        gap = after
    return parts


def _goes_on(part: str) -> bool:
    """Tell whether a value may hold commas and blanks."""
    name, equals, _ = part.partition("=")
    try:
        return bool(equals) and not isinstance(look_up(name).kind, Number | OneOf | Flag)
    except BadInput:
        return False


def _begins(segment: str) -> bool:
    found = _BEGINS.match(segment)
    try:
        return found is not None and bool(look_up(found[1]))
    except BadInput:
        return False


def _segments(text: str, brackets: bool = True) -> list[tuple[str, str]]:
    """Yield (text between commas and blanks outside of quotes and brackets; what follows it). Brackets hold
    a value together if it begins with one and closes all of them."""
    found: list[tuple[str, str]] = []
    quote, depth, start, at = "", 0, 0, 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and (at == start or text[at - 1] in "=:,[{ "):
            quote = character
        elif brackets and character in "[{" and (depth or text[at - 1 : at] == "="):
            depth += 1
        elif depth and character in "]}":
            depth -= 1
        elif not depth and (character == "," or character.isspace()):
            end = at
            while at + 1 < len(text) and text[at + 1].isspace():
                at += 1
            found.append((text[start:end], text[end : at + 1]))
            start = at + 1
        at += 1
    return _segments(text, False) if depth else [*found, (text[start:], "")]


# ---- labels


def _cell(session: Session, column: _Column, among: list[_Column]) -> Cell:
    return cell_of(_label(session, column, among), column.values, column.profile)


def _label(session: Session, column: _Column, among: list[_Column]) -> str:
    """Name a column by what differs. A column with the present settings shows the values that the others
    change."""
    values = dict(column.values)
    if not column.profile and not values:
        for other in among:
            values |= {name: session.settings.get(name) for name in other.values}
    written = [f"{name}={grids.show(name, values[name], 60)}" for name in _in_order(values)]
    if column.profile or not written:
        mark = "*" if session.settings.changed else ""
        written.insert(0, column.profile or f"{session.settings.profile}{mark}")
    return ",".join(written)


def _in_order(values: dict[str, Any]) -> list[str]:
    places = {parameter.name: place for place, parameter in enumerate(ALL)}
    return sorted(values, key=lambda name: (places.get(name, len(places)), name))


# ---- suggestions


def suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest profiles and name= for a column, then its values. Suggest nothing for the message."""
    try:
        if grids.split(typed.removesuffix("--"))[1] is not None:
            return
        words = escapes.split(typed)
    except TemperaError:
        return
    last = typed[words[-1].start :] if words and words[-1].end == len(typed) else ""
    if last[:1] in ("'", '"'):
        return
    before = words[:-1] if last else words
    if sum(not word.text.startswith("--") for word in before) >= MOST:
        return
    part = _segments(last)[-1][0]
    start = len(typed) - len(part)
    if "=" in part:
        found = suggest_pairs(session, part)
        yield from (Suggestion(each.text, each.note, start + each.start) for each in found)
        return
    if part == last:
        profiles = [(name, "a profile") for name in session.profiles.names]
        options = [*profiles, (NOW, "what is set now")]
        if before and all(word.text != BLIND for word in before):
            options.append((BLIND, "hides which is which until one is picked"))
        yield from (Suggestion(each.text, each.note, start) for each in offer(part, options))
    of_no_request = {parameter.name for parameter in PREFERENCES}
    for each in names(session, part):
        if each.text not in of_no_request:
            yield Suggestion(each.text + "=", each.note, start)
