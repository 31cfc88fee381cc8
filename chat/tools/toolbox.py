"""The tools of a run: what answers each name that a request declares, and how."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..base.errors import TemperaError, UnknownName
from ..parameters import references
from . import reading
from .runner import Result, Runner
from .tool import ASK, HAND, Server, Source, Tool, declared, function_form, name_in, named_apart


@dataclass(frozen=True)
class Added:
    """Tools that a source has; `renamed` are (what it calls one, the name that it got)."""

    tools: tuple[Tool, ...]
    renamed: tuple[tuple[str, str], ...] = ()


class Toolbox:
    """What is known of tools. `recorded` are results by what was called."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.runner = Runner(environ)
        self.policies: dict[str, str] = {}  # what the person said, by name
        self.stepping = False
        self._environ = environ
        self._tools: dict[str, Tool] = {}
        self._resolved: dict[str, Added] = {}  # what an entry of `tools` stands for

    # ---- adding

    def take(self, text: str, taken: Iterable[str] = ()) -> Added:
        """Read what is typed, and ask where it says. Raises TemperaError."""
        return self._added(reading.typed(text, self._environ), ASK, set(taken))

    def _added(self, found: Sequence[reading.Read], policy: str, taken: set[str]) -> Added:
        tools: list[Tool] = []
        renamed: list[tuple[str, str]] = []
        for each in found:
            if isinstance(each, list):
                tools.extend(each)
                continue
            used = taken | {tool.name for tool in tools}
            own = {
                name for name, tool in self._tools.items() if tool.source == each
            }  # asked again: it keeps its names
            added, other = self._asked(each, policy, used - own)
            tools.extend(added)
            renamed.extend(other)
        for tool in tools:
            self._tools[tool.name] = tool
        return Added(tuple(tools), tuple(renamed))

    def _asked(
        self, source: Source, policy: str, taken: set[str]
    ) -> tuple[list[Tool], list[tuple[str, str]]]:
        """Ask a source what it has."""
        tools, renamed = [], []
        offered = {each.name: each for each in self.runner.offered(source)}
        if not offered:
            raise TemperaError(f"{source} has no tools")
        server = source.name if isinstance(source, Server) else ""
        for name, called in named_apart(server, list(offered), taken if server else set()):
            one = offered[name]
            form = function_form(called, one.description, one.parameters)
            tools.append(Tool(called, form, str(source), source, name, policy))
            if called != name:
                renamed.append((name, called))
        return tools, renamed

    # ---- what a setting says

    def lacking(self, entries: Any) -> list[Any]:
        """Give the entries of `tools` that name where tools are, and were not asked yet."""
        return [each for each in references.within("tools", entries) if _key(each) not in self._resolved]

    def resolve(self, entry: Any, taken: Iterable[str] = ()) -> Added:
        """Ask where an entry says. Raises TemperaError."""
        policy = reading.policy_of(entry)
        added = self._added(reading.written(entry, self._environ), policy, set(taken))
        self._resolved[_key(entry)] = added
        return added

    def forms(self, entries: Any) -> list[Any]:
        """Give entries of `tools` as the API has them; one that was not asked yet stays as it is."""
        found: list[Any] = []
        for entry in entries or ():
            if not references.is_one(entry):
                found.append(entry)
            elif (added := self._resolved.get(_key(entry))) is not None:
                found.extend(dict(tool.form) for tool in added.tools)
            else:
                found.append(entry)
        return found

    # ---- looking

    def tools(self, entries: Any) -> list[Tool]:
        """Give the tools that a request with these entries declares, with the policies in force."""
        return [
            self.tool(form) for form in self.forms(entries) if not references.is_one(form) and name_in(form)
        ]

    def tool(self, form: Mapping[str, Any]) -> Tool:
        """Give what is known of a declared tool: one of another schema than its source's is the person's."""
        name = name_in(form)
        known = self._tools.get(name)
        if known is None or known.form != form:
            try:
                known = declared(form)
            except TemperaError:
                known = Tool(name, form)
        policy = self.policies.get(name, known.policy)
        if known.source is None and policy in (ASK, "allow"):
            policy = HAND
        return replace(known, policy=policy)

    def find(self, entries: Any, name: str) -> Tool:
        """Find a declared tool by its name. Raises UnknownName."""
        tools = self.tools(entries)
        for each in tools:
            if each.name == name:
                return each
        raise UnknownName("tool", name, [each.name for each in tools], hint="/tools lists them")

    def call(self, tool: Tool, arguments: Mapping[str, Any], seconds: float) -> Result:
        """Run a tool."""
        assert tool.source is not None
        return self.runner.call(tool.source, tool.own_name or tool.name, arguments, seconds)

    def close(self) -> None:
        self.runner.close()


def _key(entry: Any) -> str:
    return json.dumps(entry, sort_keys=True, default=str)
