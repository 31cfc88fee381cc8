"""/export and /import: conversations as files."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.conversation.tree import Conversation
from chat.conversation.turn import Choice
from chat.session.state import Session
from chat.store import archive
from chat.transfer import formats
from chat.transfer.programs import LANGUAGES
from commands import line, registry
from commands.declare import Action

from ...support import llm_logs
from ...support.recorder import RecordingScreen
from ...support.turns import a_turn

Type = Callable[[str], Action | None]
JSON = formats.FORMATS[1]
#: Formats that take any conversation; csv wants a sweep in it.
OF_ANY = [form for form in formats.FORMATS if form.name != "csv"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in."""
    made = tmp_path / "work"
    made.mkdir()
    monkeypatch.chdir(made)
    return made


def talk(session: Session, *said: str) -> Conversation:
    """Questions and answers in turn, in the session and in its store."""
    for asked, answer in zip(said[::2], said[1::2], strict=True):
        branch = session.branch.add("user", asked)
        session.conversation.add(
            a_turn(asked=branch, choices=(Choice(0, answer),), settings={"temperature": 0.5})
        )
    session.store.add(session.conversation)
    return session.conversation


def offers(text: str, session: Session) -> list[str]:
    return [each.text for _, each in line.complete(text, registry(), session)]


# ---- /export


def test_export_writes_markdown_named_after_the_title(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path
) -> None:
    """/export alone leaves a Markdown file in this folder, for its owner alone, and says the whole path."""
    talk(session, "Why is the sky blue?", "It scatters.")
    typed("/export")
    path = folder / "Why-is-the-sky-blue.md"
    assert path.read_text().startswith("# Why is the sky blue?\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert screen.said == [f"the conversation is in {path}"]


@pytest.mark.parametrize("form", OF_ANY, ids=lambda form: form.name)
def test_each_format_has_its_file(
    typed: Type, session: Session, folder: Path, form: formats.Format, screen: RecordingScreen
) -> None:
    """A format alone names the file; a file's ending names the format; both are taken as they are."""
    conversation = talk(session, "Hi", "Hello")
    for text in (form.name, f"all.{form.name}", f"{form.name} plain.txt"):
        typed(f"/export {text}")
    assert screen.failed == []
    for name in (f"Hi.{form.name}", f"all.{form.name}", "plain.txt"):
        wanted = form.now(conversation, session.settings) if form.now else form.write(conversation)
        assert (folder / name).read_text() == wanted


def test_export_into_a_folder_or_with_blanks(typed: Type, session: Session, folder: Path) -> None:
    """A folder takes the file under the title's name; a name may have blanks, in quotes or not."""
    talk(session, "Hi", "Hello")
    (folder / "deep").mkdir()
    for text in ("md deep", "html deep/", "md my talk.md", 'md "your talk.md"'):
        typed(f"/export {text}")
    assert sorted(path.name for path in folder.glob("**/*.*")) == [
        "Hi.html",
        "Hi.md",
        "my talk.md",
        "your talk.md",
    ]


@pytest.mark.parametrize(("answer", "left"), [(True, "# Hi"), (False, "old"), (None, "old")])
def test_a_file_is_written_over_only_when_that_is_wanted(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path, answer: object, left: str
) -> None:
    """A file that is there is asked about, whoever named it, and stays unless the answer is yes."""
    talk(session, "Hi", "Hello")
    for name, text in (("Hi.md", "/export"), ("x.md", "/export x.md")):
        (folder / name).write_text("old")
        screen.answers.append(answer)
        typed(text)
        assert (folder / name).read_text().startswith(left)
        assert screen.questions[-1] == f"{name} is there already; write over it?"
    if answer is not True:
        assert screen.said == ["nothing was written"] * 2


def test_export_shows_it_on_the_screen(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path
) -> None:
    """A dash in place of a file is the screen; so is a pipe, where no file is named."""
    talk(session, "Hi", "Hello")
    typed("/export md -")
    typed("/export json -")
    screen.interactive = False
    typed("/export jsonl")
    assert screen.raw[0].startswith("# Hi\n") and not screen.raw[0].endswith("\n")
    assert json.loads(screen.raw[1])["tempera"] == 1
    assert json.loads(screen.raw[2])["messages"][0] == {"role": "user", "content": "Hi"}
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "/export pdf",
            "no format pdf (there are md, json, jsonl, html, modelfile, csv, body, batch, curl, python, node,"
            " tempera, prompt)",
        ),
        ("/export a.pdf", "a.pdf: in which format? (/export md a.pdf)"),
        ("/export md nowhere/a.md", "nowhere/a.md: its folder is not there"),
        ("/export md /dev/null", "/dev/null: is a device, not a file"),
        ("/export md pipe", "pipe: is a pipe, not a file"),
        (f"/export {'x' * 300}.md", f"{'x' * 300}.md: can't be written: file name too long"),
        ("/export md a\0b", "a\0b: no file's name has a NUL in it"),
        (
            "/export md ~nobody-of-that-name/a.md",
            "~nobody-of-that-name/a.md: is in the folder of a person there is not",
        ),
    ],
)
def test_export_refuses_what_is_no_file(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path, text: str, told: str
) -> None:
    """What can't be written to is refused in a sentence, and nothing is written."""
    os.mkfifo(folder / "pipe")
    talk(session, "Hi", "Hello")
    typed(text)
    assert screen.failed == [told]
    assert [path.name for path in folder.iterdir()] == ["pipe"]


