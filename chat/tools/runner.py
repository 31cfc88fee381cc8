"""Run tools, each source in a process of its own: a file of Python functions, an MCP server.

A process serves many calls, and keeps what the code in it remembers; it is replaced when it has died or
took too long.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from ..base.redact import without_secrets
from .apart import Apart, ToolFailed
from .tool import Function, McpServer, Source

#: Seconds that a source may take to say what it has: npx first fetches a server.
STARTING = 60.0
#: Seconds that a call may take, unless the person says otherwise.
SECONDS = 60.0
#: Seconds that a server has to end by itself.
LEAVING = 1.0
_MOST_DESCRIPTION = 4000  # characters


@dataclass(frozen=True)
class CallResult:
    """What came of a call, as text: `failed` where that says what went wrong. `cut`: how many characters of
    it are left out, `seconds`: how long it took."""

    text: str
    failed: bool = False
    cut: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Offered:
    """What a source says that it has: a name of its own, a description, the schema of the arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any] = field(hash=False)


class Runner:
    """The processes, by what runs in them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._running: dict[str, Apart] = {}
        self._offered: dict[str, list[str]] = {}  # the names that a server had when it was asked last
        self._written: dict[str, int] = {}  # when a file that was loaded was written
        self._lock = threading.RLock()

    def offered(self, source: Source) -> list[Offered]:
        """Ask a source what it has. Raises ToolFailed."""
        with self._lock:
            if isinstance(source, Function):
                order = {"do": "describe", "path": source.path, "name": source.name}
                said = self._process(source).ask(order, STARTING)
                found = [{"name": source.name, **said}] if isinstance(said, dict) else []
            else:
                found = self._server_tools(source)
            return [each for entry in found if (each := _checked(entry))]

    def _server_tools(self, server: McpServer) -> list[dict[str, Any]]:
        running = self._running.get(_key(server))
        if running is None or not running.alive:
            return self._started(server)
        return self._listed(server, running.ask({"do": "list"}, STARTING))

    def _started(self, server: McpServer) -> list[dict[str, Any]]:
        """Start a server and ask for its tools."""
        process = self._process(server)
        try:
            said = process.ask({"do": "open", "server": _told(server)}, STARTING)
        except ToolFailed as error:
            self._drop(server)
            raise ToolFailed(
                f"{server} does not start: {error.message}", error.hint or _bare(server)
            ) from None
        process.remember()
        return self._listed(server, said)

    def _listed(self, server: McpServer, said: Any) -> list[dict[str, Any]]:
        found = said.get("tools") if isinstance(said, dict) else None
        tools = [each for each in found or [] if isinstance(each, dict)]
        self._offered[_key(server)] = [str(each.get("name")) for each in tools]
        return tools

    def call(
        self, source: Source, name: str, arguments: Mapping[str, Any], seconds: float = SECONDS
    ) -> CallResult:
        """Call a tool. What goes wrong is a result, too; KeyboardInterrupt ends it."""
        began = time.monotonic()
        try:
            with self._lock:
                said = self._called(source, name, arguments, seconds)
        except ToolFailed as error:
            return CallResult(error.message, failed=True, seconds=time.monotonic() - began)
        took = time.monotonic() - began
        if not isinstance(said, dict) or not isinstance(said.get("text"), str):
            return CallResult(f"{source} answered with what is no result", failed=True, seconds=took)
        left = said.get("cut")
        return CallResult(said["text"], bool(said.get("error")), left if isinstance(left, int) else 0, took)

    def _called(self, source: Source, name: str, arguments: Mapping[str, Any], seconds: float) -> Any:
        if isinstance(source, Function):
            order = {"do": "call", "path": source.path, "name": name, "arguments": dict(arguments)}
            return self._process(source).ask(order, seconds)
        running = self._running.get(_key(source))
        if running is None or not running.alive:
            self._started(source)
        return self._process(source).ask({"do": "call", "name": name, "arguments": dict(arguments)}, seconds)

    def renamed(self, server: McpServer) -> tuple[list[str], list[str]]:
        """Ask a server again; give the names that are new, and those that are gone. Raises ToolFailed."""
        with self._lock:
            before = self._offered.get(_key(server), [])
            now = [str(each.get("name")) for each in self._server_tools(server)]
            return [each for each in now if each not in before], [each for each in before if each not in now]

    def _process(self, source: Source) -> Apart:
        key = _key(source)
        running = self._running.get(key)
        same = not isinstance(source, Function) or self._written.get(key) == _written(source.path)
        if running is not None and running.alive and same:
            return running
        self._drop(source)
        if isinstance(source, Function):
            program, what = "function_server.py", os.path.basename(source.path)
            self._written[key] = _written(source.path)
        else:
            program, what = "mcp_host.py", str(source)
        self._running[key] = Apart(program, without_secrets(self._environ), what)
        return self._running[key]

    def _drop(self, source: Source) -> None:
        running = self._running.pop(_key(source), None)
        if running:
            running.end()

    def close(self) -> None:
        """End all of them, with what they started."""
        leaving = [threading.Thread(target=_leave, args=(each,)) for each in self._running.values()]
        for thread in leaving:
            thread.start()
        for thread in leaving:
            thread.join()
        self._running.clear()


def _leave(process: Apart) -> None:
    """Let a server put its things in order, for a moment; then end it."""
    with contextlib.suppress(ToolFailed):
        if process.alive:
            process.ask({"do": "end"}, LEAVING)
    process.end()


def _key(source: Source) -> str:
    """Give what tells processes apart: functions of one file share one."""
    return source.path if isinstance(source, Function) else repr((source, source.env, source.headers))


def _told(server: McpServer) -> dict[str, Any]:
    """Give a server as its host wants it."""
    return {
        "command": list(server.command),
        "url": server.url,
        "env": dict(server.env),
        "headers": dict(server.headers),
        "cwd": server.cwd,
    }


def _checked(entry: Any) -> Offered | None:
    """Give what a source said of a tool, where that can be one."""
    name, parameters = entry.get("name"), entry.get("parameters")
    if not isinstance(name, str) or not name:
        return None
    description = entry.get("description")
    said = description if isinstance(description, str) else ""
    if len(said) > _MOST_DESCRIPTION:
        said = said[: _MOST_DESCRIPTION - 1] + "…"
    return Offered(name, said, parameters if isinstance(parameters, Mapping) else {"type": "object"})


def _bare(server: McpServer) -> str:
    """Give a hint for words of a command that may be meant as files and were not taken for such."""
    words = [word for word in server.command[1:] if "/" not in word and os.path.exists(word)]
    return f"it runs in a folder of its own: ./{words[0]} names the one that is here" if words else ""


def absolute(command: tuple[str, ...], folder: str) -> tuple[str, ...]:
    """Give a command whose files are named from the root: it runs in another folder. A word is taken for a
    file where it looks like one and there is one."""

    def whole(word: str) -> str:
        path = os.path.join(folder, os.path.expanduser(word))
        looks = "/" in word or "." in word
        with contextlib.suppress(OSError, ValueError):
            if looks and not word.startswith("-") and os.path.exists(path):
                return os.path.normpath(path)
        return word

    return tuple(whole(word) for word in command)


def _written(path: str) -> int:
    """Tell when a file was written: what was loaded of it before is not what stands there."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
