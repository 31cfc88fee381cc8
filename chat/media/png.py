"""PNG: its size, and the file without what it tells of its owner. Nothing is decoded (PNG, third edition)."""

from __future__ import annotations

import struct
import zlib

from . import exif
from .medium import IMAGE, Broken, Medium, within

SIGNATURE = b"\x89PNG\r\n\x1a\n"

#: Chunks that a picture needs to be shown as it was meant.
_NEEDED = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs cICP mDCV cLLI acTL fcTL fdAT".split()
)
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")


def read(data: bytes) -> Medium:
    """Read a PNG. Raises Broken."""
    kept, removed = [SIGNATURE], list[str]()
    at, frames, orientation = len(SIGNATURE), 1, 1
    width = height = 0
    while True:
        within(len(kept) + len(removed))
        if at + 12 > len(data):
            raise Broken("cut off")
        length, name = struct.unpack_from(">I4s", data, at)
        start, end = at + 8, at + 12 + length
        if end > len(data):
            raise Broken("cut off")
        if not width:
            if name != b"IHDR" or length != 13:
                raise Broken("broken")
            width, height = struct.unpack_from(">II", data, start)
            if not (width and height):
                raise Broken("without a size")
        if name == b"acTL" and length >= 4:
            frames = max(1, struct.unpack_from(">I", data, start)[0])
        if name in _NEEDED:
            if name == b"IEND" and orientation != 1:
                kept.append(_chunk(b"eXIf", exif.oriented(orientation)))
            kept.append(data[at:end])
        elif name == b"eXIf":
            orientation, private = exif.read(data[start : start + length])
            removed += private
        elif name in _TEXTS:
            removed.append("XMP data" if data.startswith(b"XML:com.adobe.xmp", start) else "comments")
        else:
            removed.append("time" if name == b"tIME" else "application data")
        at = end
        if name == b"IEND":
            break
    if data[at:].strip(b"\0"):
        removed.append("what follows the picture")
    names = tuple(dict.fromkeys(removed))
    whole = b"".join(kept)
    return Medium(
        IMAGE, "PNG", "image/png", whole, width, height, frames, removed=names, turned=orientation != 1
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def square(colour: tuple[int, int, int], side: int) -> bytes:
    """Make a PNG of one colour."""
    rows = (b"\0" + bytes(colour) * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return SIGNATURE + b"".join(_chunk(*each) for each in chunks)
