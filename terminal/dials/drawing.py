"""Draw the panel: the dials on the left, what may come next on the right, samples below. Pure.

Nothing depends on colour: what is cut off has a sign and names what cut it, what is not set stands in
parentheses, what the endpoint does with a parameter is a sign, and a word below.
"""

from __future__ import annotations

import math

from chat.endpoint.memory import HONOURED, IGNORED, REJECTED
from chat.lab.dials import Dial, in_force
from chat.lab.live import SIDE_BY_SIDE

from ..cells import get_cwidth
from ..lines import Line, ending, exactly, fit, padded
from .bars import STEP_OF, bars, percent, raw
from .text import token, wrapped
from .view import BELOW, NAME, VALUE, PanelView

#: The smallest window that has room for it.
LEAST_WIDE, LEAST_HIGH = 72, 20
_HELP = (
    ("↑↓", "dial"),
    ("←→", "turn"),
    ("0-9", "type"),
    ("u", "unset"),
    ("r", "reset"),
    ("space", "sample"),
    ("Enter", "keep"),
    ("Esc", "drop"),
)


def lines(view: PanelView) -> list[Line]:
    """Draw the panel: as many lines as the window has, each as wide as it."""
    if view.width < LEAST_WIDE or view.height < LEAST_HIGH:
        told = (
            f"/dials needs a window of {LEAST_WIDE} × {LEAST_HIGH}; this one is {view.width} × {view.height}"
        )
        small = [[("class:note", text)] for text in wrapped(told, max(1, view.width - 1), view.height)]
        return [exactly(line, view.width) for line in small]
    left, right = _dials(view), bars(view, view.width - view.left - 3)
    side = ("class:rule", f" {view.signs.side} ")
    body: list[Line] = [[*exactly(a, view.left), side, *b] for a, b in zip(left, right, strict=True)]
    room = view.height - view.rows - BELOW
    drawn = [_title(view), *body, *_about(view), *_samples(view, room), _note(view), _help(view)]
    return [exactly(line, view.width) for line in drawn]


# ---- the head and the foot


def _title(view: PanelView) -> Line:
    head = f"Dials · {fit(view.title, view.width // 3, view.signs.more)}"
    how = " · after " if view.place.before else " · answering "
    shown = ending(view.place.before or view.asked, view.width - get_cwidth(head + how) - 2, view.signs.more)
    return [("class:title", head), ("class:dim", how), ("", f"“{shown}”")]


def _note(view: PanelView) -> Line:
    if view.state.note:
        return [("class:note", fit(view.state.note, view.width))]
    if view.not_drawn:
        told = f"at work and not drawn: {', '.join(view.not_drawn)}"
        return [("class:note", fit(told, view.width, view.signs.more))]
    whose = "the server's order" if view.order_told else "an order assumed: this server does not tell its own"
    arrow = " → " if view.width >= 100 else " › "
    steps = arrow.join("typical_p" if name == "typ_p" else name for name in view.order)
    return [("class:dim", fit(f"{steps} ({whose})", view.width, view.signs.more))]


def _help(view: PanelView) -> Line:
    drawn: Line = []
    for key, does in _HELP:
        drawn += [("class:key", key), ("class:dim", f" {does}  ")]
    if view.width >= 110:
        drawn += [
            ("class:key", "[ ]"),
            ("class:dim", " token  "),
            ("class:key", "R"),
            ("class:dim", " reset all"),
        ]
    return drawn


# ---- the dials


def _dials(view: PanelView) -> list[Line]:
    state = view.state
    drawn = [_place_row(view), *(_dial_row(view, number) for number in range(len(state.dials)))]
    if view.bias:
        lacks = " (not drawn)" if view.place.candidates and not view.place.bias else ""
        bias = fit(view.bias, view.left - NAME - 4 - len(lacks), view.signs.more)
        drawn.append([("class:dim", f"  {'bias':<{NAME}} {bias}{lacks}")])
    drawn = drawn[view.first : view.first + view.rows]
    return drawn + [[] for _ in range(view.rows - len(drawn))]


