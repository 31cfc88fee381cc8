"""Compare two turns: first their settings, then what was said, word by word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..base.errors import BadInput
from ..conversation.turn import Turn
from ..parameters.settings import Change
from ..parameters.table import ALL, EXTRA, named

#: What makes an answer what it is: not where the key comes from, nor how long one waits.
NO_MATTER = ("api_key_env", "headers", "timeout", "overflow", "server")
#: Words from which on the comparison takes short cuts.
_LONG = 4000

SAME, GONE, NEW = "", "-", "+"


def parameters(one: Turn, other: Turn) -> list[Change]:
    """Give the parameters, system message and endpoint that differ, in the order of the table."""
    before, after = (_values(turn.request.settings) for turn in (one, other))
    extras = sorted({name for name in (*before, *after) if name.startswith(EXTRA)})
    declared = (*ALL, *(named(name) for name in extras))
    pairs = ((each, before.get(each.name), after.get(each.name)) for each in declared)
    return [Change(each, old, new) for each, old, new in pairs if old != new and each.name not in NO_MATTER]


def _values(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as their kinds have them: a store or a file has them as JSON."""
    found = {}
    for name, value in settings.items():
        with suppress(BadInput):
            parameter = named(name)
            found[parameter.name] = parameter.kind.check(value)
    return found


def words(one: str, other: str) -> list[tuple[str, str]]:
    """Give the two texts in one, in pieces: (text, SAME, GONE or NEW). What is the same for less than two
    words between changes counts as changed: it would be noise."""
    a, b = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (one, other))
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=max(len(a), len(b)) > _LONG)
    pieces: list[tuple[str, str]] = []
    gone = new = ""
    codes = matcher.get_opcodes()
    for place, (what, start, end, first, last) in enumerate(codes):
        before, after = "".join(a[start:end]), "".join(b[first:last])
        between = 0 < place < len(codes) - 1
        if what != "equal" or (between and len(re.findall(r"\w+", before)) < 2):
            gone, new = gone + before, new + after
            continue
        pieces += [(gone, GONE), (new, NEW), (before, SAME)]
        gone = new = ""
    pieces += [(gone, GONE), (new, NEW)]
    return [(text, style) for text, style in pieces if text]
