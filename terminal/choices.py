"""Match an answer with the options to pick from. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def matching(answer: str, options: Sequence[str]) -> list[int]:
    """Return the places of the options that an answer can mean: one by its number or its whole text, else
    those that begin with it, else those that hold it."""
    wanted = answer.strip().lower()
    if not wanted:
        return []
    if wanted.isdecimal() and len(wanted) < 6 and 1 <= int(wanted) <= len(options):
        return [int(wanted) - 1]
    texts = [option.lower() for option in options]
    for fits in (wanted.__eq__, lambda text: text.startswith(wanted), lambda text: wanted in text):
        found = [place for place, text in enumerate(texts) if fits(text)]
        if found:
            return found
    return []


def numbered(place: int, option: str) -> str:
    """Give an option as it is listed."""
    return f"{place + 1:>3}  {option}"
