"""Convert what a person types to find something to the database's form."""

from __future__ import annotations


def like(word: str) -> str:
    r"""Escape a word so that LIKE takes it literally, with `\` as the escape."""
    return _without_nul(word).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def fts(words: str) -> str:
    """Convert a search to FTS5's form: "in quotes" is a phrase, all other words must be there, and the last
    one may go on. Nothing in it acts as an operator."""
    parts = _without_nul(words).split('"')
    found = []
    for place, part in enumerate(parts):
        if place % 2 and part.strip():
            found.append(f'"{part}"')
        elif not place % 2:
            found += [f'"{word}"' for word in part.split()]
    found = [part for part in found if any(character.isalnum() for character in part)]
    closed = len(parts) % 2 and words.rstrip().endswith('"')
    if found and not closed:
        found[-1] += "*"
    return " ".join(found)


def _without_nul(text: str) -> str:
    """Take out NUL, which SQLite takes for the end."""
    return text.replace("\0", " ")
