"""Draw an opened cell: the answer and how it differs from what is expected, the verdicts, the request. Pure.

What is read is made once, by `body`; `opened` draws what is in view of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from chat.evaluation import expected
from chat.evaluation.results import Sample
from chat.evaluation.states import FAILED, PASSED, UNCHECKED
from chat.evaluation.suite import Assertion, Case, Verdict
from chat.lab import diff
from chat.prompts.prompt import shown
from chat.tokens.prices import money

from ..cells import get_cwidth
from ..drawing.changed import STROKES
from ..drawing.raw import wrapped
from ..lines import Line, Piece, exactly, fit, fit_raw, padded
from .layout import GAP
from .signs import ROLES, CellSigns, cell
from .told import answer, measured, named, text, why
from .view import BrowserView, reading

OPENED_HELP = (
    ("←→", "column"),
    ("↑↓", "case"),
    ("PgUp PgDn", "read"),
    ("r", "again"),
    ("o", "talk"),
    ("+-", "rate"),
    ("Esc", "back"),
    ("q", "leave"),
)
#: With several answers in a cell.
SEVERAL_HELP = (*OPENED_HELP[:2], ("[ ]", "answer"), ("PgDn", "read"), *OPENED_HELP[3:])
#: From how many columns on what is asked stands beside what came.
_TWO = 110
#: Characters that are drawn of an answer or a request, and those that are compared word by word.
_MOST, _COMPARED = 100_000, 4_000
_JUDGED = 10_000  # characters of what a judge is asked, and of what it says
_VALUE = 600  # characters of a value that is expected, or of a variable
_STYLES = {diff.GONE: "class:gone", diff.NEW: "class:new", diff.SAME: ""}


def body(case: Case, sample: Sample, width: int, signs: CellSigns, strokes: bool = False) -> list[Line]:
    """Make the lines of a cell, in one column or in two. `strokes` mark what differs, where no
    style does."""
    if width < _TWO:
        return [
            *_answer(sample, width),
            *_verdicts(case, sample, width, signs),
            *_difference(case, sample, width, strokes),
            *_variables(case, width),
            *_request(sample, width),
            *_judges(sample, width),
        ]
    left = (width - 3) * 11 // 20
    right = width - 3 - left
    one = [*_answer(sample, left), *_difference(case, sample, left, strokes)]
    other = [*_verdicts(case, sample, right, signs), *_variables(case, right), *_request(sample, right)]
    one += _judges(sample, left)
    one += [[] for _ in range(len(other) - len(one))]
    other += [[] for _ in range(len(one) - len(other))]
    side: Piece = ("class:dim", f" {signs.side} ")
    return [[*exactly(a, left), side, *b] for a, b in zip(one, other, strict=True)]


def opened(view: BrowserView) -> list[Line]:
    """Draw what is in view of the opened cell, below what it is."""
    state, room = view.state, reading(view.height)
    place = state.place
    if place is None:
        return []
    of = f" of {state.shape.cases:,}" if len(state.cases) == state.shape.cases else ""
    name = fit(view.name, max(1, view.width - 24), view.signs.more)
    title: Line = [("class:bold", f"case {place.case + 1:,}{of} "), ("", name)]
    several = state.shape.repeat > 1
    known = [f"answer {place.repeat + 1} of {state.shape.repeat}"] if several else []
    known += [measured(view.sample)]
    about: Line = [named(view), ("class:dim", f" · {' · '.join(filter(None, known))}")]
    shown = list(view.body[state.scroll : state.scroll + room])
    shown += [[] for _ in range(room - len(shown))]
    end = min(len(view.body), state.scroll + room)
    told = f" {state.scroll + 1}-{end} of {len(view.body)} " if len(view.body) > room else ""
    rule: Line = [
        ("class:dim", view.signs.rule * max(0, view.width - len(told) - 2)),
        ("class:bold" if told else "class:dim", told),
        ("class:dim", view.signs.rule * 2),
    ]
    return [title, _columns(view), about, rule, *shown]


def _columns(view: BrowserView) -> Line:
    """Draw the cells of the case, and the name of the column that is seen."""
    state = view.state
    case, drawn = state.cases[state.row], []
    label = view.labels[state.column] if state.column < len(view.labels) else ""
    room = view.width - min(get_cwidth(label), view.width // 2) - GAP
    pieces: list[tuple[int, Line]] = []
    for column in range(state.shape.columns):
        role, sign = cell(state.shape.cell(view.states, case, column), view.signs)
        here = column == state.column
        mark = ("class:chosen", view.signs.chosen) if here else ("", " ")
        style = f"class:{role} class:picked" if here else f"class:{role}"
        pieces.append(
            (column, [mark, ("class:chosen" if here else "class:dim", str(column + 1)), (style, sign)])
        )
    wide = max(sum(get_cwidth(text) for _, text in piece) for _, piece in pieces) + 1
    first = max(0, min(state.column - room // wide // 2, len(pieces) - room // wide))
    for _, piece in pieces[first : first + max(1, room // wide)]:
        drawn += [*piece, ("", " ")]
    return [*drawn, ("class:chosen", f" {fit(label, view.width // 2, view.signs.more)}")]


# ---- what came


def _head(name: str, about: str = "") -> Line:
    shown_ = fit(about, 60)
    return [("class:bold", name), ("class:dim", f"  {shown_}" if shown_ else "")]


def _section(head: Line, lines: Iterator[Line] | Sequence[Line]) -> list[Line]:
    return [head, *lines, []]


def _answer(sample: Sample, width: int) -> list[Line]:
    if sample.answered is None:
        said = wrapped(text(why(sample), 5000) or "it was not asked yet", width)
        return _section(_head("no answer", sample.kind), [[("class:error", line)] for line in said])
    given = answer(sample, _MOST)
    length = len(sample.answered.text)
    lines: list[Line] = [[("", line)] for line in wrapped(given.rstrip("\n"), width)]
    about = f"{length:,} characters" if length else "refusal" if sample.answered.refusal else "no text"
    if length > _MOST:
        lines.append([("class:warning", f"the first {_MOST:,} characters; o opens all of it")])
    return _section(_head("answer", about), lines)


def _difference(case: Case, sample: Sample, width: int, strokes: bool) -> list[Line]:
    held = [each.assertion for each in sample.judged.verdicts] if sample.judged else case.assertions
    wanted = expected.text(held)
    if wanted is None or sample.answered is None:
        return []
    said = sample.answered.text
    if wanted == said:
        return _section(
            _head("expected"), [[("class:passed", "the answer is what is expected, to the letter")]]
        )
    about = "struck out: expected, and not said; underlined: said instead"
    if strokes:
        about = "[-expected and not said-] {+said beyond it+}"
    pieces = _compared(text(wanted, _COMPARED), text(said, _COMPARED))
    if strokes:
        pieces = [(f"{STROKES[kind][0]}{each}{STROKES[kind][1]}", kind) for each, kind in pieces]
    lines = [*styled([(each, _STYLES[kind]) for each, kind in pieces], width)]
    if max(len(wanted), len(said)) > _COMPARED:
        lines.append([("class:warning", f"the first {_COMPARED:,} characters of both are compared")])
    return _section(_head("against what is expected"), [[("class:dim", fit(about, width))], *lines])


def _compared(wanted: str, said: str) -> list[tuple[str, str]]:
    """Compare word by word. What stands whole in the answer is the same there, however short it is."""
    if not wanted or wanted not in said:
        return diff.words(wanted, said)
    before, _, after = said.partition(wanted)
    return [each for each in ((before, diff.NEW), (wanted, diff.SAME), (after, diff.NEW)) if each[0]]


def styled(pieces: Sequence[tuple[str, str]], width: int) -> Iterator[Line]:
    """Break pieces of (text, style) into lines between words; a word that is too long is cut in two."""
    line: Line = []
    used = 0
    for given, style in pieces:
        for word in re.findall(r"\n|[^\S\n]+|\S+", given):
            while True:
                wide = get_cwidth(word)
                if word == "\n" or (used and used + wide > width):
                    yield line
                    line, used = [], 0
                    if word.isspace():
                        break
                head = word if wide <= width else fit_raw(word, width) or word[:1]
                line.append((style, head))
                used += get_cwidth(head)
                word = word[len(head) :]
                if not word:
                    break
    yield line


# ---- what was asked, and what was expected


def _verdicts(case: Case, sample: Sample, width: int, signs: CellSigns) -> list[Line]:
    if sample.judged is None:
        if not case.assertions:
            return _section(_head("verdicts"), [[("class:dim", "nothing is expected of the answer")]])
        lines = [line for each in case.assertions for line in _expects(each, width, 0)]
        return _section(_head("expected"), lines)
    judged = sample.judged
    about = f"score {judged.score:.2f}" if judged.score is not None else ""
    if sample.turned:
        about += f"  {sample.flips} of {sample.turned} judgements turned with the order"
    lines = [line for each in judged.verdicts for line in _verdict(each, width, signs, 0)]
    return _section(_head("verdicts", about), lines or [[("class:dim", "nothing is expected of the answer")]])


def _verdict(verdict: Verdict, width: int, signs: CellSigns, depth: int) -> Iterator[Line]:
    state = UNCHECKED if verdict.passed is None else PASSED if verdict.passed else FAILED
    indent, room = "  " * min(depth, 8), max(10, width - 2 * min(depth, 8) - 2)
    held = verdict.assertion
    score = "" if verdict.score in (None, 0.0, 1.0) else f"  {verdict.score:.2f}"
    weight = "" if held.weight == 1 else f"  weight {held.weight:g}"
    name = fit(held.name, max(1, room - len(score) - len(weight)))
    yield [
        ("", indent),
        (f"class:{ROLES[state]}", f"{signs.states[state]} "),
        ("", name),
        ("class:dim", score + weight),
    ]
    for line in _told(_value(held), room, 3 if verdict.passed else 6):
        yield [("", f"{indent}  "), ("class:dim", line)]
    if not verdict.passed:
        for line in _told(verdict.why, room, 8):
            yield [("", f"{indent}  "), ("class:warning", line)]
    for each in verdict.inner:
        yield from _verdict(each, width, signs, depth + 1)


def _expects(assertion: Assertion, width: int, depth: int) -> Iterator[Line]:
    indent, room = "  " * min(depth, 8), max(10, width - 2 * min(depth, 8) - 2)
    yield [("", indent + fit(assertion.name, room))]
    for line in _told(_value(assertion), room, 4):
        yield [("", f"{indent}  "), ("class:dim", line)]
    for each in assertion.inner:
        yield from _expects(each, width, depth + 1)


def _told(given: str, width: int, most: int) -> list[str]:
    lines = wrapped(text(given, _VALUE), width)
    return [*lines[: most - 1], fit(lines[most - 1], width - 2) + " …"] if len(lines) > most else lines


def _value(assertion: Assertion) -> str:
    return "" if assertion.value is None else _json(assertion.value)


def _variables(case: Case, width: int) -> list[Line]:
    if not case.variables:
        return []
    lines: list[Line] = []
    names = min(width // 3, max(get_cwidth(fit(name, width)) for name in case.variables))
    for name, value in list(case.variables.items())[:100]:
        head = padded(fit(name, names), names)
        for number, line in enumerate(_told(shown(value)[:_VALUE], max(1, width - names - GAP), 4)):
            lines.append([("class:dim", (head if not number else " " * names) + " " * GAP), ("", line)])
    return _section(_head("variables"), lines)


def _request(sample: Sample, width: int) -> list[Line]:
    if not sample.request:
        return _section(_head("request"), [[("class:dim", "none went out")]])
    made = _json(sample.request)
    lines: list[Line] = [[("", line)] for line in wrapped(text(made, _MOST), width)]
    if len(made) > _MOST:
        lines.append([("class:warning", f"the first {_MOST:,} of {len(made):,} characters")])
    return _section(_head("request", sample.model), lines)


def _judges(sample: Sample, width: int) -> list[Line]:
    """Show what judges were asked and said, as it is kept: its fields are of whoever asked them."""
    lines: list[Line] = []
    for each in sample.judges:
        told = [str(each.get(name) or "") for name in ("type", "model")]
        head = _head("judge", " · ".join([*filter(None, told), *_cost(each.get("cost"))]))
        messages = each.get("messages")
        asked = "" if not messages else _asked(messages)
        body_: list[Line] = (
            [[("class:dim", line)] for line in wrapped(text(asked, _JUDGED), width)] if asked else []
        )
        said = _json(each.get("answer") or "")
        body_ += [[("", line)] for line in wrapped(text(said, _JUDGED), width)]
        lines += _section(head, body_)
    return lines


def _cost(dollars: Any) -> list[str]:
    return [money(dollars)] if isinstance(dollars, int | float) else []


def _asked(messages: Any) -> str:
    """Write messages as text: who says it, then what."""
    if not isinstance(messages, list | tuple):
        return _json(messages)
    said = (each if isinstance(each, dict) else {"content": each} for each in messages)
    return "\n".join(f"{each.get('role', '')}: {_json(each.get('content'))}" for each in said)


def _json(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, indent=2, default=str)
    except (TypeError, ValueError, RecursionError):
        return "a value that JSON does not have"
