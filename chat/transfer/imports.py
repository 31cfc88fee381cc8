"""Read conversations from files: Tempera's own JSON, ChatGPT's export, llm's logs.

A file may be a stranger's: it is read to a limit, everything in it is checked, and it has no say
in where requests go. What it holds goes through `archive`, whatever program it came from.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..base import files
from ..base.dataclass import dataclass
from ..base.errors import BadFile, BadValue
from ..base.halves import cleaned, read_json
from ..conversation.tree import Conversation
from ..store import archive
from . import chatgpt_files, from_chatgpt, salvage
from .from_llm import Logs
from .untrusted import ENDPOINT, text

LARGEST = 512 * files.MB  # bytes of a JSON file
_SQLITE = b"SQLite format 3\0"
_ZIP = b"PK\x03\x04"
_CONVERSATIONS = re.compile(r"conversations[\w-]*\.json")
_PIECE = 4096  # bytes that are unpacked at once: what is lost where they are damaged
_LOOKED_AT = 4096  # bytes by which a file is known


@dataclass(frozen=True)
class Skipped:
    """A conversation in a file that can't be read, and why."""

    title: str
    why: str


@dataclass(frozen=True)
class Noted:
    """What was taken in otherwise than it stands in the file, or not at all, of what is taken in."""

    title: str
    what: str


Found = Conversation | Skipped | Noted


def conversations(path: Path) -> Iterator[Found]:
    """Yield the conversations of a file. Raises BadFile, at once or later."""
    beginning = files.beginning(path, _LOOKED_AT)
    if beginning.startswith(_SQLITE):
        with contextlib.closing(Logs(path)) as logs:
            for title, found in logs.conversations():
                yield _checked(title, found)
    elif beginning.startswith(_ZIP):
        yield from _unpacked(path)
    else:
        yield from _found(path, files.read_bytes(path, LARGEST), chatgpt_files.of_folder(path.parent))


def importable(path: Path) -> bool:
    """Tell whether a file looks like one of them, by its beginning. Raises BadFile where it does not."""
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


def _unpacked(path: Path) -> Iterator[Found]:
    """Yield the conversations in the archive that ChatGPT sends. A damaged file in it does not keep the
    others out. Raises BadFile if none can be read."""
    faults: list[tuple[str, BadFile]] = []
    some = False
    beside = chatgpt_files.of_archive(path)
    for name in _names(path):
        data, fault = _member(path, name)
        try:
            for each in _found(path, data, beside):
                some |= isinstance(each, Conversation)
                yield each
        except BadFile as error:
            fault = fault or error
        if fault:
            faults.append((name, fault))
    if faults and not some:
        raise faults[0][1]
    for name, fault in faults:
        yield Noted(name, f"it {fault.problem}; what could be read is taken in")


def _member(path: Path, name: str) -> tuple[bytes, BadFile | None]:
    """Unpack a file of an archive as far as possible, and say what stopped it."""
    import zipfile
    import zlib

    data = bytearray()
    try:
        with zipfile.ZipFile(path) as packed, packed.open(name) as file:
            vars(file)["_expected_crc"] = None  # else the last piece is withheld where a byte is wrong
            while piece := file.read(_PIECE):
                data += piece
                if len(data) > LARGEST:
                    return b"", BadFile(path, f"{name} is larger than {files.megabytes(LARGEST)}")
            if zlib.crc32(data) != packed.getinfo(name).CRC:
                raise ValueError("its checksum is wrong")
    except Exception as error:  # a broken archive makes zipfile and zlib raise a dozen kinds
        return bytes(data), BadFile(path, f"can't be unpacked: {error}")
    return bytes(data), None


def _names(path: Path) -> list[str]:
    """Find conversations.json, or conversations-000.json and so on, in an archive. Raises BadFile."""
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


