"""Work out the next token's probabilities under other sampling parameters, without asking again.

A server tells the log-probabilities of a place once. What temperature, top_k, top_p, min_p, typical_p,
penalties and bias make of them is arithmetic: the steps here are those of llama.cpp's samplers
(`src/llama-sampler.cpp`), in whatever order the server runs them. A test holds the results against what
llama.cpp's own server gives as `post_sampling_probs`.

Pure: knows no server and no screen. What random samplers (XTC, mirostat) do, it can't tell.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace

from ..base.dataclass import dataclass

#: llama.cpp's own order (`/props` gives a server's), of those that are known here.
LLAMA_CPP = ("penalties", "top_k", "typ_p", "top_p", "min_p", "temperature")
#: The order of those who scale first: vLLM, and so far as anybody can tell OpenAI.
TEMPERATURE_FIRST = ("penalties", "temperature", "min_p", "top_k", "top_p")


@dataclass(frozen=True)
class Sampler:
    """The sampling parameters in force; each default leaves the probabilities as they are."""

    temperature: float = 1.0  #: from 0 (always the likeliest) up
    top_k: int = 0  #: how many candidates stay; 0 and less: all
    top_p: float = 1.0  #: the share of probability that the candidates that stay add up to
    min_p: float = 0.0  #: how likely a candidate must be, as a share of the likeliest
    typical_p: float = 1.0  #: like top_p, of those whose surprise is nearest to the expected one
    repeat_penalty: float = 1.0  #: divides the logit of what was said; multiplies one that is negative
    presence_penalty: float = 0.0  #: taken from the logit of what was said at all
    frequency_penalty: float = 0.0  #: taken from the logit for each time that it was said
    bias: Mapping[int, float] = field(default_factory=dict)  #: added to the logit, by token id


@dataclass(frozen=True)
class Candidate:
    """A token that may come next. `logit` may be off by one constant for all candidates of a place:
    only repeat_penalty minds, since it looks at the sign (see `offset`)."""

    id: int
    token: str
    logit: float


@dataclass(frozen=True)
class Fate:
    """What becomes of a candidate: its probability, or the sampler that cut it off."""

    candidate: Candidate
    probability: float
    cut_by: str = ""


@dataclass(frozen=True)
class Distribution:
    """What may come next, likeliest first, then what was cut off, in the order of the raw model."""

    outcomes: tuple[Fate, ...]

    @property
    def live(self) -> tuple[Fate, ...]:
        """Give those that can still come."""
        return tuple(outcome for outcome in self.outcomes if not outcome.cut_by)

    @property
    def entropy(self) -> float:
        """Give the entropy in bits: 0 where only one token can come."""
        chances = (each.probability for each in self.live if each.probability)
        return math.fsum(-chance * math.log2(chance) for chance in chances) + 0.0  # never -0


def distribution(
    candidates: Sequence[Candidate],
    sampler: Sampler,
    order: Sequence[str] = LLAMA_CPP,
    said: Sequence[int] = (),
) -> Distribution:
    """Give the probabilities of the candidates under a sampler.

    `order` names the samplers as the server runs them; `said` are the ids of the tokens that penalties
    look at, which for llama.cpp are the last 64 of prompt and answer. Names that are not known here
    leave the candidates as they are.
    """
    live = [
        replace(each, logit=each.logit + sampler.bias[each.id]) if each.id in sampler.bias else each
        for each in candidates
    ]
    live.sort(key=lambda each: -each.logit)
    raw = {each.id: place for place, each in enumerate(live)}
    by_id = {each.id: each for each in candidates}
    cut: dict[int, str] = {}
    for name in order:
        step = _STEPS.get(name)
        if step is None or not live:
            continue
        kept = step(live, sampler, said)
        if len(kept) < len(live):
            stay = {each.id for each in kept}
            cut.update((each.id, name) for each in live if each.id not in stay)
        live = kept
    chances = _softmax(live)
    outcomes = [Fate(by_id[each.id], chance) for each, chance in zip(live, chances, strict=True)]
    outcomes.sort(key=lambda each: -each.probability)
    gone = sorted(cut, key=lambda number: raw[number])
    return Distribution((*outcomes, *(Fate(by_id[number], 0.0, cut[number]) for number in gone)))


def offset(
    raw: Sequence[Candidate], penalised: Mapping[int, float], said: Sequence[int], penalty: float
) -> float | None:
    """Find what to add to log-probabilities to have the model's logits; None where it can't be told.

    repeat_penalty multiplies a logit, so that its zero matters, and log-probabilities have lost it. It
    shows in what one answer of the server with a `penalty` above 1 gives: `penalised` are the
    probabilities it gave, by token id, with no other sampler at work. A single token that was said fits
    two zeros, one that makes it positive and one that doesn't; more of them agree on one.
    """
    spoken = set(said)
    reference = next((each for each in raw if each.id not in spoken and penalised.get(each.id)), None)
    if reference is None:
        return None
    seen = [
        (each.logit, math.log(penalised[each.id] / penalised[reference.id]))
        for each in raw
        if each.id in spoken and penalised.get(each.id)
    ]

    def miss(zero: float) -> float:
        return max(
            abs(
                (logit + zero) * (1 / penalty if logit + zero > 0 else penalty)
                - reference.logit
                - zero
                - apart
            )
            for logit, apart in seen
        )

    zeros = sorted(
        (
            (apart - logit * factor + reference.logit) / (factor - 1)
            for logit, apart in seen
            for factor in (1 / penalty, penalty)
        ),
        key=miss,
    )
    fitting = [zero for zero in zeros if miss(zero) < 0.01]
    if not fitting or max(fitting) - min(fitting) > 0.1:
        return None
    return fitting[0]


def _softmax(candidates: Sequence[Candidate]) -> list[float]:
    top = max((each.logit for each in candidates), default=0.0)
    weights = [math.exp(each.logit - top) for each in candidates]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def _penalties(live: list[Candidate], sampler: Sampler, said: Sequence[int]) -> list[Candidate]:
    counts = Counter(said)
    if not counts or (sampler.repeat_penalty, sampler.presence_penalty, sampler.frequency_penalty) == (
        1,
        0,
        0,
    ):
        return live
    changed = []
    for each in live:
        if times := counts.get(each.id, 0):
            by = sampler.repeat_penalty
            logit = each.logit * by if each.logit <= 0 else each.logit / by
            logit -= times * sampler.frequency_penalty + sampler.presence_penalty
            each = replace(each, logit=logit)
        changed.append(each)
    changed.sort(key=lambda each: -each.logit)
    return changed


def _top_k(live: list[Candidate], sampler: Sampler, said: Sequence[int]) -> list[Candidate]:
    return live[: sampler.top_k] if sampler.top_k > 0 else live


def _typical_p(live: list[Candidate], sampler: Sampler, said: Sequence[int]) -> list[Candidate]:
    if sampler.typical_p >= 1:
        return live
    chances = _softmax(live)
    surprises = [-math.log(chance) if chance else math.inf for chance in chances]
    expected = math.fsum(
        chance * surprise for chance, surprise in zip(chances, surprises, strict=True) if chance
    )
    nearest = sorted(range(len(live)), key=lambda place: abs(surprises[place] - expected))
    total, kept = 0.0, []
    for place in nearest:
        kept.append(place)
        total += chances[place]
        if total > sampler.typical_p:
            break
    return [live[place] for place in sorted(kept)]


def _top_p(live: list[Candidate], sampler: Sampler, said: Sequence[int]) -> list[Candidate]:
    if sampler.top_p >= 1:
        return live
    total = 0.0
    for place, chance in enumerate(_softmax(live), 1):
        total += chance
        if total >= sampler.top_p:
            return live[:place]
    return live


def _min_p(live: list[Candidate], sampler: Sampler, said: Sequence[int]) -> list[Candidate]:
    if sampler.min_p <= 0:
        return live
    least = live[0].logit + math.log(sampler.min_p)
    return [each for each in live if each.logit >= least] or live[:1]


def _temperature(live: list[Candidate], sampler: Sampler, said: Sequence[int]) -> list[Candidate]:
    if sampler.temperature <= 0:
        return live[:1]
    if sampler.temperature == 1:
        return live
    by = max(sampler.temperature, 1e-9)  # what is less makes no difference, but numbers that are too large
    return [replace(each, logit=each.logit / by) for each in live]


#: What each sampler does with the candidates, which are sorted, likeliest first, and stay so.
_STEPS: Mapping[str, Callable[[list[Candidate], Sampler, Sequence[int]], list[Candidate]]] = {
    "penalties": _penalties,
    "top_k": _top_k,
    "typ_p": _typical_p,
    "top_p": _top_p,
    "min_p": _min_p,
    "temperature": _temperature,
}
