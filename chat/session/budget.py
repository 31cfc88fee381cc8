"""Limit what a conversation may take, in US dollars or in tokens: what is spent, and whether requests could
exceed the limit."""

from __future__ import annotations

import math
import re

from ..base.dataclass import dataclass
from ..base.errors import BadValue
from ..base.short import several
from ..conversation.counted import total
from ..conversation.tree import Conversation
from ..tokens.prices import money
from .size import Size
from .worst_case import Worst

RULE = "a budget is an amount, $0.50, or a number of tokens, 20000 tokens"
_DOLLARS = re.compile(r"\$\s*([\d_,]*\.?\d+)|([\d_,]*\.?\d+)\s*(?:\$|usd|dollars?)", re.IGNORECASE)
_TOKENS = re.compile(r"([\d_,]*\.?\d+)\s*(k|m)?\s*(?:tokens?|tok|t)", re.IGNORECASE)


@dataclass(frozen=True)
class Budget:
    """Dollars or tokens; one of the two is None."""

    dollars: float | None = None
    tokens: int | None = None

    def __str__(self) -> str:
        return f"{self.tokens:,} tokens" if self.tokens is not None else money(self.dollars)


def read(text: str) -> Budget:
    """Read a budget as a person typed it. Raises BadValue."""
    text = text.strip()
    dollars, tokens = _DOLLARS.fullmatch(text), _TOKENS.fullmatch(text)
    try:
        if dollars:
            amount = float((dollars[1] or dollars[2]).replace(",", "").replace("_", ""))
            if 0 < amount < 1e9:
                return Budget(dollars=amount)
        elif tokens:
            scale = {"k": 1_000, "m": 1_000_000}.get((tokens[2] or "").lower(), 1)
            count = float(tokens[1].replace(",", "").replace("_", "")) * scale
            if 1 <= count < 1e15 and not math.isnan(count):
                return Budget(tokens=int(count))
    except ValueError:
        pass
    raise BadValue(f"{text} is not a budget", RULE)


def of(conversation: Conversation) -> Budget | None:
    """Give the limit of a conversation, if it has one."""
    if conversation.budget_cost is None and conversation.budget_tokens is None:
        return None
    return Budget(conversation.budget_cost, conversation.budget_tokens)


def put(conversation: Conversation, budget: Budget | None) -> None:
    """Limit a conversation, or no longer."""
    conversation.budget_cost = budget.dollars if budget else None
    conversation.budget_tokens = budget.tokens if budget else None


def spent_tokens(conversation: Conversation) -> int | None:
    """Give the tokens that all turns of the conversation took, on every branch: as the server counted
    them, and as they were counted here where it did not; None where that of a turn is unknown."""
    return total([turn.answer.usage.total for turn in conversation.turns if turn.answer.usage])


def estimated(conversation: Conversation) -> bool:
    """Tell whether part of the spending was counted here."""
    return any(turn.answer.usage.estimated for turn in conversation.turns if turn.answer.usage)


def obstacle(conversation: Conversation, worst: Worst, model: str) -> str:
    """Tell why these requests could exceed the budget, with the arithmetic; "" where they can't."""
    budget = of(conversation)
    if budget is None:
        return ""
    asked = several(worst.requests, "request")
    if budget.tokens is not None:
        spent = spent_tokens(conversation)
        if worst.tokens is None:
            return f"nothing limits the answer: {asked} could take any part of the {budget}"
        if spent is None:
            return f"what was spent of {budget} is not known: a server did not say what a turn took"
        left = budget.tokens - spent
        sum_ = f"{worst.size} in + {worst.completion:,} out = {Size(worst.tokens, worst.exact)} tokens"
        over = worst.tokens > left
        return f"{asked} could take {sum_}; {max(0, left):,} of {budget} are left" if over else ""
    assert budget.dollars is not None
    if conversation.cost is None:
        return f"what was spent of {budget} is not known: a turn of this conversation has no price"
    if worst.cost is None:
        why = "nothing limits the answer" if worst.completion is None else f"no price is known for {model}"
        return f"{why}: whether {asked} would exceed {budget} can't be said"
    left_over = budget.dollars - conversation.cost
    sum_ = f"{worst.size} in + {worst.completion or 0:,} out = {money(worst.cost)}"
    left_told = money(left_over) if left_over > 0 else "nothing"
    return f"{asked} could take {sum_}; {left_told} of {budget} is left" if worst.cost > left_over else ""
