"""Pictures and sounds, made of their parts: what tests attach."""

from __future__ import annotations

import struct
import zlib

Colour = tuple[int, int, int]
RED, BLUE = (255, 0, 0), (0, 0, 255)
#: EXIF with a position, a camera, and the orientation that a camera held sideways writes.
EXIF = (
    b"MM\0*\0\0\0\x08\0\x03"
    b"\x01\x0f\0\x02\0\0\0\x04Cam\0"
    b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
    b"\x88\x25\0\x04\0\0\0\x01\0\0\0\x32"
    b"\0\0\0\0"
)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    width: int = 8, height: int = 8, colour: Colour = RED, *between: bytes, rows: bytes | None = None
) -> bytes:
    """A PNG of one colour, with these chunks before its pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes(colour) * width) * height) if rows is None else rows
    parts = (chunk(b"IHDR", header), *between, chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 100,000 by 100,000 pixels."""
    return png(100_000, 100_000, rows=zlib.compress(b"\0" * 1_000_000, 9))


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def jpeg(width: int = 8, height: int = 8, *between: bytes, behind: bytes = b"") -> bytes:
    """What a JPEG is made of, with these segments before its frame; its pixels can't be decoded."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    scan = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56"
    jfif = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    return b"\xff\xd8" + jfif + b"".join(between) + segment(0xC0, frame) + scan + b"\xff\xd9" + behind


def gif(width: int = 8, height: int = 8, frames: int = 1, *between: bytes) -> bytes:
    """What a GIF of one colour is made of, with these blocks before its frames."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\xff\0\0\0\0\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\2\2\x84\x51\0"
    return head + b"".join(between) + frame * frames + b"\x3b"


def riff(form: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + form + body


def webp(width: int = 8, height: int = 8, *after: tuple[bytes, bytes]) -> bytes:
    """What a WEBP in the long form is made of, with these chunks after its pixels."""
    flags = 0x0C if after else 0
    head = bytes((flags, 0, 0, 0)) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    bits = (width - 1) | (height - 1) << 14
    return riff(b"WEBP", (b"VP8X", head), (b"VP8L", b"\x2f" + bits.to_bytes(4, "little") + b"\0\0"), *after)


def wav(seconds: float = 1.0, *between: tuple[bytes, bytes], rate: int = 8000) -> bytes:
    """A WAV of silence in 8 bits."""
    form = struct.pack("<HHIIHH", 1, 1, rate, rate, 1, 8)
    return riff(b"WAVE", (b"fmt ", form), *between, (b"data", b"\x80" * int(seconds * rate)))


def mp3(frames: int = 10, before: bytes = b"", behind: bytes = b"") -> bytes:
    """Frames of MPEG 1 layer III at 128 kbit/s and 44.1 kHz, of 26 ms each, with nothing in them."""
    return before + (b"\xff\xfb\x90\x00" + b"\0" * 413) * frames + behind


def id3(content: bytes) -> bytes:
    """An ID3v2 tag."""
    length = len(content)
    return (
        b"ID3\3\0\0"
        + bytes((length >> 21 & 127, length >> 14 & 127, length >> 7 & 127, length & 127))
        + content
    )


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
