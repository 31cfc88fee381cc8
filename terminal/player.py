"""Play a sound by a program that the system has: only when a person asks, and never through a shell."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from chat.base.errors import TemperaError
from chat.base.redact import without_secrets

#: Programs and their arguments before the file, and the endings they take; () is any.
_PLAYERS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("afplay",), ()),
    (("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"), ()),
    (("mpv", "--no-video", "--really-quiet", "--no-config"), ()),
    (("paplay",), (".wav", ".flac", ".opus")),
    (("aplay", "-q"), (".wav",)),
)


def command(path: Path, environ: Mapping[str, str]) -> list[str]:
    """Give the command that plays a file. Raises TemperaError, which says what is lacking."""
    fitting = [each for each, endings in _PLAYERS if not endings or path.suffix.lower() in endings]
    for each in fitting:
        if found := shutil.which(each[0], path=environ.get("PATH")):
            return [found, *each[1:], str(path.absolute())]
    names = ", ".join(each[0] for each in fitting)
    raise TemperaError(f"no program here plays {path.suffix or 'it'}", f"one of these would: {names}")


def play(path: Path, environ: Mapping[str, str]) -> str:
    """Play a file to its end; Ctrl-C ends it. Give the program's name. Raises TemperaError."""
    words = command(path, environ)
    name = Path(words[0]).name
    try:
        done = subprocess.run(
            words,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=without_secrets(environ),
        )
    except OSError as error:
        raise TemperaError(f"{name} can't be run: {error.strerror or error}") from None
    if done.returncode:
        raise TemperaError(f"{name} could not play {path.name} (status {done.returncode})")
    return name
