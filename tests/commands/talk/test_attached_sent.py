"""What waits goes out with the message: sent, kept where that fails, and told where a server can't see."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.session.state import Session
from commands import dispatch, registry
from commands.declare import Edit, Send
from commands.message import exchange
from commands.shell.status import next_size, waiting

from ...support import pictures as made
from ...support.recorder import RecordingScreen
from ...support.server import Server, error, http, models, stream

Here = Callable[..., Session]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    path.write_bytes(made.png(1024, 1024))
    return path


def say(session: Session, text: str, screen: RecordingScreen | None = None) -> RecordingScreen:
    """Type a line; what it sends is sent."""
    screen = screen or RecordingScreen()
    action = dispatch.run(text, registry(), session, screen)
    if isinstance(action, Send):
        exchange(session, screen, action)
    return screen


def contents(server: Server) -> list[Any]:
    """The content of the last message of each request."""
    sent = [each.body for each in server.requests if each.method == "POST"]
    return [body["messages"][-1]["content"] for body in sent]


def test_it_goes_once(here: Here, server: Server, picture: Path) -> None:
    """With the next message, and with no further one but as part of the conversation."""
    session = here()
    server.reply(stream("red"), stream("why not"))
    say(session, f"/attach {picture}")
    assert waiting(session) == "+ red.png"
    say(session, "which colour?")
    say(session, "really?")
    first, second = contents(server)
    assert first[0] == {"type": "text", "text": "which colour?"}
    assert base64.b64decode(first[1]["image_url"]["url"].partition(",")[2]) == made.png(1024, 1024)
    assert second == "really?" and server.requests[-1].body["messages"][0]["content"] == first
    assert waiting(session) == "" and not session.waiting


def test_it_waits_on_where_sending_fails(here: Here, server: Server, picture: Path) -> None:
    """A refused message comes back with what was attached; the failure names the way out."""
    session = here()
    server.reply(error("400 Bad Request", "invalid content type"), stream("red"))
    say(session, f"/attach {picture}")
    screen = say(session, "which colour?")
    assert (
        "invalid content type" in screen.failed[0] and "/attach off sends the text alone" in screen.failed[0]
    )
    assert session.waiting
    say(session, "which colour?")
    assert contents(server)[0] == contents(server)[1] and not session.waiting


def test_a_comparison_takes_it_along(here: Here, server: Server, picture: Path) -> None:
    """Every column is asked with it."""
    session = here()
    server.replies_with(stream("red"))
    say(session, f"/attach {picture}")
    say(session, "/compare temperature=0 temperature=1 -- which colour?")
    assert len(contents(server)) == 2 and all(len(each) == 2 for each in contents(server))
    assert not session.waiting


def test_edit_takes_it_up_again(here: Here, server: Server, picture: Path) -> None:
    """/edit puts the text back into the prompt, and what went with it beside it."""
    session = here()
    server.replies_with(stream("red"))
    say(session, f"/attach {picture}")
    say(session, "which colour?")
    screen = RecordingScreen()
    action = dispatch.run("/edit", registry(), session, screen)
    assert action == Edit("which colour?") and len(session.waiting.files) == 1
    assert "with it again: image" in screen.said[-1]
    say(session, "what shape?")
    first, second = contents(server)
    assert second == [{"type": "text", "text": "what shape?"}, first[1]]


def test_llamacpp_without_eyes_is_not_sent_pictures(here: Here, server: Server, picture: Path) -> None:
    """Its /props say so: that is told, and nothing is sent; the text alone is."""
    session = here()
    listed = models("test-model", owned_by="llamacpp")
    props = http(b'{"modalities": {"vision": false, "audio": false}}')
    server.reply(listed, props)
    session.server.models()
    told = "test-model takes no pictures: its server says so, and would refuse the message"
    assert say(session, f"/attach {picture}").warned == [told]
    screen = say(session, "which colour?")
    assert screen.failed[0].startswith("test-model takes no pictures: its server says so")
    assert "/attach off sends the text alone" in screen.failed[0] and session.waiting
    assert not contents(server)


def test_tokens_are_counted_before_it_is_sent(here: Here, server: Server, picture: Path) -> None:
    """The toolbar's count has the picture's tokens while it waits, and after it was sent."""
    session = here(model="gpt-4o")
    session.tokenizers.vocabulary("gpt-4o")
    server.reply(stream("red"))
    before = next_size(session, "which colour?")
    say(session, f"/attach {picture}")
    after = next_size(session, "which colour?")
    assert before and after and after.tokens == before.tokens + 765
    say(session, "which colour?")
    sent = session.tokenizers.count_message("gpt-4o", session.turns[0].request.asked.last)  # type: ignore[arg-type]
    assert 765 < sent < 765 + 20


def test_a_pair_of_models_counts_pictures_each_its_own_way(here: Here, server: Server, picture: Path) -> None:
    """One encoding, two rules: what was counted for one model is not taken for the other."""
    session = here(model="gpt-4o")
    server.reply(stream("red"))
    say(session, f"/attach {picture}")
    say(session, "which colour?")

    def count(model: str) -> int:
        empty = session.carried(session.branch)
        return session.tokenizers.count_request(model, session.branch, empty, {})

    assert count("gpt-4.1-mini") - count("gpt-4o") == 1659 - 765


def test_what_is_not_counted_is_said(here: Here, server: Server, picture: Path) -> None:
    """/context tells what waits and was sent for which nothing is published; /tokens has a row for what waits."""
    session = here()
    server.replies_with(stream("red"))
    say(session, f"/attach {picture}")
    say(session, "which colour?")
    say(session, f"/attach {picture}")
    told = say(session, "/context").said
    assert "2 attachments not in it: nothing is published of what that takes of test-model" in told
    session.settings = session.settings.set("model", "gpt-4o")
    assert not [each for each in say(session, "/context").said if "not in it" in each]
    rows = say(session, "/tokens").tables[0][1]
    assert [row for row in rows if "attached" in row and "765" in " ".join(row)], rows


@pytest.mark.parametrize(
    ("said", "side"),
    [
        ("image dimensions exceed max allowed size: 800 pixels", 800),
        ("image is too large: at most 512x512", 512),
        ("the image exceeds the limit", 512),
    ],
)
def test_a_server_with_a_limit_gets_smaller_pictures(
    here: Here, server: Server, picture: Path, said: str, side: int
) -> None:
    """Where it says that a picture is too large, scaling is offered, to the side that it names; and said."""
    session = here()
    server.reply(error("400 Bad Request", said), stream("red"))
    say(session, f"/attach {picture}")
    screen = say(session, "which colour?", RecordingScreen([True]))
    assert screen.questions == [f"scale the pictures to {side} pixels, and send again?"]
    assert f"red.png is scaled from 1,024×1,024: red.png (PNG, {side}×{side}" in screen.transcript
    sent = base64.b64decode(contents(server)[1][1]["image_url"]["url"].partition(",")[2])
    assert int.from_bytes(sent[16:20], "big") == side and not session.waiting
