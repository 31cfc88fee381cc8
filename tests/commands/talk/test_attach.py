"""/attach and /look: what goes with the next message, what it is, and what becomes of it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.media.reading import read
from chat.session.attached import Pending, from_bytes
from chat.session.state import Session
from commands import line, registry

from ...support import pictures as made
from ...support.recorder import RecordingScreen

Type = Callable[[str], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a picture, a photograph, notes, a sound and an archive."""
    where = tmp_path / "things"
    where.mkdir()
    (where / "red square.png").write_bytes(made.png(1024, 1024))
    exif = made.segment(0xE1, b"Exif\0\0" + made.EXIF)
    (where / "photo.jpg").write_bytes(made.jpeg(1024, 768, exif))
    (where / "notes.txt").write_text("buy milk\n")
    (where / "say.wav").write_bytes(made.wav(2))
    (where / "all.zip").write_bytes(b"PK\3\4\0\0\xff")
    return where


def content(session: Session, text: str) -> object:
    """What the next message would have as its content."""
    return session.waiting.message(text).sent()["content"]


def test_a_picture_goes_behind_the_text(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path
) -> None:
    """The text first, then the picture as a data: URL; form, dimensions and size are told, and it is drawn."""
    typed(f'/attach "{folder}/red square.png"')
    text, picture = content(session, "what is this?")  # type: ignore[misc]
    assert text == {"type": "text", "text": "what is this?"}
    url = picture["image_url"]["url"]
    assert picture["type"] == "image_url" and "detail" not in picture["image_url"]
    assert url.startswith("data:image/png;base64,") and base64.b64decode(url[22:]) == made.png(1024, 1024)
    assert screen.said[0].startswith("with the next message: red square.png (PNG, 1,024×1,024, ")
    assert [each.format for each in screen.pictures] == ["PNG"]


def test_position_is_not_sent(typed: Type, session: Session, screen: RecordingScreen, folder: Path) -> None:
    """What a photograph tells of its owner is taken out, and that is said."""
    typed(f"/attach {folder}/photo.jpg")
    medium = session.waiting.files[0].medium
    assert medium and b"Cam" not in medium.data
    assert "  position and camera data removed" in screen.said


def test_a_text_is_fenced(typed: Type, session: Session, folder: Path) -> None:
    """A text alone stays a message of text: every server takes it."""
    typed(f"/attach {folder}/notes.txt")
    sent = content(session, "what?")
    assert isinstance(sent, str) and sent.startswith("what?\n\n----- notes.txt (")
    assert "\nbuy milk\n----- end of notes.txt (" in sent


def test_sound_and_pdf_have_parts_of_their_own(typed: Type, session: Session, folder: Path) -> None:
    """input_audio with its format, file with its name."""
    (folder / "it.pdf").write_bytes(made.PDF)
    typed(f"/attach {folder}/say.wav {folder}/it.pdf")
    sound, pdf = content(session, "")  # type: ignore[misc]
    assert sound["type"] == "input_audio" and sound["input_audio"]["format"] == "wav"
    assert pdf["file"]["filename"] == "it.pdf"
    assert pdf["file"]["file_data"].startswith("data:application/pdf;base64,")


def test_several_by_a_pattern(typed: Type, session: Session, screen: RecordingScreen, folder: Path) -> None:
    """A pattern stands for the files it fits; one that fits none is refused."""
    typed(f"/attach {folder}/*.[pt]*g {folder}/*.txt")
    assert [each.name for each in session.waiting.files] == ["red square.png", "notes.txt"]
    typed(f"/attach {folder}/*.bmp")
    assert screen.failed == [f"no file is named like {folder}/*.bmp"]


def test_all_or_none(typed: Type, session: Session, screen: RecordingScreen, folder: Path) -> None:
    """Where one of several can't be sent, none is taken, and it is said which and why."""
    typed(f"/attach {folder}/notes.txt {folder}/all.zip")
    assert not session.waiting
    assert screen.failed[0].startswith("all.zip is not sent from here: it looks like a ZIP archive")


