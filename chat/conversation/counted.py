"""Read what a server counts and measures: usage, and log probabilities, in whatever shape. Pure.

A number that is not understood is unknown, None, and never 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..base.halves import whole
from .events import TokenLogprob, Used

#: What servers call them: the API, Anthropic's shape behind gateways, Ollama's.
_PROMPT = ("prompt_tokens", "input_tokens", "prompt_eval_count")
_COMPLETION = ("completion_tokens", "output_tokens", "eval_count")
_OF_PROMPT = ("prompt_tokens_details", "input_tokens_details")
_OF_COMPLETION = ("completion_tokens_details", "output_tokens_details")


def number(value: Any) -> int | None:
    """Read a whole number from 0 that a database can hold, written as a float or as text, too."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


# ---- usage


def used(data: dict[str, Any]) -> Used | None:
    """Find the usage in a chunk or a whole answer. Return None if it has none. It stands in the answer, in
    one of its choices (Moonshot), or in `x_groq`."""
    choices = data.get("choices")
    holders = [data, *(choices if isinstance(choices, list) else ()), data.get("x_groq")]
    for holder in holders:
        if isinstance(holder, dict) and holder.get("usage") is not None:
            return _used(holder["usage"])
    return None


def _used(usage: Any) -> Used:
    if not isinstance(usage, dict):
        return Used(None, None)
    prompt, completion, total = (
        _first(usage, _PROMPT),
        _first(usage, _COMPLETION),
        _first(usage, ("total_tokens",)),
    )
    if prompt is not None and completion is None and total is not None and total >= prompt:
        completion = total - prompt
    elif completion is not None and prompt is None and total is not None and total >= completion:
        prompt = total - completion
    cached = _detail(usage, _OF_PROMPT, "cached_tokens")
    if cached is None:
        cached = _first(usage, ("prompt_cache_hit_tokens", "cache_read_input_tokens", "cached_tokens"))
    return Used(
        prompt,
        completion,
        cached,
        _detail(usage, _OF_COMPLETION, "reasoning_tokens"),
        _detail(usage, _OF_PROMPT, "audio_tokens"),
        _detail(usage, _OF_PROMPT, "image_tokens"),
        _detail(usage, _OF_COMPLETION, "audio_tokens"),
    )


def _first(usage: dict[str, Any], names: Iterable[str]) -> int | None:
    return next((found for name in names if (found := number(usage.get(name))) is not None), None)


def _detail(usage: dict[str, Any], holders: Iterable[str], name: str) -> int | None:
    for holder in holders:
        details = usage.get(holder)
        if isinstance(details, dict):
            return number(details.get(name))
    return None


class UsageTally:
    """The reports of one answer's usage, made into its total.

    The last report counts, and what it does not tell is as the one before told it. llama.cpp reports each
    choice of `n` apart, after its end and with the same prompt: their completions add up.
    """

    def __init__(self) -> None:
        self._reports: list[Used] = []
        self._ended = False  # whether a choice has ended since the last report
        self._apart = False  # whether the last report was of a choice that had ended

    def ended(self) -> None:
        """Note that a choice has ended."""
        self._ended = True

    def add(self, report: Used, several: bool) -> Used:
        """Take a report, which stands beside no choice where the answer has `several`; give the total."""
        if self._reports and several and self._apart and self._ended:
            self._reports.append(report)
        elif self._reports:
            self._reports[-1] = report.over(self._reports[-1])
        else:
            self._reports.append(report)
        self._apart, self._ended = self._ended or self._apart, False
        return Used(
            most(each.prompt for each in self._reports),
            total([each.completion for each in self._reports]),
            most(each.cached for each in self._reports),
            most(each.reasoning for each in self._reports),
            most(each.prompt_audio for each in self._reports),
            most(each.prompt_image for each in self._reports),
            most(each.completion_audio for each in self._reports),
        )


def most(values: Iterable[int | None]) -> int | None:
    """Return the largest of the numbers that are known."""
    return max((value for value in values if value is not None), default=None)


def total(values: Sequence[int | None]) -> int | None:
    """Give the sum, which is unknown where one of them is, or where nothing could count so many."""
    return None if None in values else number(sum(value for value in values if value is not None))


# ---- log probabilities


def logprobs(found: Any) -> Iterator[TokenLogprob]:
    """Read the tokens of a choice's `logprobs`: of its text or its refusal, or in the older form."""
    if isinstance(found, dict) and isinstance(found.get("tokens"), list):
        yield from _older(found)
        return
    for key in ("content", "refusal"):
        entries = found.get(key) if isinstance(found, dict) else found if key == "content" else None
        for entry in entries if isinstance(entries, list) else ():
            pair = _token(entry)
            if pair:
                top = entry.get("top_logprobs", entry.get("top_probs"))
                pairs = [_token(each) for each in top] if isinstance(top, list) else []
                yield TokenLogprob(*pair, tuple(each for each in pairs if each))


def _older(found: dict[str, Any]) -> Iterator[TokenLogprob]:
    """Read the older completions' form: `tokens`, `token_logprobs` and `top_logprobs`, each a list."""
    tokens, values, tops = (found.get(key) for key in ("tokens", "token_logprobs", "top_logprobs"))
    assert isinstance(tokens, list)
    for place, token in enumerate(tokens):
        value = values[place] if isinstance(values, list) and place < len(values) else None
        top = tops[place] if isinstance(tops, list) and place < len(tops) else None
        if isinstance(token, str) and value is not None and _measured(value):
            others = top.items() if isinstance(top, dict) else ()
            pairs = tuple((whole(each), float(p)) for each, p in others if _measured(p))
            yield TokenLogprob(whole(token), float(value), pairs)


def _token(entry: Any) -> tuple[str, float] | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("token"), str):
        return None
    value = entry.get("logprob", _logarithm(entry.get("prob")))
    if value is None or not _measured(value):
        return None
    return _spelt(entry) or whole(entry["token"]), float(value)


def _logarithm(chance: Any) -> float | None:
    """Give the logarithm of a probability, as llama.cpp has them with post_sampling_probs; of 0 what OpenAI
    writes for the least likely. None where it is none."""
    if not _measured(chance) or not 0 <= chance <= 1.001:
        return None
    return math.log(chance) if chance > 0 else -9999.0


def _measured(value: Any) -> bool:
    """Tell whether this is a number that a logarithm can be."""
    if isinstance(value, float):
        return not math.isnan(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _spelt(entry: dict[str, Any]) -> str:
    """Spell a token that is a part of a character by its bytes, as OpenAI does. Return "" for any other
    token."""
    raw = entry.get("bytes")
    if not isinstance(raw, list) or not all(isinstance(each, int) and 0 <= each < 256 for each in raw):
        return ""
    data = bytes(raw)
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "backslashreplace")
    return ""
