"""Tools run apart: a person's functions and MCP servers, and everything that can be wrong with them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.tools import runner as running
from chat.tools.apart import ToolFailed
from chat.tools.runner import CallResult, Runner, absolute
from chat.tools.tool import Function, McpServer

from ...conftest import ROOT
from ...support.server import Server as Scripted

FUNCTIONS = str(ROOT / "tests" / "support" / "tools" / "functions.py")
SERVER = str(ROOT / "tests" / "support" / "tools" / "server.py")
KEY = "sk-abcdefghijklmnopqrst"


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """One for the module: what dies in a test is started anew for the next."""
    found = Runner({**os.environ, "OPENAI_API_KEY": KEY, "PLAIN": "1"})
    yield found
    found.close()


def call(runner: Runner, name: str, seconds: float = 60, **arguments: Any) -> CallResult:
    return runner.call(Function(FUNCTIONS, name), name, arguments, seconds)


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid: int) -> bool:
    """Tell whether a process that was killed is gone, once the system has got to it."""
    until = time.monotonic() + 10
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not alive(pid)


def test_a_function_is_described_by_its_signature_and_docstring(runner: Runner) -> None:
    """Types and defaults make the schema; what the docstring says of an argument is its description."""
    (found,) = runner.offered(Function(FUNCTIONS, "weather"))
    assert found.description == "Say what the weather of a city will be."
    assert found.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where."},
            "days": {"type": "integer", "default": 1, "description": "How many days from today."},
        },
        "required": ["city"],
        "additionalProperties": False,
    }


def test_models_enums_and_strange_names_are_taken(runner: Runner) -> None:
    """What pydantic knows reaches the function as the value that it is, also under names of pydantic's own."""
    assert call(runner, "fitted", place={"city": "Ulm"}, size="large") == CallResult(
        "Ulm de large red", seconds=_any()
    )
    assert call(runner, "schema", copy=1, b=2).text == "3"
    (found,) = runner.offered(Function(FUNCTIONS, "schema"))
    assert found.parameters["properties"]["copy"]["description"] == "Of a name that pydantic has."


def _any() -> Any:
    class Any_:
        def __eq__(self, other: object) -> bool:
            return True

    return Any_()


def test_what_a_function_gives_is_text(runner: Runner) -> None:
    """A text as it is, anything else as JSON; what it prints is not in the way."""
    assert call(runner, "weather", city="Ulm").text == '{"city":"Ulm","days":1,"sky":"blue"}'
    assert call(runner, "later", number=1).text == "2"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("weather", {"town": "Ulm"}, "city: missing required argument; town: unexpected keyword argument"),
        ("weather", {"city": "Ulm", "days": "x"}, "days: input should be a valid integer"),
        ("raises", {}, "ValueError: no \x1b[31m way �"),
        ("leaves", {}, "SystemExit: 3"),
        ("dies", {}, "functions.py ended without an answer"),
        ("nothing", {}, "functions.py has no function nothing: it has weather"),
        ("Size", {}, "Size of functions.py is no function"),
        ("unnamed", {}, "unnamed takes first: int without a name"),
    ],
)
def test_a_function_that_fails_is_a_result(
    runner: Runner, name: str, arguments: dict[str, Any], said: str
) -> None:
    """Whatever a person's code does, the model can be told, and the next call works."""
    found = call(runner, name, **arguments)
    assert found.failed and found.text.startswith(said)
    assert call(runner, "later", number=1).text == "2"


def test_a_function_that_never_ends_is_stopped(runner: Runner) -> None:
    """Its time is over, its process is gone, and the next call has another."""
    assert call(runner, "loops", seconds=0.5).text == "functions.py took more than 0.5 s and was stopped"
    assert call(runner, "later", number=1).text == "2"


def test_a_function_that_floods_is_cut(runner: Runner) -> None:
    """Of what it gives, a part is kept and the rest counted; what it prints is thrown away as it comes."""
    found = call(runner, "floods")
    assert (len(found.text), found.cut, found.failed) == (100_000, 4_900_000, False)


def test_a_fork_does_not_answer_twice(runner: Runner) -> None:
    """The child of a function that forks ends where it would come back."""
    assert call(runner, "forks").text == "the parent"
    assert call(runner, "later", number=1).text == "2"


def test_nothing_is_left_of_a_tool(runner: Runner) -> None:
    """A process that a function left behind ends with its own, wherever it went; so does its folder."""
    pid = int(call(runner, "leaves_a_process").text)
    folder = call(runner, "seen").text.rpartition(',"')[2].rstrip('"]')
    assert alive(pid) and Path(folder).is_dir()
    runner.close()
    assert gone(pid) and not Path(folder).exists()


def test_a_function_has_a_folder_of_its_own_and_no_secret(runner: Runner) -> None:
    """It sees the environment without what looks like a key, and not the folder that the shell is in."""
    seen = call(runner, "seen").text
    assert '"PLAIN"' in seen and "OPENAI_API_KEY" not in seen
    assert "tempera-tools-" in seen and os.getcwd() not in seen


def test_a_file_that_was_changed_is_loaded_again(runner: Runner, tmp_path: Path) -> None:
    """What runs is what stands in the file."""
    path = tmp_path / "mine.py"
    path.write_text("def one(): return 1")
    assert runner.call(Function(str(path), "one"), "one", {}).text == "1"
    path.write_text("def one(): return 22")
    os.utime(path, (1, 1))
    assert runner.call(Function(str(path), "one"), "one", {}).text == "22"


