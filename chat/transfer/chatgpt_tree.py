"""Find which node of ChatGPT's mapping goes on from which: by parents, by children, or by the order.

Files that other programs wrote, or cut, name no parents, or some that are not there. No node is
lost for that: it stands where the file says, or after the one before it.
"""

from __future__ import annotations

from collections.abc import Mapping

from .untrusted import Record, listed, text


def parents(nodes: Record) -> tuple[dict[str, str | None], int]:
    """Map each node to the one that it goes on from, None for a first one. Return that and how many nodes
    had an impossible place. The result is a forest: no circles, and no missing nodes."""
    children = _children(nodes)
    found = {key: _told(key, each, nodes, children) for key, each in nodes.items()}
    if not any(found.values()):  # nothing tells: each goes on from the one before
        return dict(zip(nodes, [None, *nodes], strict=False)), 0
    first = [key for key, each in nodes.items() if found[key] is None and _first(each)]
    loose = [key for key in nodes if found[key] is None and key not in first]
    if not first and loose:
        above = set(found.values())
        top = next((key for key in loose if key in above), loose[0])
        loose.remove(top)
    astray = {*loose, *_cut(found)}
    up = dict(found)
    before: str | None = None
    for key in nodes:
        if key in astray and before is not None and _top(up, before) != key:
            found[key] = up[key] = before
        before = key
    return found, len(astray)


def _children(nodes: Record) -> dict[str, str]:
    """Map each node to the one that names it as a child."""
    found: dict[str, str] = {}
    for key, each in nodes.items():
        for child in listed(each, "children"):
            if isinstance(child, str) and child in nodes and child != key:
                found.setdefault(child, key)
    return found


def _told(key: str, each: object, nodes: Record, children: Mapping[str, str]) -> str | None:
    own = text(each, "parent")
    return own if own in nodes and own != key else children.get(key)


def _first(each: object) -> bool:
    """Tell whether a node says that it goes on from none."""
    return isinstance(each, Mapping) and "parent" in each and each["parent"] is None


def _cut(found: dict[str, str | None]) -> list[str]:
    """Cut each circle at the first of its nodes; give those."""
    cut: list[str] = []
    done: set[str] = set()
    for key in found:
        path: set[str] = set()
        at: str | None = key
        while at is not None and at not in done and at not in path:
            path.add(at)
            at = found[at]
        if at is not None and at in path:
            found[at] = None
            cut.append(at)
        done |= path
    return cut


def _top(up: dict[str, str | None], key: str) -> str:
    """Find the first node above one, and shorten the way there for the next time."""
    path = []
    at: str | None = key
    while at is not None:
        path.append(at)
        at = up[at]
    for each in path[:-1]:
        up[each] = path[-1]
    return path[-1]
