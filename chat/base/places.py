"""Find where the shell keeps what it keeps, and what a person means by a name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .dataclass import dataclass
from .errors import BadFile


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
    def batches(self) -> Path:
        return self.data / "batches"

    @property
    def log(self) -> Path:
        return self.data / "debug.log"


def places(environ: Mapping[str, str]) -> Places:
    """Find the folders. TEMPERA_HOME holds everything if it is set, else each system's own conventions
    apply."""
    home = environ.get("TEMPERA_HOME")
    if home:
        root = Path(home).expanduser()
        return Places(root, root, root / "cache")
    import platformdirs

    dirs = platformdirs.PlatformDirs("tempera", appauthor=False)
    return Places(dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path)


def named(name: str) -> Path:
    """Return the path that a person means, with ~ expanded. Raises BadFile for a ~person who does not
    exist, and for a name that no file system takes."""
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
    """Give the folder, made where it is missing, for its owner alone, and so those above it."""
    if not path.is_dir():
        if path.parent != path:
            folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path
