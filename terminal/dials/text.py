"""What the panel is drawn with: signs, tokens, bars, and texts broken into lines. Pure."""

from __future__ import annotations

import math

from chat.base import escapes
from chat.base.dataclass import dataclass

from ..clean import clean
from ..drawing import raw
from ..lines import fit, padded


@dataclass(frozen=True)
class PanelSigns:
    """What is drawn with. `parts` are how full a cell of a bar is, from empty to full."""

    parts: str = " ▏▎▍▌▋▊▉█"
    ghost: str = "░"
    track: str = "─"
    fill: str = "━"
    knob: str = "●"
    mark: str = "┼"
    side: str = "│"
    chosen: str = "▸"
    space: str = "␣"
    more: str = "…"
    honoured: str = "✓"
    cut: str = "✗"


ASCII = PanelSigns(" #", ".", "-", "=", "O", "+", "|", ">", "_", "~", "v", "x")


def token(text: str, width: int, signs: PanelSigns) -> str:
    """Write a token so that its blanks are seen, in so many cells."""
    shown = clean(escapes.visible(text)).replace(" ", signs.space) or '""'
    return padded(fit(shown, width, signs.more), width)


def bar(share: float, before: float, width: int, signs: PanelSigns) -> tuple[str, str]:
    """Draw a share of the width, and what is left of it up to what it was `before`."""
    steps = len(signs.parts) - 1
    count = min(width * steps, max(0, round(share * width * steps)))
    if share > 0 and not count and steps > 1:
        count = 1  # it can come, so something is to be seen
    full, part = divmod(count, steps)
    drawn = signs.parts[-1] * full + (signs.parts[part] if part else "")
    ghost = signs.ghost * max(0, min(width, math.ceil(before * width - 0.25)) - len(drawn))
    return drawn, padded(ghost, width - len(drawn))


def wrapped(text: str, width: int, most: int) -> list[str]:
    """Break a text into lines of so many cells, between words where that can be; at most so many lines."""
    return raw.wrapped(clean(text[: 4 * width * most]).rstrip("\n"), width)[:most]
