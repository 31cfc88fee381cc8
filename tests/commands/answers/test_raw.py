"""/raw, /copy, /plain and /reasoning."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.session.state import Session
from commands import line, message, registry
from commands.answers.raw import code_blocks
from commands.declare import Send

from ...support.recorder import RecordingScreen
from ...support.server import Server, chunk, chunked, sse, stream

Type = Callable[[str], object]
CODE = "Look:\n\n```python\nprint(1)\n```\n\n> ```\n> quoted\n> ```\n\n    indented\n\nDone."


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here()


@pytest.fixture
def answered(session: Session, server: Server, screen: RecordingScreen) -> Callable[..., None]:
    """Send a message that is answered with this text."""

    def ask(text: str) -> None:
        server._replies[:] = [stream(*text)]
        message.exchange(session, screen, Send("question"))

    return ask


@pytest.mark.parametrize("name", ["raw", "copy"])
def test_without_an_answer_it_says_so(name: str, typed: Type, screen: RecordingScreen) -> None:
    typed(f"/{name}")
    typed(f"/{name} 1")
    assert screen.failed == ["there is no answer yet", "no turn 1: nothing was sent yet"]


def test_raw_shows_what_the_model_wrote(
    typed: Type, screen: RecordingScreen, answered: Callable[..., None]
) -> None:
    """To the letter, of the last turn or of the one named."""
    answered("# One *word*\n")
    answered("- two\n")
    typed("/raw")
    typed("/raw 1")
    assert screen.raw == ["- two\n", "# One *word*\n"]
    typed("/raw 3")
    typed("/raw one")
    assert screen.failed == ["no turn 3: there are turns 1 to 2", "one is not a number from 1 on"]


def test_an_answer_is_all_of_it(
    typed: Type, screen: RecordingScreen, session: Session, answered: Callable[..., None]
) -> None:
    """The beginning that was sent along is a part of the answer, for /raw and for the clipboard."""
    session.prefill = "```\nfirst\n"
    answered("second\n```")
    typed("/raw")
    typed("/copy code")
    assert screen.raw == ["```\nfirst\nsecond\n```"]
    assert screen.copied == ["first\nsecond\n"]


def test_the_last_answer_is_that_of_the_branch(
    typed: Type, screen: RecordingScreen, session: Session, answered: Callable[..., None]
) -> None:
    """Where the conversation went back, the answer there is the last one; before all of them, the newest."""
    answered("one")
    answered("two")
    for line_ in ("/undo", "/raw", "/copy", "/undo", "/raw"):
        typed(line_)
    assert screen.raw == ["one", "two"]
    assert screen.copied == ["one"]


def test_raw_reasoning(typed: Type, screen: RecordingScreen, session: Session, server: Server) -> None:
    """What came beside the answer, where anything did."""
    pieces = [chunk({"reasoning_content": "Hm. "}), chunk({"content": "Yes."}), chunk({}, finish="stop")]
    server.reply(chunked(sse(*pieces)))
    message.exchange(session, screen, Send("question"))
    typed("/raw reasoning")
    assert screen.raw == ["Hm. "]
    assert [s.text for _, s in line.complete("/raw ", registry(), session)] == ["reasoning", "1"]
    server._replies[:] = [stream("Plain.")]
    message.exchange(session, screen, Send("question"))
    typed("/raw reasoning")
    assert screen.failed == ["no reasoning came with the last answer"]


def test_copy_takes_the_answer_or_its_code(
    typed: Type, screen: RecordingScreen, answered: Callable[..., None]
) -> None:
    answered(CODE)
    for words in ("", " 1", " code", " code 1", " code 2"):
        typed("/copy" + words)
    assert screen.copied == [CODE, CODE, "indented\n", "print(1)\n", "quoted\n"]
    assert screen.said[-1].startswith("copied block of code 2 of 3: 7 characters")
    typed("/copy code 4")
    typed("/copy code x")
    assert screen.failed == ["the last answer has blocks of code 1 to 3", "x is not a number from 1 on"]


def test_nothing_is_copied_unasked(screen: RecordingScreen, answered: Callable[..., None]) -> None:
    answered("\x1b]52;c;ZXZpbA==\x07```\ncode\n```")
    assert not screen.copied


def test_no_code_is_said(typed: Type, screen: RecordingScreen, answered: Callable[..., None]) -> None:
    answered("no code here")
    typed("/copy code")
    assert screen.failed == ["the last answer has no block of code"] and not screen.copied


def test_completion_offers_turns_and_blocks(session: Session, answered: Callable[..., None]) -> None:
    answered(CODE)
    found = line.complete("/copy ", registry(), session)
    assert [s.text for _, s in found] == ["code", "1"]
    blocks = line.complete("/copy code ", registry(), session)
    assert [(s.text, s.note) for _, s in blocks] == [
        ("1", "python print(1)"),
        ("2", "quoted"),
        ("3", "indented"),
    ]


def test_code_blocks_are_commonmarks() -> None:
    assert code_blocks("- x\n  ~~~c\n  a\n  ~~~\n") == [("c", "a\n")]
    assert code_blocks("`inline` only") == []


def test_plain_and_fold_are_preferences(
    typed: Type, session: Session, screen: RecordingScreen, answered: Callable[..., None]
) -> None:
    """Kept for later sessions; the next answer is shown so."""
    typed("/plain")
    typed("/reasoning fold")
    assert not screen.failed
    assert session.preferences.get("plain") is True and session.preferences.get("reasoning") == "fold"
    again = Session(session.places, session.profiles, environ=session.environ)
    assert again.preferences.get("plain") is True
    typed("/plain")
    assert session.preferences.get("plain") is False
    typed("/plain maybe")
    typed("/reasoning sideways")
    assert len(screen.failed) == 2
