"""The line below the prompt: what the next message will be sent with. Pure: facts -> fragments."""

from __future__ import annotations

from collections.abc import Sequence

from chat.base.dataclass import dataclass

from ..cells import get_cwidth
from ..clean import one_line

_GAP = " · "
_LONGEST = 28  # columns of one parameter
#: Shares of the window from which on the count turns yellow, and red.
HIGH, FULL = 0.80, 0.95

Fragments = list[tuple[str, str]]


@dataclass(frozen=True)
class Facts:
    """What the toolbar shows. `tokens` None: not counted yet; `window` None: not known; `waiting`
    is what goes with the next message."""

    profile: str
    changed: bool
    model: str
    set: Sequence[tuple[str, str]] = ()
    tokens: int | None = None
    exact: bool = True
    window: int | None = None
    cost: str = ""
    waiting: str = ""


def fragments(facts: Facts, width: int) -> Fragments:
    """Make styled text of at most `width` columns; the parameters give way first."""
    mark = "" if facts.exact else "≈"
    count = "…" if facts.tokens is None else f"{mark}{facts.tokens:,}"
    tokens = f"{count} of {short(facts.window)} tokens" if facts.window else f"{count} tokens"
    name = one_line(facts.profile) + ("*" if facts.changed else "")
    left = [("class:toolbar.profile", name), ("", one_line(facts.model) or "no model")]
    left += [("class:toolbar.set", one_line(facts.waiting))] if facts.waiting else []
    right = [
        (style, text) for style, text in ((_fullness(facts), tokens), ("", one_line(facts.cost))) if text
    ]
    room = width - 1
    fixed = sum(get_cwidth(text) + len(_GAP) for _, text in (*left, *right))
    middle = _fit([one_line(f"{name} {value}") for name, value in facts.set], room - fixed)
    line: Fragments = []
    for style, text in (*left, *(("class:toolbar.set", text) for text in middle), *right):
        piece = cut((_GAP if line else " ") + text, room)
        room -= get_cwidth(piece)
        line.append((style, piece))
    return line


def _fullness(facts: Facts) -> str:
    """Tell how the count is shown: by the share of the window that it takes."""
    share = (facts.tokens or 0) / facts.window if facts.window else 0.0
    return "class:toolbar.full" if share >= FULL else "class:toolbar.high" if share >= HIGH else ""


def _fit(texts: list[str], room: int) -> list[str]:
    """Take as many texts as there is room for, and tell how many more there are."""
    kept: list[str] = []
    for position, text in enumerate(texts):
        text = text if get_cwidth(text) <= _LONGEST else cut(text, _LONGEST - 1) + "…"
        more = f"+{len(texts) - position}"
        last = position == len(texts) - 1
        wanted = get_cwidth(text) + len(_GAP) + (0 if last else len(more) + len(_GAP))
        if wanted > room:
            return [*kept, more] if room >= len(more) + len(_GAP) else kept
        kept.append(text)
        room -= get_cwidth(text) + len(_GAP)
    return kept


def cut(text: str, width: int) -> str:
    """Give the text's beginning, at most `width` columns wide."""
    while text and get_cwidth(text) > width:
        text = text[: max(0, width)] if len(text) > width else text[:-1]
    return text


def short(number: int) -> str:
    """Write 128000 as 128k, 1050000 as 1.05M: as models are advertised."""
    if number >= 1_000_000:
        return f"{number / 1_000_000:.3g}M"
    return f"{number / 1000:.3g}k" if number >= 1000 else str(number)
