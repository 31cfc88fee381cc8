"""RIFF: the chunks that WEBP and WAV are made of."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from .medium import Broken, within

#: Recorders that do not know yet how long it gets write one of these.
_OPEN = (0, 0x7FFFFFFF, 0xFFFFFFFF)


def form(data: bytes) -> bytes:
    """Tell what a RIFF file is: b"WEBP", b"WAVE"; b"" for what is none."""
    return data[8:12] if data[:4] in (b"RIFF", b"RF64") else b""


def chunks(data: bytes, strict: bool) -> Iterator[tuple[bytes, bytes]]:
    """Give (name, content) of each chunk. A last one that is cut off is given as far as it goes, unless
    `strict`: Broken is raised then."""
    at, end, count = 12, _end(data), 0
    if strict and len(data) < int.from_bytes(data[4:8], "little") + 8:
        raise Broken("cut off")
    while at + 8 <= end:
        within(count := count + 1)
        name, length = struct.unpack_from("<4sI", data, at)
        if length in _OPEN and name == b"data":
            length = end - at - 8
        body = data[at + 8 : min(at + 8 + length, end)]
        if len(body) < length and strict:
            raise Broken("cut off")
        yield name, body
        at += 8 + length + length % 2
    if at < end and strict:
        raise Broken("cut off")


def follows(data: bytes) -> bool:
    """Tell whether something stands behind the end."""
    return bool(data[_end(data) :].strip(b"\0"))


def _end(data: bytes) -> int:
    if len(data) < 12:
        raise Broken("cut off")
    (length,) = struct.unpack_from("<I", data, 4)
    if length in _OPEN:
        return len(data)
    return min(int(length) + 8, len(data))


def joined(form: bytes, found: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Make a file of chunks."""
    body = b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
        for name, content in found
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + form + body
