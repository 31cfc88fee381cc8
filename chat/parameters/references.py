"""Entries of `tools` that name where tools are, in place of the API's form: a file, a function, an MCP
server. What they stand for, the room `tools` finds out; here they are only told apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .kinds import shown

#: What such an entry has one of.
NAMING = ("file", "function", "mcp")


def is_one(entry: Any) -> bool:
    """Tell whether an entry of `tools` names where tools are, and is none itself."""
    if isinstance(entry, str):
        return True
    return (
        isinstance(entry, Mapping)
        and "type" not in entry
        and any(isinstance(entry.get(key), str) for key in NAMING)
    )


def said(entry: Any) -> str:
    """Name what such an entry names."""
    if isinstance(entry, Mapping):
        return str(entry.get("file") or entry.get("function") or f"mcp {entry.get('mcp')}")
    return str(entry)


def within(name: str, value: Any) -> list[Any]:
    """Give those of a parameter's value."""
    return [each for each in value if is_one(each)] if name == "tools" and isinstance(value, list) else []


def named(entry: Any) -> str:
    """Name a tool, or in short where tools come from."""
    if is_one(entry):
        return said(entry).rpartition("/")[2]
    inner = entry.get(str(entry.get("type", ""))) if isinstance(entry, Mapping) else None
    found = inner.get("name") if isinstance(inner, Mapping) else None
    return shown(found) if isinstance(found, str) and found else "a tool without a name"
