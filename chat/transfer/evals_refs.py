"""Put what a `$ref` names in its place: another piece of the same file, and no other.

A piece that is named twice is there once, so that a file that names itself over and over takes no memory;
what the names add when written out is counted.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadInput, BadValue

#: Values that references may add where all are written out.
_MOST = 1_000_000
_DEEPEST = 100
#: Where schemas keep what they refer to themselves.
_SCHEMAS = ("definitions", "$defs")


def resolved(root: Any) -> Any:
    """Put each `{"$ref": "#/a/b"}` in its place; other keys beside it win. Raises BadInput."""
    return _Resolver(root).value(root, "", 0)[0]


@dataclass
class _Resolver:
    root: Any
    done: dict[str, tuple[Any, int]] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    def value(self, value: Any, place: str, depth: int) -> tuple[Any, int]:
        """Give a value and how many values references write out in it: within one, all count."""
        own = 1 if self.open else 0
        if depth > _DEEPEST:
            raise BadInput(f"{place}: it is nested too deeply")
        if isinstance(value, dict):
            base, size = ({}, own)
            if isinstance(value.get("$ref"), str) and not self._is_schemas(value["$ref"]):
                there, size = self._named(value["$ref"], place, depth)
                rest = {key: each for key, each in value.items() if key != "$ref"}
                if not rest:
                    return there, size
                if not isinstance(there, dict):
                    raise BadInput(f"{place}: what {value['$ref']} names can't be joined with other keys")
                base, value = there, rest
            found = dict(base)
            for key, each in value.items():
                found[key], more = self.value(each, f"{place}.{key}" if place else str(key), depth + 1)
                size = self._counted(size + more, place)
            return found, size
        if isinstance(value, list):
            made, size = [], own
            for number, each in enumerate(value):
                new, more = self.value(each, f"{place}[{number}]", depth + 1)
                made.append(new)
                size = self._counted(size + more, place)
            return made, size
        return value, own

    def _counted(self, size: int, place: str) -> int:
        if size > _MOST:
            raise BadInput(f"{place}: with all $ref written out there are more than {_MOST:,} values more")
        return size

    def _is_schemas(self, pointer: str) -> bool:
        """Tell whether a schema refers to a piece of its own, or to itself."""
        name = pointer.removeprefix("#").strip("/").partition("/")[0]
        in_root = isinstance(self.root, dict) and name in self.root
        return pointer == "#" or (name in _SCHEMAS and not in_root)

    def _named(self, pointer: str, place: str, depth: int) -> tuple[Any, int]:
        if pointer in self.done:
            return self.done[pointer]
        if not pointer.startswith("#"):
            raise BadValue(f"{place}: $ref {pointer[:80]} is not in this file", "only #/… is followed")
        if pointer in self.open:
            raise BadValue(f"{place}: $ref {pointer[:80]} leads to itself")
        there = self.root
        for part in pointer.removeprefix("#").strip("/").split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            if isinstance(there, dict) and part in there:
                there = there[part]
            elif isinstance(there, list) and part.isdecimal() and int(part[:9]) < len(there):
                there = there[int(part[:9])]
            else:
                raise BadValue(f"{place}: nothing is where $ref {pointer[:80]} points")
        self.open.append(pointer)
        self.done[pointer] = self.value(there, pointer.strip("#/").replace("/", "."), depth + 1)
        self.open.pop()
        return self.done[pointer]
