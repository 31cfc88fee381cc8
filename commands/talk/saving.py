"""Files that a person names to write something to: never another file by surprise."""

from __future__ import annotations

from pathlib import Path

from chat.base.errors import BadFile
from chat.base.files import check, reason, write_whole
from chat.base.places import named

from ..screen import Screen


def save(screen: Screen, name: str, default: str, content: str | bytes) -> Path | None:
    """Write a file of that name, of the default one where it is empty or a folder; the whole path.
    None where the person would not have another written over. Raises BadFile."""
    path = target(name, default)
    if path.exists() and not screen.confirm(f"{path} is there already; write over it?"):
        screen.say("nothing was written")
        return None
    write_whole(path, content)
    return path.absolute()


def target(name: str, default: str) -> Path:
    """Tell where to write. Raises BadFile where no file can be."""
    path = named(name) if name else Path(default)
    try:
        if path.is_dir():
            path /= default
        check(path)
        if not path.parent.is_dir():
            raise BadFile(path, "its folder is not there")
    except OSError as error:
        raise BadFile(path, f"can't be written: {reason(error)}") from None
    return path
