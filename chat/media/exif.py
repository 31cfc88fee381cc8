"""What a photograph's EXIF tells of its owner, and how it is to be turned (EXIF 2.32, TIFF 6.0)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

#: Tags of the first directory, and what they give away.
_ORIENTATION = 0x0112
_PRIVATE = {
    0x8825: "position",
    0x010F: "camera data",
    0x0110: "camera data",
    0x8769: "camera data",
    0x0132: "time",
    0x013B: "author",
    0x8298: "author",
    0x010E: "description",
}
_MOST_TAGS = 1000


def read(data: bytes) -> tuple[int, tuple[str, ...]]:
    """Give (orientation, what it gives away) of EXIF data; orientation 1 is upright. Total: what can't be
    read gives away "EXIF"."""
    orientation, names = 1, []
    for tag, value in _tags(data):
        if tag == _ORIENTATION and 1 <= value <= 8:
            orientation = value
        elif tag in _PRIVATE:
            names.append(_PRIVATE[tag])
    order = list(dict.fromkeys(_PRIVATE.values()))
    if not names and data != oriented(orientation):
        return orientation, ("EXIF data",)
    return orientation, tuple(sorted(set(names), key=order.index))


def _tags(data: bytes) -> Iterator[tuple[int, int]]:
    """Give (tag, its value where that is a short number) of the first directory."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return
    (start,) = struct.unpack_from(order + "I", data, 4)
    if start + 2 > len(data):
        return
    (count,) = struct.unpack_from(order + "H", data, start)
    for at in range(start + 2, start + 2 + 12 * min(count, _MOST_TAGS), 12):
        if at + 12 > len(data):
            return
        tag, _, _, value = struct.unpack_from(order + "HHIH", data, at)
        yield tag, value


def oriented(orientation: int) -> bytes:
    """Give EXIF data that say how a picture is to be turned, and nothing else."""
    return struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
