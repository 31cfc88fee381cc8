"""What a sweep has shown, on the screen: a table, a plot, and how to get at each answer."""

from __future__ import annotations

from collections.abc import Sequence

from chat.conversation.experiment import Experiment, ranges, turns_of
from chat.conversation.tree import shortened
from chat.lab.results import Results, Row, charts, results
from chat.session.state import Session
from chat.tokens.prices import money

from ..screen import Screen

_ANSWER = 200  # characters of an answer in the table


def show(session: Session, screen: Screen, experiment: Experiment) -> None:
    """The table, the plot, and what can be done next."""
    found = results(experiment, session.turns)
    asked = experiment.asked.last
    screen.say(f"sweep {experiment.about} · {shortened(asked.content if asked else '')}", dim=True)
    if any(row.places for row in found.rows):
        screen.table(*table(found))
        drawn = charts(found)
        if drawn:
            screen.plot(drawn)
    _tell(session, screen, found, experiment)


def table(found: Results) -> tuple[list[str], list[list[str]]]:
    """(columns, rows), without the columns that have nothing to say."""
    several = any(row.asked > 1 for row in found.rows)
    columns: list[tuple[str, list[str]]] = [
        (">#", [ranges(row.cells) for row in found.rows]),
        (">turn", [ranges(row.places) for row in found.rows]),
        *((f">{name}", _values(found, place)) for place, name in enumerate(found.names)),
        (
            ">distinct",
            [f"{row.distinct} of {row.asked}" if several and row.asked else "" for row in found.rows],
        ),
        (">missing", [str(row.missing or "") for row in found.rows]),
        (">cut", [str(row.cut_off or "") for row in found.rows]),
        (">tokens", [_tokens(row) for row in found.rows]),
        (">logprob", [_number(row.logprob) for row in found.rows]),
        (">alike", [_number(row.similarity) for row in found.rows]),
        (">cost", [money(row.cost) if row.places else "" for row in found.rows]),
        ("…answer", [shortened(row.text, _ANSWER) for row in found.rows]),
    ]
    if columns[0][1] == columns[1][1]:
        del columns[1]
    kept = [(name, cells) for name, cells in columns if any(cells)]
    return [name for name, _ in kept], [list(row) for row in zip(*(cells for _, cells in kept), strict=True)]


def _values(found: Results, place: int) -> list[str]:
    """The values of a parameter; the first of two only where it changes."""
    values = [row.values[place] for row in found.rows]
    if place or len(found.names) < 2:
        return values
    return [value if not at or value != values[at - 1] else "" for at, value in enumerate(values)]


def _tokens(row: Row) -> str:
    if row.tokens is None:
        return ""
    return f"{'≈' if row.estimated else ''}{row.tokens:.{0 if row.tokens == int(row.tokens) else 1}f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _tell(session: Session, screen: Screen, found: Results, experiment: Experiment) -> None:
    there = sum(len(row.places) for row in found.rows)
    total = len(experiment.cells)
    if found.missing:
        screen.say(f"{there} of {total} are there · /sweep resume asks the {found.missing} that are missing")
    if not there:
        return
    answers = [place for row in found.rows for place in row.places]
    same = all(cell == place for row in found.rows for cell, place in _pairs(row))
    turn, other = answers[0] + 1, answers[-1] + 1
    numbers = "" if same else ", by its turn or #"
    diff = f"/diff {turn} {other}, " if other != turn else ""
    cell = next(cell for cell, place in turns_of(experiment, session.turns).items() if place == answers[-1])
    pick = f"/pick {cell + 1}{'' if same else ' (its #)'}"
    screen.say(
        "tokens is the mean of an answer; alike is its likeness to the first answer (difflib's ratio over"
        f" words). Each is at hand{numbers}: /raw {turn}, {diff}{pick} · /export csv",
        dim=True,
    )


def _pairs(row: Row) -> Sequence[tuple[int, int]]:
    return list(zip(row.cells, row.places, strict=False))
