"""GIF: its size and frames, and the file without what it tells of its owner (GIF89a). Nothing is decoded."""

from __future__ import annotations

import struct

from .medium import IMAGE, Broken, Medium, within

SIGNATURES = (b"GIF87a", b"GIF89a")

_TRAILER, _EXTENSION, _PICTURE = 0x3B, 0x21, 0x2C
_COMMENT, _APPLICATION = 0xFE, 0xFF
#: How often it is shown: application data that belong to the picture.
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def read(data: bytes) -> Medium:
    """Read a GIF. Raises Broken."""
    if len(data) < 13:
        raise Broken("cut off")
    width, height = struct.unpack_from("<HH", data, 6)
    at = 13 + _colours(data[10])
    kept, removed = [data[:at]], list[str]()
    frames = 0
    while True:
        within(len(kept) + len(removed))
        begun = _byte(data, at)
        if begun == _TRAILER:
            kept.append(b"\x3b")
            at += 1
            break
        if begun == _PICTURE:
            body = at + 10
            end = _blocks(data, body + _colours(_byte(data, at + 9)) + 1)
            frames += 1
        elif begun == _EXTENSION:
            end = _blocks(data, at + 2)
        else:
            raise Broken("broken")
        label = _byte(data, at + 1) if begun == _EXTENSION else 0
        if label == _COMMENT:
            removed.append("comments")
        elif label == _APPLICATION and not data[at + 3 :].startswith(_LOOPS):
            removed.append("XMP data" if data[at + 3 :].startswith(b"XMP Data") else "application data")
        else:
            kept.append(data[at:end])
        at = end
    if not (width and height and frames):
        raise Broken("without a picture")
    if data[at:].strip(b"\0"):
        removed.append("what follows the picture")
    names = tuple(dict.fromkeys(removed))
    return Medium(IMAGE, "GIF", "image/gif", b"".join(kept), width, height, frames, removed=names)


def _colours(flags: int) -> int:
    """Tell how many bytes the table of colours has that these flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> int:
    """Give where a run of blocks ends."""
    while length := _byte(data, at):
        at += length + 1
    return at + 1


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise Broken("cut off")
    return data[at]
