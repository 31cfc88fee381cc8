"""Add an item to a list in a YAML text, or take one out, and leave every other byte as it was.

The list is the whole text, or the value of a top-level key. As in `yamledit`, the result is read again and
compared with what was meant.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from . import yamlfile
from .errors import BadFile
from .yamledit import content_end, line_end


def items(path: Path, text: str, key: str = "") -> list[Any]:
    """Give the items of the list that is the text, or the value of a key of it. Raises BadFile."""
    found = yamlfile.value(text, path)
    if key:
        if not isinstance(found, dict | None):
            raise BadFile(path, "holds no mapping of names to settings")
        found = (found or {}).get(key)
    if not isinstance(found, list | None):
        raise BadFile(path, f"{key or 'it'} is no list")
    return found or []


def add(path: Path, text: str, item: Any, key: str = "") -> str:
    """Give the text with one more item at the end of the list. Raises BadFile."""
    meant = [*items(path, text, key), item]
    name, node = _found(text, key)
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        at = line_end(text, content_end(text, node, node.start_mark.index))
        new = "\n" + _block(item, node.start_mark.column).rstrip("\n")
    elif name is None and node is None:
        at = len(text)
        gap = "" if not text or text.endswith("\n") else "\n"
        new = gap + (f"{key}:\n" if key else "") + _block(item, 2 if key else 0)
    elif name is not None and isinstance(node, yaml.ScalarNode) and not node.value:
        at = line_end(text, name.end_mark.index)
        new = "\n" + _block(item, 2).rstrip("\n")
    else:
        raise _by_hand(path)
    after = text[:at] + new.replace("\n", "\r\n" if "\r\n" in text else "\n") + text[at:]
    return _checked(path, text, after, key, meant)


def remove(path: Path, text: str, place: int, key: str = "") -> str:
    """Give the text without the item at a place, from 0, and the comments in it. Raises BadFile."""
    meant = items(path, text, key)
    del meant[place]
    _, node = _found(text, key)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        raise _by_hand(path)
    item = node.value[place]
    dash = text.rfind("-", 0, item.start_mark.index + 1)
    start = text.rfind("\n", 0, dash) + 1
    end = line_end(text, content_end(text, item, item.start_mark.index))
    after = text[:start] + text[end:].removeprefix("\r\n" if text[end : end + 2] == "\r\n" else "\n")
    return _checked(path, text, after, key, meant)


def _found(text: str, key: str) -> tuple[yaml.Node | None, yaml.Node | None]:
    """Give the node of the key, and that of the list; None for what is not there."""
    root = yaml.compose(text, Loader=yamlfile.Loader)
    if not key:
        return None, root
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return next(((name, node) for name, node in pairs if name.value == key), (None, None))


def _block(item: Any, indent: int) -> str:
    lines = yamlfile.dump([item]).splitlines(keepends=True)
    return "".join(" " * indent + line if line.strip() else line for line in lines)


def _checked(path: Path, before: str, after: str, key: str, meant: list[Any]) -> str:
    """Return the new text if it means what it should and nothing else changed."""
    try:
        good = items(path, after, key) == meant
        if key:
            old, new = (yamlfile.value(text, path) or {} for text in (before, after))
            good = good and {**old, key: None} == {**new, key: None}
    except BadFile:
        good = False
    if not good:
        raise _by_hand(path)
    return after


def _by_hand(path: Path) -> BadFile:
    return BadFile(path, "is written in a way that can't be changed safely", hint="edit it by hand")