def _head(view: PanelView, row: int, name: str, turned: bool) -> Line:
    chosen = view.state.row == row
    mark = view.signs.chosen if chosen else " "
    style = "class:chosen" if chosen else ""
    return [(style, mark), ("class:turned", "*" if turned else " "), (style, f"{fit(name, NAME):<{NAME}} ")]


def _place_row(view: PanelView) -> Line:
    state = view.state
    share = state.place / (state.places - 1) if state.places > 1 else 0.0
    value = f"{state.place + 1}/{state.places}"
    slider = _slider(view, share, None, view.state.row == 0)
    return [*_head(view, 0, "token", False), *slider, ("", f" {value:>{VALUE}}")]


def _dial_row(view: PanelView, number: int) -> Line:
    state, dial = view.state, view.state.dials[number]
    chosen = state.row == number + 1
    set_ = dial.name in state.values
    value = in_force(dial, state.values)
    turned = state.values.get(dial.name) != state.before.get(dial.name)
    if chosen and state.typed:
        shown, style = f"{state.typed}_", "class:typing"
    elif set_:
        shown, style = dial.show(value), "class:value"
    else:
        shown, style = (f"({dial.show(value)})" if value is not None else "–"), "class:dim"
    if dial.stops:
        mark = None if dial.default is None else dial.share(dial.default)
        slider = _slider(view, None if value is None else dial.share(value), mark, chosen)
    else:
        slider = [("", " " * view.slider)]
    value_text = padded(fit(shown, VALUE), VALUE, right=True)
    return [
        *_head(view, number + 1, dial.name, turned),
        *slider,
        ("", " "),
        (style, value_text),
        ("", " "),
        _verdict(view, dial),
    ]


def _slider(view: PanelView, share: float | None, mark: float | None, chosen: bool) -> Line:
    signs, width = view.signs, view.slider
    at = -1 if share is None else round(share * (width - 1))
    default = -1 if mark is None else round(mark * (width - 1))
    drawn: Line = []
    for cell in range(width):
        if cell == at:
            drawn.append(("class:chosen" if chosen else "class:knob", signs.knob))
        elif cell == default:
            drawn.append(("class:mark", signs.mark))
        else:
            drawn.append(("class:fill", signs.fill) if cell < at else ("class:rule", signs.track))
    return drawn


def _verdict(view: PanelView, dial: Dial) -> tuple[str, str]:
    found = dial.verdict.verdict if dial.verdict else HONOURED if dial.known else ""
    return {
        HONOURED: ("class:good", view.signs.honoured),
        IGNORED: ("class:note", "o"),
        REJECTED: ("class:bad", view.signs.cut),
    }.get(found, ("class:dim", "?"))


# ---- the dial that is chosen, in words


def _about(view: PanelView) -> list[Line]:
    dial = view.state.dial
    if dial is None:
        head = "The place in the last answer; ←→ walks along it, and [ ] do from any dial."
        came = token(view.place.taken, 40, view.signs).rstrip() if view.place.taken else ""
        now = f"now: what came there is {came}" if came else ""
        return [_rule(view, "token"), [("", head)], [("class:now", now)]]
    facts = [dial.name, _known(dial), dial.parameter.kind.describe()]
    if dial.default is not None:
        facts.insert(1, f"{dial.default_of} {dial.show(dial.default)}")
    return [
        _rule(view, " · ".join(facts)),
        [("", fit(dial.parameter.summary, view.width, view.signs.more))],
        [("class:now", fit(f"now: {effect(view, dial)}", view.width, view.signs.more))],
    ]


def _rule(view: PanelView, text: str = "") -> Line:
    track = view.signs.track
    shown = fit(text, view.width - 6, view.signs.more)
    name, _, rest = shown.partition(" ")
    words: Line = [("class:head", f" {name}"), ("", f" {rest} " if rest else " ")] if text else []
    used = sum(get_cwidth(each) for _, each in words) + 2
    return [("class:rule", track * 2), *words, ("class:rule", track * max(0, view.width - used))]


