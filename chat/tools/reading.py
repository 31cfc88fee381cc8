"""Where tools come from, as a person writes it: a file of the API's form, a function of a Python file, an
MCP server, or a file of other programs that names MCP servers. Nothing is run here."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ..base import files, halves
from ..base.errors import BadFile, BadValue
from ..base.places import named
from ..base.redact import is_secret
from ..base.short import cut
from ..parameters import references
from .runner import absolute
from .tool import ASK, POLICIES, Function, McpServer, Source, Tool, api_name, declared

LARGEST = 4 * files.MB  # of a file of declarations
_FUNCTION = re.compile(r"(.+\.py):([A-Za-z_]\w*)")
_ENVIRONMENT = re.compile(r"\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}")
#: What an entry of `tools` may say, beside the API's form.
KEYS = ("file", "function", "mcp", "command", "args", "url", "env", "headers", "cwd", "policy", "off")

#: What a reading gives: tools as they stand in a file, or what has to be asked for its tools.
Read: TypeAlias = "list[Tool] | Source"


def typed(text: str) -> Any:
    """Give the entry of `tools` that is meant by what is typed behind `/tools add`; what is a file is named
    from the root, so that it is found from anywhere. Raises BadValue."""
    first, _, rest = text.strip().partition(" ")
    if first == "mcp":
        return _typed_server(rest)
    text = text.strip().removeprefix("@")
    if found := _FUNCTION.fullmatch(text):
        return f"{os.path.abspath(named(found[1]))}:{found[2]}"
    if text.endswith(".py"):
        raise BadValue(f"{text}: which function of it?", f"/tools add {text}:NAME")
    if "://" in text:
        raise BadValue(f"{cut(text, 60)}: an MCP server has a name", f"/tools add mcp NAME {cut(text, 60)}")
    return os.path.abspath(named(text))


def _typed_server(text: str) -> dict[str, Any]:
    usage = "for example /tools add mcp files npx -y @modelcontextprotocol/server-filesystem ."
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadValue(f"mcp {text}: {str(error).lower()}", usage) from None
    if len(words) < 2:
        raise BadValue("mcp takes a name, and a command or an address", usage)
    name, *command = words
    entry: dict[str, Any] = {"mcp": name}
    env: dict[str, str] = {}
    while command and re.fullmatch(r"[A-Za-z_]\w*=.*", command[0], re.DOTALL):  # as before a command
        key, _, env[key] = command.pop(0).partition("=")
    if len(command) == 1 and "://" in command[0]:
        entry["url"] = command[0]
    else:
        entry["command"] = list(absolute(tuple(command), os.getcwd()))
    return {**entry, "env": env} if env else entry


def _server(
    name: str,
    command: tuple[str, ...] = (),
    url: str = "",
    env: tuple[tuple[str, str], ...] = (),
    headers: tuple[tuple[str, str], ...] = (),
    cwd: str = "",
) -> McpServer:
    if not name or api_name(name) != name:
        raise BadValue(f"{name or 'nothing'} can't name a server: letters, digits, _ and - only")
    if len(command) == 1 and "://" in command[0]:
        url, command = command[0], ()
    if url and not re.match(r"https?://[^/\s]+", url):
        raise BadValue(f"{name}: {cut(url, 60)} is no address of a server: http://… or https://…")
    if not command and not url:
        raise BadValue(f"{name}: it has neither a command nor an address")
    folder = os.path.join(os.getcwd(), os.path.expanduser(cwd)) if cwd else ""
    return McpServer(name, absolute(command, folder or os.getcwd()), url, env, headers, folder)


def written(entry: Any, environ: Mapping[str, str]) -> list[Read]:
    """Read an entry as a profile has it, or the name of a file. Raises BadValue, BadFile."""
    if isinstance(entry, str):
        if found := _FUNCTION.fullmatch(entry):
            return [_function(found[1], found[2])]
        if entry.endswith(".py"):
            raise BadValue(f"{entry}: which function of it?", f"/tools add {entry}:NAME")
        return list(of_file(named(entry), environ))
    if not isinstance(entry, Mapping):
        raise BadValue(f"{cut(str(entry), 40)} is no tool")
    if not references.is_one(entry):
        return [[declared(entry)]]
    policy_of(entry)
    for key in entry:
        if key not in KEYS:
            raise BadValue(f"tools: there is no {key}, only {', '.join(KEYS)}")
    for key in ("file", "function"):
        if isinstance(entry.get(key), str):
            return written(entry[key], environ)
    if isinstance(entry.get("mcp"), str):
        for key, value in _kept(entry):
            if "${" not in value and is_secret(key, value):
                raise BadValue(f"{key}: a secret is not kept here", f"write ${{{key}}} for the environment's")
        return [of_mapping(entry["mcp"], entry, environ)]
    raise BadValue("an entry of tools names a file, a function or mcp")


def _kept(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give what an entry says of the environment and the headers."""
    for group in ("env", "headers"):
        found = entry.get(group)
        for key, value in found.items() if isinstance(found, Mapping) else ():
            yield str(key), str(value)


