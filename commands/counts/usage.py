"""/usage: tokens, time and cost of each turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chat.base.errors import BadInput
from chat.conversation.experiment import gathered, ranges
from chat.conversation.tree import Conversation
from chat.conversation.turn import Turn
from chat.session.state import Session
from chat.tokens.prices import money, summed, tokens

from ..answers import marks
from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen

_COLUMNS = (
    ">turn",
    "~model",
    "~with",
    ">est.",
    ">prompt",
    ">cached",
    ">out",
    ">reason.",
    ">first s",
    ">tok/s",
    "finish",
    ">cost",
    "mark",
)


_MODEL = 1


_WITH = 2


def _suggest_all(session: Session, typed: str) -> Iterator[Suggestion]:
    if gathered(session.conversation.experiments, session.turns):
        yield from (
            each for each in offer(typed, [("all", "each turn of a sweep")]) if each.text.startswith(typed)
        )


@command(Argument("all", _suggest_all, optional=True))
def usage(session: Session, screen: Screen, every: str | None) -> None:
    """Show tokens, time and cost, a row a turn.

    prompt and out are the tokens that the server reports, with how many of them were cached and
    reasoning; est. is what was counted here before the request, first the seconds to the first
    token. ≈ marks what was counted here because the server reported nothing, ? what it reported
    in no way that is understood. A sweep is one row, with sums and means; /usage all has a row for
    each of its turns.
    """
    if not session.turns:
        screen.say("nothing was sent yet")
        return
    if every not in (None, "all"):
        raise BadInput(f"/usage takes all, not {every}")
    exact = session.tokenizers.formula_holds
    known = session.conversation
    groups = (
        {} if every else {places[0]: places for places in gathered(known.experiments, session.turns).values()}
    )
    within = {place for places in groups.values() for place in places[1:]}
    rows = [
        _hidden_row(place + 1, turn)
        if known.hides(turn)
        else _row_of_all(known, groups[place], exact(turn.model))
        if place in groups
        else _row(place + 1, turn, exact(turn.model), label(known, turn))
        for place, turn in enumerate(session.turns)
        if place not in within
    ]
    used = [turn.answer.usage for turn in session.turns if turn.answer.usage]
    mark = "≈" if any(each.estimated for each in used) else ""
    rows.append(
        (
            "all",
            "",
            "",
            "",
            summed([each.prompt for each in used], mark),
            _sum(each.cached for each in used),
            summed([each.completion for each in used], mark),
            _sum(each.reasoning for each in used),
            "",
            "",
            "",
            money(session.cost),
            "",
        )
    )
    kept = [place for place in range(len(_COLUMNS)) if any(row[place] for row in rows)]
    if _WITH in kept and len({row[_MODEL] for row in rows[:-1]}) == 1:
        kept.remove(_MODEL)  # what they were asked with needs the room
    screen.table([_COLUMNS[place] for place in kept], [[row[place] for place in kept] for row in rows])


def _sum(numbers: Iterator[int | None]) -> str:
    known = [number for number in numbers if number is not None]
    return str(sum(known)) if known else ""


def _row_of_all(conversation: Conversation, places: list[int], exact: bool) -> tuple[str, ...]:
    """One row for the turns of an experiment: sums, means of the times, how often they ended how."""
    turns = [conversation.turns[place] for place in places]
    experiment = conversation.experiments[turns[0].request.experiment]
    used = [turn.answer.usage for turn in turns if turn.answer.usage]
    mark = "≈" if any(each.estimated for each in used) else ""
    firsts = [turn.answer.first_token for turn in turns if turn.answer.first_token is not None]
    speeds = [turn.answer.speed for turn in turns if turn.answer.speed is not None]
    models = list(dict.fromkeys(turn.model for turn in turns))
    ends = Counter(finish(turn) for turn in turns)
    costs = [turn.answer.cost for turn in turns if turn.answer.usage]
    total = None if None in costs else sum(cost for cost in costs if cost is not None)
    estimates = [turn.answer.estimate for turn in turns]
    return (
        ranges(places),
        models[0] if len(models) == 1 else f"{len(models)} models",
        f"{experiment.kind} {experiment.about}",
        f"{'' if exact else '≈'}{_sum(iter(estimates))}" if any(estimates) else "",
        summed([each.prompt for each in used], mark) if used else "",
        _sum(each.cached for each in used),
        summed([each.completion for each in used], mark) if used else "",
        _sum(each.reasoning for each in used),
        f"{sum(firsts) / len(firsts):.2f}" if firsts else "",
        f"{sum(speeds) / len(speeds):.0f}" if speeds else "",
        "{1} {0}".format(*ends.most_common(1)[0]) + (" …" if len(ends) > 1 else ""),
        money(total) if used else "",
        "",
    )


def _hidden_row(number: int, turn: Turn) -> tuple[str, ...]:
    """Of a blind comparison, before a pick: nothing that could betray which this is."""
    row = dict.fromkeys(_COLUMNS, "")
    row |= {">turn": str(number), "~model": "hidden", "finish": finish(turn)}
    row |= {"mark": marks.mark(turn)}
    return tuple(row.values())


def label(conversation: Conversation, turn: Turn) -> str:
    """What a turn was asked with, where it is part of an experiment."""
    experiment = conversation.experiments.get(turn.request.experiment)
    known = experiment is not None and turn.request.cell < len(experiment.cells)
    return experiment.cells[turn.request.cell].label if experiment and known else ""


def _row(number: int, turn: Turn, exact: bool, asked_with: str) -> tuple[str, ...]:
    used = turn.answer.usage
    mark = "≈" if used and used.estimated else ""
    return (
        str(number),
        turn.model,
        asked_with,
        "" if turn.answer.estimate is None else f"{'' if exact else '≈'}{turn.answer.estimate}",
        tokens(used.prompt, mark) if used else "",
        str(used.cached) if used and used.cached is not None else "",
        tokens(used.completion, mark) if used else "",
        str(used.reasoning) if used and used.reasoning is not None else "",
        "" if turn.answer.first_token is None else f"{turn.answer.first_token:.2f}",
        "" if turn.answer.speed is None else f"{turn.answer.speed:.0f}",
        finish(turn),
        money(turn.answer.cost) if used else "",
        marks.mark(turn),
    )


def finish(turn: Turn) -> str:
    """How the turn ended: the finish reasons, or what broke it off."""
    if turn.answer.ended != "complete":
        return turn.answer.ended
    return "/".join(dict.fromkeys(choice.finish_reason or "?" for choice in turn.answer.choices)) or "?"
