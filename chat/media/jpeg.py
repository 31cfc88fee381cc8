"""JPEG: its size, and the file without what it tells of its owner. Nothing is decoded (ITU T.81, annex B)."""

from __future__ import annotations

import re
import struct

from . import exif
from .medium import IMAGE, Broken, Medium, within

SIGNATURE = b"\xff\xd8\xff"

_END, _SCAN, _COMMENT = 0xD9, 0xDA, 0xFE
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD8)}
#: A marker within what is compressed, but for those that only restart it.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
#: Application data that a picture needs to be shown as it was meant: (marker, how it begins).
_NEEDED = ((0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))
_EXIF, _XMP = b"Exif\0\0", (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")


def read(data: bytes) -> Medium:
    """Read a JPEG. Raises Broken."""
    kept, removed = [data[:2]], list[str]()
    size, orientation, at = (0, 0), 1, 2
    while True:
        within(len(kept) + len(removed))
        marker, start = _next(data, at)
        if marker == _END:
            kept.append(b"\xff\xd9")
            at = start
            break
        if marker in _ALONE:
            at = start
            continue
        end = start + _length(data, start)
        body = data[start + 2 : end]
        if marker in _FRAMES and len(body) >= 5:
            height, width = struct.unpack_from(">HH", body, 1)
            size = size if size[0] else (width, height)
        if marker == _COMMENT:
            removed.append("comments")
        elif marker == 0xE1 and body.startswith(_EXIF):
            orientation, private = exif.read(body[len(_EXIF) :])
            removed += private
        elif 0xE0 <= marker <= 0xEF and not any(marker == m and body.startswith(b) for m, b in _NEEDED):
            removed.append("XMP data" if body.startswith(_XMP) else "application data")
        else:
            kept.append(data[at:end])
        if marker == _SCAN:
            found = _MARKER.search(data, end)
            if found is None:
                raise Broken("cut off")
            kept.append(data[end : found.start()])
            end = found.start()
        at = end
    if not all(size):
        raise Broken("without a size")
    if data[at:].strip(b"\0"):
        removed.append("what follows the picture")
    if orientation != 1:
        tag = _EXIF + exif.oriented(orientation)
        kept.insert(1, b"\xff\xe1" + struct.pack(">H", len(tag) + 2) + tag)
    whole = b"".join(kept)
    names = tuple(dict.fromkeys(removed))
    return Medium(IMAGE, "JPEG", "image/jpeg", whole, *size, removed=names, turned=orientation != 1)


def _next(data: bytes, at: int) -> tuple[int, int]:
    """Give (marker, where its data begin)."""
    if data[at : at + 1] != b"\xff":
        raise Broken("cut off" if at >= len(data) else "broken")
    while data[at + 1 : at + 2] == b"\xff":
        at += 1
    if at + 1 >= len(data):
        raise Broken("cut off")
    return data[at + 1], at + 2


def _length(data: bytes, at: int) -> int:
    """Read how long a segment is, this number included."""
    if at + 2 > len(data):
        raise Broken("cut off")
    (length,) = struct.unpack_from(">H", data, at)
    if length < 2:
        raise Broken("broken")
    if at + length > len(data):
        raise Broken("cut off")
    return int(length)
