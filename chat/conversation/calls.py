"""Put tool calls together that come in pieces: which piece belongs to which call.

By the API a piece has the `index` of its call, and `id` and `name` come once. Servers leave the index out,
give it to several calls, repeat the name with every piece, or send the arguments as an object.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from ..base.halves import whole
from . import bounds
from .characters import Halves
from .counted import number
from .events import CALL, Piece
from .parts import as_json

_OLDER = "function_call"  # the API's older form, of one call
#: Fields of an entry; the last four where it has no object for what is called.
_KNOWN = ("index", "id", "type", "function", "custom", _OLDER, "name", "arguments", "input", "parameters")


@dataclass
class _Call:
    number: int
    tool: str
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    halves: Halves = field(default_factory=Halves)

    @property
    def closed(self) -> bool:
        """Tell whether the arguments are a complete object."""
        if not self.arguments or not self.arguments[-1].rstrip().endswith("}"):
            return False
        try:
            return isinstance(bounds.loads("".join(self.arguments)), dict)
        except ValueError:
            return False


class Calls:
    """The tool calls of one choice."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._at: dict[int, _Call] = {}  # by the server's index

    def read(self, choice: int, message: dict[str, Any], again: bool = False) -> Iterator[Piece]:
        """Read the pieces of calls in a message or a delta. `again`: leave out what came before, which may
        be repeated."""
        entries = message.get("tool_calls")
        entries = [entries] if isinstance(entries, dict) else entries if isinstance(entries, list) else []
        found = [each for each in entries if isinstance(each, dict)]
        if isinstance(message.get(_OLDER), dict):
            found.append({_OLDER: message[_OLDER]})
        for place, entry in enumerate(found):
            id_, name, text, tool = _facts(entry)
            if again and self._known(id_, name, text):
                continue
            index = number(entry.get("index"))
            call = self._of(place if index is None and len(found) > 1 else index, id_, name, text, tool)
            new, call.id = _new(call.name, name), id_ or call.id
            call.name += new
            text = call.halves.feed(text)
            if text:
                call.arguments.append(text)
            extra = {name: value for name, value in entry.items() if name not in _KNOWN}
            if text or new or extra:
                yield Piece(choice, text, CALL, call.number, id_, new, call.tool, extra or None)

    def _known(self, id_: str, name: str, text: str) -> bool:
        return any(
            (id_ and each.id == id_) or (each.name == name and "".join(each.arguments) == text)
            for each in self._calls
        )

    def _of(self, index: int | None, id_: str, name: str, text: str, tool: str) -> _Call:
        """Give the call that a piece belongs to; a new one where it begins one."""
        if index is None:
            same = next((each for each in self._calls if id_ and each.id == id_), None)
            call = same or (self._calls[-1] if self._calls else None)
        else:
            call = self._at.get(index)
        if call is None or _begins(call, id_, name, text):
            taken = {each.number for each in self._calls}
            free = index if index is not None and index not in taken else max(taken, default=-1) + 1
            call = _Call(free, tool)
            self._calls.append(call)
            if index is not None:
                self._at[index] = call
        return call


def _begins(call: _Call, id_: str, name: str, text: str) -> bool:
    """Tell whether a piece begins another call than the one whose place it has."""
    opens = not text or text.lstrip().startswith("{")
    if id_ and call.id:
        return id_ != call.id and ((bool(name) and opens) or call.closed)
    if not name:
        return False
    if name != call.name:
        return bool(call.arguments)
    return bool(text) and opens and call.closed


def _new(before: str, name: str) -> str:
    """Return what a name adds to the part known so far: nothing if it is repeated."""
    return name[len(before) :] if name.startswith(before) else name


def _facts(entry: dict[str, Any]) -> tuple[str, str, str, str]:
    """Give (id, name, arguments, what is called) of an entry: a function, a custom tool, or neither."""
    tool = next((key for key in ("function", "custom", _OLDER) if isinstance(entry.get(key), dict)), "")
    inner = entry[tool] if tool else entry
    arguments = next(
        (inner[key] for key in ("arguments", "input", "parameters") if inner.get(key) is not None), ""
    )
    id_, name = entry.get("id"), inner.get("name")
    return (
        whole(id_ if isinstance(id_, str) else "" if id_ is None else as_json(id_)),
        whole(name) if isinstance(name, str) else "",
        arguments if isinstance(arguments, str) else as_json(arguments),
        tool or "function",
    )
