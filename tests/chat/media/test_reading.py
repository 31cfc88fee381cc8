"""What is attached is told by what it holds, and goes out without what is private in it."""

from __future__ import annotations

import io
import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.media import exif, fence
from chat.media.medium import AUDIO, FILE, IMAGE, TEXT, NotTaken
from chat.media.reading import read

from ...support import pictures as made
from ...support.examples import times
from ...support.pictures import EXIF, chunk, segment

JPEG = made.jpeg(640, 480, segment(0xE1, b"Exif\0\0" + EXIF), segment(0xFE, b"a comment"))
PNG = made.png(640, 480, made.RED, chunk(b"eXIf", EXIF), chunk(b"tEXt", b"Comment\0a comment"))
WEBP = made.webp(640, 480, (b"EXIF", EXIF), (b"XMP ", b"<x:xmpmeta/>"))
GIF = made.gif(640, 480, 3, b"\x21\xfe\x09a comment\0", b"\x21\xff\x0bXMP DataXMP\x04<x/>\0")
WAV = made.wav(2.5, (b"LIST", b"INFOIART\4\0\0\0me\0\0"))
MP3 = made.mp3(100, made.id3(b"TIT2" + b"x" * 40), b"TAG" + b"\0" * 125)
#: form -> (bytes, kind, width, height, frames)
FORMS = {
    "JPEG": (JPEG, IMAGE, 640, 480, 1),
    "PNG": (PNG, IMAGE, 640, 480, 1),
    "WEBP": (WEBP, IMAGE, 640, 480, 1),
    "GIF": (GIF, IMAGE, 640, 480, 3),
    "WAV": (WAV, AUDIO, 0, 0, 1),
    "MP3": (MP3, AUDIO, 0, 0, 1),
    "PDF": (made.PDF, FILE, 0, 0, 1),
    "text": ("Grüße\n".encode(), TEXT, 0, 0, 1),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_it_is_stands_in_its_bytes(form: str) -> None:
    """Form, dimensions and frames are read from the headers; no name is asked for."""
    data, kind, width, height, frames = FORMS[form]
    found = read(data)
    assert (found.format, found.kind, found.width, found.height, found.frames) == (
        form,
        kind,
        width,
        height,
        frames,
    )


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_position_and_camera_are_taken_out_of_photographs(form: str) -> None:
    """EXIF, XMP and comments are gone, which is said; how the picture is to be turned stays, which is said too."""
    found = read(FORMS[form][0])
    assert b"Cam" not in found.data and b"comment" not in found.data and b"xmp" not in found.data
    assert exif.oriented(6) in found.data
    assert found.changes()[0].startswith("position, camera data and ")
    assert "orientation mark is kept" in found.changes()[1]


def test_what_was_cleaned_is_clean() -> None:
    """Cleaning a second time changes nothing."""
    for data, *_ in FORMS.values():
        once = read(data)
        twice = read(once.data)
        assert twice.data == once.data and not twice.removed


def test_recordings_lose_their_notes_and_keep_their_length() -> None:
    """Tags of WAV and MP3 are taken out; the length is that of the sound."""
    wav, mp3 = read(WAV), read(MP3)
    assert (
        wav.seconds == 2.5 and b"IART" not in wav.data and wav.changes() == ["notes in the recording removed"]
    )
    assert mp3.seconds == pytest.approx(2.61, abs=0.01) and mp3.data == made.mp3(100)
    piped = bytearray(made.wav(1))
    piped[4:8] = piped[40:44] = b"\xff\xff\xff\xff"  # as a recorder writes what has no end yet
    assert read(bytes(piped)).seconds == 1


def test_a_gif_tells_how_many_frames_it_has() -> None:
    """A model may see only the first: that is said."""
    assert "3 frames, a model may see only the first frame" in read(GIF).facts()


def test_what_stands_behind_a_picture_is_cut_off() -> None:
    """A film behind a photograph, as telephones write it, is not sent."""
    found = read(made.jpeg(behind=b"\0\0\0\x18ftypmp42 and a film"))
    assert b"film" not in found.data and found.changes() == ["what follows the picture removed"]


def test_a_bomb_is_refused_by_its_header() -> None:
    """A picture of 2 kB that would take 30 GB is not decoded to find out."""
    assert len(made.bomb()) < 2000
    begun = time.thread_time()
    with pytest.raises(NotTaken, match="100,000×100,000, which is 10,000 million pixels"):
        read(made.bomb())
    assert time.thread_time() - begun < 1


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture"),
        (b"PK\3\4\0\0\xff", "a ZIP archive"),
        (b"OggS\0\xff", "an Ogg sound"),
        (b"\x7fELF\2\1\1\0", "a program"),
        (b"\xff\xfeh\0i\0", "UTF-16 text"),
        (b"\0\1\2\3\xff", "it begins with 00 01 02 03 ff"),
    ],
)
def test_what_is_not_taken_is_named(data: bytes, what: str) -> None:
    """Other forms are refused with what they look like, whatever the file is called."""
    with pytest.raises(NotTaken, match=what):
        read(data)


