"""The tools of a run: what the entries of the parameter `tools` stand for, and what answers each name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..base.dataclass import dataclass
from ..base.errors import BadInput, TemperaError, UnknownName
from ..conversation.branch import Branch
from ..parameters import references
from . import reading
from .runner import CallResult, Runner
from .tool import ALLOW, ASK, HAND, McpServer, Source, Tool, declared, function_form, name_in, named_apart


@dataclass(frozen=True)
class Added:
    """Tools that a source has; `renamed` are (what it calls one, the name that it got)."""

    tools: tuple[Tool, ...]
    renamed: tuple[tuple[str, str], ...] = ()


class Toolbox:
    """What is known of tools. `policies` are what the person said in this run, by name; `stepping`: one
    round of calls is done at a time; `answered`: results that wait for those of other calls, behind the
    answer that calls."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.runner = Runner(environ)
        self.policies: dict[str, str] = {}
        self.stepping = False
        self.answered: tuple[Branch, Branch] | None = None
        self._environ = environ
        self._known: dict[str, Tool] = {}
        self._resolved: dict[str, Added] = {}

    # ---- what entries stand for

    def lacking(self, entries: Any) -> list[Any]:
        """Give the entries that name where tools are, and were not asked yet."""
        return [each for each in references.within("tools", entries) if _key(each) not in self._resolved]

    def resolve(self, entry: Any, others: Any = ()) -> Added:
        """Ask where an entry says, again where it was asked before; names of `others` are taken. Raises
        TemperaError."""
        before = self._resolved.pop(_key(entry), None)
        taken = {name for form in self.forms(others) if (name := name_in(form))}
        taken -= {tool.name for tool in before.tools} if before else set()
        tools: list[Tool] = []
        renamed: list[tuple[str, str]] = []
        for found in reading.written(entry, self._environ):
            if isinstance(found, list):
                tools.extend(found)
                continue
            for tool in self._asked(found, taken | {tool.name for tool in tools}):
                tools.append(tool)
                if tool.own_name != tool.name:
                    renamed.append((tool.own_name, tool.name))
        twice = [tool.name for tool in tools if tool.name in taken]
        if twice:
            raise BadInput(f"there is another tool {twice[0]}", f"/tools off {twice[0]} takes it out")
        self._known.update({tool.name: tool for tool in tools})
        self._resolved[_key(entry)] = added = Added(tuple(tools), tuple(renamed))
        return added

    def _asked(self, source: Source, taken: set[str]) -> Iterator[Tool]:
        """Ask a source what it has."""
        offered = {each.name: each for each in self.runner.offered(source)}
        if not offered:
            raise TemperaError(f"{source} has no tools")
        server = isinstance(source, McpServer)
        names = named_apart(source.name, list(offered), taken if server else set())
        for name, called in names:
            one = offered[name]
            form = function_form(called, one.description, one.parameters)
            yield Tool(called, form, str(source), source, name, ASK)

    def forms(self, entries: Any) -> list[Any]:
        """Give entries as the API has them; one that was not asked yet stays as it is."""
        found: list[Any] = []
        for entry in entries or ():
            if not references.is_one(entry) or (added := self._resolved.get(_key(entry))) is None:
                found.append(entry)
            else:
                off = reading.off_in(entry)
                found.extend(dict(tool.form) for tool in added.tools if tool.name not in off)
        return found

    # ---- looking

    def tools(self, entries: Any) -> list[Tool]:
        """Give the tools that a request with these entries declares, with the policies in force."""
        found: list[Tool] = []
        for entry in entries or ():
            policy = reading.policy_of(entry) if references.is_one(entry) else ""
            forms = (form for form in self.forms([entry]) if not references.is_one(form))
            found.extend(self._tool(form, policy) for form in forms if name_in(form))
        return found

    def _tool(self, form: Mapping[str, Any], policy: str) -> Tool:
        """Give what is known of a declared tool: one of another form than its source's is the person's."""
        name = name_in(form)
        known = self._known.get(name)
        if known is None or known.form != form:
            try:
                known = declared(form)
            except TemperaError:
                known = Tool(name, form)
        policy = self.policies.get(name) or (policy if known.source else "") or known.policy
        if known.source is None and policy in (ASK, ALLOW):
            policy = HAND
        return replace(known, policy=policy)

    def find(self, entries: Any, name: str) -> Tool:
        """Find a declared tool by its name. Raises UnknownName."""
        tools = self.tools(entries)
        for each in tools:
            if each.name == name:
                return each
        raise UnknownName("tool", name, [each.name for each in tools], hint="/tools lists them")

    def without(self, entries: Any, name: str) -> list[Any]:
        """Give entries that no longer declare a tool."""
        kept: list[Any] = []
        for entry in entries:
            names = {name_in(form) for form in self.forms([entry]) if not references.is_one(form)}
            if name not in names:
                kept.append(entry)
            elif references.is_one(entry) and names != {name}:
                kept.append(reading.with_off(entry, name))
        return kept

    # ---- calling

    def call(self, tool: Tool, arguments: Mapping[str, Any], seconds: float) -> CallResult:
        """Run a tool."""
        assert tool.source is not None
        return self.runner.call(tool.source, tool.own_name or tool.name, arguments, seconds)

    def renamed(self, tool: Tool) -> str:
        """Say what other tools the server of a tool has by now; "" for none, or where nothing is known."""
        if not isinstance(tool.source, McpServer):
            return ""
        try:
            new, gone = self.runner.renamed(tool.source)
        except TemperaError:
            return ""
        said = [f"no longer {', '.join(gone)}"] if gone else []
        said += [f"now {', '.join(new)}"] if new else []
        return f"{tool.source} has {' and '.join(said)}" if said else ""

    def close(self) -> None:
        self.runner.close()


def names(tools: Iterable[Tool]) -> str:
    """Name tools, in a line."""
    return ", ".join(tool.name for tool in tools)


def _key(entry: Any) -> str:
    """Give what tells entries apart: where they lead, not what is made of it."""
    if isinstance(entry, Mapping):
        entry = {name: value for name, value in entry.items() if name not in ("off", "policy")}
        if len(entry) == 1 and isinstance(named := next(iter(entry.values())), str):
            entry = named
    return json.dumps(entry, sort_keys=True, default=str)
