"""Read the log that SQLite writes ahead of a database (its WAL), past what is damaged in it.

SQLite takes a log up to the first frame whose checksum is wrong, and says nothing of the rest: after a
shell was killed, that may be all that was said for hours. Each frame is a page, with a checksum that begins
with the one of the frame before it, so that those behind a damaged one can be told to be sound.
https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ..base.dataclass import dataclass

ENDING = "-wal"
HEAD, _FRAME = 32, 24  # bytes
_PAGE = 4096
_MAGIC = 0x377F0682  # the lowest bit says that checksums are of big-endian numbers


@dataclass(frozen=True)
class Frame:
    """`size` is the database's in pages where a transaction ends here, else 0. One that is not `sound` may be
    damaged anywhere."""

    page: int
    size: int
    content: memoryview
    sound: bool


def cut_short(data: bytes, read: int) -> bool:
    """Tell whether a whole transaction stands behind as many frames as SQLite has `read`."""
    headless = len(data) > HEAD + _FRAME + _PAGE and not read and not _is_log(data)
    return headless or any(frame.sound and frame.size for frame in _frames(memoryview(data), read))


def pages(data: bytes) -> tuple[dict[int, memoryview], int]:
    """Give the last sound state of each page, by its number, and how many there are then; where there is
    none, a damaged one: most of it may be right."""
    found: dict[int, memoryview] = {}
    pending: dict[int, memoryview] = {}
    count = 0
    for frame in _frames(memoryview(data)):
        if frame.sound or (frame.page not in found and frame.page not in pending):
            pending[frame.page] = frame.content
        if frame.sound and frame.size:
            found |= pending
            pending, count = {}, frame.size
    return {page: content for page, content in found.items() if page <= count}, count


def _is_log(data: bytes | memoryview) -> bool:
    magic, _, page = struct.unpack_from(">III", data)
    return magic & ~1 == _MAGIC and page >= 512 and not page & (page - 1)


def _frames(data: memoryview, start: int = 0) -> Iterator[Frame]:
    """Give the frames that belong to this log, from a place on."""
    if len(data) < HEAD + _FRAME:
        return
    magic, _, page = struct.unpack_from(">III", data)
    order = ">" if magic == _MAGIC + 1 else "<"
    if not _is_log(data):
        page = _PAGE
    step = _FRAME + page
    salts = [bytes(data[place + 8 : place + 16]) for place in range(HEAD, len(data) - step + 1, step)]
    salt = bytes(data[16:24]) if bytes(data[16:24]) in salts else salts[0] if salts else b""
    for number in range(start, len(salts)):
        place = HEAD + number * step
        before = bytes(data[place - step + 16 : place - step + 24]) if number else bytes(data[24:32])
        frame = data[place : place + step]
        if salts[number] == salt:
            number_of, size = struct.unpack_from(">II", frame)
            sound = _sum(before, frame, order) == bytes(frame[16:24])
            yield Frame(number_of, size, frame[_FRAME:], sound)


def _sum(before: bytes, frame: memoryview, order: str) -> bytes:
    one, two = struct.unpack(">II", before)
    numbers = struct.unpack(
        f"{order}2I{(len(frame) - _FRAME) // 4}I", bytes(frame[:8]) + bytes(frame[_FRAME:])
    )
    for place in range(0, len(numbers), 2):
        one = one + numbers[place] + two & 0xFFFFFFFF
        two = two + numbers[place + 1] + one & 0xFFFFFFFF
    return struct.pack(">II", one, two)
