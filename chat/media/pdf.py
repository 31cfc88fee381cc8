"""Tell what a PDF says of who made it. It stays in the file: to take it out, a PDF has to be written anew,
which breaks signatures and forms, and that is not done unasked.

What is packed (object streams) is not looked into: then it is only told that there is something.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator

from ..base.short import cut

_INFO = re.compile(
    rb"/(Author|Title|Creator)\s*(?:\(((?:\\.|[^\\()]){1,400})\)|<([0-9A-Fa-f\s]{2,800})>)", re.DOTALL
)
_XMP = re.compile(rb"<dc:(creator|title)>\s*<rdf:\w+>\s*<rdf:li[^>]{0,80}>([^<]{1,400})</rdf:li>")
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_NAMES = {b"Author": "author", b"creator": "author", b"Title": "title", b"title": "title"}
_SINGLE = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_LONGEST = 60  # characters of one that are told


def about(data: bytes) -> str:
    """Say what stays in it; "" where nothing is known to be there."""
    found = dict(_found(data))
    if found:
        return ", ".join(f"{name} {cut(text, _LONGEST)}" for name, text in found.items())
    return "what it says of its author and programs" if b"/Info" in data or b"/Metadata" in data else ""


def _found(data: bytes) -> Iterator[tuple[str, str]]:
    for match in _XMP.finditer(data):
        yield _NAMES[match[1]], html.unescape(" ".join(match[2].decode("utf-8", "replace").split()))
    for match in _INFO.finditer(data):
        digits = b"".join((match[3] or b"").split()).decode()
        packed = bytes.fromhex(digits + "0" * (len(digits) % 2))
        if text := _text(packed or _ESCAPED.sub(_plain, match[2] or b"")):
            yield _NAMES.get(match[1], "made by"), text


def _plain(match: re.Match[bytes]) -> bytes:
    found = match[1]
    if found.isdigit():
        return bytes([int(found, 8) & 255])
    return b"" if found in (b"\n", b"\r", b"\r\n") else _SINGLE.get(found, found)


def _text(data: bytes) -> str:
    """Read a text string of PDF: UTF-16 or UTF-8 with its mark, else nearly Latin-1."""
    if data.startswith(codecs.BOM_UTF16_BE):
        text = data[2:].decode("utf-16-be", "replace")
    elif data.startswith(codecs.BOM_UTF8):
        text = data[3:].decode("utf-8", "replace")
    else:
        text = data.decode("latin-1")
    return " ".join(text.split())
