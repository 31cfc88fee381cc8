"""/plot: pictures of a sweep, a comparison, or all turns."""

from __future__ import annotations

from collections.abc import Iterator

from chat.base import escapes
from chat.base.errors import BadInput, UnknownName
from chat.conversation.experiment import COMPARE, SWEEP
from chat.lab import pictures, runner
from chat.lab.chart import Heatmap, Picture, Scatter
from chat.session.state import Session
from chat.transfer import formats

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..settings.system import files
from ..talk.saving import save

_USAGE = "usage"
_WHAT = (
    (SWEEP, "the last sweep"),
    (COMPARE, "the last comparison"),
    (_USAGE, "every turn of the conversation"),
)
_SVG = "--svg"
#: Pictures of a heatmap each, and of anything else, that are shown unless one is named.
_HEATMAPS, _OTHERS = 3, 2


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest what there is to plot, then its measures, then a file."""
    words = typed.split(" ")
    last, before = words[-1], words[:-1]
    start = len(typed) - len(last)
    if _SVG in before:
        if before[-1] == _SVG:
            yield from (Suggestion(path, note, start) for path, note in files(last))
        return
    known = {what: found for what, _ in _WHAT if (found := _found(session, what))}
    what = before[0] if before else ""
    offered = [(each, about) for each, about in _WHAT if each in known and not before]
    if len(before) == 1 and what in known:
        offered += [(name, picture.title) for name, picture in known[what].items()]
    elif not before and known:
        offered += [(name, picture.title) for name, picture in _newest(session)[1].items()]
    if known:
        offered.append((_SVG, "as a file, and its name if you like"))
    yield from (
        Suggestion(each.text, each.note, start) for each in offer(last, offered) if each.text.startswith(last)
    )


@command(
    Argument(
        "what", _suggest, optional=True, rest=True, usage=f"{SWEEP}|{COMPARE}|{_USAGE} [measure] [--svg file]"
    )
)
def plot(session: Session, screen: Screen, text: str | None) -> None:
    """Draw the last sweep, comparison or usage: columns, heatmaps and points, here or as SVG.

    /plot                    the newest sweep or comparison, else all turns
    /plot sweep agreement    one measure: distinct, agreement, similarity, alike, tokens,
                             logprob, cost, seconds, first (to the first token), scatter
    /plot usage cost --svg cost.svg     as a file, for a page or a paper

    A sweep over two parameters is a heatmap. What was asked several times has its
    interval at 95%. Colours of SVG can be told apart by all readers, and nothing is
    told by colour alone.
    """
    words, file = _parted(text or "")
    known, found = (words[0], _found(session, words[0])) if _is_what(words) else _newest(session)
    if not found:
        hint = {
            SWEEP: "/sweep temperature 0..1.5/0.25 -- text",
            COMPARE: "/compare temperature=0 temperature=1",
        }
        raise BadInput(f"there is nothing of {known} to plot yet", hint.get(known, "a message makes a turn"))
    wanted = words[1:] if _is_what(words) else words
    if len(wanted) > 1:
        raise BadInput(f"/plot does not know what to do with {wanted[1]}", "usage: " + plot.usage)
    drawn = [_named(found, known, wanted[0])] if wanted else _telling(found)
    if file is not None:
        from chat.transfer.svg import page_of

        path = save(screen, file, f"{known}.svg", page_of(drawn))
        if path:
            screen.say(f"{len(drawn)} picture{'s' if len(drawn) > 1 else ''} of {known} in {path}")
        return
    screen.plot(drawn)
    others = [name for name, picture in found.items() if picture not in drawn]
    if others and not wanted:
        screen.say(f"/plot {known} {'|'.join(others)} draws another; --svg FILE writes it", dim=True)


def _is_what(words: list[str]) -> bool:
    return bool(words) and words[0] in dict(_WHAT)


def _parted(text: str) -> tuple[list[str], str | None]:
    """Give (words, the file that --svg names: "" for none, None without it)."""
    before, found, after = text.partition(_SVG)
    words = [word.text.lower() for word in escapes.split(before)]
    if not found:
        return words, None
    return words, formats.unquoted(after.strip().removeprefix("="))


def _found(session: Session, what: str) -> dict[str, Picture]:
    """Give the pictures of something. Raises BadInput for a blind comparison that nobody has picked in."""
    if what == _USAGE:
        return pictures.of_usage([turn for turn in session.turns if not session.conversation.hides(turn)])
    experiment = runner.newest(session, what)
    if experiment is None or experiment.blind:
        return {}
    make = pictures.of_sweep if what == SWEEP else pictures.of_comparison
    return make(experiment, session.turns)


def _newest(session: Session) -> tuple[str, dict[str, Picture]]:
    """Give what was asked last of a sweep and a comparison, else the usage."""
    for experiment in reversed(list(session.conversation.experiments.values())):
        if experiment.kind in (SWEEP, COMPARE) and (found := _found(session, experiment.kind)):
            return experiment.kind, found
    return _USAGE, _found(session, _USAGE)


def _named(found: dict[str, Picture], known: str, wanted: str) -> Picture:
    if wanted in found:
        return found[wanted]
    if wanted in pictures.NAMES:
        raise BadInput(f"nothing is known of {wanted} in this {known}", f"there is {', '.join(found)}")
    error = UnknownName("measure", wanted, list(found))
    error.hint = error.hint or f"there is {', '.join(found)}"
    raise error


def _telling(found: dict[str, Picture]) -> list[Picture]:
    """Choose what is worth looking at first: what varies, and of heatmaps more than of columns, which are
    drawn beside each other."""
    measured: list[Picture] = [picture for picture in found.values() if not isinstance(picture, Scatter)]
    varied = [picture for picture in measured if picture.varies] or measured
    heatmaps: list[Picture] = [picture for picture in varied if isinstance(picture, Heatmap)]
    return heatmaps[:_HEATMAPS] or varied[:_OTHERS]
