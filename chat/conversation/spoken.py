"""What an answer has beside its texts, put together as its pieces come: calls, audio, annotations."""

from __future__ import annotations

import base64
import binascii
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from ..base.halves import cleaned
from .content import ToolCall
from .events import Beside


class BesidePieces:
    """Of one choice. The pieces of its audio are kept in a list, so that a long one costs its length."""

    def __init__(self) -> None:
        self._audio: dict[str, Any] = {}
        self._texts: dict[str, list[str]] = {"data": [], "transcript": []}
        self._annotations: list[Any] = []

    def feed(self, event: Beside) -> None:
        if event.name == "annotations":
            self._annotations += event.value
            return
        for name, value in event.value.items():
            if name in self._texts and isinstance(value, str):
                self._texts[name].append(value)
            elif value is not None or name not in self._audio:
                self._audio[name] = value

    def beside(self) -> dict[str, Any]:
        """Give what came by now, as an answer in one piece would have it."""
        found: dict[str, Any] = {}
        audio = {**self._audio}
        if self._texts["data"]:
            audio["data"] = _joined(self._texts["data"])
        if self._texts["transcript"]:
            audio["transcript"] = "".join(self._texts["transcript"])
        if audio:
            found["audio"] = audio
        if self._annotations:
            found["annotations"] = list(self._annotations)
        return found


def _joined(pieces: list[str]) -> str:
    """Join pieces of base64, each of which may be one for itself."""
    if not any(piece.endswith("=") for piece in pieces[:-1]):
        return "".join(pieces)
    try:
        return base64.b64encode(b"".join(map(base64.b64decode, pieces))).decode()
    except (binascii.Error, ValueError):
        return "".join(pieces)


@dataclass
class PartialCall:
    """A tool call as its pieces come."""

    tool: str
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def made(self, number: int) -> ToolCall:
        """Give the call; one that the server gave no number has one of ours, by which it is answered."""
        id_ = "" if self.tool == "function_call" else self.id or f"call_{number + 1}"
        return ToolCall(id_, self.name, "".join(self.arguments), self.tool, cleaned(self.extra))