def test_nothing_is_exported_before_anything_is_said(
    typed: Type, screen: RecordingScreen, session: Session, folder: Path
) -> None:
    """Without a turn, or without an answer to learn from, there is nothing to write."""
    typed("/export")
    asked = session.branch.add("user", "Hi")
    session.conversation.add(a_turn(asked=asked, ended="failed"))
    session.conversation.move(asked)
    typed("/export jsonl")
    assert screen.failed == ["nothing was said yet", "there is no answer on this branch yet"]
    assert list(folder.iterdir()) == []


def test_no_key_of_this_run_is_exported(
    make_session: Callable[..., Session], screen: RecordingScreen, folder: Path
) -> None:
    """A key of the environment, or typed, is in no file, whoever said it."""
    from commands import dispatch

    session = make_session(MY_API_KEY="envkey-123456")
    session.typed_key = "typed-key-123456"
    talk(session, "my key is typed-key-123456", "and envkey-123456")
    for form in OF_ANY:
        dispatch.run(f"/export {form.name} out.{form.name}", registry(), session, screen)
    for path in folder.iterdir():
        assert "123456" not in path.read_text() and "[key]" in path.read_text()
    assert len(list(folder.iterdir())) == len(OF_ANY)


# ---- /import


def test_import_goes_on_with_the_conversation(
    typed: Type, session: Session, screen: RecordingScreen, make_session: Callable[..., Session], folder: Path
) -> None:
    """What one shell exported another goes on with: the same messages, but not the file's settings."""
    before = archive.record(talk(session, "Hi", "Hello", "More", "Yes"))
    typed("/export json talk.json")
    session.store.delete(session.conversation.number)
    session.begin()
    typed("/import talk.json")
    assert screen.failed == []
    assert screen.said[1:3] == ["the conversation is imported", "conversation 2: Hi · 2 turns"]
    assert archive.record(session.conversation) == before
    assert session.settings.get("temperature") is None


def test_import_again_makes_no_copy(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path
) -> None:
    """A conversation that is kept already is gone on with, not copied."""
    talk(session, "Hi", "Hello")
    typed("/export json talk.json")
    typed("/clear")
    typed("/import talk.json")
    assert "it is kept already" in screen.said
    assert session.conversation.number == 1 and len(session.store.newest()) == 1


