"""WEBP: its size, and the file without what it tells of its owner. Nothing is decoded (RFC 9649)."""

from __future__ import annotations

import struct

from . import exif, riff
from .medium import IMAGE, Broken, Medium

_NEEDED = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04


def read(data: bytes) -> Medium:
    """Read a WEBP. Raises Broken."""
    kept: list[tuple[bytes, bytes]] = []
    removed: list[str] = []
    orientation = 1
    size = (0, 0)
    for name, body in riff.chunks(data, strict=True):
        if name in _NEEDED:
            size = size if size[0] else _size(name, body)
            kept.append((name, body))
        elif name == b"EXIF":
            orientation, private = exif.read(body.removeprefix(b"Exif\0\0"))
            removed += private
        else:
            removed.append("XMP data" if name == b"XMP " else "application data")
    if not all(size):
        raise Broken("without a size")
    if riff.follows(data):
        removed.append("what follows the picture")
    if kept[0][0] == b"VP8X":
        flags = kept[0][1][0] & ~(_EXIF_FLAG | _XMP_FLAG)
        if orientation != 1:
            flags |= _EXIF_FLAG
            kept.append((b"EXIF", exif.oriented(orientation)))
        kept[0] = (b"VP8X", bytes((flags,)) + kept[0][1][1:])
    else:
        orientation = 1  # nothing but the long form can say it
    frames = max(1, sum(name == b"ANMF" for name, _ in kept))
    whole = riff.joined(b"WEBP", kept)
    names = tuple(dict.fromkeys(removed))
    return Medium(IMAGE, "WEBP", "image/webp", whole, *size, frames, removed=names, turned=orientation != 1)


def _size(name: bytes, body: bytes) -> tuple[int, int]:
    """Give (width, height) by what the first chunk says."""
    if name == b"VP8X" and len(body) >= 10:
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if name == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 " and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise Broken("broken")
