"""/eval: files of evaluations, promptfoo's and OpenAI's among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chat.base import escapes
from chat.base.errors import BadInput
from chat.base.places import named
from chat.base.short import several, shorten
from chat.base.tables import Column, Cut, Row
from chat.evaluation import suite as suites
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..settings.system import files

_ACTIONS = (("check", "what a file would ask and check"),)
_ENDINGS = (".yaml", ".yml", ".json", ".jsonl", ".csv", ".tsv", "/")
#: Rows that are shown of each table.
_MOST = 30
_COLUMNS = (
    Column("column", cut=Cut.LONG),
    Column("asks", cut=Cut.LONG),
    Column("at", cut=Cut.LONG),
    Column("messages", right=True),
)
_KINDS = (Column("expected"), Column("checked", right=True), Column("not checked", right=True))
_NOTES = (Column("not understood", cut=Cut.LONG), Column("why", cut=Cut.LONG))


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    _, space, rest = typed.partition(" ")
    if not space:
        yield from (each for each in offer(typed, _ACTIONS) if each.text.startswith(typed))
        return
    start = len(typed) - len(rest)
    for path, note in files(rest):
        if path.endswith(_ENDINGS):
            yield Suggestion(escapes.quote(path) if " " in path else path, note, start)


@command(Argument("check FILE", _suggest, optional=True, rest=True, usage="check FILE [DATA]"))
def eval_(session: Session, screen: Screen, text: str | None) -> None:
    """Say what a file of an evaluation would ask and check, and what of it is not checked.

    /eval check promptfooconfig.yaml   promptfoo's, YAML or JSON, with the files that it names
    /eval check eval.json rows.jsonl   an eval of OpenAI's with its runs; its rows in a file beside
    /eval check cases.csv              a column for each variable; expected or __expected is what is expected
    Nothing is sent. Nothing in a file runs: what would need that, and what else is not understood, is listed
    with its place and counted as not checked. Keys in a file are not kept.
    """
    action, *rest = [word.text for word in escapes.split(text or "check")]
    if action != "check":
        raise BadInput(f"/eval has no {action}", "/eval check FILE")
    if len(rest) > 2:
        raise BadInput("it takes a file, and one with the rows of an eval", "/eval check FILE [DATA]")
    if not rest:
        here = [path for path, _ in files("") if path.endswith(_ENDINGS[:-1])][:_MOST]
        screen.say(
            f"/eval check FILE takes one of: {', '.join(here)}" if here else "no file here can hold one"
        )
        return
    from chat.evaluation import plan
    from chat.transfer import evals

    suite = evals.read(named(rest[0]), named(rest[1]) if len(rest) == 2 else None)
    found = plan.of(suite)
    columns = several(len(suite.columns), "column") if suite.columns else "what is in force"
    repeat = f" × {suite.repeat}" if suite.repeat > 1 else ""
    cases = several(len(suite.cases), "case")
    screen.say(f"{shorten(suite.name)}: {columns} × {cases}{repeat} = {several(found.answers, 'answer')}")
    _table(screen, _COLUMNS, [_of_column(each) for each in suite.columns])
    kinds = dict.fromkeys((*found.checked, *found.unchecked))
    _table(screen, _KINDS, [(kind, found.checked.get(kind), found.unchecked.get(kind)) for kind in kinds])
    if not kinds:
        screen.say("nothing is expected of the answers: none is checked")
    _table(screen, _NOTES, [(note.place, note.why) for note in suite.not_understood])
    for note in found.missing[:_MOST]:
        screen.warn(f"{note.place}: {note.why}")


def _of_column(column: suites.Column) -> Row:
    names = (f"profile {column.profile}" if column.profile else "", str(column.parameters.get("model") or ""))
    who = " ".join(each for each in names if each) or "what is in force"
    return shorten(column.label), who, column.base_url, len(column.messages)


def _table(screen: Screen, heads: Sequence[Column], rows: Sequence[Row]) -> None:
    """Show the first rows, without columns in which nothing stands; nothing where there are none."""
    if not rows:
        return
    used = [place for place in range(len(heads)) if any(row[place] not in ("", None) for row in rows)]
    shown = [tuple(row[place] for place in used) for row in rows[:_MOST]]
    screen.table(tuple(heads[place] for place in used), shown)
    if len(rows) > _MOST:
        screen.say(f"and {several(len(rows) - _MOST, 'more row')}", dim=True)