def test_an_address_is_not_fetched(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """A picture's address goes as it is, which is said; a PDF's is no picture."""
    typed("/attach https://example.org/cat.png")
    (picture,) = content(session, "")  # type: ignore[misc]
    assert picture == {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    assert "which the server fetches" in screen.said[0] and not screen.pictures
    typed("/attach https://example.org/paper.pdf")
    assert "download it, and /attach the file" in screen.failed[0]


def test_what_waits_is_listed_with_its_tokens(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path
) -> None:
    """By the model's rule, marked as an estimate; no figure for a model without one; detail counts."""
    session.settings = session.settings.set("model", "gpt-4o")
    typed(f'/attach "{folder}/red square.png"')
    typed("/attach")
    assert screen.said[-2].startswith("1  red square.png") and screen.said[-2].endswith("≈765 tokens")
    typed("/attach detail low")
    typed("/attach")
    assert screen.said[-2].endswith("≈85 tokens")
    session.settings = session.settings.set("model", "someones-model")
    typed("/attach")
    assert screen.said[-2].endswith("tokens unknown for someones-model")


def test_detail_is_sent(typed: Type, session: Session, screen: RecordingScreen, folder: Path) -> None:
    """low and high go out with the picture; auto is the API's own, and does not."""
    typed(f'/attach "{folder}/red square.png"')
    typed("/attach detail high")
    (picture,) = content(session, "")  # type: ignore[misc]
    assert picture["image_url"]["detail"] == "high"
    typed("/attach detail sharp")
    assert screen.failed == ["detail is auto, low or high, not sharp"]


def test_off_leaves_out(typed: Type, session: Session, screen: RecordingScreen, folder: Path) -> None:
    """One by its number, or all."""
    typed(f'/attach {folder}/notes.txt "{folder}/red square.png" {folder}/say.wav')
    typed("/attach off 2")
    assert [each.name for each in session.waiting.files] == ["notes.txt", "say.wav"]
    typed("/attach off 9")
    assert screen.failed == ["there is no file 9: 2 files wait"]
    typed("/attach off")
    assert not session.waiting and screen.said[-1] == "not sent: notes.txt, say.wav"


def test_scaling_is_only_done_when_told(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path
) -> None:
    """/attach scale makes the picture smaller, and says from what to what."""
    typed(f'/attach "{folder}/red square.png"')
    typed("/attach scale 256")
    medium = session.waiting.files[0].medium
    assert medium and (medium.width, medium.height) == (256, 256)
    assert read(medium.data).width == 256
    assert screen.said[-1].startswith(
        "red square.png is scaled from 1,024×1,024: red square.png (PNG, 256×256"
    )
    typed("/attach scale 512")
    assert screen.said[-1] == "red square.png is 256×256 already"


def test_the_clipboard_gives_a_picture(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """/attach paste takes what is there, or says that nothing is."""
    typed("/attach paste")
    assert screen.failed == ["the clipboard holds no picture"]
    screen.clipboard = made.png(3, 2)
    typed("/attach paste")
    assert str(session.waiting.files[0]).startswith("clipboard.png (PNG, 3×2")


def test_a_path_alone_is_a_message_and_is_pointed_out(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path
) -> None:
    """A file that is dropped on the terminal is its name: that is sent, and /attach is named."""
    for path in (f"{folder}/notes.txt", f"'{folder}/red square.png'", f"file://{folder}/notes.txt"):
        screen.said.clear()
        typed(path)
        assert f"a file's name, sent as text: /attach {path} sends what is in it" in screen.said
    screen.said.clear()
    typed("look at /no/such.png")
    assert not screen.said and not session.waiting


def test_a_bomb_is_refused_in_a_sentence(typed: Type, screen: RecordingScreen, folder: Path) -> None:
    """2 kB that would be 30 GB are told by their header, and not decoded."""
    (folder / "bomb.png").write_bytes(made.bomb())
    typed(f"/attach {folder}/bomb.png")
    assert screen.failed[0].startswith("bomb.png is a PNG of 100,000×100,000, which is 10,000 million pixels")


def test_too_much_is_refused() -> None:
    """More than 50 MB in all, or more than 500, go with no message."""
    each = from_bytes("x.txt", b"x" * 1000)
    with pytest.raises(Exception, match="501 files are too many"):
        Pending().add([each] * 501)


def test_look_shows_again_what_was_sent(
    typed: Type, session: Session, screen: RecordingScreen, folder: Path
) -> None:
    """The pictures of the last message that had some, told and drawn."""
    typed("/look")
    assert screen.failed[0].startswith("there is no picture, sound or file in this conversation")
    waiting = Pending((from_bytes("a.png", made.png(30, 20)),))
    session.conversation.move(session.branch.append(waiting.message("hi")).add("assistant", "hello"))
    typed("/look")
    assert screen.said[-1].startswith("image (PNG, 30×20") and screen.pictures[-1].width == 30


@pytest.mark.parametrize(
    ("typed_so_far", "offered"),
    [
        ("", '"red square.png"'),
        ("r", '"red square.png"'),
        ('"red sq', '"red square.png"'),
        ("notes.txt ph", "photo.jpg"),
    ],
)
def test_paths_complete(
    session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch, typed_so_far: str, offered: str
) -> None:
    """The last word is completed, in quotes where it has blanks, also where a quote is open."""
    monkeypatch.chdir(folder)
    text = f"/attach {typed_so_far}"
    found = [(at, each.text) for at, each in line.complete(text, registry(), session)]
    assert (
        text.rindex(typed_so_far.split(" ")[-1]) if typed_so_far.startswith("notes") else 8,
        offered,
    ) in found


def test_names_hold_anything(typed: Type, session: Session, screen: RecordingScreen, folder: Path) -> None:
    """What can't be shown, and what is no character, is replaced in a name; it can be sent."""
    for name in (b"a\x1b]0;x\x07\n.pdf", b"b\xff.pdf"):
        (folder / os.fsdecode(name)).write_bytes(made.PDF)
    typed(f"/attach {folder}/*.pdf")
    names = [each.name for each in session.waiting.files]
    assert names == ["a\ufffd]0;x\ufffd\ufffd.pdf", "b\ufffd.pdf"]
    json.dumps(content(session, ""), ensure_ascii=False).encode()
