"""/system and /stop: the system message, and the texts at which an answer ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.session.state import Session
from commands.declare import Action

from ...support.asking import body_of
from ...support.recorder import RecordingScreen

Type = Callable[[str], Action | None]


def system(session: Session) -> object:
    return session.settings.get("system")


# ---- /system


def test_system_sets_and_shows(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """/system TEXT sets the message that goes first in every request; /system shows it."""
    typed("/system")
    typed('/system  You are "terse" and say \\n. ')
    typed("/system")
    text = 'You are "terse" and say \\n.'
    assert screen.said[0] == "no system message is set" and screen.said[-1] == text
    assert body_of(session)["messages"][0] == {"role": "system", "content": text}


def test_system_takes_several_lines(typed: Type, session: Session) -> None:
    """A pasted text of several lines is one message, line breaks and all."""
    typed("/system one\n\n  two\nthree")
    assert system(session) == "one\n\n  two\nthree"


def test_system_reads_a_file(typed: Type, session: Session, tmp_path: Path) -> None:
    """/system @file takes the file's text, without a byte order mark or a last line break; blanks may stand in its name."""
    file = tmp_path / "my persona.txt"
    file.write_bytes("\ufeffDu bist höflich.\n//exit\n/exit\n".encode())
    typed(f"/system @{file}")
    assert system(session) == "Du bist höflich.\n//exit\n/exit"


def test_system_finds_a_file_at_home(
    typed: Type, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """~ in a file's name is the person's own folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "p.txt").write_text("x")
    typed("/system @~/p.txt")
    assert system(session) == "x"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("missing", None, "there is no such file"),
        ("latin1", b"caf\xe9", "is not UTF-8 text"),
        ("huge", b"x" * (1024 * 1024 + 1), "is larger than 1 MB"),
    ],
)
def test_a_file_that_is_no_text_is_refused(
    typed: Type,
    session: Session,
    screen: RecordingScreen,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    told: str,
) -> None:
    """What can't be read as text is named with the reason, and the message stays as it was."""
    typed("/system before")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    typed(f"/system @{tmp_path / name}")
    assert told in screen.failed[0] and name in screen.failed[0]
    assert system(session) == "before"


def test_only_regular_files_are_read(
    typed: Type, session: Session, screen: RecordingScreen, tmp_path: Path
) -> None:
    """A folder, a device or a pipe is refused at once instead of read for ever."""
    os.mkfifo(tmp_path / "pipe")
    for name, what in ((tmp_path, "folder"), (tmp_path / "pipe", "pipe"), ("/dev/zero", "device")):
        typed(f"/system @{name}")
        assert screen.failed.pop().endswith(f"is a {what}, not a file")
    assert system(session) is None


def test_a_file_of_nobody_is_refused(typed: Type, screen: RecordingScreen) -> None:
    """A file in the folder of somebody who does not exist is refused with a sentence."""
    typed("/system @~nobody-of-that-name/persona.txt")
    assert len(screen.failed) == 1


def test_system_opens_the_editor(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """/system edit sets what the editor saved, and leaves the message where nothing was saved."""
    screen.answers = ["From the editor\n\n", None, "\n"]
    typed("/system edit")
    assert system(session) == "From the editor"
    typed("/system edit")
    assert system(session) == "From the editor" and screen.said[-1] == "the system message is as it was"
    typed("/system edit")
    assert system(session) is None, "an emptied message is none"


def test_system_clear_sends_none(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """/system clear takes away even the profile's message; without one it says so."""
    typed("/profile haiku")
    typed("/system clear")
    assert body_of(session)["messages"] == [{"role": "user", "content": "hi"}]
    typed("/system clear")
    assert screen.said[-1] == "no system message was set" and not screen.failed


# ---- /stop


def stops(session: Session) -> object:
    return session.settings.get("stop")


@pytest.mark.parametrize(
    ("text", "set_"),
    [
        ("/stop END", ("END",)),
        ("/stop one two", ("one", "two")),
        (r'/stop "\n"', ("\n",)),
        (r"/stop \n\n", ("\n\n",)),
        (r'/stop "two words" " " \t', ("two words", " ", "\t")),
        (r"/stop '\n'", ("\\n",)),
        (r'/stop "\"quoted\"" \u00e9', ('"quoted"', "é")),
        ("/stop a a b", ("a", "b")),
        (r'/set stop "\n" END', ("\n", "END")),
        ("/stop 'clear'", ("clear",)),
        (r"/stop don't", ("don't",)),
    ],
)
def test_stop_reads_quotes_and_escapes(
    typed: Type, session: Session, screen: RecordingScreen, text: str, set_: tuple[str, ...]
) -> None:
    """Blanks part the texts, quotes hold them together, escapes such as \\n stand for what can't be typed."""
    typed(text)
    assert not screen.failed
    assert stops(session) == set_
    assert body_of(session)["stop"] == list(set_)


def test_stop_is_echoed_so_that_it_can_be_typed_again(
    typed: Type, session: Session, screen: RecordingScreen
) -> None:
    """What can't be seen is shown by its escape, between quotes."""
    typed(r'/stop "\n" " end"')
    assert screen.said == [r'stop unset → "\n" " end"']
    typed("/stop")
    assert screen.said[-1] == r'stop "\n" " end"'


def test_stop_add_and_remove(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """Texts are added and taken away one by one or together; one that is there already is not added twice."""
    typed("/stop add a")
    typed(r'/stop add "b c" \n a')
    assert stops(session) == ("a", "b c", "\n")
    typed(r'/stop remove \n "b c"')
    assert stops(session) == ("a",)
    assert screen.said[-1] == r'stop a "b c" "\n" → a'
    typed("/stop remove a")
    assert stops(session) is None and not screen.failed


def test_stop_clear(typed: Type, session: Session) -> None:
    """/stop clear takes all away, those of the profile too."""
    typed("/stop a b")
    typed("/stop clear")
    assert stops(session) is None
    assert "stop" not in body_of(session)


def test_a_fifth_stop_text_is_refused(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """The API takes four: a fifth is refused, whichever way it comes, and the four stay."""
    typed("/stop a b c d")
    typed("/stop add e")
    assert screen.failed == ["the API takes at most 4 stop texts, and these would be 5: a b c d e"]
    typed("/stop v w x y z")
    assert screen.failed[1:] == ["5 texts are not 1 to 4 texts"]
    assert stops(session) == ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/stop add", r'/stop add misses a text (for example /stop add "\n\n")'),
        ("/stop remove", r'/stop remove misses a text (for example /stop add "\n\n")'),
        ("/stop remove zz", "zz is not a stop text (there are: a)"),
        ('/stop ""', '"" stops nothing; give at least one character'),
        ('/stop add ""', '"" stops nothing; give at least one character'),
        ('/stop "open', "the quote \" at '\"open' is not closed"),
        (r"/stop \q", r"\q is no escape; write \\q for a backslash before q"),
    ],
)
def test_what_stop_refuses(
    typed: Type, session: Session, screen: RecordingScreen, text: str, told: str
) -> None:
    """A line that can't be read says why, and the texts stay as they were."""
    typed("/stop a")
    typed(text)
    assert screen.failed == [told]
    assert stops(session) == ("a",)


def test_stop_without_any_says_so(typed: Type, screen: RecordingScreen) -> None:
    """/stop alone tells that none is set."""
    typed("/stop")
    assert screen.said == ["no stop text is set"]