def test_a_file_that_does_not_load_says_why(runner: Runner, tmp_path: Path) -> None:
    """An error in the file is one sentence, with the line."""
    path = tmp_path / "mine.py"
    path.write_text("import sys\nraise RuntimeError('not today')")
    with pytest.raises(ToolFailed, match=r"RuntimeError: not today \(mine.py, line 2\)"):
        runner.offered(Function(str(path), "one"))


# ---- MCP


def server(*more: str, **env: str) -> McpServer:
    return McpServer("test", (sys.executable, SERVER, *more), env=tuple(env.items()))


def test_an_mcp_server_is_asked_and_called(runner: Runner) -> None:
    """It lists its tools, answers, refuses, dies and is started anew, and renames what it has; its
    environment has what was named for it, and no key of the shell's."""
    pytest.importorskip("mcp")
    one = server(GIVEN="by name")
    tools = {each.name: each for each in runner.offered(one)}
    assert {"add", "fail", "hang", "dotted.name/of é"} <= set(tools)
    assert tools["add"].description == "Add two numbers." and "a" in tools["add"].parameters["properties"]

    def asked(name: str, seconds: float = 60, **arguments: Any) -> CallResult:
        return runner.call(one, name, arguments, seconds)

    assert asked("add", a=1, b=2).text == "3"
    assert asked("named").text == "by name None"
    assert asked("fail").failed and asked("nothing").failed
    assert asked("die") == CallResult(
        "the server has ended; the next call starts it anew", failed=True, seconds=_any()
    )
    assert asked("add", a=2, b=2).text == "4"
    assert asked("hang", seconds=0.5).text == "mcp test took more than 0.5 s and was stopped"
    assert asked("rename").text == "done"
    assert runner.renamed(one) == (["plus"], ["add"])
    assert asked("add", a=1, b=2).failed


def test_an_mcp_server_whose_results_are_not_as_it_says(runner: Runner) -> None:
    """That is a failure of the call alone: the server goes on. A $ref of its schemas to an address is never
    fetched."""
    pytest.importorskip("mcp")
    with Scripted() as elsewhere:
        liar = McpServer("liar", (sys.executable, str(ROOT / "tests/support/tools/liar.py"), elsewhere.url))
        assert [each.name for each in runner.offered(liar)] == ["away", "wrong", "right"]
        wrong, away, right = (runner.call(liar, name, {}, 60) for name in ("wrong", "away", "right"))
        assert wrong.failed and "'sum' is a required property" in wrong.text
        assert away.failed and "Invalid schema for tool away" in away.text
        assert right.text == "call 3", "the same process answered all of them"
        assert elsewhere.connections == 0


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (McpServer("x", ("/nowhere/program",)), "mcp x does not start: there is no program /nowhere/program"),
        (
            McpServer("x", (sys.executable, "-c", "raise SystemExit('oh dear')")),
            r"it ends at once \(oh dear\)",
        ),
        (McpServer("x", url="http://127.0.0.1:9/mcp"), "mcp x does not start: "),
    ],
    ids=["no program", "ends", "nobody there"],
)
def test_an_mcp_server_that_does_not_start_says_why(runner: Runner, found: McpServer, said: str) -> None:
    """One sentence, with what the program said last."""
    pytest.importorskip("mcp")
    with pytest.raises(ToolFailed, match=said):
        runner.offered(found)


def test_an_mcp_server_that_hangs_at_its_start_is_ended(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody waits for it for ever, and it does not go on behind one's back."""
    pytest.importorskip("mcp")
    monkeypatch.setattr(running, "STARTING", 3.0)
    noted = tmp_path / "pid"
    code = f"import os, time; open({str(noted)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    with pytest.raises(ToolFailed, match="took more than 3 s"):
        runner.offered(McpServer("x", (sys.executable, "-c", code)))
    assert not noted.exists() or gone(int(noted.read_text()))


@pytest.mark.end_to_end
def test_an_mcp_server_is_reached_by_its_address(runner: Runner) -> None:
    """Streamable HTTP does what a command does; a server that is gone is a result that says so."""
    pytest.importorskip("mcp")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, SERVER, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    web = McpServer("web", url=f"http://127.0.0.1:{port}/mcp", headers=(("Authorization", "Bearer none"),))
    try:
        end = time.monotonic() + 60
        while not _listens(port):
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.05)
        assert "add" in [each.name for each in runner.offered(web)]
        assert runner.call(web, "add", {"a": 1, "b": 2}).text == "3"
    finally:
        process.kill()
        process.wait()
    gone = runner.call(web, "add", {"a": 1, "b": 2}, 30)
    assert gone.failed and "connection" in gone.text.lower()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def test_without_the_package_the_command_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """mcp is optional: where it lacks, the sentence says how to get it."""
    (tmp_path / "mcp.py").write_text("raise ModuleNotFoundError('no', name='mcp')")
    bare = Runner({**os.environ, "PYTHONPATH": str(tmp_path)})
    try:
        with pytest.raises(ToolFailed, match="mcp is not installed") as caught:
            bare.offered(McpServer("x", ("true",)))
        assert caught.value.hint == "pip install -r requirements-tools.txt"
    finally:
        bare.close()


def test_words_of_a_command_that_are_files_are_named_from_the_root(tmp_path: Path) -> None:
    """A server runs in another folder: what is a file here is still found there; other words stay."""
    (tmp_path / "a.py").write_text("")
    (tmp_path / "run").write_text("")
    assert absolute(("npx", "run", "a.py", ".", "b.py", "-x.y"), str(tmp_path)) == (
        "npx",
        "run",
        str(tmp_path / "a.py"),
        str(tmp_path),
        "b.py",
        "-x.y",
    )
