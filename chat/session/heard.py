"""Answers in sound: what they are, where they are kept, and as a file that plays."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from ..base.dataclass import dataclass
from ..conversation.data import Data
from ..conversation.turn import Turn
from ..media import reading, riff
from ..media.medium import AUDIO, NotTaken, length, size
from ..store.attachments import Attachments

#: What "pcm16" is: so many samples a second of two bytes, one channel ("Audio and speech", read 2026-11).
_RATE = 24_000
_BYTES = 2


@dataclass(frozen=True)
class Sound:
    """The sound of an answer. `format` is the API's name of it; `seconds` None is not known."""

    data: bytes = field(repr=False)
    format: str
    seconds: float | None = None

    def __str__(self) -> str:
        lasts = [length(self.seconds)] if self.seconds is not None else []
        return ", ".join([self.format, *lasts, size(len(self.data))])

    @property
    def ending(self) -> str:
        """How a file of it that plays is called."""
        return ".wav" if self.format == "pcm16" else f".{self.format}"

    def playable(self) -> bytes:
        """Give it as programs play it: bare samples become a WAV."""
        if self.format != "pcm16":
            return self.data
        form = struct.pack("<HHIIHH", 1, 1, _RATE, _RATE * _BYTES, _BYTES, 8 * _BYTES)
        return riff.joined(b"WAVE", [(b"fmt ", form), (b"data", self.data)])

    def kept(self, attachments: Attachments) -> Path | None:
        """Give the file that it is kept in, None where it is not kept."""
        if attachments.folder is None:
            return None
        path = attachments.folder / hashlib.sha256(self.data).hexdigest()
        return path if path.is_file() else None


def sounds(turn: Turn) -> list[Sound]:
    """Give the sound of each choice that has one."""
    asked = turn.request.body.get("audio")
    form = str(asked.get("format") or "") if isinstance(asked, Mapping) else ""
    return [found for choice in turn.answer.choices if (found := _sound(choice.beside.get("audio"), form))]


def _sound(audio: Any, form: str) -> Sound | None:
    text = audio.get("data") if isinstance(audio, Mapping) else None
    data = Data(text).decoded() if isinstance(text, str) and text else None
    if not data:
        return None
    try:
        medium = reading.read(data)
    except NotTaken:
        medium = None
    if medium and medium.kind == AUDIO:
        return Sound(data, medium.format.lower(), medium.seconds)
    safe = form if form.isalnum() else "sound"
    return Sound(data, safe, len(data) / (_RATE * _BYTES) if form == "pcm16" else None)
