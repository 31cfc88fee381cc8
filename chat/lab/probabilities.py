"""Read log probabilities of an answer, and compute what other sampling would have made of them.

All of it is arithmetic on the alternatives that came back. Servers give at most the 20 likeliest
tokens of each place, so what is computed over alternatives is computed over that list, with the
token that was taken added to it; `covered` says how much of the probability the list holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..base.dataclass import dataclass
from ..conversation.events import TokenLogprob

#: Probabilities from which on a token is the next shade surer.
SHADES = (0.1, 0.4, 0.7, 0.95)


@dataclass(frozen=True)
class Odds:
    """One alternative: its probability before and after."""

    token: str
    before: float
    after: float


def alternatives(place: TokenLogprob) -> list[tuple[str, float]]:
    """Give (token, probability), likeliest first: the list that came, and the token that was taken."""
    found = dict(place.top)
    found.setdefault(place.token, place.logprob)
    pairs = [(token, math.exp(min(0.0, logprob))) for token, logprob in found.items()]
    return sorted(pairs, key=lambda pair: -pair[1])


def shade(token: TokenLogprob) -> int:
    """Tell how sure the model was of a token: from 0, unsure, to 4, by SHADES."""
    probability = math.exp(min(0.0, token.logprob))
    return sum(probability >= each for each in SHADES)


def covered(place: TokenLogprob) -> float:
    """Tell how much of the probability the alternatives hold, 0 to 1."""
    return min(1.0, sum(probability for _, probability in alternatives(place)))


def perplexity(tokens: Sequence[TokenLogprob]) -> float:
    """Compute exp of the mean of minus the log probability: 1 is certain, 10 is as unsure as a choice
    among ten."""
    return math.exp(-sum(token.logprob for token in tokens) / len(tokens))


def entropy(place: TokenLogprob) -> float:
    """Compute the uncertainty over the alternatives, in bits, as if there were no others."""
    pairs = alternatives(place)
    total = sum(probability for _, probability in pairs)
    if total <= 0:
        return 0.0
    shares = (probability / total for _, probability in pairs)
    return -sum(share * math.log2(share) for share in shares if share > 0)


def least_certain(tokens: Sequence[TokenLogprob], most: int) -> list[int]:
    """List the positions (from 0) of the tokens with the most entropy, the most uncertain first."""
    order = sorted(range(len(tokens)), key=lambda place: (-entropy(tokens[place]), tokens[place].logprob))
    return order[:most]


def at_temperature(place: TokenLogprob, temperature: float) -> list[Odds]:
    """Give the odds among the alternatives at another temperature (0 to 2), taking those that came for
    the ones at temperature 1, as the API and llama.cpp report them."""
    pairs = alternatives(place)
    total = sum(probability for _, probability in pairs) or 1.0
    if temperature < 0.001:  # as good as 0, and no division by next to nothing
        weights = [1.0 if position == 0 else 0.0 for position in range(len(pairs))]
    else:
        logs = [math.log(max(probability, 1e-300)) / temperature for _, probability in pairs]
        weights = [math.exp(each - max(logs)) for each in logs]
    return _odds(pairs, total, weights)


def at_top_p(place: TokenLogprob, top_p: float) -> list[Odds]:
    """Give the odds when only the likeliest tokens that make up `top_p` (0 to 1) are left."""
    pairs = alternatives(place)
    total = sum(probability for _, probability in pairs) or 1.0
    weights: list[float] = []
    seen = 0.0
    for position, (_, probability) in enumerate(pairs):
        weights.append(probability if position == 0 or seen < top_p else 0.0)
        seen += probability
    return _odds(pairs, total, weights)


def _odds(pairs: list[tuple[str, float]], total: float, weights: list[float]) -> list[Odds]:
    whole = sum(weights) or 1.0
    return [
        Odds(token, probability / total, weight / whole)
        for (token, probability), weight in zip(pairs, weights, strict=True)
    ]
