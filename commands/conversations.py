"""/usage, /history, /pick and /clear: what was said and what it took."""

from __future__ import annotations

from collections.abc import Iterator

from chat.errors import BadInput
from chat.session import Session
from chat.turn import Turn
from chat.usage import money

from .declare import Argument, Suggestion, command
from .screen import Screen

_COLUMNS = (
    ">turn",
    "~model",
    ">est.",
    ">prompt",
    ">cached",
    ">out",
    ">reason.",
    ">first s",
    ">tok/s",
    "finish",
    ">cost",
)


@command()
def usage(session: Session, screen: Screen) -> None:
    """Show tokens, time and cost, a row a turn.

    prompt and out are the tokens that the server reports, with how many of them were cached and
    reasoning; est. is what was counted here before the request, first the seconds to the first
    token. ≈ marks what was counted here because the server reported nothing.
    """
    if not session.turns:
        screen.say("nothing was sent yet")
        return
    exact = session.tokenizers.formula_holds
    rows = [_row(number, turn, exact(turn.model)) for number, turn in enumerate(session.turns, 1)]
    used = [turn.usage for turn in session.turns if turn.usage]
    mark = "≈" if any(each.estimated for each in used) else ""
    rows.append(
        (
            "all",
            "",
            "",
            mark + str(sum(each.prompt for each in used)),
            _sum(each.cached for each in used),
            mark + str(sum(each.completion for each in used)),
            _sum(each.reasoning for each in used),
            "",
            "",
            "",
            money(session.cost),
        )
    )
    kept = [place for place in range(len(_COLUMNS)) if any(row[place] for row in rows)]
    screen.table([_COLUMNS[place] for place in kept], [[row[place] for place in kept] for row in rows])


def _sum(numbers: Iterator[int | None]) -> str:
    known = [number for number in numbers if number is not None]
    return str(sum(known)) if known else ""


def _row(number: int, turn: Turn, exact: bool) -> tuple[str, ...]:
    used = turn.usage
    mark = "≈" if used and used.estimated else ""
    return (
        str(number),
        turn.model,
        "" if turn.estimate is None else f"{'' if exact else '≈'}{turn.estimate}",
        f"{mark}{used.prompt}" if used else "",
        str(used.cached) if used and used.cached is not None else "",
        f"{mark}{used.completion}" if used else "",
        str(used.reasoning) if used and used.reasoning is not None else "",
        "" if turn.first_token is None else f"{turn.first_token:.2f}",
        "" if turn.speed is None else f"{turn.speed:.0f}",
        finish(turn),
        money(turn.cost) if used else "",
    )


def finish(turn: Turn) -> str:
    """How the turn ended: the finish reasons, or what broke it off."""
    if turn.ended != "complete":
        return turn.ended
    return "/".join(dict.fromkeys(choice.finish_reason or "?" for choice in turn.choices)) or "?"


@command()
def history(session: Session, screen: Screen) -> None:
    """Show the conversation so far."""
    parts = []
    system = session.settings.get("system")
    if system:
        parts.append(f"[system]\n{system}")
    for message in session.conversation:
        mark = f" ({message.mark})" if message.mark else ""
        parts.append(f"[{message.role}{mark}]\n{message.content}")
    if not parts:
        screen.say("nothing was said yet")
        return
    screen.page("\n\n".join(parts))


def _suggest_choice(session: Session, typed: str) -> Iterator[Suggestion]:
    if session.turns and len(session.turns[-1].choices) > 1:
        for choice in session.turns[-1].choices:
            if str(choice.index + 1).startswith(typed):
                yield Suggestion(str(choice.index + 1), " ".join(choice.text.split())[:50])


@command(Argument("number", _suggest_choice))
def pick(session: Session, screen: Screen, number: str) -> None:
    """Go on with another choice of the last answer."""
    if not number.isdecimal() or len(number) > 4:
        raise BadInput(f"{number} is not the number of a choice")
    session.pick(int(number))
    screen.say(f"the conversation goes on with choice {int(number)}")


@command(aliases=("new",))
def clear(session: Session, screen: Screen) -> None:
    """Begin a new conversation; what is set stays."""
    session.clear()
    screen.say("a new conversation")
