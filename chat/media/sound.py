"""WAV and MP3: how long they are, and the file without what it tells of its owner. Nothing is decoded."""

from __future__ import annotations

import re
import struct

from . import riff
from .medium import AUDIO, Broken, Medium

_NEEDED = (b"fmt ", b"fact", b"data")


def wav(data: bytes) -> Medium:
    """Read a WAV. Raises Broken."""
    kept, removed = [], []
    rate = 0
    for name, body in riff.chunks(data, strict=False):
        if name in _NEEDED:
            kept.append((name, body))
        elif name.strip(b"\0 ") and name not in (b"JUNK", b"PAD ", b"FLLR"):  # those are filled with nothing
            removed.append("notes in the recording")
        if name == b"fmt " and len(body) >= 16:
            (rate,) = struct.unpack_from("<I", body, 8)
    sound = dict(kept).get(b"data")
    if not rate or sound is None:
        raise Broken("without any sound")
    seconds = len(sound) / rate
    whole = riff.joined(b"WAVE", kept)
    return Medium(AUDIO, "WAV", "audio/wav", whole, seconds=seconds, removed=tuple(dict.fromkeys(removed)))


# ---- MPEG audio (ISO 11172-3, 13818-3) with ID3 (id3.org)

#: kbit/s of layer III: of MPEG 1, and of 2 and 2.5.
_RATES = (
    (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_SAMPLES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_TAG_BEHIND = 128
#: Bytes without a meaning that may stand before the first frame.
_BEFORE = 4096
_SYNC = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")


def is_mp3(data: bytes) -> bool:
    """Tell whether this begins as an MP3 does."""
    tagged = data.startswith((b"ID3\2", b"ID3\3", b"ID3\4"))
    return tagged or (_frame(data, 0) is not None and _follows(data, 0))


def mp3(data: bytes) -> Medium:
    """Read an MP3. Raises Broken."""
    begin = 0
    if data.startswith(b"ID3") and len(data) >= 10:
        begin = 10 + sum((byte & 0x7F) << 7 * place for place, byte in enumerate(reversed(data[6:10])))
        begin += 10 if data[5] & 0x10 else 0
    end = len(data)
    if end - begin > _TAG_BEHIND and data[end - _TAG_BEHIND :].startswith(b"TAG"):
        end -= _TAG_BEHIND
    removed = ("title and artist",) if begin or end < len(data) else ()
    first = _first(data, begin)
    at, seconds = first, 0.0
    while at < end and (frame := _frame(data, at)):
        at, seconds = at + frame[0], seconds + frame[1]
    whole = at >= end or not data[at:end].strip(b"\0")
    return Medium(
        AUDIO, "MP3", "audio/mpeg", data[first:end], seconds=seconds if whole else None, removed=removed
    )


def _first(data: bytes, begin: int) -> int:
    """Give where the first frame stands. Raises Broken."""
    for found in _SYNC.finditer(data, begin, begin + _BEFORE):
        if _frame(data, found.start()) and _follows(data, found.start()):
            return found.start()
    raise Broken("without any sound")


def _follows(data: bytes, at: int) -> bool:
    """Tell whether another frame stands behind the one here, or the end does."""
    frame = _frame(data, at)
    after = at + frame[0] if frame else 0
    return bool(frame) and (
        after >= len(data) or _frame(data, after) is not None or data.startswith(b"TAG", after)
    )


def _frame(data: bytes, at: int) -> tuple[int, float] | None:
    """Give (bytes, seconds) of the frame that stands here, None where none does."""
    if at + 4 > len(data):
        return None
    head = int.from_bytes(data[at : at + 4], "big")
    version, layer = head >> 19 & 3, head >> 17 & 3
    rate, sample = head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or layer != 1 or version == 1 or rate in (0, 15) or sample == 3:
        return None
    kbits = _RATES[0 if version == 3 else 1][rate - 1]
    hertz = _SAMPLES[version][sample]
    samples = 1152 if version == 3 else 576
    return samples // 8 * kbits * 1000 // hertz + (head >> 9 & 1), samples / hertz
