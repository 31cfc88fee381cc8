"""Experiments as they leave the shell: rows for a spreadsheet, and a section of a page with charts.

Pure: text comes out. What models said is a stranger's: in a page it is escaped, and in a sheet
no text begins a formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

from ..base.errors import BadInput
from ..conversation.experiment import SWEEP, Experiment, ranges, turns_of
from ..conversation.tree import Conversation, shortened
from ..conversation.turn import COMPLETE, Choice, Turn
from ..lab.chart import Chart, number
from ..lab.results import Row, charts, logprob, repeats, results, shown, swept
from ..tokens.prices import money, tokens
from .transcript import shown as visible

_ASKED = ("repeat", "turn", "ended", "choice", "answer")
_TOOK = (
    *("prompt_tokens", "completion_tokens", "finish_reason", "mean_logprob", "first_token_s", "seconds"),
    *("cost_usd", "model", "error"),
)
#: Beginnings that spreadsheets take for a formula; a list's "- item" is none.
_FORMULA = re.compile(r"[=+@\t\r]|-(?!\s)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")

# ---- rows


def has_sweep(conversation: Conversation) -> bool:
    return any(each.kind == SWEEP for each in conversation.experiments.values())


def last_sweep(conversation: Conversation) -> Experiment:
    """Raises BadInput where there is none."""
    found = [each for each in conversation.experiments.values() if each.kind == SWEEP]
    if not found:
        raise BadInput("there is no sweep in this conversation", "/sweep temperature 0..1.5/0.25 -- text")
    return found[-1]


def rows(conversation: Conversation) -> str:
    """The last sweep as CSV: a row for each choice of each cell, and one for a cell that has no
    answer. Tokens, times and cost are those of the whole request. Raises BadInput."""
    experiment = last_sweep(conversation)
    names = swept(experiment)
    places = turns_of(experiment, conversation.turns)
    times = repeats(experiment)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)  # a lone CR, too
    writer.writerow(["cell", *map(_safe, names), *_ASKED, *_TOOK])
    for place, cell in enumerate(experiment.cells):
        values = ["" if name not in cell.values else _value(name, cell.values[name]) for name in names]
        at = places.get(place)
        turn = None if at is None else conversation.turns[at]
        for choice in turn.answer.choices if turn and turn.answer.choices else (None,):
            asked = [times[place], "" if at is None else at + 1, turn.answer.ended if turn else "not asked"]
            answer = [choice.index + 1, _safe(choice.said)] if choice else ["", ""]
            writer.writerow([place + 1, *values, *asked, *answer, *_took(turn, choice)])
    return out.getvalue()


def _value(name: str, value: object) -> str | int | float:
    """A number or a text as it is, anything else as it would be typed."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return _safe(value if isinstance(value, str) else shown(name, value))


def _took(turn: Turn | None, choice: Choice | None) -> list[object]:
    if turn is None:
        return [""] * len(_TOOK)
    used = turn.answer.usage
    mean = logprob(choice) if choice else None
    return [
        _count(used.prompt) if used else "",
        _count(used.completion) if used else "",
        _safe(choice.finish_reason) if choice else "",
        "" if mean is None else round(mean, 6),
        "" if turn.answer.first_token is None else round(turn.answer.first_token, 4),
        round(turn.answer.duration, 4),
        "" if turn.answer.cost is None or not used else turn.answer.cost,
        _safe(turn.model),
        _safe(turn.answer.error.message) if turn.answer.error else "",
    ]


def _count(number: int | None) -> int | str:
    return "?" if number is None else number


