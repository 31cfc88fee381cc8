"""Change one top-level mapping of a YAML text and leave every other byte as it was.

PyYAML tells where each key and value begins and ends; what is unchanged is not touched, what
is changed is written anew, and comments that stood inside a changed value move above its key.
The result is read again and compared with what was meant before anyone writes it to a file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from . import yamlfile
from .errors import BadFile

_Change = tuple[int, int, str]  # replace text[start:end]


def put(path: Path, text: str, name: str, values: dict[str, Any]) -> str:
    """Give the text with the mapping `name` holding exactly `values`. Raises BadFile."""
    before = yamlfile.parse(path, text)
    if name not in before:
        gap = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
        after = text + gap + yamlfile.dump({name: values or None})
    else:
        key, node = _find(text, name)
        after = _apply(text, _changes(text, key, node, before[name].value or {}, values))
    return _checked(path, before, after, {name: values})


def put_all(path: Path, text: str, values: dict[str, Any]) -> str:
    """Give the text with exactly these top-level keys and values. Raises BadFile."""
    before = {name: entry.value for name, entry in yamlfile.parse(path, text).items()}
    root = yaml.compose(text, Loader=yamlfile.Loader)
    if not before or not isinstance(root, yaml.MappingNode) or root.flow_style:
        return yamlfile.dump(values)
    after = _apply(text, _changes(text, root, root, before, values))
    return _checked(path, {}, after, values)


def drop(path: Path, text: str, name: str) -> str:
    """Give the text without the mapping `name`. Raises BadFile."""
    before = yamlfile.parse(path, text)
    key, node = _find(text, name)
    start, end = key.start_mark.index, line_end(text, content_end(text, node, key.end_mark.index))
    after = text[:start] + text[end:].removeprefix("\r\n" if text[end : end + 2] == "\r\n" else "\n")
    return _checked(path, {k: e for k, e in before.items() if k != name}, after, {})


def _checked(path: Path, before: dict[str, yamlfile.Entry], after: str, changed: dict[str, Any]) -> str:
    """Return the new text if it means what it should and nothing else changed."""
    meant = {key: entry.value or {} for key, entry in before.items()} | changed
    try:
        good = {key: entry.value or {} for key, entry in yamlfile.parse(path, after).items()} == meant
    except BadFile:
        good = False
    if not good:
        raise BadFile(path, "is written in a way that can't be changed safely", hint="edit it by hand")
    return after


def _find(text: str, name: str) -> tuple[yaml.Node, yaml.Node]:
    root = yaml.compose(text, Loader=yamlfile.Loader)
    assert isinstance(root, yaml.MappingNode)  # `parse` has seen to it
    return next((key, node) for key, node in root.value if key.value == name)


def _changes(
    text: str, key: yaml.Node, node: yaml.Node, old: dict[str, Any], new: dict[str, Any]
) -> list[_Change]:
    if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value:
        return [_rewritten(text, key, node, new)]
    indent = " " * node.value[0][0].start_mark.column
    changes: list[_Change] = []
    for inner, value in node.value:
        name, start = inner.value, inner.start_mark.index
        if name in new and type(new[name]) is type(old[name]) and new[name] == old[name]:
            continue
        end = content_end(text, value, inner.end_mark.index)
        remarks = _comments(text, start, end, indent)
        if name in new:
            changes.append((start, end, (remarks + _block({name: new[name]}, indent)).strip()))
        else:
            changes.append(_removed(text, start, end, remarks))
    added = {name: value for name, value in new.items() if name not in old}
    if added:
        last_key, last = node.value[-1]
        at = line_end(text, content_end(text, last, last_key.end_mark.index))
        changes.append((at, at, "\n" + _block(added, indent).rstrip("\n")))
    return changes


def _rewritten(text: str, key: yaml.Node, node: yaml.Node, new: dict[str, Any]) -> _Change:
    """Rewrite a profile that is empty or written as {flow}: its value becomes a block below the key."""
    start = key.end_mark.index
    end = content_end(text, node, start)
    remarks = _comments(text, start, end, "  ")
    colon = text.index(":", start) + 1
    end = max(end, colon)
    rest = line_end(text, end)
    return (
        colon,
        rest,
        text[end:rest].rstrip() + ("\n" + remarks + _block(new, "  ") if new else "").rstrip("\n"),
    )


def _removed(text: str, start: int, end: int, remarks: str) -> _Change:
    """Remove whole lines; comments that stood on them stay on lines of their own."""
    line_start = text.rfind("\n", 0, start) + 1
    last = line_end(text, end)
    tail = text[end:last].strip()
    if tail:
        remarks += text[line_start:start] + tail + "\n"
    return line_start, min(last + 1, len(text)), remarks


def _apply(text: str, changes: list[_Change]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    for start, end, replacement in sorted(changes, reverse=True):
        text = text[:start] + replacement.replace("\n", newline) + text[end:]
    return text


def content_end(text: str, node: yaml.Node, least: int) -> int:
    """Tell where the last character of a value stands: before the comments and blanks that follow."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        if isinstance(last, tuple):
            return content_end(text, last[1], last[0].end_mark.index)
        return content_end(text, last, least)
    end: int = node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return len(text[:end].rstrip())
    return max(end, least)


def line_end(text: str, at: int) -> int:
    """Give the index of the line break that ends the line `at` stands on."""
    match = re.compile(r"\r?\n").search(text, at)
    return match.start() if match else len(text)


def _comments(text: str, start: int, end: int, indent: str) -> str:
    """Give the comments between the tokens from `start` to `end`, each as a line of its own."""
    found: list[str] = []
    at = start
    for token in yaml.scan(text, Loader=yamlfile.Loader):
        if token.start_mark.index >= at and token.start_mark.index <= end:
            found += re.findall(r"#[^\r\n]*", text[at : token.start_mark.index])
        if token.start_mark.index >= start:
            at = max(at, token.end_mark.index)
        if at >= end:
            break
    return "".join(f"{indent}{comment}\n" for comment in found)


def _block(values: dict[str, Any], indent: str) -> str:
    lines = yamlfile.dump(values).splitlines(keepends=True) if values else []
    return "".join(indent + line if line.strip() else line for line in lines)
