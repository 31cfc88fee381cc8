"""Read the bytes that stand in a message as text: base64, alone or in a data: URL. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass

#: Characters from which on a text that stands for bytes is kept apart.
SMALLEST_DATA = 64
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[^;,]*)*);base64,", re.ASCII)


@dataclass(frozen=True)
class Data:
    """Bytes as a message has them: `text` is base64, after `prefix` where it is a data: URL."""

    text: str = field(repr=False)
    prefix: str = ""
    media: str = ""
    name: str = ""

    def decoded(self) -> bytes | None:
        """Give the bytes; None where it is not the base64 that those are written as."""
        try:
            found = base64.b64decode(self.text, validate=True)
        except (binascii.Error, ValueError):
            return None
        return found if base64.b64encode(found).decode() == self.text else None

    @property
    def size(self) -> int:
        """How many bytes they are, without decoding them."""
        return len(self.text) * 3 // 4 - self.text[-2:].count("=")


def data_of(text: str, media: str, name: str) -> Data:
    """Read a text that stands for bytes, which are of the type `media` where it does not say so itself."""
    found = _DATA_URL.match(text)
    if found is None:
        return Data(text, "", media, name)
    return Data(text[found.end() :], found[0], found[1] or media, name)


def data_url(data: bytes, media: str) -> str:
    return f"data:{media};base64,{base64.b64encode(data).decode()}"


def audio_type(inner: Mapping[str, Any]) -> str:
    """Give the media type of what has its bytes in base64 alone: that is audio, which names its format."""
    return f"audio/{inner['format']}" if isinstance(inner.get("format"), str) else ""


def sized(size: int) -> str:
    """Say a number of bytes in the unit that says most."""
    for unit, many in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if size >= many:
            return f"{round(size / many, 0 if size >= 10 * many else 1):g} {unit}"
    return f"{size} bytes"


def with_data(value: Any, change: Callable[[Data], Any]) -> Any:
    """Give a form with each text that stands for bytes changed: a data: URL wherever it is, and base64 where
    a part or an audio answer has it."""
    if isinstance(value, Mapping):
        return {
            name: _changed(name, each, change, value) if isinstance(each, str) else with_data(each, change)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [with_data(each, change) for each in value]
    return value


def _changed(name: str, text: str, change: Callable[[Data], Any], about: Mapping[str, Any]) -> Any:
    if len(text) < SMALLEST_DATA or not (name in ("data", "file_data") or text.startswith("data:")):
        return text
    named = about.get("filename")
    return change(data_of(text, audio_type(about), named if isinstance(named, str) else ""))
