"""Estimate the tokens of a picture, by the rules that OpenAI publishes.

From the guide "Images and vision" (developers.openai.com/api/docs/guides/images-vision, section "Calculating
costs", read 2026-11). Two rules: patches of 32 pixels, at most 1,536 of them, times a number of the model's;
or so many for a picture and for each tile of 512 pixels, after it is made to fit 2,048 by 2,048 and its
shorter side 768. Developers have measured 1.2 a patch for gpt-5-mini and 1.5 for gpt-5-nano, where the guide
says 1.62 and 2.46 (community.openai.com, topics 1344040 and 1377015): what a server reports is the truth, and
this is shown with ≈. Models that are in no row are not estimated: newer ones have further rules.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..base.dataclass import dataclass
from ..conversation.content import Part, parts_of
from ..conversation.data import Data

LOW, HIGH, AUTO = "low", "high", "auto"
DETAILS = (AUTO, LOW, HIGH)

_PATCH, _MOST_PATCHES = 32, 1536
_TILE, _FIT, _SHORTER = 512, 2048, 768


@dataclass(frozen=True)
class Patches:
    """So many tokens a patch; detail changes nothing."""

    times: float

    def tokens(self, width: int, height: int, detail: str) -> int:
        count = math.ceil(width / _PATCH) * math.ceil(height / _PATCH)
        if count > _MOST_PATCHES:
            share = math.sqrt(_PATCH**2 * _MOST_PATCHES / (width * height))
            across, down = width * share / _PATCH, height * share / _PATCH
            share *= min(max(1, math.floor(across)) / across, max(1, math.floor(down)) / down)
            # what is whole by now may be a hair above it
            across, down = (round(side * share / _PATCH, 9) for side in (width, height))
            count = min(_MOST_PATCHES, math.ceil(across) * math.ceil(down))
        return math.ceil(count * self.times)


@dataclass(frozen=True)
class Tiles:
    """So many tokens for a picture, and for each of its tiles; the first alone for low detail."""

    base: int
    tile: int

    def tokens(self, width: int, height: int, detail: str) -> int:
        if detail == LOW:
            return self.base
        share = min(1.0, _FIT / max(width, height))
        share *= min(1.0, _SHORTER / (min(width, height) * share))
        across, down = (math.ceil(round(side * share) / _TILE) for side in (width, height))
        return self.base + self.tile * max(1, across) * max(1, down)


#: How a model's name begins -> its rule; the longest beginning holds. None: the guide has no such rule.
RULES: dict[str, Patches | Tiles | None] = {
    "gpt-5-mini": Patches(1.62),
    "gpt-5-nano": Patches(2.46),
    "gpt-4.1-mini": Patches(1.62),
    "gpt-4.1-nano": Patches(2.46),
    "o4-mini": Patches(1.72),
    "gpt-5": Tiles(70, 140),
    "gpt-5-codex": None,
    "gpt-4o": Tiles(85, 170),
    "gpt-4o-mini": Tiles(2833, 5667),
    "gpt-4o-audio": None,
    "gpt-4.1": Tiles(85, 170),
    "gpt-4.5": Tiles(85, 170),
    "o1": Tiles(75, 150),
    "o1-mini": None,
    "o3": Tiles(75, 150),
    "o3-mini": None,
    "computer-use-preview": Tiles(65, 129),
}


def rule_of(model: str) -> Patches | Tiles | None:
    """Give the rule of a model, None where none is known. A gateway's prefix, fine-tuning and the case of
    letters change nothing."""
    name = model.lower().rpartition("/")[2]
    if name.startswith("ft:"):
        name = name.split(":")[1]
    begun = [each for each in RULES if name == each or name.startswith(each + "-")]
    return RULES[max(begun, key=len)] if begun else None


def tokens(model: str, width: int, height: int, detail: str = AUTO) -> int | None:
    """Estimate what a picture takes; None where no rule is known, or its size has to be known and is 0.
    `auto` is taken for high, the dearer."""
    rule = rule_of(model)
    if detail == LOW and isinstance(rule, Tiles):
        return rule.base
    return None if rule is None or not (width and height) else rule.tokens(width, height, detail)


# ---- of messages

#: (length, beginning, end) of base64 -> (width, height): a picture is looked at once, not at every key.
_SIZES: dict[tuple[int, str, str], tuple[int, int]] = {}
_KEPT = 1000
_ENDS = 200


def of_message(model: str, form: Mapping[str, Any]) -> tuple[int, int]:
    """Give (the tokens of a message's pictures, how many parts have no figure): those beside its text."""
    total = unknown = 0
    for part in parts_of(form):
        if part.kind is None or part.kind.text:
            continue
        found = _of_part(model, part)
        total, unknown = total + (found or 0), unknown + (found is None)
    return total, unknown


def _of_part(model: str, part: Part) -> int | None:
    if part.label != "image":
        return None
    width, height = _size(part.data) if part.data else (0, 0)
    return tokens(model, width, height, str(part.inner.get("detail") or AUTO))


def _size(data: Data) -> tuple[int, int]:
    """Give (width, height) of a picture; zeros where it is none that is known."""
    from ..media import reading  # late: most messages have no picture
    from ..media.medium import NotTaken

    key = len(data.text), data.text[:_ENDS], data.text[-_ENDS:]
    if key not in _SIZES:
        found = (0, 0)
        decoded = data.decoded()
        if decoded is not None:
            try:
                medium = reading.read(decoded)
                found = medium.width, medium.height
            except NotTaken:
                pass
        if len(_SIZES) >= _KEPT:
            del _SIZES[next(iter(_SIZES))]
        _SIZES[key] = found
    return _SIZES[key]
