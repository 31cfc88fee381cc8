"""What the toolbar and the greeting say of a session. Cheap: it runs at every key."""

from __future__ import annotations

from chat.base.errors import TemperaError
from chat.session.state import Session
from chat.tokens.prices import money

from ..line import is_command
from ..settings.parameters import where

#: Characters up to which what is typed is counted at every key (about a millisecond).
_COUNTED = 20_000


def greeting(session: Session) -> str:
    model = session.model or "no model"
    return f"Tempera · {model} · {where(session)} · /help"


def next_tokens(session: Session, typed: str) -> int | None:
    """Prompt tokens of the next request; None where the tokeniser is not loaded yet."""
    if not session.tokenizers.ready(session.model):
        return None
    text = "" if is_command(typed) else typed
    carried = session.carried(session.branch)
    counted = session.tokenizers.count_request(session.model, session.branch, carried, text[:_COUNTED])
    return counted + max(0, len(text) - _COUNTED) // 4


def estimate_only(session: Session, typed: str) -> bool:
    """Whether the count is an estimate: the formula is exact for the older chat models alone."""
    return len(typed) > _COUNTED or not session.tokenizers.formula_holds(session.model)


def set_parameters(session: Session) -> list[tuple[str, str]]:
    """(name, value) of what differs from the API's defaults."""
    shown = []
    for parameter, value in session.settings:
        text = parameter.show(value)
        if parameter.name not in ("model", "base_url", "api_key_env") and text != parameter.default:
            shown.append((parameter.name, text))
    return shown


def cost(session: Session) -> str:
    """The conversation's cost so far; "" before the first answer, and where nobody charges."""
    try:
        if not any(turn.answer.usage for turn in session.turns) or session.endpoint.is_embedded:
            return ""
    except TemperaError:
        return ""
    limit = session.conversation.budget_cost
    of = f" of {money(limit)}" if limit is not None else ""
    return "cost unknown" if session.cost is None else money(session.cost) + of
