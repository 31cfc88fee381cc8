"""Conversations out of files: Tempera's own JSON, ChatGPT's export, llm's logs.

A file may be a stranger's: it is read to a limit, everything in it is checked, and it has no say
in where requests go. What it holds goes through `archive`, whatever program it came from.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..base import files
from ..base.errors import BadFile, BadValue
from ..base.halves import read_json
from ..conversation.tree import Conversation
from ..store import archive
from . import from_chatgpt
from .from_llm import Logs
from .untrusted import ENDPOINT, text

LARGEST = 512 * files.MB  # bytes of a JSON file
_SQLITE = b"SQLite format 3\0"
_ZIP = b"PK\x03\x04"
_CONVERSATIONS = re.compile(r"conversations[\w-]*\.json")
_LOOKED_AT = 4096  # bytes by which a file is known


@dataclass(frozen=True)
class Skipped:
    """A conversation in a file that can't be read, and why."""

    title: str
    why: str


def conversations(path: Path) -> Iterator[Conversation | Skipped]:
    """What a file holds, one after the other. Raises BadFile, at once or later."""
    beginning = files.beginning(path, _LOOKED_AT)
    if beginning.startswith(_SQLITE):
        with contextlib.closing(Logs(path)) as logs:
            for title, found in logs.conversations():
                yield _checked(title, found)
        return
    data = _unpacked(path) if beginning.startswith(_ZIP) else [files.read_bytes(path, LARGEST)]
    for part in data:
        yield from _found(path, part)


def importable(path: Path) -> bool:
    """Whether a file looks like one of them, by its beginning. Raises BadFile where it does not."""
    beginning = files.beginning(path, _LOOKED_AT)
    if beginning.startswith(_SQLITE):
        Logs(path).close()
        return True
    if beginning.startswith(_ZIP):
        return path.suffix == ".zip" and bool(_names(path))
    opening = beginning.lstrip(b"\xef\xbb\xbf \t\r\n")
    if opening.startswith(b"{"):
        return b'"tempera"' in opening or b'"mapping"' in opening
    return opening.startswith(b"[") and b'"title"' in opening and path.suffix == ".json"


def _unpacked(path: Path) -> Iterator[bytes]:
    """The conversations in the archive that ChatGPT sends."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as packed:
            for name in _names(path):
                with packed.open(name) as file:
                    data = file.read(LARGEST + 1)
                if len(data) > LARGEST:
                    raise BadFile(path, f"{name} is larger than {files.megabytes(LARGEST)}")
                yield data
    except BadFile:
        raise
    except Exception as error:  # a broken archive makes zipfile and zlib raise a dozen kinds
        raise BadFile(path, f"can't be unpacked: {error}") from None


def _names(path: Path) -> list[str]:
    """conversations.json, or conversations-000.json and so on, in an archive. Raises BadFile."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as packed:
            all_of_them = packed.namelist()
    except Exception as error:
        raise BadFile(path, f"can't be unpacked: {error}") from None
    found = [name for name in all_of_them if _CONVERSATIONS.fullmatch(name.rpartition("/")[2])]
    if not found:
        raise BadFile(path, "is an archive without conversations.json")
    return sorted(found)


def _found(path: Path, data: bytes) -> Iterator[Conversation | Skipped]:
    whole = _parsed(path, data)
    if isinstance(whole, dict) and isinstance(whole.get("conversations"), list):
        whole = whole["conversations"]
    if isinstance(whole, dict) and ("tempera" in whole or "mapping" in whole):
        found = _one(whole)
        if isinstance(found, Skipped):
            raise BadFile(path, f"can't be imported: {found.why}")
        yield found
    elif isinstance(whole, list) and all(isinstance(e, dict) and "mapping" in e for e in whole):
        yield from map(_one, whole)
    else:
        raise BadFile(
            path,
            "holds no conversations that are known",
            hint="/import takes Tempera's JSON, ChatGPT's conversations.json and llm's logs.db",
        )


def _parsed(path: Path, data: bytes) -> Any:
    try:
        return read_json(files.decoded(path, data), parse_constant=_no_number, parse_float=_number)
    except json.JSONDecodeError as error:
        raise BadFile(path, f"is not JSON: {error.msg.lower()}", error.lineno) from None
    except (ValueError, RecursionError):
        raise BadFile(path, "is not JSON: a number is too large, or it is nested too deeply") from None


def _no_number(written: str) -> float:
    raise ValueError(f"{written} is not JSON")


def _number(written: str) -> float:
    found = float(written)
    return found if abs(found) != float("inf") else _no_number(written)


def _one(whole: dict[str, Any]) -> Conversation | Skipped:
    title = text(whole, "title")
    try:
        found = archive.read(whole) if "tempera" in whole else from_chatgpt.conversation(whole)
    except BadValue as error:
        return Skipped(title, error.message)
    return _checked(title, found)


def _checked(title: str, found: Conversation | BadValue) -> Conversation | Skipped:
    """A conversation that can be stored and gone on with, whatever it was made of."""
    if isinstance(found, BadValue):
        return Skipped(title, found.message)
    try:
        checked = archive.read(archive.record(found))
    except BadValue as error:
        return Skipped(title, error.message)
    for place, turn in enumerate(checked.turns):
        checked.turns[place] = replace(
            turn, request=replace(turn.request, settings=_harmless(turn.request.settings))
        )
    for number, each in checked.experiments.items():
        cells = tuple(replace(cell, values=_harmless(cell.values)) for cell in each.cells)
        checked.experiments[number] = replace(each, settings=_harmless(each.settings), cells=cells)
    return checked


def _harmless(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without those that say where requests go, and with what: whoever resumes the
    conversation would send there what they say, and their key."""
    return {name: value for name, value in settings.items() if name not in ENDPOINT}
