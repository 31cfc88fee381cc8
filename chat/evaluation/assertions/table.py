"""THE table: every type of assertion that is known."""

from __future__ import annotations

from ..judges import table as judges
from . import calls, graders, jsons, markup, measured, python, refusal, sql, text, unchecked
from .declaration import Type

_ROOMS = (text, jsons, markup, sql, calls, refusal, measured, python, graders, judges, unchecked)
TYPES: tuple[Type, ...] = tuple(each for room in _ROOMS for each in room.TYPES)
_NAMED = {each.name: each for each in TYPES}
#: Names that files use for the same.
_SAME = {"factuality": "model-graded-factuality", "rouge": "rouge-n"}


def find(name: str) -> Type | None:
    """Give the type of this name."""
    return _NAMED.get(name) or _NAMED.get(_SAME.get(name, ""))
