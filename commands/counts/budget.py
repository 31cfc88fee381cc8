"""/budget: a limit for the conversation, held against the worst case before each request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chat.base.errors import BadInput, TemperaError
from chat.conversation.turn import Usage
from chat.session import budget as limits
from chat.session import sending
from chat.session.sending import Prepared
from chat.session.state import Session
from chat.session.worst_case import Worst, worst_case, worst_cases
from chat.tokens import prices
from chat.tokens.prices import money

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen

_HINT = "a lower max_tokens or n makes the worst case smaller; /budget off lifts the limit"


def within(session: Session, screen: Screen, prepared: Sequence[Prepared], batch: bool = False) -> bool:
    """Tell whether these requests may be sent: they can't exceed the conversation's budget, or the person
    lets them. Where they could, the arithmetic is shown. `batch`: they go by one."""
    if limits.of(session.conversation) is None:
        return True
    worst = sum(worst_cases(session, prepared, batch), Worst())
    models = [each.request.model for each in prepared if worst.cost is None]
    if len(set(models)) > 1:  # a comparison of models: those that have no price are to be named
        models = [each.request.model for each in prepared if worst_case(session, [each]).cost is None]
    return affordable(session, screen, worst, ", ".join(dict.fromkeys(models)))


def affordable(session: Session, screen: Screen, worst: Worst, model: str) -> bool:
    """Tell whether requests of this size may be sent, as `within` does. `model` is named if its price is
    not known."""
    sending.count_killed(session)
    told = limits.obstacle(session.conversation, worst, model)
    if not told:
        return True
    if not screen.interactive:
        screen.fail(f"not sent: {told}", _HINT)
        return False
    screen.warn(told, _HINT)
    return screen.confirm("send all the same?")


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    known = [("20000 tokens", "prompt and answer, of all turns")]
    if _priced(session):
        known.insert(0, ("$0.50", "US dollars"))
    if limits.of(session.conversation):
        known.append(("off", "no limit"))
    yield from (each for each in offer(typed, known) if each.text.startswith(typed))


@command(Argument("limit", _suggest, optional=True, rest=True, usage="$0.50|20000 tokens|off"))
def budget(session: Session, screen: Screen, text: str | None) -> None:
    """Show or set a limit for the conversation, in dollars or tokens.

    Before each request the most that it could take (prompt, and max_tokens times n, times the
    size of a sweep) is held against what is left; one that could exceed it is stopped, unless you
    say otherwise. What was interrupted counts, as it was counted here.
    """
    conversation = session.conversation
    if text and text.strip().lower() in ("off", "clear", "none"):
        limits.put(conversation, None)
        session.store.limit(conversation)
        screen.say("no budget")
        return
    if text:
        wanted = limits.read(text)
        if wanted.dollars is not None:
            _check_price(session)
        limits.put(conversation, wanted)
        session.store.limit(conversation)
    _show(session, screen)


def _show(session: Session, screen: Screen) -> None:
    sending.count_killed(session)
    conversation = session.conversation
    found = limits.of(conversation)
    mark = "≈" if limits.estimated(conversation) else ""
    tokens = limits.spent_tokens(conversation)
    told = "?" if tokens is None else f"{mark}{tokens:,}"
    spent = f"{told} tokens, cost {money(conversation.cost)}"
    if found is None:
        screen.say(f"no budget is set; spent so far: {spent}")
    elif found.tokens is not None:
        left = "unknown" if tokens is None else f"{mark}{max(0, found.tokens - tokens):,} tokens"
        screen.say(f"budget {found}; spent {spent}; {left} left")
    else:
        known = conversation.cost is not None
        left_over = max(0.0, (found.dollars or 0.0) - (conversation.cost or 0.0))
        screen.say(f"budget {found}; spent {spent}; {money(left_over) if known else 'unknown'} left")


def _priced(session: Session) -> bool:
    try:
        return prices.cost(Usage(1, 1), session.model, session.endpoint) is not None
    except TemperaError:
        return False


def _check_price(session: Session) -> None:
    """Raise BadInput where dollars can't be counted."""
    if session.endpoint.is_embedded:
        raise BadInput(
            "the embedded model costs nothing", "a budget in tokens can be kept: /budget 20000 tokens"
        )
    if not _priced(session):
        raise BadInput(
            f"no price is known for {session.model} here, so that dollars can't be counted",
            "a budget in tokens can be kept: /budget 20000 tokens",
        )
    if session.cost is None:
        raise BadInput(
            "a turn of this conversation has no known price, so that dollars can't be counted",
            "a budget in tokens can be kept: /budget 20000 tokens; /clear begins a new conversation",
        )
