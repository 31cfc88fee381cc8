"""Find the pictures of a ChatGPT export: they lie beside conversations.json, in its archive or its folder.

A message names one by `sediment://file_ID` or `file-service://file-ID`; the file's name begins with
that id. Each is read to a limit, and told by what it holds.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..base import files
from ..base.errors import TemperaError
from ..conversation.body import Body
from ..conversation.content import image_part
from ..conversation.data import data_url
from ..media import reading
from ..media.medium import IMAGE, MOST_BYTES

#: Files of a folder that are looked at, and how deep they lie.
_MOST, _DEEPEST = 200_000, 3
#: Bytes of pictures that one conversation gets.
_MOST_OF_ONE = 100 * files.MB
_ID = re.compile(r"(?:[a-z-]+://)?(file[-_][A-Za-z0-9]+)")


class ExportFiles:
    """The files of an export. They are listed when the first is asked for."""

    def __init__(self, names: Callable[[], Iterable[str]], read: Callable[[str], bytes]) -> None:
        self._names, self._read = names, read
        self._by_id: dict[str, str] | None = None
        self._left = _MOST_OF_ONE

    def begin(self) -> None:
        """Begin with another conversation."""
        self._left = _MOST_OF_ONE

    def picture(self, pointer: str) -> Body | None:
        """Give the part of a picture, None where it is not there, or none that can be sent."""
        found = _ID.match(pointer)
        if found is None:
            return None
        if self._by_id is None:
            self._by_id = {}
            for name in self._names():
                if own := _ID.match(name.replace("\\", "/").rpartition("/")[2]):
                    self._by_id.setdefault(own[1], name)
        there = self._by_id.get(found[1])
        if there is None:
            return None
        try:
            medium = reading.read(self._read(there))
        except (TemperaError, OSError):
            return None
        if medium.kind != IMAGE or len(medium.data) > self._left:
            return None
        self._left -= len(medium.data)
        return image_part(data_url(medium.data, medium.mime))


def of_archive(path: Path) -> ExportFiles:
    """Give the files of a .zip."""

    def names() -> list[str]:
        with zipfile.ZipFile(path) as packed:
            return packed.namelist()

    def read(name: str) -> bytes:
        try:
            with zipfile.ZipFile(path) as packed, packed.open(name) as file:
                return file.read(MOST_BYTES + 1)
        except Exception:  # a broken archive makes zipfile and zlib raise a dozen kinds
            return b""

    return ExportFiles(names, read)


def of_folder(folder: Path) -> ExportFiles:
    """Give the files of an archive that was unpacked."""
    return ExportFiles(lambda: _within(folder), lambda name: files.read_bytes(folder / name, MOST_BYTES))


def _within(folder: Path) -> Iterator[str]:
    """List the files of a folder, as paths in it. Links are not followed."""
    count = 0
    for where, folders, names in os.walk(folder):
        inside = Path(where).relative_to(folder)
        if len(inside.parts) >= _DEEPEST:
            folders.clear()
        for name in names:
            count += 1
            if count > _MOST:
                return
            yield str(inside / name)
