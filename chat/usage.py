"""What a turn cost, and how much a model can hold. Facts from `genai-prices`, never guesses.

The package carries its data, so this needs no network. A model it does not know at the endpoint
in question has no price: the shell says so.
"""

from __future__ import annotations

from typing import Any

from .endpoint import Endpoint
from .turn import Usage

#: Tiers that are billed at the standard price.
_STANDARD = ("", "auto", "default")


def cost(usage: Usage, model: str, endpoint: Endpoint, service_tier: str = "") -> float | None:
    """US dollars of a turn, or None where no price is known. `service_tier` is the answer's."""
    if endpoint.is_embedded:
        return 0.0
    standard = _lookup(usage, model, endpoint)
    if standard is None or service_tier in _STANDARD:
        return None if standard is None else float(standard.total_price)
    special = _lookup(usage, model, endpoint, price_context={"service_tier": service_tier})
    # The same price for another tier means that the tier's price is not known.
    return (
        None if special is None or special.total_price == standard.total_price else float(special.total_price)
    )


def window(model: str, endpoint: Endpoint) -> int | None:
    """The model's context window in tokens, or None where it is not known."""
    entry = _lookup(Usage(0, 0), model, endpoint)
    found = None if entry is None else entry.model.context_window
    return found if isinstance(found, int) else None


def _lookup(usage: Usage, model: str, endpoint: Endpoint, **options: Any) -> Any:
    if endpoint.is_loopback:
        return None
    import genai_prices

    tokens = genai_prices.Usage(
        input_tokens=usage.prompt,
        output_tokens=usage.completion,
        cache_read_tokens=usage.cached or 0,
    )
    try:
        return genai_prices.calc_price(tokens, model, provider_api_url=endpoint.base_url, **options)
    except Exception:  # an unknown model or provider
        return None


def money(dollars: float | None) -> str:
    """A cost as a person reads it: four places below a dollar, two above; "unknown" for None."""
    if dollars is None:
        return "unknown"
    if dollars == 0:
        return "$0"
    return (
        f"${dollars:.2f}" if dollars >= 1 else f"${dollars:.4f}" if dollars >= 0.0001 else f"${dollars:.6f}"
    )