def _found(path: Path, data: bytes, beside: chatgpt_files.ExportFiles) -> Iterator[Found]:
    try:
        whole = _parsed(path, files.decoded(path, data))
    except BadFile as error:
        yield from _salvaged(data, error, beside)
        return
    if isinstance(whole, dict) and isinstance(whole.get("conversations"), list):
        whole = whole["conversations"]
    if _is_one(whole):
        first, *notes = _one(whole, 1, beside)
        if isinstance(first, Skipped):
            raise BadFile(path, f"can't be imported: {first.why}")
        yield from (first, *notes)
    elif isinstance(whole, list) and (not whole or any(map(_is_one, whole))):
        for number, each in enumerate(whole, 1):
            yield from _one(each, number, beside)
    else:
        raise BadFile(
            path,
            "holds no conversations that are known",
            hint="/import takes Tempera's JSON, ChatGPT's conversations.json and llm's logs.db",
        )


def _salvaged(data: bytes, error: BadFile, beside: chatgpt_files.ExportFiles) -> Iterator[Found]:
    """Yield the readable parts of a damaged list. Raises the error if there are none."""
    text = data.decode("utf-8", "replace")
    decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_no_number, parse_float=_number)
    several = text.lstrip("\ufeff \t\r\n").startswith(("[", '{"conversations"'))
    found = list(salvage.objects(text, decoder, _is_one)) if several else []
    if not any(map(_is_one, found)):
        raise error
    for number, each in enumerate(found, 1):
        if each is None:
            where = f", line {error.line}" if error.line else ""
            yield Skipped(f"entry {number}", f"the file {error.problem}{where}")
        else:
            yield from _one(cleaned(each), number, beside)
    bad = text.count("\ufffd") - data.count("\ufffd".encode())
    if bad:
        yield Noted("", f"{bad:,} bytes that are no UTF-8 stand as \ufffd")


def _is_one(value: Any) -> bool:
    """Tell whether a value looks like a conversation."""
    return isinstance(value, dict) and ("tempera" in value or "mapping" in value)


def _parsed(path: Path, written: str) -> Any:
    try:
        return read_json(written, object_pairs_hook=_pairs, parse_constant=_no_number, parse_float=_number)
    except json.JSONDecodeError as error:
        raise BadFile(path, f"is not JSON: {error.msg.lower()}", error.lineno) from None
    except (ValueError, RecursionError):
        raise BadFile(path, "is not JSON: a number is too large, or it is nested too deeply") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object. If a name comes twice with other objects in it, none of them is dropped."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    found = {}
    for number, (name, value) in enumerate(pairs, 1):
        again = isinstance(value, dict) and name in found and found[name] != value
        found[f"{name} ({number})" if again else name] = value
    return found


def _no_number(written: str) -> float:
    raise ValueError(f"{written} is not JSON")


def _number(written: str) -> float:
    found = float(written)
    return found if abs(found) != float("inf") else _no_number(written)


def _one(whole: Any, number: int, beside: chatgpt_files.ExportFiles) -> list[Found]:
    """Read an entry: a conversation with notes on it, or the reason why it is left out."""
    title = text(whole, "title") or f"entry {number}"
    notes: list[str] = []
    try:
        if not _is_one(whole):
            raise BadValue("it is no conversation: it has no messages")
        if "tempera" in whole:
            found = archive.read(whole)
        else:
            found, notes = from_chatgpt.conversation(whole, beside)
    except BadValue as error:
        return [Skipped(title, error.message)]
    checked = _checked(title, found)
    return [checked] if isinstance(checked, Skipped) else [checked, *(Noted(title, note) for note in notes)]


def _checked(title: str, found: Conversation | BadValue) -> Conversation | Skipped:
    """Return a conversation that can be stored and gone on with, whatever it was made of."""
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
    """Drop the settings that say where requests go and what goes with them. Otherwise whoever resumes the
    conversation would send their messages there, and their key."""
    return {name: value for name, value in settings.items() if name not in ENDPOINT}
