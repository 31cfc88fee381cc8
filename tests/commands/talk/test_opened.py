"""What is in force after /open is looked at, kept and taken up again, whatever its values are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given

from chat.session.state import Session
from chat.store.conversations import Store
from chat.transfer import program_call
from commands import dispatch, line, registry
from commands.bytes.request import next_request
from commands.declare import Send
from commands.message import exchange
from commands.shell import status
from commands.talk import open as opening

from ...support import sdk_types
from ...support.examples import times
from ...support.recorder import RecordingScreen
from ...support.server import Server, stream
from ..conftest import Run

#: Lines that only show, or keep what is there.
SHOWS = (
    *("/show", "/show set", "/history", "/context", "/request", "/system", "/usage", "/branches", "/stop"),
    *("/bias", "/format", "/profile", "/search hi", "/title", "/tokens hi", "/budget", "/conversations"),
    *("/explain", "/logprobs", "/wire", "/raw", "/copy", "/diff", "/prefill", "/model", "/edit", "/switch"),
    *(f"/export {form} -" for form in ("md", "json", "jsonl", "html")),
    *(f"/export {form} next -" for form in ("body", "batch", "curl", "python", "node")),
    *("/profile save opened", "/profile opened", "/fork", "/undo"),
)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def test_whatever_is_opened_can_be_looked_at(make_session: Callable[..., Session]) -> None:
    """No command that only shows fails, whatever the values and messages of a request are; its export is itself."""
    known = registry()
    session, screen = make_session(), RecordingScreen()

    @times(1)
    @given(sdk_types.bodies())
    def law(body: dict[str, Any]) -> None:
        assume(body["model"])
        opening.take(session, screen, json.dumps(body), "request.json")
        call = program_call.of_prepared(next_request(session, screen))
        given = {name: value for name, value in body.items() if value is not None}
        assert canonical(call.asked) == canonical(given)
        for command in SHOWS:
            dispatch.run(command, known, session, screen)
        for parameter, _ in session.settings:
            dispatch.run(f"/explain {parameter.name}", known, session, screen)
            dispatch.run(f"/set {parameter.name}", known, session, screen)
            list(line.complete(f"/set {parameter.name} ", known, session))
        (
            status.set_parameters(session),
            status.next_size(session, "hi"),
            status.cost(session),
            session.window(),
        )
        assert not session.settings.broken and not session.profiles.broken

    law()


BODY = {
    "model": "m",
    "temperature": 9,
    "stop": "\n",
    "top_k": 4,
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
            ],
        },
        {"role": "tool", "tool_call_id": "c", "content": "sunny"},
        {"role": "user", "content": "And now?", "name": "ann"},
    ],
}


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(BODY))
    return path


def test_the_file_is_the_origin_of_each_value(run: Run, screen: RecordingScreen, request_file: Path) -> None:
    """/show names the file, and a value that is out of its range is sent as it stands, which is said."""
    run(f"/open {request_file}")
    assert any("temperature" in each and "as it stands" in each for each in screen.said)
    for name in ("temperature", "stop", "system", "extra.top_k"):
        run(f"/show {name}")
        assert "(request.json)" in "\n".join(screen.said), name


def test_a_value_that_no_profile_holds_is_not_saved(
    run: Run, session: Session, screen: RecordingScreen, request_file: Path
) -> None:
    """A sentence names it, and no profile is broken by it."""
    run(f"/open {request_file}")
    run("/profile save opened")
    assert "temperature: 9 is not a number from 0 to 2" in screen.failed[-1]
    assert "opened" not in (*session.profiles.names, *session.profiles.broken)
    run("/unset temperature")
    run("/profile save opened")
    assert "opened" in session.profiles.names


@pytest.mark.parametrize("form", ["body", "batch"])
def test_what_is_exported_is_what_was_opened(run: Run, request_file: Path, tmp_path: Path, form: str) -> None:
    """Neither the shell's own stream nor its stream_options are in it."""
    run(f"/open {request_file}")
    run(f"/export {form} next {tmp_path / 'out.json'}")
    written = json.loads((tmp_path / "out.json").read_text())
    assert (written if form == "body" else written["body"]) == BODY