@pytest.mark.parametrize(
    "text", ["ID3 is a tag\n", "BMW\n", "%PDF- begins a PDF, x\n"[1:], "RIFF and raff\n", "MZ"]
)
def test_text_is_text(text: str) -> None:
    """Words that begin as some form does are still words."""
    assert read(text.encode()).kind == TEXT


@times(3)
@given(st.sampled_from(sorted(FORMS)), st.data())
def test_any_cut_is_read_or_refused(form: str, data: st.DataObject) -> None:
    """A file that is cut off or damaged anywhere gives a medium, or a sentence; nothing else is raised."""
    whole = FORMS[form][0]
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=4)):
        cut = cut[:at] + bytes((byte,)) + cut[at + 1 :]
    with suppress(NotTaken):
        found = read(cut)
        assert found.facts() and read(found.data).data == found.data


@times(1)
@given(
    st.binary(max_size=60), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"ID3\3"])
)
def test_no_bytes_break_the_readers(rest: bytes, begin: bytes) -> None:
    """Whatever stands behind a signature, it is read or refused."""
    with suppress(NotTaken):
        read(begin + rest)


@times(1)
@given(st.text(), st.text())
def test_a_file_does_not_end_its_own_fence(name: str, text: str) -> None:
    """The number in the fence is in no line of the text, and the fence is whole lines."""
    fenced = fence.fenced(name, text)
    first, *_, last = fenced.split("\n")
    mark = first[-15:-7]
    assert text in fenced and mark not in text and last.endswith(f"({mark}) -----")


def test_a_real_photograph_looks_the_same_without_its_data() -> None:
    """Every pixel is as it was: nothing is encoded anew."""
    from PIL import Image

    picture = Image.effect_noise((96, 64), 80).convert("RGB")
    given_exif = Image.Exif()
    given_exif[0x010F], given_exif[0x0112] = "Cam", 6
    for form, how in (
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("JPEG", {}),
    ):
        out = io.BytesIO()
        picture.save(out, form, exif=given_exif, **how)
        found = read(out.getvalue())
        before, after = Image.open(io.BytesIO(out.getvalue())), Image.open(io.BytesIO(found.data))
        assert after.tobytes() == before.tobytes() and b"Cam" not in found.data
        assert after.getexif() == {0x0112: 6} and found.turned, json.dumps(found.facts())


@pytest.mark.parametrize(
    "data",
    [
        made.png(8, 8, made.RED, chunk(b"tEXt", b"") * 200_000),
        b"\xff\xd8" + segment(0xFE, b"") * 200_000,
        made.gif(8, 8, 1, b"\x21\xfe\0" * 200_000),
        made.riff(b"WAVE", *[(b"LIST", b"")] * 200_000),
    ],
    ids=["PNG", "JPEG", "GIF", "WAV"],
)
def test_a_file_of_crumbs_is_refused(data: bytes) -> None:
    """So many pieces nobody has written to be looked at."""
    with pytest.raises(NotTaken, match="is made of too many pieces"):
        read(data)
