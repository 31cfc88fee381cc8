"""Tell what bytes are by what they hold, whatever they are called."""

from __future__ import annotations

import contextlib

from . import gif, jpeg, others, pdf, png, riff, sound, webp
from .medium import FILE, MOST_BYTES, MOST_PIXELS, TEXT, Broken, Medium, NotTaken, size

#: What may stand before the beginning of a PDF that is opened all the same.
_BLANKS = b"\xef\xbb\xbf \t\r\n\0"
#: Below a space, text holds these: tabs, ends of lines and pages, and the escapes of a terminal's log.
_IN_TEXT = frozenset(b"\t\n\v\f\r\x1b\b")


def read(data: bytes) -> Medium:
    """Read what can be attached, without what is private in it. Raises NotTaken, with words that go on after
    the file's name, and "{}" in the hint for that name."""
    if not data:
        raise NotTaken("is empty")
    if len(data) > MOST_BYTES:
        raise NotTaken(f"has {size(len(data))}", f"at most {size(MOST_BYTES)} are sent")
    found = _known(data)
    if found.width * found.height > MOST_PIXELS:
        raise NotTaken(
            f"is a {found.format} of {found.width:,}×{found.height:,}, which is {_millions(found)} million"
            " pixels",
            f"at most {MOST_PIXELS // 1_000_000} million are sent: a small file may hold a huge picture",
        )
    return found


def _millions(found: Medium) -> str:
    return f"{found.width * found.height // 1_000_000:,}"


def _known(data: bytes) -> Medium:
    """Read what one of the readers knows."""
    name = _name(data)
    try:
        if name == "PNG":
            return png.read(data)
        if name == "JPEG":
            return jpeg.read(data)
        if name == "GIF":
            return gif.read(data)
        if name == "WEBP":
            return webp.read(data)
        if name == "WAV":
            return sound.wav(data)
        if name == "MP3":
            return sound.mp3(data)
    except Broken as error:
        raise NotTaken(f"begins as a {name} does, and is {error}") from None
    if name == "PDF":
        return Medium(FILE, "PDF", "application/pdf", data, stays=pdf.about(data))
    with contextlib.suppress(UnicodeDecodeError):
        data.decode("utf-8-sig")
        if not any(byte < 32 and byte not in _IN_TEXT for byte in set(data)):
            return Medium(TEXT, "text", "text/plain", data.removeprefix(b"\xef\xbb\xbf"))
    what, way = others.look(data)
    raise NotTaken(
        f"is not sent from here: it looks like {what}",
        way or "PNG, JPEG, WEBP and GIF, PDF, WAV and MP3, and text in UTF-8 are",
    )


def _name(data: bytes) -> str:
    """Tell which of the known forms this begins as; "" for none."""
    if data.startswith(png.SIGNATURE):
        return "PNG"
    if data.startswith(jpeg.SIGNATURE):
        return "JPEG"
    if data.startswith(gif.SIGNATURES):
        return "GIF"
    if riff.form(data) == b"WEBP":
        return "WEBP"
    if riff.form(data) == b"WAVE":
        return "WAV"
    if data[:1024].lstrip(_BLANKS).startswith(b"%PDF-"):
        return "PDF"
    return "MP3" if sound.is_mp3(data) else ""
