"""Tell the versions of the program, of Python and of the SDK, in the time of a bare interpreter.

So nothing is imported here that Python has not loaded by itself: no room, no SDK, and no
`importlib.metadata`, which takes longer than all the rest.
"""

import os
import sys

from . import __version__


def told(argv: list[str]) -> bool:
    """Print the versions if nothing else is asked for. Return whether that was so."""
    if argv != ["--version"]:
        return False
    print(line())
    return True


def line() -> str:
    """Write the versions as `tempera 0.2.0 (Python 3.11.7, openai 3.57.0)`."""
    return f"tempera {__version__} (Python {sys.version.split()[0]}, openai {installed('openai')})"


def installed(distribution: str) -> str:
    """Find the version of a distribution in the name of the folder that pip keeps of it."""
    begin, end = f"{distribution}-", ".dist-info"
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:  # a zip file, or nothing at all
            continue
        for name in names:
            if name.startswith(begin) and name.endswith(end):
                return name[len(begin) : -len(end)]
    return _elsewhere(distribution)


def _elsewhere(distribution: str) -> str:
    """Ask Python, which takes its time: a system's package may keep its version in another way."""
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"
