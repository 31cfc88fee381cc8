"""--json: a script gets one object a turn on standard output, in the form that --schema publishes, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.program import inside
from tests.support.server import Reply, Server, chunk, chunked, error, sse, stream, whole
from tests.support.terminal import SHELL, environment

Done = tuple[int, str, str]  # the exit status, standard output, standard error


def environ(home: Path, url: str) -> dict[str, str]:
    return {"TEMPERA_HOME": str(home), "OPENAI_API_KEY": "sk-of-a-test-1", "OPENAI_BASE_URL": url}


def run(home: Path, *args: str, url: str = "http://127.0.0.1:1/v1") -> Done:
    """Run the program, without a terminal, in this process."""
    done = inside(*args, **environ(home, url))
    return done.returncode, done.stdout, done.stderr


def run_outside(home: Path, *args: str, url: str) -> Done:
    """Run it as a script does, in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(SHELL), *args],
        env=environment(**environ(home, url)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )
    return done.returncode, done.stdout, done.stderr


def objects(home: Path, out: str) -> list[dict[str, Any]]:
    """Read the lines, each of which the published schema admits."""
    schema = json.loads(run(home, "--schema")[1])
    found = [json.loads(line) for line in out.splitlines()]
    for each in found:
        jsonschema.validate(each, schema)
    return found


#: What the server answers, the options, the exit status, and what the last object has to hold.
ROWS: dict[str, tuple[Reply, tuple[str, ...], int, dict[str, Any]]] = {
    "an answer": (
        stream("Hel", "lo"),
        (),
        0,
        {"text": "Hello", "finish_reason": "stop", "ended": "complete"},
    ),
    "several choices": (whole("a", "b"), ("-s", "n=2", "-s", "stream=false"), 0, {"text": "a"}),
    "a shape": (
        whole('{"a": 1}'),
        ("-s", 'response_format={"type":"json_object"}', "-s", "stream=false"),
        0,
        {"parsed": {"a": 1}, "faults": []},
    ),
    "a shape that is none": (
        whole("{"),
        ("-s", 'response_format={"type":"json_object"}', "-s", "stream=false", "--strict"),
        3,
        {"parsed": None},
    ),
    "a shape of another schema": (
        whole('{"a": 1}'),
        ("--format", "SCHEMA", "-s", "stream=false", "--strict"),
        3,
        {"parsed": {"a": 1}, "faults": [{"path": "/a", "message": "1 is not of type 'string'"}]},
    ),
    "cut off": (
        chunked(sse(chunk({"content": "a"}), chunk({}, finish="length"))),
        ("--strict",),
        3,
        {"finish_reason": "length"},
    ),
    "a call": (
        chunked(
            sse(
                chunk(
                    {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "look", "arguments": "{}"}}]}
                ),
                chunk({}, finish="tool_calls"),
            )
        ),
        (),
        0,
        {"tool_calls": [{"id": "c", "type": "function", "name": "look", "arguments": "{}"}]},
    ),
    "refused by the server": (error("500 Oops", "broken"), (), 1, {"ended": "failed"}),
}


@pytest.mark.parametrize("row", ROWS)
def test_each_end_is_an_object_and_a_status(home: Path, row: str) -> None:
    """The object says what came, the exit status how it ended."""
    reply, options, status, holds = ROWS[row]
    with Server() as server:
        server.reply(reply, reply, reply)
        path = home.parent / "schema.json"
        path.write_text('{"properties": {"a": {"type": "string"}}}')
        options = tuple(str(path) if each == "SCHEMA" else each for each in options)
        code, out, told = run(home, "--json", "-m", "m", *options, "hi", url=server.url)
    (made,) = objects(home, out)
    assert code == status, told
    assert {name: made.get(name) for name in holds} == holds
    assert made["request"]["messages"] == [{"role": "user", "content": "hi"}]


def test_pieces_come_as_they_come(home: Path) -> None:
    """With --json=chunks each piece is an object before that of the turn; the status is the process's."""
    with Server() as server:
        server.reply(stream("Hel", "lo", finish="length"))
        code, out, told = run_outside(home, "--json=chunks", "-m", "m", "--strict", "hi", url=server.url)
    made = objects(home, out)
    assert [each["text"] for each in made if each.get("event") == "piece"] == ["Hel", "lo"]
    assert made[-1]["text"] == "Hello"
    assert code == 3, told


@pytest.mark.parametrize(
    ("options", "status", "kind"),
    [
        (("-s", "temperature=9", "hi"), 2, "BadValue"),
        (("-p", "nobody", "hi"), 2, "UnknownName"),
        ((), 2, "BadInput"),
        (("hi",), 1, ""),
    ],
    ids=["a bad value", "no such profile", "nothing to send", "nobody answers"],
)
def test_errors_are_objects_too(home: Path, options: tuple[str, ...], status: int, kind: str) -> None:
    """Whatever keeps an answer from coming is an object with its type and its words."""
    code, out, _ = run(home, "--json", "-m", "m", *options)
    (made,) = objects(home, out)
    assert code == status
    assert made["error"]["message"]
    assert kind in ("", made["error"]["type"])