def _known(dial: Dial) -> str:
    """Say what the endpoint does with it."""
    if dial.verdict is not None:
        return f"{dial.verdict.verdict} ({dial.verdict.on})"
    return dial.known or "effect unknown: /probe"


def effect(view: PanelView, dial: Dial) -> str:
    """Say in words what a dial does at this place, as it is turned now."""
    value, found, title = in_force(dial, view.state.values), view.found, dial.name
    step = STEP_OF.get(title, title)
    if title == "seed" or title.startswith("max_"):
        return "it shows in samples alone"
    if not view.place.candidates:
        return "no picture of it, for want of candidates"
    if step not in view.order and "penalty" not in title:
        return "this server is not known to have it"
    if title == "temperature":
        if value is not None and value <= 0:
            return "always the likeliest token"
        if value is None or value == 1:
            return "the model's own odds"
        live = found.live
        if len(live) < 2:
            return "one token is left, so it changes nothing"
        return (
            "likely tokens likelier, rare ones rarer"
            if value < 1
            else "rare tokens likelier, likely ones rarer"
        )
    if "penalty" in title:
        said = set(view.place.said)
        if not said:
            return f"it looks at {view.place.said_how}"
        count = sum(each.candidate.id in said for each in found.outcomes)
        if title == "repeat_penalty" and value not in (None, 1) and not view.place.zero:
            why = "the zero of the logits is not known" + (" yet" if view.place.zero is None else "")
            return f"{count} candidates were said; drawn roughly: {why}"
        return f"{count} of the candidates were said in {view.place.said_how}"
    cut_ = [each for each in found.outcomes if each.cut_by == step]
    if not cut_:
        return "it cuts nothing off here"
    what = "1 token" if len(cut_) == 1 else f"{len(cut_)} tokens"
    return f"it cuts off {what} that held {percent(math.fsum(map(raw, cut_)))}"


# ---- samples


def _samples(view: PanelView, room: int) -> list[Line]:
    signs, count = view.signs, SIDE_BY_SIDE
    each = (view.width - 3 * (count - 1)) // count
    if not view.samples:
        hint = "space samples with these dials; turn one, and again: three stand side by side"
        return [_rule(view), [("class:dim", hint)], *[[] for _ in range(room - 1)]]
    columns: list[list[str]] = []
    heads: list[str] = []
    for sample in list(view.samples)[:count]:
        state = {"": signs.more, "whole": "", "cut": ""}.get(sample.ended, "")
        heads.append(padded(fit(f"{sample.label} {state}".strip(), each), each))
        text = sample.text + (signs.more if sample.ended == "cut" else "")
        if sample.ended not in ("", "whole", "cut"):
            text = f"{text}\n{signs.cut} {sample.ended}".strip()
        columns.append([padded(line, each) for line in wrapped(text, each, room)])
    heads += [" " * each] * (count - len(heads))
    columns += [[] for _ in range(count - len(columns))]
    gap = ("class:rule", f" {signs.side} ")
    drawn: list[Line] = [_joined([("class:head", head) for head in heads], gap)]
    for number in range(room):
        cells = [("", column[number] if number < len(column) else " " * each) for column in columns]
        drawn.append(_joined(cells, gap))
    return drawn


def _joined(cells: list[tuple[str, str]], gap: tuple[str, str]) -> Line:
    return [piece for number, cell in enumerate(cells) for piece in ([gap, cell] if number else [cell])]


# ---- where a click lands


def hit(view: PanelView, x: int, y: int) -> tuple[int, float | None] | None:
    """Tell which row stands there, and which share of its slider; None where there is none."""
    row = y - 1 + view.first
    if view.width < LEAST_WIDE or not 1 <= y <= view.rows or x >= view.left or row > len(view.state.dials):
        return None
    start = 2 + NAME + 1
    share = (x - start) / (view.slider - 1)
    return row, share if start <= x < start + view.slider else None
