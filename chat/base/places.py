"""Where the shell keeps what it keeps, and how a file is written: whole or not at all, 0600."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import BadFile

if TYPE_CHECKING:
    from filelock import BaseFileLock


@dataclass(frozen=True)
class Places:
    """The folders; none is made before something is written there."""

    config: Path
    data: Path
    cache: Path

    @property
    def profiles(self) -> Path:
        return self.config / "profiles.yaml"

    @property
    def preferences(self) -> Path:
        return self.config / "preferences.yaml"

    @property
    def endpoints(self) -> Path:
        return self.data / "endpoints.yaml"

    @property
    def history(self) -> Path:
        return self.data / "history"

    @property
    def conversations(self) -> Path:
        return self.data / "conversations.db"

    @property
    def log(self) -> Path:
        return self.data / "debug.log"


def places(environ: Mapping[str, str]) -> Places:
    """TEMPERA_HOME holds everything where it is set; else each system's own conventions."""
    home = environ.get("TEMPERA_HOME")
    if home:
        root = Path(home).expanduser()
        return Places(root, root, root / "cache")
    import platformdirs

    dirs = platformdirs.PlatformDirs("tempera", appauthor=False)
    return Places(dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path)


def named(name: str) -> Path:
    """The path that a person means, ~ included. Raises BadFile for a ~person there is not, and for
    what no file system takes as a name."""
    try:
        if "\0" in name:
            raise BadFile(name, "no file's name has a NUL in it")
        os.fsencode(name)
        return Path(name).expanduser()
    except UnicodeEncodeError:
        raise BadFile(name, "no file's name has half a character in it") from None
    except RuntimeError:
        raise BadFile(name, "is in the folder of a person there is not") from None


def folder(path: Path) -> Path:
    """The folder, made where it is missing, for its owner alone, and so those above it."""
    if not path.is_dir():
        if path.parent != path:
            folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """One writer at a time among all shells: read, change and write a file inside."""
    folder(path.parent)
    held = lock(path.with_name(f".{path.name}.lock"))
    try:
        yield
    finally:
        held.release()


def lock(path: Path, wait: bool = True) -> BaseFileLock:
    """Lock a file that is there for nothing else, until `release`, or until the process ends, however
    it does. Raises OSError, also where another has it and this is not to `wait`."""
    from filelock import FileLock  # late: 17 to 45 ms, and nothing is locked before the prompt shows

    found = FileLock(path, mode=0o600, thread_local=False)
    found.acquire(timeout=-1 if wait else 0, poll_interval=0.01)
    return found


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace a file by a finished one, or leave it as it is. Raises BadFile.

    A symbolic link is followed, so that a file kept elsewhere stays a link.
    """
    try:
        path = Path(os.path.realpath(path))
        folder(path.parent)
        data = content.encode() if isinstance(content, str) else content
        import tempfile  # late: no file is written before the prompt shows

        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise BadFile(path, f"can't be written: {reason(error)}") from error


def reason(error: OSError) -> str:
    """What the system says, without the number and the path."""
    return (error.strerror or str(error) or type(error).__name__).lower()