def _safe(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it as a formula; NUL, which
    ends a text for some readers, is made visible."""
    text = text.replace("\0", "\u2400")
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


# ---- a page


def sections(conversation: Conversation) -> str:
    """Every experiment of a conversation, for its page."""
    return "\n".join(
        _section(experiment, conversation.turns) for experiment in conversation.experiments.values()
    )


def _section(experiment: Experiment, turns: Sequence[Turn]) -> str:
    asked = experiment.asked.last.content if experiment.asked.last else ""
    about = "" if experiment.blind else f" {experiment.about}"
    parts = [f"<h2>{_text(f'{experiment.kind}{about}')}</h2>", f'<p class="plain">{_text(asked)}</p>']
    if experiment.kind == SWEEP:
        found = results(experiment, turns)
        heads = ("turns", *found.names, "distinct", "tokens", "logprob", "similar", "cost", "first answer")
        parts.append(_table(heads, map(_cells, found.rows)))
        parts += [svg(chart) for chart in charts(found)]
    else:
        heads = ("turn", "asked with", "ended", "tokens", "cost", "answer")
        parts.append(_table(heads, _answers(experiment, turns)))
    inside = "\n".join(parts)
    return f'<section class="experiment">\n{inside}\n</section>'


def _cells(row: Row) -> tuple[str, ...]:
    return (
        ranges(row.places),
        *row.values,
        f"{row.distinct} of {row.asked}",
        "" if row.tokens is None else f"{row.tokens:.4g}",
        *("" if value is None else f"{value:.2f}" for value in (row.logprob, row.similarity)),
        money(row.cost) if row.places else "",
        row.text,
    )


def _answers(experiment: Experiment, turns: Sequence[Turn]) -> Iterator[tuple[str, ...]]:
    places = turns_of(experiment, turns)
    for place, cell in enumerate(experiment.cells):
        label = chr(ord("A") + place % 26) if experiment.blind else cell.label
        if place not in places:
            yield "", label, "not asked", "", "", ""
            continue
        turn = turns[places[place]]
        ended = turn.choice.finish_reason if turn.answer.ended == COMPLETE else turn.answer.ended
        took = (
            (tokens(turn.answer.usage.completion), money(turn.answer.cost)) if turn.answer.usage else ("", "")
        )
        if experiment.blind:
            took = ("", "")
        yield str(places[place] + 1), label, ended, *took, turn.choice.said


def _table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{_text(each)}</th>" for each in heads)
    body = "\n".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    return f'<table class="results"><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>'


# ---- charts

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 640, 260, 56, 30, 46
_COLOURS = ("#2f6fdf", "#d9731a", "#2b9a66", "#b8409a", "#8a6d1f", "#5b5bd6", "#c0392b", "#0f8b9d")


def svg(chart: Chart) -> str:
    """The chart as a picture in the page: columns for one series, points and lines for several."""
    low, high = chart.bounds
    plane = _WIDTH - _LEFT - 12
    slot = plane / max(1, len(chart.labels))
    base = _HEIGHT - _BOTTOM

    def y(value: float) -> float:
        return base - (value - low) / (high - low) * (base - _TOP)

    out = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT + _legend_height(chart)}" role="img">',
        f"<title>{_text(f'{chart.title} by {chart.across}')}</title>",
        f'<text x="{_LEFT}" y="16">{_text(chart.title)}</text>',
    ]
    for value in (low, (low + high) / 2, high):
        at = y(value)
        out.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 12}" y1="{at:.1f}" y2="{at:.1f}"/>')
        out.append(f'<text class="end" x="{_LEFT - 6}" y="{at + 4:.1f}">{number(value)}</text>')
    every = max(1, round(len(chart.labels) * 44 / plane + 0.49))
    for place, label in enumerate(chart.labels):
        if place % every == 0:
            text = _text(shortened(label, max(4, int(slot * every / 7))))
            out.append(
                f'<text class="mid" x="{_LEFT + (place + 0.5) * slot:.1f}" y="{base + 18}">{text}</text>'
            )
    out.append(
        f'<text class="mid" x="{_LEFT + plane / 2:.1f}" y="{_HEIGHT - 8}">{_text(chart.across)}</text>'
    )
    for series, (name, values) in enumerate(chart.series):
        colour = _COLOURS[series % len(_COLOURS)]
        points = [
            (_LEFT + (place + 0.5) * slot, value) for place, value in enumerate(values) if value is not None
        ]
        if len(chart.series) == 1:
            out += _columns(points, slot, y, colour)
        else:
            out += _line(points, y, colour)
            out += _named(series, name, colour)
    return "\n".join([*out, "</svg>"])


def _columns(
    points: list[tuple[float, float]], slot: float, y: Callable[[float], float], colour: str
) -> list[str]:
    found = []
    for x, value in points:
        top, bottom = sorted((y(value), y(0.0)))
        wide = slot * 0.7
        found.append(
            f'<rect x="{x - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}"'
            f' height="{max(1.0, bottom - top):.1f}" fill="{colour}"><title>{number(value)}</title></rect>'
        )
    return found


def _line(points: list[tuple[float, float]], y: Callable[[float], float], colour: str) -> list[str]:
    path = " ".join(f"{x:.1f},{y(value):.1f}" for x, value in points)
    dots = [
        f'<circle cx="{x:.1f}" cy="{y(value):.1f}" r="3.5" fill="{colour}">'
        f"<title>{number(value)}</title></circle>"
        for x, value in points
    ]
    return [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>', *dots]


def _named(series: int, name: str, colour: str) -> list[str]:
    """A line of the legend."""
    at = _HEIGHT + 14 + series * 18
    return [
        f'<circle cx="{_LEFT + 4}" cy="{at - 4}" r="4" fill="{colour}"/>',
        f'<text x="{_LEFT + 14}" y="{at}">{_text(shortened(name, 80))}</text>',
    ]


def _legend_height(chart: Chart) -> int:
    return 18 * len(chart.series) + 6 if len(chart.series) > 1 else 0


def _text(text: str) -> str:
    return escape(visible(text), quote=True)


STYLE = """
section.experiment { padding: .9rem 0; border-top: 1px solid var(--line); }
section.experiment h2 { font-size: 1.1rem; margin: 0 0 .3rem; }
table.results { font-size: .85rem; margin: .6rem 0; }
table.results td { vertical-align: top; white-space: pre-wrap; }
svg.chart { display: block; max-width: 40rem; width: 100%; margin: .8rem 0; }
svg.chart text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg.chart text.end { text-anchor: end; }
svg.chart text.mid { text-anchor: middle; }
svg.chart line.grid { stroke: var(--line); }
"""
