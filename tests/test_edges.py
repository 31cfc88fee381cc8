"""No half of a character (a lone surrogate) gets past an edge: one property for each way in."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base import halves, yamlfile
from chat.base.errors import BadEndpoint, BadFile, BadValue
from chat.conversation import complaint, reading
from chat.conversation.tree import Conversation
from chat.conversation.turn import Choice
from chat.endpoint.address import Endpoint, check_url
from chat.endpoint.client import Client
from chat.endpoint.failures import EndpointWording, refused
from chat.parameters import profiles
from chat.parameters.structured import Anything, Json
from chat.store import archive
from chat.transfer import imports, open_request
from commands.shell import options
from terminal.clean import typed
from terminal.streams import Terminal

from .support import llm_logs
from .support.examples import shared_fixture
from .support.turns import a_turn

#: Texts, some of which hold a high half, a low one, or a pair of halves.
BROKEN = st.lists(st.text(max_size=3) | st.sampled_from(["\ud83d", "\ude00", "\ud83d\ude00", "\udcff"])).map(
    "".join
)
#: JSON with such texts anywhere.
BROKEN_JSON = st.recursive(
    BROKEN | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(BROKEN, inner, max_size=3),
)


def is_whole(value: object) -> bool:
    """Whether every text in it can be encoded."""
    json.dumps(value, ensure_ascii=False, default=repr).encode()
    return True


@given(BROKEN)
def test_a_text_is_made_whole(text: str) -> None:
    """Each half is replaced, two that belong together become their character, the rest stays."""
    found = halves.whole(text)
    assert not halves.has_half(found)
    assert found == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert found == text or halves.has_half(text)


@given(BROKEN_JSON, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_json_is_made_whole(value: Any, encoding: str) -> None:
    """However it is spelt: as escapes, as bytes that no encoding allows, in any encoding of JSON."""
    escaped = json.dumps(value)
    assert is_whole(found := halves.read_json(escaped))
    assert halves.read_json(escaped.encode(encoding)) == found == halves.cleaned(value)
    assert is_whole(halves.read_json(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")))


@given(BROKEN)
def test_what_is_typed_is_whole(text: str) -> None:
    """What the prompt, a question and an editor give goes through here; and so does what is piped."""
    assert is_whole(typed(text))
    assert is_whole(Terminal(stdin=io.StringIO(text), environ={}).with_piped(""))


@given(st.lists(BROKEN.filter(lambda text: not text.startswith("-")), min_size=1, max_size=3))
def test_the_command_line_is_whole(texts: list[str]) -> None:
    """The message and the value of every option that takes one."""
    for name in ("-p", "-m", "-s", "--system", "--base-url", "--local", "--resume"):
        assert is_whole(
            options.parse([*texts, f"{name}={texts[0]}" if name[1] == "-" else f"{name}{texts[0]}x"])
        )


@given(BROKEN)
def test_an_address_is_whole(text: str) -> None:
    """That of the environment, too: what can't be printed is in none."""
    with contextlib.suppress(BadEndpoint, ValueError):
        assert is_whole(check_url(f"http://host/{text}"))


@given(BROKEN_JSON)
@shared_fixture
def test_a_yaml_file_is_whole(tmp_path: Path, value: Any) -> None:
    """A half that is spelt in a profile, in an @file or in what is typed is refused, not replaced: it is
    the person's own."""
    written = json.dumps({"p": value})
    path = tmp_path / "own.yaml"
    path.write_text(written)
    with contextlib.suppress(BadFile):
        assert is_whole({name: entry.value for name, entry in yamlfile.parse(path, written).items()})
    for kind in (Json(), Anything()):
        for text in (written, f"@{path}"):
            with contextlib.suppress(BadValue):
                assert is_whole(kind.read(text))


@pytest.mark.parametrize(
    "line", [r'stop: "\ud800"', r'system: "x\udfff"', r'metadata: {"\ud800": x}', r'"\ud800": 1']
)
def test_a_half_in_a_profile_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    """The file and the line are named, and the other profiles that are shipped are there."""
    own = tmp_path / "own.yaml"
    own.write_text(f"p:\n  seed: 1\n  {line}\n")
    (told,) = profiles.load(Path("profiles.yaml").absolute(), own).complaints
    assert told.message == f"{own}, line 3: holds half a character (a lone surrogate)"


@pytest.mark.parametrize("text", [r'{"a": "\ud800"}', r'"\udfff"', r'["x", "\ud800"]'])
def test_a_half_that_is_typed_is_told(text: str) -> None:
    """What is refused is shown as it was typed, and is taken for no other text."""
    with pytest.raises(BadValue, match="holds half a character"):
        Anything().read(text)
    assert Anything().read(r'"\ud83d\ude00"') == "\U0001f600"


def answer(value: Any) -> dict[str, Any]:
    """A chunk or an answer that has this wherever text may be."""
    call = {"index": 0, "id": value, "function": {"name": value, "arguments": value}}
    said = {"content": value, "refusal": value, "reasoning_content": value, "tool_calls": [call]}
    token = {"token": value, "logprob": -1, "top_logprobs": [{"token": value, "logprob": -2}]}
    choice = {
        "index": 0,
        "delta": said,
        "message": said,
        "finish_reason": value,
        "logprobs": {"content": [token]},
    }
    verbose = {"generation_settings": {"x": value}}
    return {
        "id": value,
        "model": value,
        "system_fingerprint": value,
        "choices": [choice],
        "__verbose": verbose,
    }


