"""Find what a turn cost, and how much a model can hold. Facts from `genai-prices`, never guesses.

The package carries its data, so this needs no network. A model it does not know at the endpoint
in question has no price: the shell says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from ..base.tables import UNKNOWN, TableColumn, Value, counted
from ..conversation.turn import INTERRUPTED, Answer, Request, Usage, estimated
from ..endpoint.address import Endpoint

#: Tiers that are billed at the standard price.
_STANDARD = ("", "auto", "default")


def accounted(
    answer: Answer, request: Request, prompt: int | None, completion: int, endpoint: Endpoint, llamacpp: bool
) -> Answer:
    """Add tokens and cost to the answer. `prompt` and `completion` were counted here: they stand in for
    numbers that the server does not report."""
    answer = replace(answer, estimate=prompt)
    if answer.answered or (answer.ended == INTERRUPTED and answer.wire):
        answer = estimated(answer, prompt or 0, completion)  # what was sent is paid for, read or not
        if llamacpp and not request.body.get("stream") and len(answer.choices) > 1 and answer.usage:
            # llama.cpp reports the tokens of one choice for a whole answer of several
            counted = max(completion, answer.usage.completion or 0)
            answer = replace(answer, usage=replace(answer.usage, completion=counted, estimated=True))
    if answer.usage is None:
        return answer
    # what was asked for is priced, unless the server is more exact (gpt-4o-2024-08-06 for gpt-4o)
    priced = answer.model if answer.model.startswith(request.model) else request.model
    return replace(answer, cost=cost(answer.usage, priced, endpoint, answer.service_tier))


def cost(
    usage: Usage, model: str, endpoint: Endpoint, service_tier: str = "", batch: bool = False
) -> float | None:
    """Return the cost of a turn in US dollars, or None if the price or the tokens are not known.
    `service_tier` is the answer's; `batch`: it came by one."""
    if endpoint.is_embedded:
        return 0.0
    if usage.total is None:
        return None
    standard = _lookup(usage, model, endpoint)
    if standard is None or (service_tier in _STANDARD and not batch):
        return None if standard is None else float(standard.total_price)
    context = {"processing": "batch"} if batch else {"service_tier": service_tier}
    special = _lookup(usage, model, endpoint, price_context=context)
    # The same price for another tier, or for a batch, means that the price there is not known.
    return (
        None if special is None or special.total_price == standard.total_price else float(special.total_price)
    )


def window(model: str, endpoint: Endpoint) -> int | None:
    """Give the model's context window in tokens, or None where it is not known."""
    entry = _lookup(Usage(0, 0), model, endpoint)
    found = None if entry is None else entry.model.context_window
    return found if isinstance(found, int) else None


def _lookup(usage: Usage, model: str, endpoint: Endpoint, **options: Any) -> Any:
    if endpoint.is_loopback:
        return None
    import genai_prices

    tokens = genai_prices.Usage(
        input_tokens=usage.prompt or 0,
        output_tokens=usage.completion or 0,
        cache_read_tokens=usage.cached or 0,
        input_audio_tokens=usage.prompt_audio or 0,
        output_audio_tokens=usage.completion_audio or 0,
    )
    try:
        return genai_prices.calc_price(tokens, model, provider_api_url=endpoint.base_url, **options)
    except Exception:  # an unknown model or provider
        return None


def in_and_out(used: Usage, unit: str = "in") -> str:
    """Write the tokens of a turn, for people. ≈ marks what was counted here."""
    mark = "≈" if used.estimated else ""
    cached = f" ({used.cached} cached)" if used.cached else ""
    reasoning = f" ({used.reasoning} reasoning)" if used.reasoning else ""
    prompt, completion = (tokens(each, mark) for each in (used.prompt, used.completion))
    return f"{prompt} {unit}{cached}, {completion} out{reasoning}"


def tokens(number: int | None, mark: str = "") -> str:
    """Give a number of tokens for people; "?" where it is unknown."""
    return UNKNOWN if number is None else f"{mark}{number}"


def summed(numbers: Collection[int | None], here: bool) -> Value:
    """Give a sum as a cell of a table; where a part of it is unknown, "+?" says so."""
    known = [number for number in numbers if number is not None]
    if len(known) == len(numbers):
        return counted(sum(known), here)
    return f"{'≈' if here else ''}{sum(known)}+{UNKNOWN}" if known else UNKNOWN


def priced(dollars: float | None, used: bool = True, here: bool = False) -> Value:
    """Give a cost as a cell of a table: "unknown" without a price, nothing where nothing was `used`;
    `here`: it follows from tokens that were counted here."""
    if not used:
        return None
    return money(None) if dollars is None else counted(dollars, here and bool(dollars))


def money(dollars: float | None) -> str:
    """Give a cost as a person reads it: four places below a dollar, two above; "unknown" for None."""
    if dollars is None:
        return "unknown"
    if dollars == 0:
        return "$0"
    return (
        f"${dollars:.2f}" if dollars >= 1 else f"${dollars:.4f}" if dollars >= 0.0001 else f"${dollars:.6f}"
    )


COST = TableColumn("cost", right=True, number=money)
