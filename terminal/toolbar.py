"""The line below the prompt: what the next message will be sent with. Pure: facts -> fragments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .clean import one_line

Fragments = list[tuple[str, str]]


@dataclass(frozen=True)
class Facts:
    """What the toolbar shows. `tokens` None: not counted yet; `window` None: not known."""

    profile: str
    changed: bool
    model: str
    set: Sequence[tuple[str, str]] = ()
    tokens: int | None = None
    exact: bool = True
    window: int | None = None
    cost: str = ""


def fragments(facts: Facts, width: int) -> Fragments:
    """Styled text of at most `width` columns; the parameters give way first."""
    mark = "" if facts.exact else "≈"
    count = "…" if facts.tokens is None else f"{mark}{facts.tokens:,}"
    tokens = f"{count} of {short(facts.window)} tokens" if facts.window else f"{count} tokens"
    name = f"{facts.profile}{'*' if facts.changed else ''}"
    left = [("class:toolbar.profile", name), ("", facts.model or "no model")]
    right = [("", tokens), ("", facts.cost)] if facts.cost else [("", tokens)]
    fixed = sum(len(text) + 3 for _, text in (*left, *right))
    middle = _fit([f"{name} {one_line(value)}" for name, value in facts.set], width - fixed - 2)
    parts = [*left, *(("class:toolbar.set", text) for text in middle), *right]
    line: Fragments = []
    room = width - 1
    for style, text in parts:
        piece = ("" if not line else " · ") + one_line(text)
        line.append((style, " " + piece[: max(0, room)] if not line else piece[: max(0, room)]))
        room -= len(piece)
    return line


def _fit(texts: list[str], room: int) -> list[str]:
    kept: list[str] = []
    for position, text in enumerate(texts):
        text = text if len(text) <= 28 else text[:27] + "…"
        rest = len(texts) - position
        more = f"+{rest}"
        if len(text) + 3 + (len(more) + 3 if rest > 1 else 0) > room:
            return [*kept, more] if room >= len(more) + 3 else kept
        kept.append(text)
        room -= len(text) + 3
    return kept


def short(number: int) -> str:
    """128000 as 128k, 1050000 as 1.05M: as models are advertised."""
    if number >= 1_000_000:
        return f"{number / 1_000_000:.3g}M"
    return f"{number / 1000:.3g}k" if number >= 1000 else str(number)
