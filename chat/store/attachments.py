"""Bytes that messages have (images, audio, files), each kept once, in a file named by its hash.

What the database and the journals have in their place is a reference:

    {"$attachment": sha256, "prefix": "data:image/png;base64,"}

A file is there before what names it is stored, and is taken away when nothing names it any more: both while
the database is being written to, so that no shell takes away what another is about to name. A journal names
some without the database; `lock` is held then. A file that is missing costs that part of a message alone.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from ..base import files
from ..base.dataclass import dataclass
from ..base.errors import BadFile
from ..base.redact import cover
from ..conversation.data import Data, with_data

#: Bytes of one attachment, and of all of them.
MOST = 100 * files.MB
MOST_ALL = 2048 * files.MB
NAME = "$attachment"
_FILE = re.compile(r"[0-9a-f]{64}")
_NAMED = re.compile(rb'"\$attachment": ?"([0-9a-f]{64})"')


@dataclass(frozen=True)
class Named:
    """An attachment as a message names it; `size` in bytes."""

    sha256: str
    media: str
    name: str
    size: int


@dataclass
class Attachments:
    """`folder` None keeps everything where it is. `secrets` are what must not be written. `problems` are
    sentences on what could not be kept or read, until they are told."""

    folder: Path | None
    secrets: Callable[[], Iterable[str]] = tuple
    problems: list[str] = field(default_factory=list)

    # ---- out: files are written, references stand for them

    def taken_out(self, form: Any) -> tuple[Any, tuple[Named, ...]]:
        """Give a form with references in place of bytes, which are in their files then, and what it names.
        Raises BadFile."""
        if self.folder is None:
            return form, ()
        found: dict[str, Named] = {}

        def out(data: Data) -> Any:
            decoded = data.decoded()
            if decoded is None:
                return data.prefix + data.text  # not what it is taken for: kept as it is
            content = bytes(cover(decoded, tuple(self.secrets())))
            sha256 = hashlib.sha256(content).hexdigest()
            self._keep(sha256, content)
            found[sha256] = Named(sha256, data.media, data.name, len(content))
            return {NAME: sha256, "prefix": data.prefix}

        return with_data(quoted(form), out), tuple(found.values())

    def _keep(self, sha256: str, content: bytes) -> None:
        assert self.folder is not None
        path = self.folder / sha256
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size == len(content):
                return
        if len(content) > MOST or self.total() + len(content) > MOST_ALL:
            each = f"one may have {files.megabytes(MOST)}, all of them {files.megabytes(MOST_ALL)}"
            self._tell(f"an attachment of {len(content):,} bytes is not kept: {each}")
            return
        files.write_whole(path, content)

    def total(self) -> int:
        """Count the bytes of all that are kept."""
        sizes = 0
        for path in self._files():
            with contextlib.suppress(OSError):
                sizes += path.stat().st_size
        return sizes

    # ---- back

    def put_back(self, form: Any) -> Any:
        """Give a form with the bytes in place of the references. Where a file is missing or damaged, a
        sentence stands for its bytes, and `problems` has it."""
        if isinstance(form, Mapping):
            if NAME in form:
                return self._of(form)
            return {name: self.put_back(value) for name, value in form.items()}
        return [self.put_back(each) for each in form] if isinstance(form, list) else form

    def _of(self, reference: Mapping[str, Any]) -> Any:
        sha256, prefix = reference[NAME], reference.get("prefix")
        if sha256 is None:
            quoted = reference.get("form")
            inner = quoted if isinstance(quoted, Mapping) else {}
            return {name: self.put_back(value) for name, value in inner.items()}
        content = self.read(str(sha256))
        if content is None:
            return f"[attachment {str(sha256)[:12]} is missing]"
        return f"{prefix or ''}{base64.b64encode(content).decode()}"

    def read(self, sha256: str) -> bytes | None:
        """Give the bytes of that hash; None where they are not there, or are others by now."""
        if self.folder is None or not _FILE.fullmatch(sha256):
            return None
        try:
            content = files.read_bytes(self.folder / sha256, MOST)
        except BadFile as error:
            self._tell(f"an attachment can't be read: {error.message}")
            return None
        if hashlib.sha256(content).hexdigest() != sha256:
            self._tell(f"an attachment is damaged: {self.folder / sha256}")
            return None
        return content

    def _tell(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    # ---- what nothing names

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep what is there: nothing is swept meanwhile. Raises BadFile."""
        if self.folder is None:
            yield
            return
        with files.locked(self.folder):
            yield

    def sweep(self, named: Iterable[str], journals: Path) -> int:
        """Take away what neither `named` has nor a journal names; how many files that was. To be called
        while nobody else can write to the database. Raises BadFile."""
        if self.folder is None or not self.folder.is_dir():
            return 0
        count = 0
        with self.lock():
            kept = {*named, *_in_journals(journals)}
            for path in self.folder.iterdir():
                if path.name not in kept:  # one that was not finished, too
                    with contextlib.suppress(OSError):
                        path.unlink()
                        count += 1
        return count

    def _files(self) -> list[Path]:
        assert self.folder is not None
        with contextlib.suppress(OSError):
            return [path for path in self.folder.iterdir() if _FILE.fullmatch(path.name)]
        return []


def quoted(form: Any) -> Any:
    """Give the form with what looks like a reference, and is none, marked as such."""
    if isinstance(form, Mapping):
        inner = {name: quoted(value) for name, value in form.items()}
        return {NAME: None, "form": inner} if NAME in form else inner
    return [quoted(each) for each in form] if isinstance(form, list) else form


def _in_journals(where: Path) -> Iterator[str]:
    """Give what answers that are under way name. Raises BadFile where that can't be told."""
    try:
        for path in where.glob("*"):
            with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
                for found in _NAMED.findall(file.readline()):
                    yield found.decode()
    except OSError as error:
        raise BadFile(where, f"can't be read: {files.reason(error)}") from None
