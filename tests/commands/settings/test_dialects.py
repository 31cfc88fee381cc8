"""Parameters of other servers at the prompt: who takes them, and what is said where nobody knows."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chat.endpoint.memory import HONOURED, ProbeVerdict
from chat.session.state import Session
from commands import dispatch, registry
from commands.declare import Send
from commands.message import exchange
from commands.shell import status

from ...support.asking import body_of
from ...support.recorder import RecordingScreen
from ...support.server import Server, http, models, stream

Here = Callable[..., Session]
KNOWN = registry()


def type_(session: Session, screen: RecordingScreen, text: str) -> None:
    """Type a line; what it sends is sent."""
    action = dispatch.run(text, KNOWN, session, screen)
    if isinstance(action, Send):
        exchange(session, screen, action)


@pytest.mark.parametrize(
    "line", ["/top_k 40", "/set top_k=40", "/top_k=40", '/set {"top_k": 40}', "/extra.top_k 40"]
)
def test_each_way_sets_it(here: Here, screen: RecordingScreen, line: str) -> None:
    """A command, a pair, a body: it goes to the top level, under its own name."""
    session = here("server: llama.cpp")
    type_(session, screen, line)
    assert body_of(session)["top_k"] == 40
    assert screen.said == ["top_k unset → 40"] and not screen.warned


def test_a_profile_has_it_beside_the_others(here: Here) -> None:
    """top_k: stands beside temperature:, and `extra: {top_k: 40}` means the same."""
    for line in ("top_k: 40", "extra: {top_k: 40}"):
        assert body_of(here(line))["top_k"] == 40


@pytest.mark.parametrize(
    ("kind", "line", "says"),
    [
        ("vllm", "/repeat_penalty 1.1", "vLLM is not known to take repeat_penalty"),
        ("vllm", "/repeat_penalty 1.1", "there it is repetition_penalty"),
        ("mistral", "/seed 1", None),
        ("ollama", "/top_k 4", "a Modelfile may hold it: /export modelfile"),
        ("openai", "/min_p 0.1", "OpenAI is not known to take min_p"),
        ("other", "/min_p 0.1", "nothing is known of min_p"),
        (None, "/min_p 0.1", "nothing is known of min_p"),
        ("llama.cpp", "/min_p 0.1", None),
        ("sglang", "/min_p 0.1", None),
    ],
)
def test_what_a_server_is_not_known_to_take(
    here: Here, screen: RecordingScreen, server: Server, kind: str | None, line: str, says: str | None
) -> None:
    """It is said once, when it is set, with what does it there, and the parameter is sent all the same."""
    session = here(*([f"server: {kind}"] if kind else []))
    server.reply(stream("ok"))
    type_(session, screen, line)
    type_(session, screen, "hello")
    name = line[1:].split()[0]
    assert name in server.requests[-1].body
    assert len(screen.warned) == (says is not None)
    assert says is None or says in screen.warned[0]


def test_what_the_profile_sets_is_told_before_it_is_sent_once(
    here: Here, screen: RecordingScreen, server: Server
) -> None:
    """The first message says so, the second does not."""
    session = here("dry_multiplier: 1", "server: vllm")
    server.reply(stream("ok"))
    for _ in range(2):
        type_(session, screen, "hello")
    assert [line for line in screen.warned if "dry_multiplier" in line] == screen.warned
    assert len(screen.warned) == 1


def test_what_was_seen_to_work_is_not_doubted(here: Here, screen: RecordingScreen) -> None:
    """A verdict of /probe says more than the table."""
    session = here()
    session.endpoints.remember_verdict(session.endpoint, session.model, "min_p", ProbeVerdict(HONOURED))
    type_(session, screen, "/min_p 0.1")
    assert not screen.warned


def test_a_servers_own_word_is_kept(here: Here, screen: RecordingScreen, server: Server) -> None:
    """What a list of models or a fingerprint tells stands in the first line, is kept for later runs, and is
    overruled by what is set."""
    session = here()
    assert session.server_kind == "" and "vLLM" not in status.greeting(session)
    server.reply(models("test-model", owned_by="vllm"), stream("ok"))
    session.server.models()
    type_(session, screen, "hello")
    assert session.server_kind == "vllm" and " · vLLM · " in status.greeting(session)
    assert "vllm" in session.places.endpoints.read_text()
    again = here()
    assert again.server_kind == "vllm"
    type_(again, screen, "/set server llama.cpp")
    assert again.server_kind == "llama.cpp"


def test_a_fingerprint_tells(here: Here, screen: RecordingScreen, server: Server) -> None:
    """An answer of llama.cpp without a list of models."""
    session = here("stream: false")
    choice = {"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}
    answer = {"id": "x", "object": "chat.completion", "model": "m", "system_fingerprint": "b6000-1a2b3c4d"}
    server.reply(http(json.dumps({**answer, "choices": [choice]}).encode()))
    type_(session, screen, "hello")
    assert session.server_kind == "llama.cpp"


def test_a_servers_defaults_stand_in_show_and_explain(
    here: Here, screen: RecordingScreen, server: Server
) -> None:
    """llama.cpp tells at /props what it takes unasked; /show all lists its parameters and no other server's."""
    session = here("top_k: 5")
    props = {"default_generation_settings": {"params": {"top_k": 40, "temperature": 0.8}}}
    server.reply(models("test-model", owned_by="llamacpp"), http(json.dumps(props).encode()))
    session.server.models()
    type_(session, screen, "/show all")
    rows = {row[0]: row[1] for row in screen.tables[-1][1]}
    assert rows["top_k"] == "40*" and rows["temperature"] == "0.8*" and rows["n"] == "1"
    assert "* server's default, by its own word" in screen.said
    assert "mirostat" in rows and "repetition_penalty" not in rows
    type_(session, screen, "/explain top_k")
    explained = [tuple(row) for row in screen.tables[-1][1]]
    assert ("server's default", "40") in explained
    assert any(row[0] == "vLLM" and "2026-" in row[1] for row in explained)