def events_of(body: Any) -> Iterator[Any]:
    """What is read of a body that comes as a stream, and in one piece."""

    data = json.dumps(body).encode()
    wording = EndpointWording(Endpoint("http://host"), {"model": "m"})
    yield from reading.answer(iter([b"data: ", data, b"\n\n"]), "", wording)
    yield from reading.answer(iter([data]), "", wording)


@given(BROKEN)
def test_an_answer_is_whole(text: str) -> None:
    """Every field of every event, whether it came as a stream or in one piece."""
    found = list(events_of(answer(text)))
    assert len(found) > 10 or not text
    for event in found:
        assert is_whole([getattr(event, name) for name in event.__dataclass_fields__])


@given(BROKEN, st.sampled_from([400, 401, 404, 429, 500]))
def test_a_refusal_is_whole(text: str, status: int) -> None:
    """The sentence, the code and the parameter of a server that refuses."""
    fields = {"message": text, "type": text, "code": text, "param": text}
    said = complaint.of_body(json.dumps({"error": fields}).encode())
    found = refused(status, said, {}, Endpoint("http://host"), {"model": "m", text: 1})
    assert is_whole([found.message, found.hint, found.code, found.param])


@given(BROKEN_JSON)
def test_what_a_server_lists_is_whole(value: Any) -> None:
    """Models, settings and tokens, whatever else is in their JSON."""
    body = json.dumps({"default_generation_settings": {"params": {"x": value}}}).encode()
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=body))
    client = Client(Endpoint("http://127.0.0.1:1/v1"), transport=transport)
    try:
        assert is_whole(client.defaults())
    finally:
        client.close()


@given(BROKEN)
@shared_fixture
def test_an_imported_conversation_is_whole(tmp_path: Path, text: str) -> None:
    """ChatGPT's export, llm's logs and our own archive, with such texts wherever they may be."""
    content = {"content_type": "text", "parts": [text or "x"]}
    nodes = {
        "root": {"id": "root", "parent": None, "children": ["u"]},
        "u": {
            "id": "u",
            "parent": "root",
            "children": ["a"],
            "message": {"id": text, "author": {"role": "user"}, "content": content},
        },
        "a": {
            "id": "a",
            "parent": "u",
            "children": [],
            "message": {"id": "m", "author": {"role": "assistant"}, "content": content},
        },
    }
    exported = [{"title": text, "id": "c", "mapping": nodes, "current_node": "a"}]
    (tmp_path / "c.json").write_text(json.dumps(exported))
    raw = text.encode("utf-8", "surrogatepass")
    options_json = json.dumps({"temperature": 1, "x": text})
    (tmp_path / "logs.db").unlink(missing_ok=True)
    call = llm_logs.response(1, "Q", "A", options_json=options_json)
    rows = {"responses": [call], "conversations": [{"id": "c", "name": "n"}]}
    logs = llm_logs.write(tmp_path / "logs.db", rows)
    spoil(logs, raw)
    for path in (tmp_path / "c.json", logs):
        found = [each for each in imports.conversations(path) if isinstance(each, Conversation)]
        assert found
        for each in found:
            assert is_whole(archive.record(each))


def spoil(logs: Path, raw: bytes) -> None:
    """Put bytes that are no UTF-8 where llm has texts."""
    with contextlib.closing(sqlite3.connect(logs)) as db, db:
        db.execute(
            "UPDATE responses SET prompt = CAST(? AS TEXT), response = CAST(? AS TEXT)", (raw, b"A" + raw)
        )


@given(BROKEN)
@shared_fixture
def test_an_archive_is_whole(tmp_path: Path, text: str) -> None:
    """Our own JSON, with such texts wherever there is one that is free."""
    one = Conversation()
    one.title = "FREE"
    asked = one.head.add("user", "FREE")
    one.add(a_turn(asked=asked, choices=(Choice(0, "FREE", "FREE", "FREE", tool_calls=(("FREE", "FREE"),)),)))
    written = json.dumps(archive.record(one)).replace('"FREE"', json.dumps(text))
    (tmp_path / "t.json").write_text(written)
    (found,) = imports.conversations(tmp_path / "t.json")
    assert isinstance(found, Conversation)
    assert is_whole(archive.record(found))
    assert found.turns[0].choice.text == halves.whole(text)


@given(BROKEN)
def test_an_opened_request_is_whole(text: str) -> None:
    """Whatever it was written in: JSON, a line of a Batch file, curl, Python or JavaScript."""
    body = json.dumps({"model": text, "messages": [{"role": "user", "content": text}], text: text})
    quoted = body.replace("'", "\\u0027")
    said = json.dumps(text)
    call = f'model={said}, messages=[{{"role": "user", "content": {said}}}]'
    for written in (
        body,
        json.dumps({"custom_id": text, "url": "/v1/chat/completions", "body": json.loads(body)}),
        f"curl http://host/v1/chat/completions -d '{quoted}'",
        f"client.chat.completions.create({call})",
        f"const answer = await client.chat.completions.create({body});",
    ):
        for found in open_request.read(written):
            assert is_whole([found.body, found.label, found.url, found.notes, found.variables])