def test_import_adds_what_was_said_since(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path
) -> None:
    """A later export of a conversation brings its new turns."""
    conversation = talk(session, "Hi", "Hello")
    elsewhere = archive.conversation_of(archive.record(conversation))
    elsewhere.add(a_turn(asked=elsewhere.head.add("user", "More"), choices=(Choice(0, "Yes"),)))
    (folder / "talk.json").write_text(JSON.write(elsewhere))
    typed("/import talk.json")
    assert "it is kept already; one turn of it is new" in screen.said
    assert [message.content for message in session.branch] == ["Hi", "Hello", "More", "Yes"]


def test_several_are_listed(typed: Type, session: Session, screen: RecordingScreen, folder: Path) -> None:
    """A database of several conversations is taken in whole, and listed; the one at hand stays."""
    here = session.conversation
    rows = [llm_logs.response(1, "a", "b"), llm_logs.response(2, "c", "d", conversation_id="c2")]
    llm_logs.write(folder / "logs.db", {"responses": rows})
    typed("/import logs.db")
    assert screen.said[0] == "2 conversations are imported"
    assert [row[:4] for row in screen.tables[0][1]] == [
        ("2", "c", "gpt-4o-mini", "1"),
        ("1", "a", "gpt-4o-mini", "1"),
    ]
    assert session.conversation is here
    typed("/import logs.db")
    assert screen.said[-1] == "nothing is new, 2 kept already" and len(screen.tables) == 1


def test_what_is_left_out_is_told(typed: Type, screen: RecordingScreen, folder: Path) -> None:
    """A conversation that can't be read is named, and the others come in."""
    user = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Hi"]}}
    good = {"id": "1", "title": "Good", "mapping": {"u": {"parent": None, "message": user}}}
    bad = [{"id": str(at), "title": f"Bad {at}", "mapping": {"u": {"message": 7}}} for at in range(2, 9)]
    (folder / "conversations.json").write_text(json.dumps([good, *bad]))
    typed("/import conversations.json")
    why = "nothing was said in it; one message of it can't be read"
    assert screen.warned == [f"Bad {at} is left out: {why}" for at in range(2, 7)] + ["2 more are left out"]
    assert "the conversation is imported" in screen.said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/import", "/import misses file (usage: /import file)"),
        ("/import none.json", "none.json: there is no such file"),
        ("/import pipe", "pipe: is a pipe, not a file"),
        ("/import .", ".: is a folder, not a file"),
        ("/import empty.json", "empty.json: holds no conversation"),
        (
            "/import other.json",
            "other.json: holds no conversations that are known"
            " (/import takes Tempera's JSON, ChatGPT's conversations.json and llm's logs.db)",
        ),
    ],
)
def test_import_refuses_what_is_none(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path, text: str, told: str
) -> None:
    """A file that holds no conversation is refused in a sentence, and the conversation at hand stays."""
    os.mkfifo(folder / "pipe")
    (folder / "empty.json").write_text("[]")
    (folder / "other.json").write_text('{"a": 1}')
    here = session.conversation
    typed(text)
    assert screen.failed == [told]
    assert session.conversation is here


# ---- completion


def test_formats_and_files_complete(session: Session, folder: Path) -> None:
    """/export offers its formats, then files; /import offers folders and what looks importable."""
    (folder / "deep").mkdir()
    (folder / "notes.html").write_text("x")
    (folder / "notes.txt").write_text("x")
    (folder / "schema.json").write_text('{"type": "object"}')
    (folder / "talk.json").write_text(JSON.write(talk(session, "Hi", "Hello")))
    llm_logs.write(folder / "logs.db", {})
    languages = [language.name for language in LANGUAGES]
    assert offers("/export ", session) == [form.name for form in OF_ANY] + languages + ["tempera", "prompt"]
    assert offers("/export n", session) == ["node", "notes.html"]
    assert offers("/export md no", session) == ["notes.html", "notes.txt"]
    assert offers("/import ", session) == ["deep/", "logs.db", "talk.json"]
    assert offers("/import nowhere/", session) == []
