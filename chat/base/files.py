"""Read and write whole files, and say in one sentence what is wrong with one.

Nothing waits for a pipe or reads a device. What is read has a limit, and is UTF-8 where it is text:
no half of a character (a lone surrogate) comes out. What is written is there whole or not at all,
for its owner alone.
"""

from __future__ import annotations

import codecs
import contextlib
import itertools
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .errors import BadFile
from .places import folder

if TYPE_CHECKING:
    from filelock import BaseFileLock

MB = 1024 * 1024  # bytes

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_KINDS = (
    (stat.S_ISDIR, "is a folder, not a file"),
    (stat.S_ISFIFO, "is a pipe, not a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISREG, ""),
)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading. Raises BadFile, also when reading it fails later."""
    try:
        _check(path, os.stat(path))  # to open a device may already do something
        with open(os.open(path, _FLAGS), "rb") as file:
            _check(path, os.fstat(file.fileno()))  # another may stand there by now
            yield file
    except FileNotFoundError as error:
        raise BadFile(path, "there is no such file") from error
    except OSError as error:
        raise BadFile(path, f"can't be read: {reason(error)}") from None
    except ValueError as error:  # a name that no file can have
        raise BadFile(path, f"can't be read: {error}") from None


def check(path: Path) -> None:
    """Raise BadFile where something other than a regular file has this name, OSError where that can't be
    told. Nothing needs to be there."""
    with contextlib.suppress(FileNotFoundError):
        _check(path, os.stat(path))


def _check(path: Path, found: os.stat_result) -> None:
    problem = next((text for is_one, text in _KINDS if is_one(found.st_mode)), "is a device, not a file")
    if problem:
        raise BadFile(path, problem)


def read_bytes(path: Path, most: int) -> bytes:
    """Read a whole file of at most so many bytes. Raises BadFile, also where it changes meanwhile."""
    with opened(path) as file:
        before = os.fstat(file.fileno())
        data = file.read(most + 1)
        after = os.fstat(file.fileno())
    if len(data) > most:
        raise BadFile(path, f"is larger than {megabytes(most)}")
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise BadFile(path, "was written to while it was read", hint="try again")
    return data


def beginning(path: Path, length: int) -> bytes:
    """Read the first bytes of a file, at most so many. Raises BadFile."""
    with opened(path) as file:
        return file.read(length)


def read_text(path: Path, most: int, absent: str | None = None) -> str:
    """Read a UTF-8 text of at most so many bytes. Return `absent` if there is no such file. Raises
    BadFile."""
    try:
        return decoded(path, read_bytes(path, most))
    except BadFile as error:
        if absent is not None and isinstance(error.__cause__, FileNotFoundError):
            return absent
        raise


def decoded(path: Path, data: bytes) -> str:
    """Decode the bytes of a file, without a byte order mark. Raises BadFile with the line."""
    if data.startswith(_UTF16):
        raise BadFile(path, "is UTF-16 text, not UTF-8", hint="save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(path, "is not UTF-8 text", line) from None


def megabytes(size: int) -> str:
    """Say a number of bytes in MB: 0.25 MB."""
    return f"{size / MB:g} MB"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock out all other shells that write here: read, change and write a file inside. Raises BadFile, also
    when the system refuses something inside."""
    with _writing(path):
        folder(path.parent)
        held = lock(path.with_name(f".{path.name}.lock"))
        try:
            yield
        finally:
            held.release()


def lock(path: Path, wait: bool = True) -> BaseFileLock:
    """Lock a file that exists only to be locked, until `release`, or until the process ends in any way.
    Raises OSError, also if another process has it and `wait` is false."""
    from filelock import FileLock  # late: 17 to 45 ms, and nothing is locked before the prompt shows

    found = FileLock(path, mode=0o600, thread_local=False)
    found.acquire(timeout=-1 if wait else 0, poll_interval=0.01)
    return found


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadFile(path, f"can't be written: {reason(error)}") from error


def make(path: Path) -> None:
    """Make an empty file for its owner alone, unless it is there. Raises OSError."""
    folder(path.parent)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace a file by a finished one, or leave it as it is. Raises BadFile.

    A symbolic link is followed, so that a file kept elsewhere stays a link.
    """
    write_pieces(path, [content])


def write_pieces(path: Path, pieces: Iterable[str | bytes]) -> None:
    """Write a whole file as `write_whole` does, of pieces that need not be held together."""
    with _writing(path):
        path = Path(os.path.realpath(path))
        folder(path.parent)
        import tempfile  # late: no file is written before the prompt shows

        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece.encode() if isinstance(piece, str) else piece)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise


def free(path: Path) -> Path:
    """Give that name, or the first with a number that nothing has yet."""
    numbers, found = itertools.count(2), path
    while os.path.lexists(found):
        found = path.with_name(f"{path.stem}-{next(numbers)}{path.suffix}")
    return found


def reason(error: OSError) -> str:
    """Return what the system says, without the number and the path."""
    return (error.strerror or str(error) or type(error).__name__).lower()
