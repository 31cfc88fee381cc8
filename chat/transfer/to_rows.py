"""Write experiments for use elsewhere: rows for a spreadsheet, and a section of a page with charts.

Text comes out; an answer that was to have a shape is held against it. What models said is a stranger's: in
a page it is escaped, and in a sheet no text begins a formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..base.errors import BadInput
from ..base.tables import UNKNOWN, TableColumn, TableRow, as_csv, columns, counted
from ..conversation.experiment import SWEEP, Experiment, ranges, turns_of
from ..conversation.tree import Conversation
from ..conversation.turn import COMPLETE, Choice, Turn
from ..lab.results import Row, charts, logprob, repeats, results, shown, swept
from ..shape.verdict import UNKNOWN as UNKNOWN_SHAPE
from ..shape.verdict import FormVerdict, of_turn
from ..tokens.prices import COST, priced
from .page import escaped, table
from .svg import svg

_ASKED = ("repeat", "turn", "ended", "choice", "answer")
_SHAPED = ("fits", "fault")
_TOOK = (
    *("prompt_tokens", "completion_tokens", "finish_reason", "mean_logprob", "first_token_s", "seconds"),
    *("cost_usd", "model", "error"),
)

# ---- rows


def has_sweep(conversation: Conversation) -> bool:
    return any(each.kind == SWEEP for each in conversation.experiments.values())


def last_sweep(conversation: Conversation) -> Experiment:
    """Return the last sweep. Raises BadInput if there is none."""
    found = [each for each in conversation.experiments.values() if each.kind == SWEEP]
    if not found:
        raise BadInput("there is no sweep in this conversation", "/sweep temperature 0..1.5/0.25 -- text")
    return found[-1]


def rows(conversation: Conversation) -> str:
    """Write the last sweep as CSV: a row for each choice of each cell, and one for a cell without an
    answer. `fits` tells whether it has the form that was asked for, `fault` why not. Tokens, times and cost
    are those of the whole request. Raises BadInput."""
    experiment = last_sweep(conversation)
    names = swept(experiment)
    places = turns_of(experiment, conversation.turns)
    times = repeats(experiment)
    found: list[TableRow] = []
    for place, cell in enumerate(experiment.cells):
        values = [None if name not in cell.values else _value(name, cell.values[name]) for name in names]
        at = places.get(place)
        turn = None if at is None else conversation.turns[at]
        verdicts = of_turn(turn) if turn else ()
        for index, choice in enumerate(turn.answer.choices if turn and turn.answer.choices else (None,)):
            asked = (times[place], None if at is None else at + 1, turn.answer.ended if turn else "not asked")
            answer = (choice.index + 1, choice.said) if choice else (None, None)
            shaped = _shaped(verdicts[index]) if verdicts else (None, None)
            found.append((place + 1, *values, *asked, *answer, *shaped, *_took(turn, choice)))
    return as_csv(columns("cell", *names, *_ASKED, *_SHAPED, *_TOOK), found)


def _shaped(verdict: FormVerdict) -> tuple[str | None, str | None]:
    """Say whether an answer fits, and why not; nothing of the first where that can't be told."""
    if verdict.sound:
        return "yes", None
    return None if verdict.kind == UNKNOWN_SHAPE else "no", verdict.short


def _value(name: str, value: object) -> str | int | float:
    """Return a number or a text as it is, anything else as it would be typed."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return value if isinstance(value, str) else shown(name, value)


def _took(turn: Turn | None, choice: Choice | None) -> TableRow:
    if turn is None:
        return [None] * len(_TOOK)
    used = turn.answer.usage
    mean = logprob(choice) if choice else None
    return [
        UNKNOWN if used and used.prompt is None else used.prompt if used else None,
        UNKNOWN if used and used.completion is None else used.completion if used else None,
        choice.finish_reason if choice else None,
        None if mean is None else round(mean, 6),
        None if turn.answer.first_token is None else round(turn.answer.first_token, 4),
        round(turn.answer.duration, 4) or None,
        turn.answer.cost if used else None,
        turn.model,
        turn.answer.error.message if turn.answer.error else None,
    ]


# ---- a page


def sections(conversation: Conversation) -> str:
    """Give every experiment of a conversation, for its page."""
    return "\n".join(
        _section(experiment, conversation.turns) for experiment in conversation.experiments.values()
    )


def _section(experiment: Experiment, turns: Sequence[Turn]) -> str:
    asked = experiment.asked.last.content if experiment.asked.last else ""
    about = "" if experiment.blind else f" {experiment.about}"
    parts = [f"<h2>{escaped(f'{experiment.kind}{about}')}</h2>", f'<p class="plain">{escaped(asked)}</p>']
    if experiment.kind == SWEEP:
        found = results(experiment, turns)
        heads = (
            *columns("turns", *found.names, "distinct"),
            TableColumn("tokens", number="{:.4g}".format),
            *(TableColumn(name, number="{:.2f}".format) for name in ("logprob", "similar")),
            *(COST, TableColumn("first answer")),
        )
        parts.append(table(heads, map(_cells, found.rows)))
        parts += [svg(chart) for chart in charts(found)]
    else:
        heads = (*columns("turn", "asked with", "ended", "tokens"), COST, TableColumn("answer"))
        parts.append(table(heads, _answers(experiment, turns)))
    inside = "\n".join(parts)
    return f'<section class="experiment">\n{inside}\n</section>'


def _cells(row: Row) -> TableRow:
    return (
        ranges(row.places),
        *row.values,
        f"{row.distinct} of {row.asked}",
        row.tokens,
        row.logprob,
        row.similarity,
        priced(row.cost, bool(row.places)),
        row.text,
    )


def _answers(experiment: Experiment, turns: Sequence[Turn]) -> Iterator[TableRow]:
    places = turns_of(experiment, turns)
    for place, cell in enumerate(experiment.cells):
        label = chr(ord("A") + place % 26) if experiment.blind else cell.label
        if place not in places:
            yield None, label, "not asked", None, None, None
            continue
        turn = turns[places[place]]
        ended = turn.choice.finish_reason if turn.answer.ended == COMPLETE else turn.answer.ended
        used = None if experiment.blind else turn.answer.usage
        took = (counted(used.completion, False), priced(turn.answer.cost)) if used else (None, None)
        yield places[place] + 1, label, ended, *took, turn.choice.said


STYLE = """
section.experiment { padding: .9rem 0; border-top: 1px solid var(--line); }
section.experiment h2 { font-size: 1.1rem; margin: 0 0 .3rem; }
table.results { font-size: .85rem; margin: .6rem 0; }
table.results td { vertical-align: top; white-space: pre-wrap; }
"""
