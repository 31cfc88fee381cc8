"""Find the most that requests can take, before they are sent. If the server does not count them, they are
counted here: never too low, except for what a model adds of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from ..base.dataclass import dataclass
from ..conversation.turn import Usage
from ..endpoint.memory import HONOURED
from ..tokens import prices
from . import sending
from .sending import Prepared
from .size import Size
from .state import Session

Amount = TypeVar("Amount", int, float)


@dataclass(frozen=True)
class Worst:
    """Tokens and US dollars. `exact`: the server has counted the prompts; `completion` None: nothing
    limits the answers; `cost` None: no price is known, or no limit."""

    requests: int = 0
    prompt: int = 0
    completion: int | None = 0
    cost: float | None = 0.0
    exact: bool = True

    @property
    def size(self) -> Size:
        """Return the size of all prompts together, as it is shown."""
        return Size(self.prompt, self.exact)

    @property
    def tokens(self) -> int | None:
        return None if self.completion is None else self.prompt + self.completion

    def __add__(self, other: Worst) -> Worst:
        return Worst(
            self.requests + other.requests,
            self.prompt + other.prompt,
            _sum(self.completion, other.completion),
            _sum(self.cost, other.cost),
            self.exact and other.exact,
        )


def worst_case(session: Session, prepared: Sequence[Prepared]) -> Worst:
    """Give all of these requests together. May have to count tokens."""
    return sum(worst_cases(session, prepared), Worst())


def worst_cases(session: Session, prepared: Sequence[Prepared], batch: bool = False) -> Iterator[Worst]:
    """Yield the worst case of each of these requests; with `batch` at the price of a batch."""
    added: dict[tuple[str, str], int] = {}
    for each in prepared:
        of = each.request.model, each.request.endpoint
        if of not in added:
            added[of] = _added(session, *of)
        yield _one(session, each, added[of], batch)


def _added(session: Session, model: str, endpoint: str) -> int:
    """Return the most tokens by which this server counted a prompt of this conversation higher than it was
    counted here. The model's template adds some, and its tokeniser may cut in another way."""
    return max(
        (
            turn.answer.usage.prompt - turn.answer.estimate
            for turn in session.turns
            if turn.answer.usage and not turn.answer.usage.estimated and turn.answer.estimate
            if turn.answer.usage.prompt is not None
            if turn.request.endpoint == endpoint and turn.request.body.get("model") == model
            if len(turn.answer.choices) < 2
            or "n" in turn.request.body  # several requests are counted several times
        ),
        default=0,
    )


def _one(session: Session, prepared: Prepared, added: int, batch: bool) -> Worst:
    body, begun = prepared.body, prepared.request
    size = sending.estimate(session, begun, prepared.target.server) or Size(0)
    prompt = size.tokens if size.exact else size.tokens + max(0, added)
    choices = int(body.get("n") or 1)
    limit = longest(prepared, prompt)
    completion = None if limit is None else limit * choices
    if choices > 1 and _may_be_split(session, prepared):
        prompt *= choices
    cost = None
    if completion is not None or prepared.endpoint.is_embedded:
        tier = str(body.get("service_tier") or "")
        cost = prices.cost(Usage(prompt, completion or 0), begun.model, prepared.endpoint, tier, batch)
    return Worst(1, prompt, completion, cost, size.exact)


def _may_be_split(session: Session, prepared: Prepared) -> bool:
    """Tell whether its choices may be asked for one by one, which pays for the prompt each time. A server
    that is not known to take n may refuse it, and that shows only then."""
    endpoint, begun = prepared.endpoint, prepared.request
    if prepared.split or prepared.as_is or endpoint.is_openai or endpoint.is_embedded:
        return prepared.split
    known = session.endpoints.verdict(endpoint, begun.model, "n")
    if known is not None and known.verdict == HONOURED:
        return False
    return not any(
        "n" in turn.request.body and len(turn.answer.choices) > 1
        for turn in session.turns
        if turn.request.endpoint == begun.endpoint
        and turn.request.body.get("model") == prepared.body.get("model")
    )


def longest(prepared: Prepared, prompt: int) -> int | None:
    """Return how many tokens one answer may have: the limit that was set (llama.cpp takes -1 for no limit),
    or what the model's window leaves."""
    for name in ("max_completion_tokens", "max_tokens"):
        limit = prepared.body.get(name)
        if isinstance(limit, int) and not isinstance(limit, bool) and limit >= 0:
            return limit
    window = prepared.target.window()
    return None if window is None else max(0, window - prompt)


def _sum(one: Amount | None, other: Amount | None) -> Amount | None:
    return None if one is None or other is None else one + other
