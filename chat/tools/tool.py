"""A tool: what the model is told of it, and what answers its calls. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from ..base.dataclass import dataclass
from ..base.errors import BadValue
from ..base.short import cut

#: What happens when the model calls: the person is asked, it runs, the model is told that it may not, or the
#: person gives the result.
ASK, ALLOW, DENY, HAND = POLICIES = ("ask", "allow", "deny", "hand")

#: What the API takes as a name.
LONGEST_NAME = 64
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NO_NAME = re.compile(r"[^a-zA-Z0-9_-]+")


@dataclass(frozen=True)
class Function:
    """A function of a Python file: `path` is the whole way to the file."""

    path: str
    name: str

    def __str__(self) -> str:
        return f"{self.path.rpartition('/')[2]}:{self.name}"


@dataclass(frozen=True)
class McpServer:
    """An MCP server: a `command` that is run, or a `url`. `env` and `headers` are what the person gives it;
    they may hold secrets, and are not shown."""

    name: str
    command: tuple[str, ...] = ()
    url: str = ""
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    cwd: str = ""

    def __str__(self) -> str:
        return f"mcp {self.name}"


Source: TypeAlias = "Function | McpServer"


@dataclass(frozen=True)
class Tool:
    """A tool. `form` is the API's, as it goes into a request and as it came; `origin` says where it is
    from; `source` is what runs it, None where only the person can answer; `own_name` is what the source
    calls it."""

    name: str
    form: Mapping[str, Any] = field(hash=False)
    origin: str = ""
    source: Source | None = None
    own_name: str = ""
    policy: str = HAND

    @property
    def inner(self) -> Mapping[str, Any]:
        """What the API keeps under the name of the tool's type."""
        found = self.form.get(str(self.form.get("type")))
        return found if isinstance(found, Mapping) else {}

    @property
    def description(self) -> str:
        return str(self.inner.get("description") or "")

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Give the schema of its arguments; an empty one takes any."""
        found = self.inner.get("parameters")
        return found if isinstance(found, Mapping) else {}


def declared(form: Any, origin: str = "", place: str = "") -> Tool:
    """Make a tool of the API's form; what else stands there is kept. Raises BadValue."""
    where = place or origin or "a tool"
    if not isinstance(form, Mapping):
        raise BadValue(f"{where}: {cut(str(form), 40)} is not a tool: it is an object with a type")
    form = dict(form)
    kind = form.get("type", "function")
    if "type" not in form and isinstance(form.get("name"), str):  # as `functions` had them
        form = {"type": "function", "function": form}
    elif kind == "function" and "function" not in form and isinstance(form.get("name"), str):
        inner = {name: value for name, value in form.items() if name != "type"}  # as Responses has them
        form = {"type": "function", "function": inner}
    inner = form.get(str(form.get("type")))
    name = inner.get("name") if isinstance(inner, Mapping) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        shown = f"{cut(str(name), 40)} is no name of a tool" if name else "a tool has no name"
        raise BadValue(
            f"{where}: {shown}: it is 1 to {LONGEST_NAME} letters without accents, digits, _ and -"
        )
    parameters = inner.get("parameters", {}) if isinstance(inner, Mapping) else {}
    if not isinstance(parameters, Mapping):
        raise BadValue(f"{where}: the parameters of {name} are not an object: they are a JSON Schema")
    return Tool(name, form, origin)


def function_form(name: str, description: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Give the API's form of a function."""
    inner: dict[str, Any] = {"name": name}
    if description:
        inner["description"] = description
    return {"type": "function", "function": {**inner, "parameters": dict(parameters)}}


def name_in(form: Any) -> str:
    """Give the name in the API's form of a tool; "" where none stands there."""
    inner = form.get(str(form.get("type", ""))) if isinstance(form, Mapping) else None
    found = inner.get("name") if isinstance(inner, Mapping) else None
    return found if isinstance(found, str) else ""


def api_name(name: str) -> str:
    """Give the name that the API takes for what somebody else calls so; "" where nothing is left."""
    return _NO_NAME.sub("_", name).strip("_")[:LONGEST_NAME]


def named_apart(server: str, names: list[str], taken: set[str]) -> Iterator[tuple[str, str]]:
    """Give (the name, the API's name) of a server's tools. One that is taken gets the server's name before
    it; where that is too, a number behind it."""
    used = set(taken)
    for name in names:
        wanted = api_name(name) or "tool"
        if wanted in used:
            wanted = api_name(f"{server}__{name}")
        number = 2
        base = wanted
        while wanted in used:
            end = f"_{number}"
            wanted = base[: LONGEST_NAME - len(end)] + end
            number += 1
        used.add(wanted)
        yield name, wanted