def kept(session: Session) -> Session:
    """Give a session a store in files."""
    session.store = Store(session.places.conversations, session.secrets)
    return session


def test_messages_of_every_form_are_kept(
    here: Callable[..., Session], server: Server, screen: RecordingScreen, request_file: Path
) -> None:
    """Calls, results and parts are in the next request after a restart, in the fine-tuning file, and are shown."""
    session, known = kept(here()), registry()
    server.reply(stream("Cloudy."))

    def run(text: str) -> None:
        action = dispatch.run(text, known, session, screen)
        if isinstance(action, Send):
            exchange(session, screen, action)

    run(f"/open {request_file}")
    run("/retry")
    sent = server.requests[-1].body
    assert sent["messages"] == BODY["messages"]
    for form in ("md", "html", "jsonl"):
        run(f"/export {form} {request_file.with_suffix('.' + form)}")
    tuned = json.loads(request_file.with_suffix(".jsonl").read_text())
    assert tuned["messages"] == [*BODY["messages"], {"role": "assistant", "content": "Cloudy."}]
    for form in ("md", "html"):
        written = request_file.with_suffix("." + form).read_text()
        assert "weather" in written and "temperature 9" in written
    run("/history")
    assert any("weather" in each for each in (*screen.said, *screen.shown, *map(str, screen.raw)))
    number = session.conversation.number
    session.close()
    session = kept(here())
    run(f"/resume {number}")
    assert screen.failed == []
    run("Go on")
    expected = [
        *BODY["messages"],
        {"role": "assistant", "content": "Cloudy."},
        {"role": "user", "content": "Go on"},
    ]
    assert server.requests[-1].body["messages"] == expected


CURL = """curl https://api.example.com/v1/chat/completions \\
  -H "Authorization: Bearer abcdefghijkl" -b "session=topsecretcookie" -H "X-Api-Key: 12345678secret" \\
  -d '{"model": "m", "messages": [{"role": "user", "content": "hi"}]}'"""


def test_a_request_is_pasted_behind_the_command(run: Run, session: Session, screen: RecordingScreen) -> None:
    """A curl line of several lines, or a body, is opened as it is; the address is asked for, not taken."""
    before = session.endpoint.base_url
    screen.answers.append(False)
    run(f"/open {CURL}")
    assert session.branch.last is not None and session.branch.last.content == "hi"
    assert (session.model, session.endpoint.base_url) == ("m", before)
    assert "api.example.com" in screen.questions[-1]
    run('/open {"model": "other", "messages": [{"role": "user", "content": "ho"}]}')
    assert session.model == "other"


def test_no_secret_of_a_request_is_kept(
    here: Callable[..., Session], server: Server, screen: RecordingScreen, home: Path
) -> None:
    """Neither what goes out, nor the store, nor the history has a key or a cookie of it."""
    session, known = kept(here()), registry()
    server.reply(stream("Ho."))
    screen.answers.append(False)
    dispatch.run(f"/open {CURL}", known, session, screen)
    action = dispatch.run("/retry", known, session, screen)
    assert isinstance(action, Send)
    exchange(session, screen, action)
    session.close()
    sent = server.requests[-1]
    assert opening.remembered(f"/open {CURL}") == "/open"
    assert opening.remembered("/open request.json --line 3") == "/open request.json --line 3"
    files = [path for path in home.rglob("*") if path.is_file() and "tiktoken" not in str(path)]
    assert session.places.conversations in files
    written = b"".join([*(path.read_bytes() for path in files), sent.raw, repr(sent.headers).encode()])
    for secret in (b"abcdefghijkl", b"topsecretcookie", b"12345678secret"):
        assert secret not in written
    assert any("X-Api-Key" in each and "the cookies" in each for each in screen.warned)
