"""Requests as programs: what they send is what the shell sent, whatever the text, and no key is in them."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from chat.base.errors import BadInput
from chat.conversation.body import as_sent
from chat.transfer import programs
from chat.transfer.programs import LANGUAGES, Call

from ...support.examples import times
from ...support.server import Server, chunk, chunked, sse, stream, whole
from ...support.turns import texts, values

KEY = "sk-abcdefghijklmnop"
NASTY = 'It\'s "so" \\n `id` $(id) $HOME ${X} !! %s {{x}} \n\t\r\0\x1b[31m\u2028\u202e 宽🦄 */ // # \'\'\' """ JSON\nJSON\n'
BODY: dict[str, Any] = {
    "model": "m'\"",
    "stream": True,
    "messages": [{"role": "system", "content": NASTY}, {"role": "user", "content": "x" * 200_000}],
    "temperature": 1e-05,
    "stop": ["\n", "'"],
    "logit_bias": {"50256": -100},
    "seed": 2**53 - 1,
    "metadata": {"__proto__": "kept", "a b": NASTY},
    "stream_options": {"include_usage": True},
    "min_p": 0.05,
    "verbose": True,
    "chat_template_kwargs": {"enable_thinking": False, "none": None},
}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        running.reply(stream("Hel", "lo 宽"))
        yield running


def call(server: Server, body: dict[str, Any] = BODY, **facts: Any) -> Call:
    facts = {"key_env": "SOME_KEY", "headers": (("X-Team", "r'e\"d$"), ("X-Empty", "")), **facts}
    return Call(server.url, as_sent(body), **facts)