def test_completion_offers_what_the_server_takes(here: Here) -> None:
    """Where other names begin so too, those of other servers are left out; alone they are offered."""
    from commands import line

    llama, vllm = here("server: llama.cpp"), here("server: vllm")

    def offers(text: str, session: Session) -> set[str]:
        return {each.text for _, each in line.complete(text, KNOWN, session)}

    assert "min_p" in offers("/mi", llama) and "mirostat" not in offers("/mi", vllm)
    assert "mirostat" in offers("/miro", vllm)
    assert "top_k" in offers("/set top", llama)


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("llama.cpp", 'root ::= "a"', {"grammar": 'root ::= "a"'}),
        ("llama.cpp", '{"type": "object"}', {"json_schema": {"type": "object"}}),
        ("vllm", 'root ::= "a"', {"structured_outputs": {"grammar": 'root ::= "a"'}}),
        ("vllm", '{"type": "object"}', {"structured_outputs": {"json": {"type": "object"}}}),
        ("sglang", 'root ::= "a"', {"ebnf": 'root ::= "a"'}),
    ],
)
def test_a_grammar_goes_where_the_server_has_its_place(
    here: Here, screen: RecordingScreen, kind: str, text: str, found: dict[str, object]
) -> None:
    """/grammar TEXT sets one form of the answer, in place of any other, and off takes it back."""
    session = here(f"server: {kind}")
    type_(session, screen, '/set json_schema {"a": 1}')
    type_(session, screen, f"/grammar {text}")
    body = body_of(session)
    assert {name: body.get(name) for name in found} == found
    assert not {"grammar", "json_schema", "structured_outputs", "ebnf"} & set(body) - set(found)
    type_(session, screen, "/grammar off")
    assert not set(found) & set(body_of(session))


def test_a_grammar_comes_from_a_file(
    here: Here, screen: RecordingScreen, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GBNF or a schema, by the file's ending; a fault in it names the file, and nothing changes."""
    monkeypatch.chdir(tmp_path)
    session = here("server: llama.cpp")
    (tmp_path / "a.gbnf").write_text('root ::= "a"\n')
    (tmp_path / "s.json").write_text('{"type": "object"}')
    (tmp_path / "bad.gbnf").write_text("root ::= (\n")
    type_(session, screen, "/grammar a.gbnf")
    assert body_of(session)["grammar"].strip() == 'root ::= "a"'
    type_(session, screen, "/grammar bad.gbnf")
    type_(session, screen, "/grammar none.gbnf")
    type_(session, screen, "/grammar yes or no")
    assert "bad.gbnf" in screen.failed[0] and "line 1: ( is not closed" in screen.failed[0]
    assert "none.gbnf" in screen.failed[1] and "neither a grammar nor a file" in screen.failed[2]
    type_(session, screen, "/grammar s.json")
    assert body_of(session)["json_schema"] == {"type": "object"} and "grammar" not in body_of(session)


def test_a_refused_grammar_can_be_dropped(here: Here, screen: RecordingScreen, server: Server) -> None:
    """llama.cpp says no more than that it could not read it: the grammar is what is offered to be unset."""
    from ...support.server import error

    server.reply(
        error("400 Bad Request", "Failed to initialize samplers: failed to parse grammar"), stream("ok")
    )
    session = here('grammar: "root ::= root"', "server: llama.cpp")
    screen.answers = [True]
    type_(session, screen, "hello")
    assert screen.questions == ["unset grammar and send again?"]
    assert "grammar" not in server.requests[-1].body


def test_a_modelfile_needs_no_answer(here: Here, screen: RecordingScreen) -> None:
    """/export modelfile writes what is set now, also before anything was said."""
    session = here("top_k: 4", "server: ollama", "system: Be brief.")
    type_(session, screen, "/export modelfile -")
    assert "PARAMETER top_k 4\nSYSTEM" in "\n".join(screen.raw)
