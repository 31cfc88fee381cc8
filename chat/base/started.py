"""Know where this program lies and how it was started, so that it tells a person the right command to type.

This is the one place that knows of clones and installed packages. What the commands do is no
business of it.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path, PurePath

#: What holds the rooms: a clone, or the package `tempera` in the folder of an environment.
ROOT = Path(__file__).resolve().parent.parent.parent
INSTALLED = (ROOT / "__main__.py").is_file()
#: The profiles that come with the program.
PROFILES = ROOT / "profiles.yaml"


def command() -> str:
    """Return the command that starts the program again as it was started."""
    path = PurePath(sys.argv[0])
    if path.parts[-2:] == ("tempera", "__main__.py"):
        return "python -m tempera"
    name = path.name.removesuffix(".exe")
    if name.startswith("tempera"):  # what pip made of it, under a name that pipx may have made longer
        return name
    return "tempera" if INSTALLED else "python shell.py"


def program(path: Path, *arguments: str) -> str:
    """Write the command for sh that runs one of the program's own files."""
    if INSTALLED:  # `python` would be another environment's
        return shlex.join([sys.executable, str(path), *arguments])
    return f"{shlex.join(['python', path.relative_to(ROOT).as_posix(), *arguments])}  # in Tempera's folder"
