"""Where tools come from, as it is typed and as other programs' files say it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chat.base.errors import BadFile, BadValue, TemperaError
from chat.parameters import references
from chat.tools import reading
from chat.tools.tool import Function, McpServer, Tool


def read(text: str, environ: dict[str, str]) -> list[reading.Read]:
    """What is typed, as the profile that keeps it reads it."""
    return reading.written(reading.typed(text), environ)


def _file(path: Path, held: object) -> Path:
    path.write_text(held if isinstance(held, str) else json.dumps(held), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", ["list", "one", "tools", "functions"])
def test_a_file_has_the_apis_form(tmp_path: Path, form: str) -> None:
    """A list of tools, one alone, and a body that has them are all read."""
    tool = {"type": "function", "function": {"name": "add", "parameters": {}}}
    held = {
        "list": [tool],
        "one": tool,
        "tools": {"tools": [tool]},
        "functions": {"functions": [tool["function"]]},
    }
    (found,) = read(str(_file(tmp_path / "t.json", held[form])), {})
    assert isinstance(found, list)
    assert [(each.name, each.origin, each.form) for each in found] == [("add", "t.json", tool)]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("[", "is no JSON"),
        ("[]", "holds no tools"),
        ("[3]", "tool 1: 3 is not a tool"),
        ('"a"', "holds no tools"),
    ],
)
def test_a_file_that_holds_no_tools_says_why(tmp_path: Path, held: str, said: str) -> None:
    """The sentence names the file, and the tool at fault."""
    with pytest.raises(TemperaError, match=said) as caught:
        read(str(_file(tmp_path / "t.json", held)), {})
    assert "t.json" in caught.value.message


def test_a_function_is_named_with_its_file(tmp_path: Path) -> None:
    """The whole way to the file is kept, for the function runs in another folder."""
    path = _file(tmp_path / "tools.py", "")
    assert read(f"{path}:weather", {}) == [Function(str(path), "weather")]
    with pytest.raises(BadValue, match="which function"):
        read(str(path), {})
    with pytest.raises(BadFile, match="no such file"):
        read(f"{tmp_path}/none.py:weather", {})


def test_a_server_is_typed_as_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes part words, variables stand before the command, and files are named from the root."""
    monkeypatch.chdir(tmp_path)
    _file(tmp_path / "server.py", "")
    (found,) = read('mcp files TOKEN=${T} python server.py "a b" . -y @scope/server', {"T": "secret-1"})
    assert isinstance(found, McpServer)
    assert found.command == (
        "python",
        str(tmp_path / "server.py"),
        "a b",
        str(tmp_path),
        "-y",
        "@scope/server",
    )
    assert found.env == (("TOKEN", "secret-1"),)
    assert "secret-1" not in repr(found) + str(found)


def test_an_address_is_a_server_too() -> None:
    """One word with :// is where the server is."""
    assert read("mcp web https://a.example/mcp", {}) == [McpServer("web", url="https://a.example/mcp")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mcp", "takes a name"),
        ("mcp files", "takes a name"),
        ("mcp a.b npx", "can't name a server"),
        ("mcp web ftp://x", "no address"),
        ("mcp web file:///etc/passwd", "no address"),
        ("mcp files 'npx", "no closing quotation"),
        ("mcp files A=${NONE} npx", "environment has no NONE"),
        ("mcp files A=1", "neither a command"),
    ],
)
def test_a_server_that_is_typed_wrongly_is_refused(text: str, said: str) -> None:
    """Nothing is started, and the sentence says what is missing."""
    with pytest.raises(BadValue, match=said):
        read(text, {})


def test_the_files_of_other_programs_name_servers(tmp_path: Path) -> None:
    """`mcpServers`, as Claude Desktop and Claude Code keep them: variables are filled only where they are
    named."""
    held = {
        "mcpServers": {
            "files": {"command": "npx", "args": ["-y", "server", "${HERE:-/tmp}"], "env": {"TOKEN": "${T}"}},
            "web": {
                "type": "http",
                "url": "https://a.example/mcp",
                "headers": {"Authorization": "Bearer ${T}"},
            },
            "off": {"command": "x", "disabled": True},
        }
    }
    files, web = read(str(_file(tmp_path / ".mcp.json", held)), {"T": "t", "OTHER": "o"})
    assert files == McpServer("files", ("npx", "-y", "server", "/tmp"), env=(("TOKEN", "t"),))
    assert web == McpServer("web", url="https://a.example/mcp", headers=(("Authorization", "Bearer t"),))


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ({}, "neither a command nor an address"),
        ({"command": 3}, "command is no text"),
        ({"command": "x", "args": "y"}, "args is no list"),
        ({"command": "x", "env": []}, "env is no mapping"),
        ("x", "is no mapping"),
        ({"command": "x", "env": {"A": "${NONE}"}}, "no NONE"),
    ],
)
def test_a_server_of_a_file_that_is_wrong_is_refused(tmp_path: Path, server: object, said: str) -> None:
    """The sentence names the server."""
    with pytest.raises(TemperaError, match=said):
        read(str(_file(tmp_path / "m.json", {"mcpServers": {"files": server}})), {})


def test_a_profile_names_sources_beside_the_apis_form() -> None:
    """An entry is the API's form, a name, or a mapping; a key that is none is refused, and so is a secret."""
    assert [
        references.is_one(each) for each in ("a.json", {"mcp": "a", "command": "b"}, {"type": "function"})
    ] == [
        True,
        True,
        False,
    ]
    (found,) = reading.written({"type": "function", "function": {"name": "a"}}, {})
    assert isinstance(found, list) and isinstance(found[0], Tool)
    (server,) = reading.written({"mcp": "a", "command": "npx -y b", "env": {"API_KEY": "${K}"}}, {"K": "k"})
    assert server == McpServer("a", ("npx", "-y", "b"), env=(("API_KEY", "k"),))
    with pytest.raises(BadValue, match="there is no comand"):
        reading.written({"mcp": "a", "comand": "b"}, {})
    with pytest.raises(BadValue, match="a secret is not kept"):
        reading.written({"mcp": "a", "command": "b", "env": {"API_KEY": "abcdefgh"}}, {})
    with pytest.raises(BadValue, match="policy yes"):
        reading.policy_of({"mcp": "a", "policy": "yes"})
