"""What a sweep has shown, on the screen: a table, a plot, and how to get at each answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chat.base.short import shorten
from chat.base.tables import Cut, TableColumn, TableRow, counted, filled
from chat.conversation.experiment import Experiment, ranges, turns_of
from chat.conversation.tree import Conversation
from chat.conversation.turn import Turn
from chat.lab.results import Results, Row, charts, results
from chat.statistics import intervals
from chat.statistics.intervals import Estimate
from chat.statistics.written import percent
from chat.tokens.prices import COST, priced

from ..screen import Screen
from ..shaped import judged, wanted

_ANSWER = 200  # characters of an answer in the table
_ROWS = 500  # of a table, which a person looks at


def show(
    screen: Screen, conversation: Conversation, experiment: Experiment, owed: int = 0, here: bool = True
) -> None:
    """Show the table, the plot, and what can be done next. `owed` answers are in a batch, and the
    conversation is the one that is open, or not `here`."""
    turns = conversation.turns
    found = results(experiment, turns)
    asked = experiment.asked.last
    screen.say(f"sweep {experiment.about} · {shorten(asked.content if asked else '')}", dim=True)
    if any(row.places for row in found.rows):
        some = replace(found, rows=found.rows[:_ROWS])
        screen.table(*table(some, _fits(turns, some)))
        if any(row.distinct > 1 for row in some.rows):
            screen.table(*spread(some), "several answers to the same request")
        if len(found.rows) > _ROWS:
            screen.say(f"that are {_ROWS} rows of {len(found.rows):,}: /export csv writes all of them")
        drawn = charts(found)
        if drawn:
            screen.plot(drawn)
    _tell(screen, turns, found, experiment, owed, 0 if here else conversation.number)


def _fits(turns: Sequence[Turn], found: Results) -> list[str | None]:
    """Say for each row how many of its answers have the form that was asked for; None where none was."""
    said: list[str | None] = []
    for row in found.rows:
        came = [turns[place] for place in row.places]
        shaped = [turn for turn in came if wanted(turn.request.body.get("response_format"))]
        verdicts = [verdict for turn in shaped for verdict in judged(turn)]
        right = sum(verdict.sound for verdict in verdicts)
        one = "yes" if right else verdicts[0].short if verdicts else None
        said.append(one if len(verdicts) < 2 else f"{right} of {len(verdicts)}")
    return said


def table(found: Results, fits: Sequence[str | None] = ()) -> tuple[list[TableColumn], list[TableRow]]:
    """Give (columns, rows), without the columns that have nothing to say. `fits`: of each row, whether it has
    the form that was asked for."""
    several = any(row.asked > 1 for row in found.rows)
    columns = (
        *(
            TableColumn(name, right=True)
            for name in ("#", "turn", *found.names, "distinct", "missing", "cut")
        ),
        TableColumn("tokens", right=True, number=_tokens),
        *(TableColumn(name, right=True, number="{:.2f}".format) for name in ("logprob", "alike")),
        COST,
        TableColumn("fits", cut=Cut.LONG),
        TableColumn("answer", cut=Cut.REST),
    )
    values = zip(*(_values(found, place) for place in range(len(found.names))), strict=True)
    rows = [
        (
            ranges(row.cells),
            ranges(row.places),
            *shown,
            f"{row.distinct} of {row.asked}" if several and row.asked else None,
            row.missing or None,
            row.cut_off or None,
            None if row.tokens is None else counted(row.tokens, row.estimated),
            row.logprob,
            row.similarity,
            priced(row.cost, bool(row.places)),
            fit,
            shorten(row.text, _ANSWER),
        )
        for row, shown, fit in zip(found.rows, values, fits or [None] * len(found.rows), strict=True)
    ]
    return filled(columns, rows, but=("turn",) if all(row[0] == row[1] for row in rows) else ())


def spread(found: Results) -> tuple[list[TableColumn], list[TableRow]]:
    """Give (columns, rows) of how the answers of each combination differ, in the words of an evaluation."""
    columns = (
        *(TableColumn(name, right=True) for name in ("#", *found.names, "most frequent")),
        TableColumn("similarity", right=True, number="{:.2f}".format),
    )
    values = zip(*(_values(found, place) for place in range(len(found.names))), strict=True)
    rows: list[TableRow] = [
        (ranges(row.cells), *shown, percent(_most_frequent(row)), _similarity(row))
        for row, shown in zip(found.rows, values, strict=True)
        if row.asked > 1
    ]
    return list(columns), rows


def _similarity(row: Row) -> float | None:
    return row.spread.similarity if row.spread else None


def _most_frequent(row: Row) -> Estimate | None:
    if row.spread is None:
        return None
    most = round(row.spread.share * row.asked)
    return intervals.rate([place < most for place in range(row.asked)])


def _values(found: Results, place: int) -> list[str]:
    """Give the values of a parameter; the first of two only where it changes."""
    values = [row.values[place] for row in found.rows]
    if place or len(found.names) < 2:
        return values
    return [value if not at or value != values[at - 1] else "" for at, value in enumerate(values)]


def _tokens(number: float) -> str:
    return f"{number:.{0 if number == int(number) else 1}f}"


def _tell(
    screen: Screen, turns: Sequence[Turn], found: Results, experiment: Experiment, owed: int, away: int
) -> None:
    """Tell what is missing, and how to get at the answers; `away` is the number of a conversation that is not
    open, else 0."""
    there = sum(len(row.places) for row in found.rows)
    missing = found.missing - owed
    if found.missing:
        left = [f"{owed:,} in a batch: /batch fetch takes what has come"] if owed else []
        left += [f"/sweep resume asks the {missing:,} that are missing"] if missing else []
        screen.say(" · ".join([f"{there:,} of {len(experiment.cells):,} are there", *left]))
    if not there:
        return
    answers = [place for row in found.rows for place in row.places]
    same = all(cell == place for row in found.rows for cell, place in _pairs(row))
    turn, other = answers[0] + 1, answers[-1] + 1
    numbers = "" if same else ", by its turn or #"
    where = f" in conversation {away} (/resume {away})" if away else ""
    diff = f"/diff {turn} {other}, " if other != turn else ""
    cell = next(cell for cell, place in turns_of(experiment, turns).items() if place == answers[-1])
    pick = f"/pick {cell + 1}{'' if same else ' (its #)'}"
    screen.say(
        "tokens is the mean of an answer; alike is its likeness to the first answer, word for word."
        f" Each is at hand{where}{numbers}: /raw {turn}, {diff}{pick} · /export csv",
        dim=True,
    )


def _pairs(row: Row) -> Sequence[tuple[int, int]]:
    return list(zip(row.cells, row.places, strict=False))
