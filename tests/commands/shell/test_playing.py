"""Scripts are done as if they were typed: in order, up to what fails, and never what a model says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.conversation.turn import INTERRUPTED, Turn
from chat.session.state import Session
from chat.transfer.script import Arguments
from commands import registry
from commands.shell.playing import Playing
from commands.shell.source import of_file, of_lines

from ...support.recorder import RecordingScreen
from ...support.server import Server, error, stream

Here = Callable[..., Session]
KNOWN = registry()


@pytest.fixture
def session(here: Here) -> Session:
    return here()


@pytest.fixture
def screen() -> RecordingScreen:
    """A screen where nobody is asked."""
    return RecordingScreen(interactive=False, scripted=True)


class Scripts:
    """Plays texts from a file."""

    def __init__(self, session: Session, screen: RecordingScreen, folder: Path) -> None:
        self.session, self.screen, self.folder = session, screen, folder
        self.turns: list[Turn | None] = []

    def play(self, text: str, *words: str, **options: Any) -> Playing:
        path = self.folder / "s.tempera"
        path.write_text(text, encoding="utf-8")
        playing = Playing(KNOWN, self.session, self.screen, done=self._done, **options)
        playing.play(of_file(path, Arguments.of(words)))
        return playing

    def _done(self, turn: Turn | None) -> bool:
        self.turns.append(turn)
        return True


@pytest.fixture
def scripts(session: Session, screen: RecordingScreen, tmp_path: Path) -> Scripts:
    return Scripts(session, screen, tmp_path)


def sent(server: Server) -> list[str]:
    return [each.body["messages"][-1]["content"] for each in server.requests if each.method == "POST"]


def test_lines_are_done_one_after_another(scripts: Scripts, server: Server) -> None:
    """A message waits for the answer before, a command holds for those that follow; arguments stand in place."""
    server.reply(stream("one"), stream("two"))
    done = scripts.play("# why\n/set temperature 0\nFirst\n<<END\n/about $1\nEND\n", "Rome")
    assert not done.failed and sent(server) == ["First", "/about Rome"]
    last = server.requests[-1].body
    assert [each["content"] for each in last["messages"]] == ["First", "one", "/about Rome"]
    assert last["temperature"] == 0
    assert [turn.choice.text for turn in scripts.turns if turn] == ["one", "two"]


def test_what_a_model_says_is_no_command(scripts: Scripts, server: Server) -> None:
    """An answer that looks like a command is text, and so is an argument."""
    server.reply(stream("/set temperature 2"), stream("/exit"))
    scripts.play("hi\n$1", "/set temperature 2")
    assert scripts.session.settings.get("temperature") is None
    assert sent(server) == ["hi", "/set temperature 2"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/set temperature 9", "temperature: 9.0 is not a number"),
        ("/tempature 1", "no command /tempature"),
        ("/source nowhere", "nowhere: there is no such file"),
        ("/source .", "is a folder"),
        ("/resume 99", "99"),
        ("/edit", ""),
        ("/open", "nobody is asked in a script, and no editor opens"),
        ("/key", "nobody is asked in a script: key"),
        ("/system edit", "no editor opens"),
        ("/source s.tempera extra", "s.tempera is under way already"),
    ],
)
def test_it_stops_at_what_fails_and_names_the_line(
    scripts: Scripts, server: Server, monkeypatch: pytest.MonkeyPatch, line: str, said: str
) -> None:
    """The place stands before the sentence, and what follows is not done."""
    monkeypatch.chdir(scripts.folder)
    asks_as_screens_do(scripts.screen, monkeypatch)
    done = scripts.play(f"/set seed 1\n{line}\nnever")
    assert done.failed and not sent(server)
    (told,) = scripts.screen.failed
    assert told.startswith(f"{scripts.folder / 's.tempera'}:2: ") and said in told
    assert scripts.turns == [None]
    assert scripts.screen.place == ""


def asks_as_screens_do(screen: RecordingScreen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the recorder refuse questions in the words of the terminal's screen."""
    from terminal.screen import TerminalScreen

    class Asked(TerminalScreen):
        def __init__(self) -> None:
            self._yes = False

    real = Asked()
    for name in ("confirm", "choose", "ask", "edit", "edit_file"):
        monkeypatch.setattr(screen, name, getattr(real, name))


def test_a_turn_that_failed_stops_it(scripts: Scripts, server: Server) -> None:
    """What the server refuses is told with its line."""
    server.replies_with(error("400 Bad Request", "no such thing"))
    done = scripts.play("hi\nthere")
    assert done.failed and set(sent(server)) == {"hi"}
    assert "s.tempera:1: " in scripts.screen.failed[0]


def test_keep_going_does_the_rest(scripts: Scripts, server: Server) -> None:
    """Lines after what failed are done, and it is known that one did."""
    server.reply(stream("one"))
    done = scripts.play("/set temperature 9\nhi", keep_going=True)
    assert done.failed and sent(server) == ["hi"]


def test_scripts_within_scripts(scripts: Scripts, server: Server) -> None:
    """/source does another's lines with its own arguments; what fails there has the place there."""
    server.reply(stream("one"))
    inner = scripts.folder / "in ner.tempera"
    inner.write_text("/system You like $2.\n/set temperature 9")
    done = scripts.play(f'/source "{inner}" x "red wine"\nhi')
    assert done.failed and not sent(server)
    assert scripts.session.settings.get("system") == "You like red wine."
    assert scripts.screen.failed[0].startswith(f"{inner}:2: temperature")


def test_exit_ends_all_of_them(scripts: Scripts, server: Server) -> None:
    """/exit ends the script it stands in and those around it, and nothing has failed."""
    inner = scripts.folder / "inner.tempera"
    inner.write_text("/exit")
    done = scripts.play(f"/source {inner}\nnever")
    assert done.left and not done.failed and not sent(server)


def test_ctrl_c_ends_it(scripts: Scripts, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is stopped is kept, and stops the script."""
    import commands.message as messages
    from chat.conversation.turn import Answer

    def stopped(session: Session, screen: RecordingScreen, send: object) -> Turn:
        return session.conversation.add(Turn(answer=Answer(ended=INTERRUPTED)))

    monkeypatch.setattr(messages, "exchange", stopped)
    with pytest.raises(KeyboardInterrupt):
        scripts.play("hi\nthere")
    assert len(scripts.turns) == 1 and scripts.screen.place == ""


def test_a_large_or_binary_file_is_one_sentence(scripts: Scripts, screen: RecordingScreen) -> None:
    """What is no script is refused before anything is done."""
    for data in (b"/set seed 1\n" * 400_000, b"\xff\xfe/\x00", b"/set seed 1\n\x00", b"\x80"):
        path = scripts.folder / "data"
        path.write_bytes(data)
        scripts.play(f"/source {path}")
    assert len(screen.failed) == 4
    assert scripts.session.settings.get("seed") is None


def test_lines_of_the_command_line() -> None:
    """Each -c counts; one of several lines may have heredocs."""
    play = of_lines(["/set seed 1; hi", "<<E\n/x\nE", "a; b"])
    assert [(each.text, each.line, each.message) for each in play.lines] == [
        ("/set seed 1", 1, False),
        ("hi", 1, False),
        ("/x", 2, True),
        ("a; b", 3, False),
    ]
