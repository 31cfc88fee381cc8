"""Requests and answers as they were on the connection, sent again and branched off, on the embedded model."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.terminal import ROOT, Shell


@pytest.fixture(scope="module")
def columns() -> int:
    return 140


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The address of the embedded model as `embedded_server.py serve` serves it to programs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, str(ROOT / "chat" / "endpoint" / "embedded_server.py"), "serve"]
    environ = {**os.environ, "PORT": port}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ) as server:
        assert server.stdout
        line = server.stdout.readline().decode()
        assert f"served at http://127.0.0.1:{port}/v1" in line
        yield f"http://127.0.0.1:{port}/v1"
        server.kill()


def test_wire_shows_both_sides(shell: Shell, tmp_path: Path) -> None:
    """/wire has the request without its key and counts the chunks; /wire chunks has each with its time; files
    hold the exact bytes."""
    shell.run("/set temperature=0 max_tokens=6")
    answer, _ = shell.ask("Name a color")
    shell.type("/wire")
    shell.wait(r"POST http://127\.0\.0\.1:\d+/v1/chat/completions")
    shell.press("G")
    shell.wait(r"\d+ chunks, [\d,]+ bytes: the first after \d\.\d+ s.*\[DONE\] came")
    shell.press("q")
    shell.ready()
    assert re.search(r"(?i)authorization: \[hidden\]", shell.text)
    shown = shell.run('/wire chunks /"content":"/')
    assert "data: {" in shown
    assert "data: [DONE]" in shell.run("/wire chunks DONE")
    shell.run(f"/wire response > {tmp_path / 'answer.sse'}")
    shell.run(f"/wire request > {tmp_path / 'request.json'}")
    sse = (tmp_path / "answer.sse").read_text()
    assert sse.endswith("data: [DONE]\n\n")
    chunks = [json.loads(line[6:]) for line in sse.splitlines() if line.startswith("data: {")]
    deltas = [choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]]
    assert "".join(deltas).split() == answer.split()
    assert json.loads((tmp_path / "request.json").read_text())["messages"][-1]["content"] == "Name a color"


def test_request_is_what_then_goes_out(shell: Shell, tmp_path: Path) -> None:
    """/request shows body and tokens before anything is sent; the message then sends just that."""
    shell.run("/set temperature=0 max_tokens=2 seed=5")
    shown = shell.run("/request Say hi")
    assert '"content": "Say hi"' in shown
    assert re.search(r"user +Say hi +2", shown), shown
    raw = "".join(shell.run("/request raw Say hi").split("\n"))
    shell.ask("Say hi")
    shell.run(f"/wire request > {tmp_path / 'request.json'}")
    assert (tmp_path / "request.json").read_text().replace(" ", "") == raw.replace(" ", "")


@pytest.mark.nightly  # at a scripted server, tests/chat/transfer/test_programs.py runs them
def test_exported_programs_run(shell: Shell, tmp_path: Path, served: str) -> None:
    """The command and the program, run outside, get the same answer from the same model."""
    shell.run("/set temperature=0 max_tokens=12 seed=1")
    answer, _ = shell.ask('Name a "color", it\'s $HOME')
    shell.run(f"/export curl {tmp_path}")
    shell.run(f"/export python 1 {tmp_path / 'ask.py'}")
    shown = shell.run("/export node next")
    assert 'import OpenAI from "openai"' in shown
    environ = {"PATH": os.environ["PATH"], "TEMPERA_BASE_URL": served, "PYTHONUTF8": "1"}
    program = [sys.executable, str(tmp_path / "ask.py")]
    asked = subprocess.run(program, env=environ, capture_output=True, encoding="utf-8", timeout=60)
    assert asked.stdout.split() == answer.split(), asked.stderr
    curl = subprocess.run(
        ["sh", str(tmp_path / "turn-1.sh")], env=environ, capture_output=True, encoding="utf-8", timeout=60
    )
    assert curl.stdout.rstrip().endswith("data: [DONE]"), curl.stderr


@pytest.mark.nightly  # of scripted answers, tests/commands/bytes/test_replay.py holds it
def test_replay_says_same_or_where_not(shell: Shell) -> None:
    """At temperature 0 the same answer comes; where it is drawn anew, the first other token is named; a count
    gives a table."""
    shell.run("/set temperature=0 max_tokens=8")
    shell.ask("Name a color")
    shown = shell.run("/replay")
    assert re.search(r"sent again, byte for byte: \d+ bytes", shown), shown
    assert "the same answer as turn 1" in shown
    assert re.search("fingerprint unchanged: |tells no fingerprint", shown)
    shell.run("/clear")
    shell.run("/set temperature=2 max_tokens=10")
    shell.ask("Tell me anything")
    shown = shell.run("/replay 1 4")
    assert re.search(r"other from token \d+ on: .* \(by the tokeniser\)", shown), shown
    table = re.findall(r"^ +(\d+)  (?:other from token \d+ on|the same) ", shown, re.MULTILINE)
    assert sum(map(int, table)) == 4, shown
    assert "kept as turns 2 to 5" in shown


def test_branch_goes_on_from_another_token(shell: Shell) -> None:
    """A text, or one of the alternatives, in the place of a token; the tree has both."""
    shell.run("/set temperature=0 max_tokens=8 logprobs=true top_logprobs=4")
    answer, _ = shell.ask("Name a color")
    other, _ = shell.ask('/branch 2 " Zanzibar"')
    assert other.startswith(answer.split()[0] + " Zanzibar")
    shell.run("/switch 1")
    shell.type("/branch 1")
    shell.wait("which instead")
    shell.press("\r")
    shell.ready()
    assert "begun with" in shell.run("/branches")
    assert "is not a token from 1 to 8" in shell.run("/branch 99")
