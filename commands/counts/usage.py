"""/usage: tokens, time and cost of each turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean

from chat.base.errors import BadInput
from chat.base.tables import Approximate, Cut, TableColumn, TableRow, Value, counted, filled
from chat.conversation.experiment import gathered, ranges
from chat.conversation.tree import Conversation
from chat.conversation.turn import Turn, Usage
from chat.session.state import Session
from chat.tokens.prices import COST, priced, summed

from ..answers import marks
from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen

OUT = TableColumn("out", right=True)
FIRST = TableColumn("first s", right=True, number="{:.2f}".format)
SPEED = TableColumn("tok/s", right=True, number="{:.0f}".format)
FINISH = TableColumn("finish")
_COLUMNS = (
    TableColumn("turn", right=True),
    TableColumn("model", cut=Cut.LONG),
    TableColumn("with", cut=Cut.LONG),
    *(TableColumn(name, right=True) for name in ("est.", "prompt", "cached", "image", "audio in")),
    OUT,
    *(TableColumn(name, right=True) for name in ("reason.", "audio out")),
    FIRST,
    SPEED,
    FINISH,
    COST,
    TableColumn("mark"),
)
_MODEL, _WITH = 1, 2
_COUNTS = 7  # columns of tokens that are reported


def _suggest_all(session: Session, typed: str) -> Iterator[Suggestion]:
    if gathered(session.conversation.experiments, session.turns):
        yield from (
            each for each in offer(typed, [("all", "each turn of a sweep")]) if each.text.startswith(typed)
        )


@command(Argument("all", _suggest_all, optional=True), aliases=("cost",))
def usage(session: Session, screen: Screen, every: str | None) -> None:
    """Show tokens, time and cost, a row a turn.

    prompt and out are the tokens that the server reports, with how many of them were cached, of images,
    of sound, and reasoning; est. is what was expected of the prompt, first the seconds to the first
    token of an answer that was streamed. ≈ marks what was counted here, not by the server, and ? is
    what it told in no way that is understood. A sweep is one row, with sums and means; /usage all has a
    row for each of its turns.
    """
    if not session.turns:
        screen.say("nothing was sent yet")
        return
    if every not in (None, "all"):
        raise BadInput(f"/usage takes all, not {every}")
    known = session.conversation
    groups = (
        {} if every else {places[0]: places for places in gathered(known.experiments, session.turns).values()}
    )
    within = {place for places in groups.values() for place in places[1:]}
    rows: list[TableRow] = [
        _hidden_row(place + 1, turn)
        if known.hides(turn)
        else _row_of_all(known, groups[place])
        if place in groups
        else _row(place + 1, turn, label(known, turn))
        for place, turn in enumerate(session.turns)
        if place not in within
    ]
    used = [turn.answer.usage for turn in session.turns if turn.answer.usage]
    one_model = len({row[_MODEL] for row in rows}) == 1
    needs_room = any(row[_WITH] for row in rows)  # what they were asked with
    rows.append(
        (
            "all",
            None,
            None,
            None,
            *_summed(used),
            None,
            None,
            None,
            priced(session.cost, here=any(each.estimated for each in used)),
            None,
        )
    )
    screen.table(*filled(_COLUMNS, rows, but=("model",) if one_model and needs_room else ()))


def _summed(used: Sequence[Usage]) -> tuple[Value, ...]:
    """Sum the tokens of several turns, as the columns have them: the prompt's, then the answer's."""
    here = any(each.estimated for each in used)
    return (
        summed([each.prompt for each in used], here),
        _sum(each.cached for each in used),
        _sum(each.prompt_image or None for each in used),
        _sum(each.prompt_audio or None for each in used),
        summed([each.completion for each in used], here),
        _sum(each.reasoning for each in used),
        _sum(each.completion_audio or None for each in used),
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _row_of_all(conversation: Conversation, places: list[int]) -> TableRow:
    """Make one row for the turns of an experiment: sums, means of the times, and how often they ended in
    which way."""
    turns = [conversation.turns[place] for place in places]
    experiment = conversation.experiments[turns[0].request.experiment]
    used = [turn.answer.usage for turn in turns if turn.answer.usage]
    firsts = [turn.answer.first_token for turn in turns if turn.answer.first_token is not None]
    speeds = [turn.answer.speed for turn in turns if turn.answer.speed is not None]
    models = list(dict.fromkeys(turn.model for turn in turns))
    ends = Counter(finish(turn) for turn in turns)
    costs = [turn.answer.cost for turn in turns if turn.answer.usage]
    total = None if None in costs else sum(cost for cost in costs if cost is not None)
    estimates = [turn.answer.estimate for turn in turns]
    here = any(each.estimated for each in used)
    return (
        ranges(places),
        models[0] if len(models) == 1 else f"{len(models)} models",
        f"{experiment.kind} {experiment.about}",
        Approximate(_sum(estimates) or 0) if any(estimates) else None,
        *(_summed(used) if used else [None] * _COUNTS),
        fmean(firsts) if firsts else None,
        counted(fmean(speeds), here) if speeds else None,
        "{1} {0}".format(*ends.most_common(1)[0]) + (" …" if len(ends) > 1 else ""),
        priced(total, bool(used), here),
        None,
    )


def _hidden_row(number: int, turn: Turn) -> TableRow:
    """Make the row of a blind comparison before a pick: nothing that could betray which this is."""
    return (number, "hidden", *[None] * (_COUNTS + 4), finish(turn), None, marks.mark(turn))


def label(conversation: Conversation, turn: Turn) -> str:
    """Return what a turn was asked with, if it is part of an experiment."""
    experiment = conversation.experiments.get(turn.request.experiment)
    known = experiment is not None and turn.request.cell < len(experiment.cells)
    return experiment.cells[turn.request.cell].label if experiment and known else ""


def _row(number: int, turn: Turn, asked_with: str) -> TableRow:
    used = turn.answer.usage
    return (
        number,
        turn.model,
        asked_with,
        None if turn.answer.estimate is None else Approximate(turn.answer.estimate),
        *(_summed([used]) if used else [None] * _COUNTS),
        turn.answer.first_token,
        speed(turn),
        finish(turn),
        priced(turn.answer.cost, bool(used), turn.estimated),
        marks.mark(turn),
    )


def speed(turn: Turn) -> Value:
    """Tell how quickly the answer came, in tokens a second."""
    return None if turn.answer.speed is None else counted(turn.answer.speed, turn.estimated)


def finish(turn: Turn) -> str:
    """Say how the turn ended: the finish reasons, or what broke it off."""
    if turn.answer.ended != "complete":
        return turn.answer.ended
    return "/".join(dict.fromkeys(choice.finish_reason or "?" for choice in turn.answer.choices)) or "?"
