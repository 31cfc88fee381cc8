"""Draw what may come next: a bar a token, what it was for the model alone, and what cut it off. Pure."""

from __future__ import annotations

import math
from collections import Counter

from chat.lab.sampling import Distribution, Fate

from ..lines import Line, fit, padded
from .text import bar, token, wrapped
from .view import STATS, PanelView

#: What people call the samplers: by their parameters.
_CALLED = {"typ_p": "typical_p", "temperature": "greedy"}
#: The other way round.
STEP_OF = {"typical_p": "typ_p"}


def bars(view: PanelView, width: int) -> list[Line]:
    """Draw the candidates, or why there are none, in so many columns."""
    place = view.place
    if not place.candidates:
        told = place.why or f"asking the server what may come next {view.signs.more}"
        if place.why:
            told += "\n\nThe dials and samples (space) work without it; r on the row token asks again."
        shown: list[Line] = [[("class:dim", "next token")], []]
        shown += [[("", line)] for line in wrapped(told, width, 9)]
    else:
        names = 9 if width < 60 else 18
        wide = width - names - 2 - 14
        room = view.rows - 1 - STATS
        head = padded("next token", names + 2) + padded(
            f"{view.signs.parts[-1]} now {view.signs.ghost} model", wide
        )
        shown = [[("class:dim", f"{head}    now  model")]]
        shown += [_bar_row(view, each, names, wide) for each in _seen(view, room)]
        shown += [[] for _ in range(room + 1 - len(shown))]
        shown += _stats(view, width)
    shown = shown[: view.rows]
    return shown + [[] for _ in range(view.rows - len(shown))]


def raw(outcome: Fate) -> float:
    """Give the probability that the model alone gives a candidate."""
    return math.exp(outcome.candidate.logit)


def _seen(view: PanelView, room: int) -> list[Fate | str]:
    """Give what there is room for: candidates that are or were the likeliest, in an order that turning a dial
    hardly changes. Where what is cut off stands too far down to be seen, two of it stand at the end: of what
    the chosen dial cuts, if it does."""
    ordered = sorted(view.found.outcomes, key=lambda each: -max(each.probability, raw(each)))
    first, rest = ordered[: max(0, room)], ordered[max(0, room) :]
    cut_ = [each for each in rest if each.cut_by]
    if room < 6 or not cut_ or any(each.cut_by for each in first):
        return [*first]
    name = view.state.dial.name if view.state.dial else ""
    own = [each for each in cut_ if each.cut_by == STEP_OF.get(name, name)] or cut_
    shown = own[:2]
    between = ordered[room - 1 - len(shown) : ordered.index(shown[0])]
    live = [each for each in between if not each.cut_by]
    more = f"{view.signs.more} {len(live)} more, {percent(math.fsum(each.probability for each in live))}"
    return [*ordered[: room - 1 - len(shown)], more, *shown]


def _scale(found: Distribution) -> float:
    """Give the share that fills a bar: the same however dials are turned, so that bars rise and fall."""
    return min(1.0, 2.5 * max(map(raw, found.outcomes), default=1.0))


def percent(share: float) -> str:
    """Write a share so that what is there is not 0."""
    return "<0.1%" if 0 < share < 0.0005 else f"{share:.1%}"


def _bar_row(view: PanelView, outcome: Fate | str, names: int, wide: int) -> Line:
    if isinstance(outcome, str):
        return [("class:dim", f" {outcome}")]
    was, scale = raw(outcome), _scale(view.found)
    full, ghost = bar(outcome.probability / scale, was / scale, wide, view.signs)
    name = token(outcome.candidate.token, names, view.signs)
    came = outcome.candidate.token == view.place.taken and bool(view.place.taken)
    if outcome.cut_by:
        by = _CALLED.get(outcome.cut_by, outcome.cut_by)
        now: Line = [("class:bad", padded(fit(by, 6, "."), 7, right=True))]
        head: Line = [("class:bad", view.signs.cut), ("class:cut", name), ("", " ")]
    else:
        now = [("class:number", f"{percent(outcome.probability):>7}")]
        head = [("class:chosen", view.signs.chosen if came else " "), ("class:token", name), ("", " ")]
    return [*head, ("class:bar", full), ("class:ghost", ghost), *now, ("class:dim", f"{percent(was):>7}")]


def _stats(view: PanelView, width: int) -> list[Line]:
    found, place = view.found, view.place
    live = found.live
    odds = [raw(each) for each in found.outcomes]
    total = math.fsum(odds) or 1.0
    bits = math.fsum(-each / total * math.log2(each / total) for each in odds if each) + 0.0  # never -0
    lost = math.fsum(raw(each) for each in found.outcomes if each.cut_by)
    counts = Counter(each.cut_by for each in found.outcomes if each.cut_by)
    by = " ".join(f"{_CALLED.get(name, name)} {counts[name]}" for name in view.order if counts[name])
    likeliest = max(found.outcomes, key=lambda each: (not each.cut_by, each.probability), default=None)
    greedy = token(likeliest.candidate.token, 99, view.signs).rstrip() if likeliest else ""
    tail = max(0.0, 1.0 - place.seen)
    listed = len(found.outcomes)
    beyond = f"{tail:.1%} beyond these {listed}, {'cut too' if counts else 'not drawn'}"
    told = (
        ("class:value", f"{len(live)} of {listed} left · {found.entropy:.2f} bits of {bits:.2f}"),
        ("", f"cut {percent(lost)}: {by}" if by else "nothing is cut off"),
        ("", f"greedy would say {greedy}"),
        ("class:dim", beyond if tail >= 0.0005 else "all of the probability is seen"),
    )
    return [[(style, fit(text, width, view.signs.more))] for style, text in told]
