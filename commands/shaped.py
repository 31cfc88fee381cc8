"""Say what there is to say of the shape of answers: of a schema that is set, and of an answer that was to
follow one. Nothing is loaded for it where no format is set."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chat.base.errors import TemperaError
from chat.base.short import cut, several
from chat.base.tables import Cut, TableColumn
from chat.conversation.turn import COMPLETE, Turn
from chat.parameters.settings import Settings

from .screen import Screen

if TYPE_CHECKING:
    from chat.shape.strict import Breach
    from chat.shape.verdict import FormVerdict

#: Rules, and faults, that are told one by one.
SHOWN = 5
_ROWS = 500  # of a table that is looked at
_FEW = 20  # rows of one that is shown unasked
_CELL = 200  # characters of a cell


def wanted(form: object) -> bool:
    """Tell whether a response_format wants JSON."""
    return isinstance(form, Mapping) and form.get("type") in ("json_object", "json_schema")


def wanted_of(settings: Settings) -> bool:
    """Tell whether answers are to be JSON, as it is set."""
    return wanted(settings.get("response_format"))


def warm(form: object) -> None:
    """Start the process that will hold the answer against the schema, while that is awaited."""
    if wanted(form) and isinstance(form, Mapping) and form.get("type") == "json_schema":
        from chat.shape import judge

        threading.Thread(target=judge.warm, daemon=True).start()


# ---- a schema that is set


def breaches(form: object) -> list[Breach]:
    """Give what OpenAI's strict mode would refuse of a format's schema; nothing where it has none."""
    given = form.get("json_schema") if isinstance(form, Mapping) else None
    schema = given.get("schema") if isinstance(given, Mapping) else None
    if not isinstance(schema, dict):
        return []
    from chat.shape import strict

    try:
        return strict.breaches(schema)
    except TemperaError as error:
        return [strict.Breach("", error.message)]


def is_strict(form: Any) -> bool:
    given = form.get("json_schema") if isinstance(form, Mapping) else None
    return isinstance(given, Mapping) and given.get("strict") is True


def advice(form: object) -> list[str]:
    """Say which rules of strict mode a schema does not keep that is sent as strict."""
    if not is_strict(form):
        return []
    return lines(breaches(form), "strict mode: ", "/format lists them, /format fix mends what it can")


def lines(found: Sequence[object], before: str, more: str) -> list[str]:
    """Give a line for each, the first few of many."""
    told = [f"{before}{each}" for each in found[:SHOWN]]
    return [*told, f"{before}and {len(found) - SHOWN} more; {more}"] if len(found) > SHOWN else told


# ---- an answer


def report(screen: Screen, turn: Turn | None) -> None:
    """Say what an answer is to the format that was asked for."""
    if turn is None or turn.answer.ended != COMPLETE or not wanted(turn.request.body.get("response_format")):
        return
    found = judged(turn)
    for number, verdict in enumerate(found, 1):
        tell(screen, verdict, name_of(turn), f"[{number}] " if len(found) > 1 else "")


def judged(turn: Turn) -> Sequence[FormVerdict]:
    """Judge each choice; Ctrl-C leaves it."""
    from chat.shape import verdict

    try:
        return verdict.of_turn(turn)
    except KeyboardInterrupt:
        return ()


def name_of(turn: Turn) -> str:
    """Give the name of the schema that a turn asked for; "" for any JSON."""
    from chat.shape.verdict import form_of

    form = form_of(turn.request.body.get("response_format"))
    return form.name if form else ""


def tell(screen: Screen, verdict: FormVerdict, name: str, label: str = "") -> None:
    """Say it of one answer: in full where it is not as it should be."""
    from chat.shape import verdict as kinds

    if verdict.kind in (kinds.REFUSED, kinds.EMPTY, kinds.CALLS):  # told with the answer
        return
    said = label + verdict.said(name)
    if verdict.sound:
        if screen.interactive:
            _tell_sound(screen, said, verdict.value, unasked=not label)
    else:
        screen.warn(said, "/raw shows it as it was written" if verdict.kind == kinds.NO_JSON else "")
    for fault in verdict.faults[:SHOWN]:
        screen.warn(f"  {label}{fault}")
    if verdict.count > min(SHOWN, len(verdict.faults)):
        screen.warn(f"  {label}and {verdict.count - min(SHOWN, len(verdict.faults))} more")
    for place in verdict.twice[:SHOWN]:
        screen.warn(f"{label}{cut(place, 60)} stands twice in one object: the last one counts")


def _tell_sound(screen: Screen, said: str, value: Any, unasked: bool) -> None:
    """Say that an answer is as it should be. A short list of flat objects in it is shown as a table, if
    `unasked`; else how it is."""
    from chat.shape.pointers import piece, tables

    place, count = next(iter(tables(value)), ("", 0))
    if 1 < count <= _FEW and unasked:
        screen.say(said, dim=True)
        table(screen, piece(value, place) if place else value)
        return
    more = f"; /json {place or '/'} shows its {several(count, 'row')} as a table" if count else ""
    screen.say(said + more, dim=True)


def table(screen: Screen, rows: list[dict[str, Any]]) -> None:
    """Show flat objects as the rows of a table; numbers align right."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    right = {
        name for name in names if all(_is_number(row[name]) for row in rows if row.get(name) is not None)
    }
    columns = [
        TableColumn(name, right=name in right, cut=Cut.NEVER if name in right else Cut.LONG) for name in names
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
