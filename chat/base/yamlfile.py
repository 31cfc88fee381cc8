"""Read a person's small YAML files: safely, with the line of each key.

Refused, each with file and line: what is too large, duplicate keys, tags, anchors and aliases
(so no bombs), merge keys, nesting without end. Unlike YAML 1.1, `no`, `on` and `yes` are text,
`010` and `12:30` are text, and `1e-1` is a number: what looks like a plain value is one.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml

from . import files
from .dataclass import dataclass
from .errors import BadFile
from .halves import has_half

HALF = "holds half a character (a lone surrogate)"
LARGEST = 256 * 1024  # bytes; PyYAML takes about a second for this much
_DEEPEST = 20


class Loader(yaml.SafeLoader):
    """The safe loader with the traps of YAML 1.1's implicit types taken out."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (PyYAML's own interface)


def _construct_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(loader.construct_scalar(node))


Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,30})$"), list("-+0123456789")
)
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?|[0-9]+[eE][-+]?[0-9]{1,3})$"),
    list("-+.0123456789"),
)
Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)


class _Composer(Loader):
    """Make the tree of events that were parsed before: to parse takes most of the time."""

    def __init__(self, events: list[yaml.Event]) -> None:
        super().__init__("")
        self._events = events[::-1]

    def check_event(self, *choices: Any) -> bool:
        return isinstance(self._events[-1], choices or yaml.Event)

    def peek_event(self) -> Any:
        return self._events[-1]

    def get_event(self) -> Any:
        return self._events.pop()


@dataclass(frozen=True)
class Entry:
    """A top-level key: its value as plain Python, and the line of each key below it, or of each element of
    a list, by its number from 0."""

    value: Any
    line: int
    lines: dict[str, int]


def read_text(path: Path) -> str:
    """Read the file's text: "" if there is no file. Raises BadFile."""
    return files.read_text(path, LARGEST, absent="")


#: What mostly lies behind PyYAML's own words.
_MEANT = (
    ("found character '\\t'", "indent with blanks, not with a tab"),
    ("could not find expected ':'", "is a blank missing after a colon, or a quote at an end?"),
    (
        "mapping values are not allowed here",
        "text that holds a colon stands in quotes; or a blank is missing after a colon above",
    ),
    ("expected <block end>", "is this line indented as those above it?"),
    ("found unexpected end of stream", "a quote that opens has to close"),
)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn YAML's own complaints into ours, with the line."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or "is not YAML")
        way = next((f": {meant}" for begun, meant in _MEANT if begun in problem), "")
        raise BadFile(path, problem + way, mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:
        raise BadFile(path, str(error).splitlines()[0]) from None
    except RecursionError:
        raise BadFile(path, "is nested too deeply") from None


def parse(path: Path, text: str) -> dict[str, Entry]:
    """Give the top-level mapping of a file's text. Raises BadFile with the line."""
    with _told(path):
        root = _compose(path, text)
        if root is None:
            return {}
        if not isinstance(root, yaml.MappingNode):
            raise BadFile(path, "holds no mapping of names to settings", root.start_mark.line + 1)
        return {key.value: _entry(path, key, node) for key, node in _pairs(path, root)}


def value(text: str, path: Path = Path("what was typed")) -> Any:
    r"""Read a single value, in JSON or YAML, as plain Python. Raises BadFile. JSON is tried first: where it
    writes a character as two \u escapes, YAML would read two halves."""
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(text, object_pairs_hook=_distinct, parse_constant=float)
        if not has_half(json.dumps(found, ensure_ascii=False)):
            return found
    with _told(path):
        root = _compose(path, text)
        return None if root is None else _plain(path, root)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands twice")  # YAML then says which, and where
    return dict(pairs)


def _compose(path: Path, text: str) -> yaml.Node | None:
    """Give the document's tree, once its events show nothing that may not be there."""
    depth = 0
    events = []
    for event in yaml.parse(text, Loader=Loader):
        events.append(event)
        line = event.start_mark.line + 1 if event.start_mark else None
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor:
            raise BadFile(path, f"anchors and aliases (&{anchor}) are not allowed", line)
        if tag:
            raise BadFile(path, f"tags ({tag}) are not allowed", line)
        if isinstance(event, yaml.ScalarEvent) and has_half(event.value):
            raise BadFile(path, HALF, line)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise BadFile(path, "is nested too deeply", line)
    node: yaml.Node | None = _Composer(events).get_single_node()
    return node


def _pairs(path: Path, node: yaml.MappingNode) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """Read the keys and values of a mapping. Refuse a key that stands twice."""
    seen: set[str] = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise BadFile(path, "a key must be plain text", line)
        if key.value in seen:
            raise BadFile(path, f"{key.value} stands here twice", line)
        seen.add(key.value)
    return list(node.value)


def _entry(path: Path, key: yaml.ScalarNode, node: yaml.Node) -> Entry:
    lines: dict[str, int] = {}
    if isinstance(node, yaml.MappingNode):
        lines = {inner.value: inner.start_mark.line + 1 for inner, _ in _pairs(path, node)}
    elif isinstance(node, yaml.SequenceNode):
        lines = {str(place): inner.start_mark.line + 1 for place, inner in enumerate(node.value)}
    return Entry(_plain(path, node), key.start_mark.line + 1, lines)


def _plain(path: Path, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {_key(path, key): _plain(path, value) for key, value in _pairs(path, node)}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(path, item) for item in node.value]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    loader = Loader("")
    try:
        return loader.construct_object(node)
    finally:
        loader.dispose()


def _key(path: Path, node: yaml.ScalarNode) -> Hashable:
    value: Hashable = _scalar(node)
    return value


def dump(values: Any) -> str:
    """Write values as YAML that `parse` reads back the same. No value spans lines except literal blocks."""
    return yaml.dump(values, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000)


class _Dumper(yaml.SafeDumper):
    """Block style; text of many lines as a literal block; quotes where `Loader` needs them."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        key: [
            *Loader.yaml_implicit_resolvers.get(key, []),
            *yaml.SafeDumper.yaml_implicit_resolvers.get(key, []),
        ]
        for key in {*Loader.yaml_implicit_resolvers, *yaml.SafeDumper.yaml_implicit_resolvers}
    }

    def ignore_aliases(self, data: Any) -> bool:
        return True


_RARE = set("\x85\u2028\u2029")


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """Write a text of several lines as a literal block, unless it ends with something that a block can't
    hold. The rarer line breaks of YAML are read as others than they are, so that they are escaped."""
    style = "|" if "\n" in text and text[-1:].strip() else '"' if "\n" in text else None
    if _RARE & set(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
