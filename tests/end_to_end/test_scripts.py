"""`run FILE`, `-` and `-c` as a shell's user meets them: what is on standard output, and the exit status."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import shell as program
from terminal.streams import Terminal
from tests.support.server import Api, chunk, chunked, drip, sse, stream
from tests.support.terminal import PATIENCE, SHELL, environment

Done = subprocess.CompletedProcess[str]


def inside(api: Api, *args: str, piped: str = "") -> Done:
    """The program in this process, up to `sys.exit` of what `main` gives."""
    streams = [io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="") for data in (piped.encode(), b"", b"")]
    where = ("--base-url", api.url, "-m", "test-model")
    status = program.main((*where, *args), Terminal(*streams, environ=environment()))
    said = []
    for stream_ in streams[1:]:
        stream_.flush()
        said.append(stream_.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(args, status, *said)


def asked(api: Api) -> list[str]:
    return [each.body["messages"][-1]["content"] for each in api.requests if each.method == "POST"]


def test_a_script_answers_on_standard_output(api: Api, tmp_path: Path) -> None:
    """Answers, and what commands show, are on standard output, in order; what they tell is not."""
    script = tmp_path / "s.tempera"
    script.write_text("#!/usr/bin/env -S tempera run\n/set seed 3\nSay $1\n/export body next -\n")
    api.reply(stream("one"))
    done = inside(api, "run", str(script), "hi")
    assert done.returncode == 0, done.stderr
    answer, _, body = done.stdout.partition("\n")
    assert answer == "one" and json.loads(body)["seed"] == 3
    assert "seed unset → 3" in done.stderr and asked(api) == ["Say hi"]


def test_lines_come_from_standard_input_where_that_is_said(api: Api) -> None:
    """`-` does the lines; without it what is piped is one message."""
    assert inside(api, "-", piped="/set seed 3\nhi\nthere\n").returncode == 0
    assert inside(api, piped="/set seed 3\nhi\n").returncode == 0
    assert asked(api) == ["hi", "there", "/set seed 3\nhi"]


def test_commands_and_a_message_beside_them(api: Api) -> None:
    """-c does its lines; a message on the line is sent after them, with what is piped."""
    done = inside(api, "-c", "/set seed 3; Say hi; now", "what is wrong?", piped="diff")
    assert done.returncode == 0, done.stderr
    assert asked(api) == ["Say hi; now", "what is wrong?\n\ndiff"]
    assert api.requests[-1].body["seed"] == 3


def test_one_object_a_turn(api: Api) -> None:
    """With --json standard output is objects: of turns, and of lines that failed, with their places."""
    api.reply(stream("one"), stream("two"))
    done = inside(api, "--json", "--keep-going", "-c", "hi", "-c", "/show; /set seed x", "-c", "there")
    made = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [each.get("text") for each in made] == ["one", None, "two"]
    assert made[1]["error"]["place"] == "-c:2"


def test_strict_ends_a_script(api: Api) -> None:
    """--strict makes an answer that was cut off the end of a script, with 3."""
    api.reply(chunked(sse(chunk({"content": "a"}), chunk({}, finish="length"))))
    done = inside(api, "--strict", "-c", "hi", "-c", "there")
    assert done.returncode == 3 and asked(api) == ["hi"]
    assert "-c:1: the answer was cut off" in done.stderr


@pytest.mark.parametrize(
    ("line", "status", "hint"),
    [("/delete", 1, "--yes says yes"), ("/delete; /show", 1, "--yes"), ("/resume", 1, "")],
)
def test_nobody_is_asked(api: Api, line: str, status: int, hint: str) -> None:
    """What would ask fails, and says what answers it."""
    inside(api, "an earlier one")
    done = inside(api, "-c", "hi", "-c", line)
    assert done.returncode == status and hint in done.stderr


def test_yes_is_said_where_that_is_said(api: Api) -> None:
    """--yes deletes what is to be deleted."""
    done = inside(api, "--yes", "-c", "hi", "-c", "/delete")
    assert done.returncode == 0 and "is deleted" in done.stderr


def test_what_can_not_be_begun_is_2(api: Api, tmp_path: Path) -> None:
    """A file that is none, or can't be read as lines, ends with 2, and nothing was asked."""
    (tmp_path / "open").write_text("hi\n<<END\n")
    for name, said in (("open", ":2: <<END is not closed"), ("none", "no such file"), ("", "is a folder")):
        done = inside(api, "run", str(tmp_path / name))
        assert done.returncode == 2 and said in done.stderr
    assert not asked(api)


def test_ctrl_c_ends_a_script_with_130(api: Api, tmp_path: Path) -> None:
    """SIGINT in an answer leaves what was printed; the next line is not done."""
    api.reply(drip("Once upon a time. " * 200, 0.01))
    (tmp_path / "s").write_text("hi\nthere\n")
    with subprocess.Popen(
        [sys.executable, str(SHELL), "--base-url", api.url, "-m", "m", "run", str(tmp_path / "s")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        assert process.stdout
        came = os.read(process.stdout.fileno(), 10)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(PATIENCE) == 130
    assert (came + rest).startswith(b"Onc") and asked(api) == ["hi"]