def policy_of(entry: Any) -> str:
    """Give the policy that an entry names; asking, where it names none. Raises BadValue."""
    found = entry.get("policy", ASK) if isinstance(entry, Mapping) else ASK
    if found not in POLICIES:
        raise BadValue(f"policy {cut(str(found), 20)}: there are {', '.join(POLICIES)}")
    return str(found)


def off_in(entry: Any) -> list[str]:
    """Give the names of the tools that an entry leaves out."""
    found = entry.get("off") if isinstance(entry, Mapping) else None
    return [str(each) for each in found] if isinstance(found, list) else []


def with_off(entry: Any, name: str) -> dict[str, Any]:
    """Give an entry that leaves out one more tool."""
    if isinstance(entry, str):
        entry = {"function" if _FUNCTION.fullmatch(entry) else "file": entry}
    return {**entry, "off": [*off_in(entry), name]}


def _function(path: str, name: str) -> Function:
    whole = Path(os.path.abspath(named(path)))
    files.beginning(whole, 1)  # it is there, and no device
    return Function(str(whole), name)


def of_file(path: Path, environ: Mapping[str, str]) -> Iterator[Read]:
    """Read a file: tools in the API's form, or other programs' names of MCP servers."""
    try:
        held = halves.read_json(files.read_text(path, LARGEST))
    except RecursionError:
        raise BadFile(path, "is nested too deeply") from None
    except ValueError as error:
        raise BadFile(path, f"is no JSON: {error}") from None
    servers = held.get("mcpServers", held.get("servers")) if isinstance(held, dict) else None
    if isinstance(servers, dict):
        for name, entry in servers.items():
            if not isinstance(entry, Mapping):
                raise BadFile(path, f"{name}: is no mapping of command or url")
            if not entry.get("disabled"):
                yield of_mapping(api_name(name), entry, environ)
        return
    entries = held.get("tools", held.get("functions")) if isinstance(held, dict) else held
    if entries is None:
        entries = [held]
    if not isinstance(entries, list) or not entries:
        raise BadFile(path, "holds no tools: the API's form is a list of objects, or one")
    yield [declared(each, path.name, f"{path.name}, tool {at}") for at, each in enumerate(entries, 1)]


def of_mapping(name: str, entry: Mapping[str, Any], environ: Mapping[str, str]) -> McpServer:
    """Make a server of an entry of `mcpServers`; `${VAR}` in it is filled from the environment. Raises
    BadValue."""

    def text(key: str) -> str:
        found = entry.get(key)
        if found is not None and not isinstance(found, str):
            raise BadValue(f"{name}: {key} is no text")
        return _filled(found or "", environ, name)

    def texts(key: str) -> tuple[str, ...]:
        found = [] if entry.get(key) is None else entry[key]
        if not isinstance(found, list) or not all(isinstance(each, str | int | float) for each in found):
            raise BadValue(f"{name}: {key} is no list of texts")
        return tuple(_filled(str(each), environ, name) for each in found)

    def pairs(key: str) -> tuple[tuple[str, str], ...]:
        found = {} if entry.get(key) is None else entry[key]
        if not isinstance(found, Mapping):
            raise BadValue(f"{name}: {key} is no mapping of names to texts")
        return tuple((str(each), _filled(str(value), environ, name)) for each, value in found.items())

    command = entry.get("command")
    if isinstance(command, list):
        words = texts("command")
    elif isinstance(command, str) and entry.get("args") is None and " " in command.strip():
        words = tuple(shlex.split(text("command")))
    else:
        words = (text("command"),) if command else ()
    return _server(name, (*words, *texts("args")), text("url"), pairs("env"), pairs("headers"), text("cwd"))


def _filled(text: str, environ: Mapping[str, str], name: str) -> str:
    """Fill `${VAR}`, `${VAR:-instead}`. Only what is named is given away."""

    def value(found: re.Match[str]) -> str:
        known = environ.get(found[1])
        if known:
            return known
        if found[2] is not None:
            return found[2]
        raise BadValue(f"{name}: the environment has no {found[1]}")

    return _ENVIRONMENT.sub(value, text)
