"""Check what was measured of an answer: likeness to a text, cost, time, perplexity, how it ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from . import likeness
from .declaration import Found, Held, NotChecked, Type, found, graded

_TOP = 700.0  # beyond this, e to the power is no number


def _like(name: str, measure: Callable[[str, Sequence[str]], float], least: float) -> Callable[[Held], Found]:
    def check(held: Held) -> Found:
        texts = likeness.checked_texts(held.value)
        return graded(measure(held.text, texts), held.threshold(least), name)

    return check


def _meteor(held: Held) -> Found:
    texts = likeness.checked_texts(held.value)
    config = held.assertion.config
    weights = [config.get(name, default) for name, default in (("alpha", 0.9), ("beta", 3.0), ("gamma", 0.5))]
    if not all(isinstance(each, int | float) and 0 <= each <= 100 for each in weights) or not (
        0 < weights[0] < 1 and weights[2] <= 1
    ):
        raise NotChecked("alpha and gamma go from 0 to 1, and beta is not negative")
    return graded(likeness.meteor(held.text, texts, *weights), held.threshold(0.5), "METEOR")


def _rouge(held: Held) -> Found:
    if not isinstance(held.value, str):
        raise NotChecked("its value has to be a text")
    return graded(likeness.rouge(held.text, held.value), held.threshold(0.75), "ROUGE")


def perplexity(held: Held) -> float:
    """Give e to the power of the mean surprise of a token. Raises NotChecked where no tokens are known."""
    logprobs = held.answered.logprobs
    if not logprobs:
        raise NotChecked("the answer has no logprobs: /set logprobs true asks for them")
    mean = sum(logprobs) / len(logprobs)
    return math.inf if not mean > -_TOP else math.exp(-min(mean, _TOP))


def _perplexity(held: Held) -> Found:
    value, most = perplexity(held), held.assertion.threshold
    return found(most is None or value <= most, f"its perplexity is {value:.4g}, more than {most}")


def _perplexity_score(held: Held) -> Found:
    score = 1 / (1 + perplexity(held))
    return graded(score, held.threshold(0), "1 / (1 + perplexity)")


def _cost(held: Held) -> Found:
    most, cost = held.assertion.threshold, held.answered.cost
    if most is None:
        raise NotChecked("it has no threshold, in dollars")
    if cost is None:
        raise NotChecked("what the answer cost is not known")
    return found(cost <= most, f"it cost ${cost:.4g}, more than ${most:g}")


def _latency(held: Held) -> Found:
    most, seconds = held.assertion.threshold, held.answered.seconds
    if most is None:
        raise NotChecked("it has no threshold, in milliseconds")
    if seconds is None:
        raise NotChecked("how long the answer took is not known")
    return found(seconds * 1000 <= most, f"it took {seconds * 1000:,.0f} ms, more than {most:g}")


def _finish(held: Held) -> Found:
    if not isinstance(held.value, str):
        raise NotChecked("its value has to be a text, as stop or length")
    reason = held.answered.finish_reason
    return found(reason.lower() == held.value.lower() != "", f"it ended with {reason or 'no reason'}")


_TEXTS = "a text, or several, the likest of which counts"
_LEAST = "from 0 to 1; passes from `threshold` ({:g}) on"

TYPES = (
    Type("bleu", _TEXTS, _like("BLEU", likeness.bleu, 0.5), _LEAST.format(0.5)),
    Type("gleu", _TEXTS, _like("GLEU", likeness.gleu, 0.5), _LEAST.format(0.5)),
    Type("meteor", _TEXTS, _meteor, _LEAST.format(0.5), needs=("snowballstemmer",)),
    Type("rouge-n", "a text", _rouge, _LEAST.format(0.75)),
    Type("perplexity", "`threshold`: the most it may be", _perplexity),
    Type("perplexity-score", "`threshold`: the least it may be", _perplexity_score, "1 / (1 + perplexity)"),
    Type("cost", "`threshold`: dollars", _cost),
    Type("latency", "`threshold`: milliseconds", _latency),
    Type("finish-reason", "stop, length, tool_calls, content_filter", _finish),
)
