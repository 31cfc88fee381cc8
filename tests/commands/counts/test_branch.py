"""/branch: another token, and the model goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chat.session.state import Session
from commands import dispatch, registry
from commands.declare import Send
from commands.line import complete
from commands.message import exchange

from ...support.recorder import RecordingScreen
from ...support.server import Server, chunk, chunked, models, sse, stream, usage
from ..conftest import Run


def token(text: str, *others: str, raw: bytes | None = None) -> dict[str, Any]:
    """A token with alternatives, as llama.cpp's server tells them."""
    top = [
        {"token": each, "bytes": list(each.encode()), "logprob": -1.0 - n} for n, each in enumerate(others)
    ]
    spelt = text.encode() if raw is None else raw
    return {"token": text, "bytes": list(spelt), "logprob": -0.5, "top_logprobs": top}


def told(*tokens: dict[str, Any], text: str = "") -> Any:
    chunks = [chunk({"content": each["token"] if not text else ""}, logprobs_=each) for each in tokens]
    for each, one in zip(chunks, tokens, strict=True):
        del each["logprobs_"]
        each["choices"][0]["logprobs"] = {"content": [one]}
    if text:
        chunks.append(chunk({"content": text}))
    return chunked(sse(*chunks, chunk({}, finish="stop"), chunk(usage=usage())))


SKY = [token("The", "A"), token(" sky", " sea", " air"), token(" is", "'s"), token(" blue", " red")]


@pytest.fixture
def session(here: Callable[..., Session], server: Server, monkeypatch: pytest.MonkeyPatch) -> Session:
    session = here("logprobs: true")
    server.reply(models("test-model", owned_by="llamacpp"))
    session.server.models()
    server.requests.clear()
    server._replies.clear()
    monkeypatch.setattr(type(session.server), "counts", False)  # the replies are for messages alone
    return session


def last_message(server: Server) -> dict[str, str]:
    found: dict[str, str] = [r for r in server.requests if r.path.endswith("/completions")][-1].body[
        "messages"
    ][-1]
    return found


def test_the_model_goes_on_from_another_token(run: Run, server: Server, session: Session) -> None:
    """The tokens before the place and the new text are the beginning of the answer; the former stays."""
    server.reply(told(*SKY), stream(" calm", " today"))
    run("Tell")
    run('/branch 2 " sea is"')
    assert last_message(server) == {"role": "assistant", "content": "The sea is"}
    assert session.branch.last and session.branch.last.content == "The sea is calm today"
    first, again = session.turns
    assert again.request.asked == first.request.asked
    assert first.choice.text == "The sky is blue"


def test_alternatives_are_offered(
    run: Run, server: Server, session: Session, screen: RecordingScreen
) -> None:
    """Without a text they are listed, and one is chosen; none will do, too."""
    server.reply(told(*SKY), stream("!"))
    run("Tell")
    run("/branch 2")
    assert screen.questions[-1] == "which instead?" and len(session.turns) == 1
    screen.answers.append(1)
    run("/branch 2")
    assert last_message(server)["content"] == "The air"
    suggestions = [each.text for _, each in complete("/branch 4 ", registry(), session)]
    assert suggestions == [], "the newest answer has no tokens"


def test_places_and_alternatives_complete(run: Run, server: Server, session: Session) -> None:
    """The least certain places first, then what stood beside the token, in quotes."""
    server.reply(told(*SKY))
    run("Tell")
    known = registry()
    assert {each.text for _, each in complete("/branch ", known, session)} == {"1", "2", "3", "4"}
    assert [each.text for _, each in complete("/branch 2 ", known, session)] == ['" sky"', '" sea"', '" air"']
    assert [each.text for _, each in complete('/branch 2 " se', known, session)] == ['" sea"']


def test_a_branch_of_a_branch(run: Run, server: Server) -> None:
    """The tokens that are numbered are the new ones; what they went on from stays before them."""
    server.reply(told(*SKY), told(token(" so"), token(" wide")), stream("."))
    run("Tell")
    run("/branch 3 ' was'")
    run('/branch 2 " deep"')
    assert last_message(server)["content"] == "The sky was so deep"


def test_no_character_is_cut(run: Run, server: Server, screen: RecordingScreen) -> None:
    """A place inside a character is named with the tokens that make it up, and nothing is sent; an
    alternative that is a part of one is not offered."""
    horse = "🦄".encode()
    first = token("", raw=b" " + horse[:2])
    first["top_logprobs"] = [
        {"token": "\ufffd", "bytes": [0xF0], "logprob": -1},
        *token("x", " a")["top_logprobs"],
    ]
    server.reply(told(first, token("", raw=horse[2:]), token("!"), text=" 🦄!"), stream("?"))
    run("Tell")
    sent = len(server.requests)
    run('/branch 2 "x"')
    assert "token 2 begins inside a character, which tokens 1 to 2 make up" in screen.failed[-1]
    assert len(server.requests) == sent
    run("/branch 1")
    assert any("part of a character" in text for text in screen.said)
    run('/branch 3 "…"')
    assert last_message(server)["content"] == " 🦄…"


def test_servers_without_a_beginning_are_not_pretended(
    here: Callable[..., Session], server: Server, screen: RecordingScreen
) -> None:
    """Where a server does not go on from a beginning, that is said and nothing is sent."""
    session = here("logprobs: true")
    known = registry()
    server.reply(models("test-model", owned_by="someone"), told(*SKY))
    session.server.models()
    action = dispatch.run("Tell", known, session, screen)
    assert isinstance(action, Send)
    exchange(session, screen, action)
    sent = len(server.requests)
    assert dispatch.run('/branch 2 " sea"', known, session, screen) is None
    assert "is not known to take the beginning of an answer" in screen.failed[-1]
    assert len(server.requests) == sent


def test_what_is_not_understood(run: Run, server: Server, screen: RecordingScreen) -> None:
    """Each sentence says what there is, and how to get what lacks."""
    run("/branch 1")
    assert "there is no answer yet" in screen.failed[-1]
    server.reply(stream("hi"), told(*SKY))
    run("x")
    run("/branch 1")
    assert "/set logprobs=true" in screen.failed[-1]
    run("y")
    for typed, said in [
        ("0", "from 1 to 4"),
        ("5", "from 1 to 4"),
        ("two", "from 1 to 4"),
        ('2 " sea', "is not closed"),
        ('2 ""', "an empty text is no token"),
    ]:
        run(f"/branch {typed}")
        assert said in screen.failed[-1]
