"""Tools in the whole program: by hand and after asking in a terminal, and MCP's reference servers in a script."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import Api, called, stream
from tests.support.terminal import PATIENCE, Shell

from ..conftest import ROOT
from .conftest import write_profile
from .test_one_shot import inside

FUNCTIONS = ROOT / "tests" / "support" / "tools" / "functions.py"
SERVERS = ROOT / "tests" / "servers" / "node_modules" / ".bin"
LOOKUP = {"type": "function", "function": {"name": "lookup", "parameters": {"type": "object"}}}


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as running:
        yield running


def results(api: Api) -> dict[str, str]:
    """What went back for each call."""
    return {
        each["tool_call_id"]: each["content"] for each in api.asked[-1]["messages"] if each["role"] == "tool"
    }


def test_two_tools_in_a_terminal(home: Path, api: Api, tmp_path: Path) -> None:
    """One call is asked about and run, one is answered by hand at a prompt that names it; what a tool gave
    does not steer the terminal. A shell that is killed leaves no tool behind."""
    declared = tmp_path / "lookup.json"
    declared.write_text(json.dumps(LOOKUP))
    write_profile(home, api, tools=json.dumps([f"{FUNCTIONS}:weather", f"{FUNCTIONS}:loops", str(declared)]))
    api.reply(called(("weather", '{"city":"Ulm"}'), ("lookup", '{"key":"a"}')), stream("It is fine."))
    with Shell("-p", "here", columns=80, lines=24) as shell:
        shell.ready()
        assert re.search(r"weather +functions\.py:we.* ask", shell.run("/tools"))
        shell.type("What is the weather?")
        shell.wait(r'run weather \{"city":"Ulm"\}\?')
        shell.type("y")
        shell.wait(r"result of lookup \(2 of 2\)>")
        assert 'weather gave: {"city":"Ulm","days":1,"sky":"blue"}' in shell.window
        shell.type("seven \\x1b[2J")
        shell.wait("It is fine")
        shell.ready()
        assert results(api) == {"call_1": '{"city":"Ulm","days":1,"sky":"blue"}', "call_2": "seven \\x1b[2J"}
        api.replies_with(called(("loops", "{}")))
        shell.run("/tools policy loops allow")
        shell.type("For ever")
        shell.wait(r"\[calls loops\]")
        shell.until(lambda: _spinning(shell), "the tool does not run")
        shell.signal(signal.SIGKILL)
        shell.ends()
        end = time.monotonic() + PATIENCE
        while _running("function_server.py", str(home)):
            assert time.monotonic() < end, "the tool goes on"
            time.sleep(0.05)


def _running(program: str, home: str) -> list[int]:
    """The processes of a program that were started with this folder of the shell's."""
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        try:
            command = Path("/proc", name, "cmdline").read_bytes()
            environ = Path("/proc", name, "environ").read_bytes()
        except OSError:
            continue
        if program.encode() in command and f"TEMPERA_HOME={home}".encode() in environ:
            found.append(int(name))
    return found


def _spinning(shell: Shell) -> bool:
    return bool(_running("function_server.py", os.environ["TEMPERA_HOME"])) or not os.path.isdir("/proc/self")


def test_mcps_reference_servers_answer_in_a_script(api: Api, tmp_path: Path) -> None:
    """server-everything and server-filesystem list their tools and answer; one run, an object for each turn."""
    if not (SERVERS / "mcp-server-everything").exists() or not shutil.which("node"):
        pytest.skip("MCP's servers are not installed: npm install --prefix tests/servers")
    pytest.importorskip("mcp")
    (tmp_path / "note.txt").write_text("kept here")
    config = tmp_path / ".mcp.json"
    filesystem = {"command": str(SERVERS / "mcp-server-filesystem"), "args": [str(tmp_path)]}
    config.write_text(json.dumps({"mcpServers": {"files": filesystem}}))
    api.reply(
        called(
            ("echo", '{"message": "hello"}'),
            ("get-sum", '{"a": 2, "b": 3}'),
            ("read_text_file", json.dumps({"path": str(tmp_path / "note.txt")})),
        ),
        stream("Done."),
    )
    allowed = (f"--allow-tool={name}" for name in ("echo", "get-sum", "read_text_file"))
    every = f"mcp every {SERVERS / 'mcp-server-everything'}"
    done = inside(
        "--base-url",
        api.url,
        "-m",
        "test-model",
        "--tool",
        every,
        "--tool",
        str(config),
        *allowed,
        "--json",
        "Go",
    )
    assert done.returncode == 0, done.stderr
    turns = [json.loads(line) for line in done.stdout.splitlines()]
    assert [turn["text"] for turn in turns] == ["", "Done."] and len(turns[0]["tool_calls"]) == 3
    assert results(api) == {
        "call_1": "Echo: hello",
        "call_2": "The sum of 2 and 3 is 5.",
        "call_3": "kept here",
    }
    names = [tool["function"]["name"] for tool in api.asked[0]["tools"]]
    assert len(names) == len(set(names)) and {"echo", "list_directory"} <= set(names)


def as_told(name: str, arguments: str) -> dict[str, str]:
    """A call, as --json tells it."""
    return {"id": "call_1", "type": "function", "name": name, "arguments": arguments}


def test_a_script_is_told_what_it_did_not_allow(api: Api, tmp_path: Path) -> None:
    """A tool that would be asked about ends a run with 2 and the option that allows it; one that nothing runs
    ends it with its calls; a source that is not there ends it before anything is asked."""
    api.reply(called(("later", '{"number": 1}')))
    here = ("--base-url", api.url, "-m", "test-model")
    done = inside(*here, "--tool", f"{FUNCTIONS}:later", "--json", "Go")
    first, last = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 2 and first["tool_calls"] == [as_told("later", '{"number": 1}')]
    assert "later would run" in last["error"]["message"] and "--allow-tool later" in done.stderr
    declared = tmp_path / "lookup.json"
    declared.write_text(json.dumps([LOOKUP]))
    api.replies_with(called(("lookup", "{}")))
    done = inside(*here, "--tool", str(declared), "--json", "Go")
    assert done.returncode == 0
    assert json.loads(done.stdout)["tool_calls"] == [as_told("lookup", "{}")]
    asked = len(api.asked)
    done = inside(*here, "--tool", str(tmp_path / "none.json"), "Go")
    assert done.returncode == 2 and "none.json: there is no such file" in done.stderr
    assert len(api.asked) == asked


def test_standard_output_has_the_answer_alone(api: Api) -> None:
    """Where tools run, what is called and what they gave goes to standard error."""
    api.reply(called(("later", '{"number": 1}')), stream("It gave 2."))
    here = ("--base-url", api.url, "-m", "test-model")
    done = inside(*here, "--tool", f"{FUNCTIONS}:later", "--allow-tool", "later", "Go")
    assert (done.returncode, done.stdout) == (0, "It gave 2.\n")
    assert '[calls later] {"number": 1}' in done.stderr
    assert re.search(r"later gave( \([\d.]+ s\))?: 2", done.stderr)