def run(folder: Path, name: str, program: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Write the program and run it as a person would."""
    language = next(each for each in LANGUAGES if each.name == name)
    file = folder / f"a request.{language.ending}"
    file.write_text(program, encoding="utf-8")
    runner = {"curl": "sh", "python": sys.executable, "node": "node"}[name]
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    return subprocess.run(
        [runner, str(file)], env={**clean, **environ}, capture_output=True, encoding="utf-8", timeout=60
    )


#: The package's part that a module needs: it sends the body as the real one does, by JSON.stringify.
NPM = """export default class {
  constructor({ baseURL, apiKey, defaultHeaders, defaultQuery }) {
    if (!apiKey) throw new Error("no key");
    const headers = { "content-type": "application/json", authorization: `Bearer ${apiKey}`, ...defaultHeaders };
    const create = async (body) => {
      const query = defaultQuery ? `?${new URLSearchParams(defaultQuery)}` : "";
      const answer = await fetch(`${baseURL}/chat/completions${query}`, { method: "POST", headers, body: JSON.stringify(body) });
      if (!body.stream) return await answer.json();
      const lines = (await answer.text()).split("\\n").filter((line) => line.startsWith("data: {"));
      return (async function* () { for (const line of lines) yield JSON.parse(line.slice(6)); })();
    };
    this.chat = { completions: { create } };
  }
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where programs are run: with a package of the name that they import from npm."""
    package = tmp_path / "node_modules" / "openai"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "openai", "type": "module", "main": "index.js"}')
    (package / "index.js").write_text(NPM)
    return tmp_path


def test_curl_sends_the_same_bytes(server: Server, folder: Path) -> None:
    """The command needs nothing but sh and curl; the body arrives byte for byte, with the headers, and the
    answer streams out as it is."""
    done = run(folder, "curl", programs.curl(call(server)), SOME_KEY=KEY)
    assert done.returncode == 0, done.stderr
    (request,) = server.requests
    assert (request.method, request.path, request.raw) == ("POST", "/v1/chat/completions", as_sent(BODY))
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert (request.headers["x-team"], request.headers["x-empty"]) == ("r'e\"d$", "")
    assert "[DONE]" in done.stdout
    assert "-sSN" in programs.curl(call(server))


def test_curl_without_its_key_sends_nothing(server: Server, folder: Path) -> None:
    """A variable that is not set is named, and no request goes out without a key."""
    done = run(folder, "curl", programs.curl(call(server)))
    assert done.returncode != 0
    assert "SOME_KEY" in done.stderr
    assert not server.requests


@pytest.mark.parametrize("name", ["python", "node"])
def test_programs_send_the_same_json(server: Server, folder: Path, name: str) -> None:
    """On the official package; unknown fields too; and they print the answer as it streams."""
    write = next(each.write for each in LANGUAGES if each.name == name)
    done = run(folder, name, write(call(server)), SOME_KEY=KEY)
    assert done.returncode == 0, done.stderr
    (request,) = server.requests
    assert request.body == json.loads(as_sent(BODY))
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-team"] == "r'e\"d$"
    assert done.stdout == "Hello 宽\n"


@pytest.mark.parametrize("name", ["curl", "python", "node"])
def test_the_query_of_an_address_goes_along(server: Server, folder: Path, name: str) -> None:
    """What stands behind the ? of the address stands there in each language."""
    write = next(each.write for each in LANGUAGES if each.name == name)
    with_query = replace(call(server), query=(("api-version", "2024-06-01"), ("a", "b&c")))
    done = run(folder, name, write(with_query), SOME_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert server.requests[0].path == "/v1/chat/completions?api-version=2024-06-01&a=b%26c"


@pytest.mark.parametrize("name", ["python", "node"])
@pytest.mark.parametrize(
    ("fields", "reply", "shown"),
    [
        ({"stream": False}, whole("Hi"), "Hi\n"),
        ({"stream": False, "n": 2}, whole("Hi", "Ho"), "[1]\nHi\n[2]\nHo\n"),
        (
            {"stream": True, "n": 2},
            chunked(sse(chunk({"content": "b"}, 1), chunk({"content": "a"}), chunk({"content": "B"}, 1))),
            "[1]\na\n[2]\nbB\n",
        ),
    ],
    ids=["whole", "several", "several streamed"],
)
def test_answers_of_every_shape_are_printed(
    server: Server, folder: Path, name: str, fields: dict[str, Any], reply: Any, shown: str
) -> None:
    """Whole answers, and several choices under their numbers, also where they come mixed."""
    server._replies[:] = [reply]
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], **fields}
    write = next(each.write for each in LANGUAGES if each.name == name)
    done = run(folder, name, write(call(server, body, key_env="")))
    assert done.stdout == shown, done.stderr
    assert server.requests[0].body == body


@pytest.mark.parametrize("name", ["python", "node"])
def test_calls_of_tools_are_printed_whole(server: Server, folder: Path, name: str) -> None:
    """Where tools may be called, what comes is shown as it is."""
    call_ = {"index": 0, "id": "c", "function": {"name": "look", "arguments": "{}"}}
    server._replies[:] = [chunked(sse(chunk({"tool_calls": [call_]})))]
    tools = [{"type": "function", "function": {"name": "look"}}]
    body = {"model": "m", "stream": True, "messages": [], "tools": tools}
    write = next(each.write for each in LANGUAGES if each.name == name)
    done = run(folder, name, write(call(server, body, key_env="")))
    assert '"name":"look"' in done.stdout.replace(": ", ":"), done.stderr


def test_the_embedded_model_is_asked_where_it_is_served(server: Server, folder: Path) -> None:
    """Neither its address nor its key is in the program, which says how it is served, and takes the address
    from the environment."""
    served = "python chat/endpoint/embedded_server.py serve"
    given = Call("", as_sent(BODY), served=served)
    for language in (each for each in LANGUAGES if each.runs):
        program = language.write(given)
        assert served in program
        assert programs.SERVED_AT in program
        done = run(folder, language.name, program, TEMPERA_BASE_URL=server.url)
        assert done.returncode == 0, done.stderr
    assert [request.body for request in server.requests] == [json.loads(as_sent(BODY))] * 3


json_values = st.dictionaries(texts, values, max_size=4)


@given(texts, json_values, st.dictionaries(texts.filter(bool), values, max_size=3))
@example("", {}, {"n": "0"})
def test_python_holds_any_value(text: str, extra: dict[str, Any], fields: dict[str, Any]) -> None:
    """Whatever is in a request, the program is valid Python and says the same."""
    assume("inf" not in repr(fields) + repr(extra).lower())  # no request can hold it
    body = {
        **fields,
        "model": text,
        "messages": [{"role": "user", "content": text}],
        "metadata": extra,
        "stream": True,
    }
    tree = ast.parse(programs.python(Call("http://h/v1", as_sent(body), "A_KEY")))
    create = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "create"
    )
    given_ = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in create.keywords}
    rest = given_.pop("extra_body", {})
    assert {**given_, **rest} == json.loads(as_sent(body))


@times(0.25)
@given(texts, texts, st.text("'\"$`\\!\n ", max_size=8))
def test_the_shell_changes_nothing_in_curls_command(text: str, value: str, quotes: str) -> None:
    """sh hands curl the body as it is on its standard input, and each header in one piece."""
    body = as_sent({"model": quotes, "messages": [{"role": "user", "content": text}], "stream": False})
    header = "".join(each for each in value + quotes if each not in "\n\r\0") or "x"
    command = programs.curl(Call("http://h/v1", body, headers=(("X-Team", header),)))
    shown = 'curl() { for each; do printf "%s\\n" "$each"; done; cat; }\n' + command
    done = subprocess.run(["sh"], input=shown.encode(), capture_output=True, check=True)
    lines = done.stdout.split(b"\n")
    assert f"X-Team: {header}".encode() in lines
    assert b"http://h/v1/chat/completions" in lines
    assert done.stdout.endswith(b"@-\n" + body + b"\n")


def test_javascript_holds_what_it_can_count(server: Server, folder: Path) -> None:
    """A whole number beyond 2**53 would arrive as another: that is said, and no program made."""
    body = {"model": "m", "messages": [], "seed": 2**53}
    with pytest.raises(BadInput, match="more than JavaScript can count"):
        programs.node(call(server, body))
    assert "9007199254740992" in programs.curl(call(server, body))


def test_node_takes_the_module_for_sound(server: Server, folder: Path) -> None:
    """Text of every kind stands in it as data: node parses it, without running it."""
    assert shutil.which("node"), "the tests need Node: apt-get install nodejs"
    (folder / "a.mjs").write_text(programs.node(call(server)), encoding="utf-8")
    done = subprocess.run(["node", "--check", "a.mjs"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_only_looks_like_a_variable_is_refused() -> None:
    """A name that a shell would expand into something else never gets into a program."""
    with pytest.raises(BadInput, match="not a variable"):
        Call("http://h/v1", b"{}", key_env="A;rm -rf /")
    with pytest.raises(BadInput, match="the address holds a secret"):
        Call("http://h/v1?key=[hidden]", b"{}")


def test_no_text_escapes_into_the_comments() -> None:
    """What says how a model of one's own is served stays on its line, whatever the file is called."""
    given_ = Call("", b'{"model":"m","messages":[]}', served="python x 'a\nrm -rf b'")
    for language in LANGUAGES:
        program = language.write(given_)
        assert not re.search(r"^rm", program, re.MULTILINE)
