"""Say things shortly: so many characters at most, the last of them … where something is left out.

How many columns of a terminal a text takes is another measure: terminal/ cuts by that.
"""

from __future__ import annotations


def shorten(text: str, width: int = 60) -> str:
    """Give the first words of a text, on one line."""
    words = " ".join(text.split())
    if len(words) <= width:
        return words
    return words[: width - 1].rsplit(" ", 1)[0][: width - 1] + "…"


def cut(text: str, width: int) -> str:
    """Give the beginning of a text in which every character counts, as of a value: its blanks stay."""
    return text if len(text) <= width else text[: width - 1] + "…"


def both_ends(text: str, width: int) -> str:
    """Give the beginning and the end of a text, on one line: names that begin alike differ at their ends."""
    line = " ".join(text.split())
    if len(line) <= width:
        return line
    first = width // 2
    return f"{line[:first].rstrip()}…{line[first + 1 - width :].lstrip()}"


def several(count: int, what: str) -> str:
    """Say how many: one turn, 2 turns, 1,000 turns."""
    return f"one {what}" if count == 1 else f"{count:,} {what}s"


def fenced(text: str, language: str = "") -> str:
    """Give a block of code in Markdown, whose fence is longer than any in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"
