"""Indent JSON for the eye. Every character that is not white space stays the same."""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}:,]|[^][{}:,"\s]+')
#: Characters from which on it would take longer than it helps.
_MOST = 4_000_000


def indented(text: str) -> str | None:
    """Give the text on several lines; None where it is no JSON, or too much of it."""
    if len(text) > _MOST:
        return None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    out: list[str] = []
    depth = 0
    before = ""
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token in "]}":
            depth -= 1
            if before not in "[{":
                out.append("\n" + "  " * depth)
        elif before and before in "[{,":
            out.append("\n" + "  " * depth)
        elif before == ":":
            out.append(" ")
        out.append(token)
        depth += token in "[{"
        before = token
    return "".join(out)
