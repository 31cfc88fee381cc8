"""/source: the lines of a file, as if they were typed; and what `shell.py run FILE` reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from chat.base import escapes, files
from chat.base.errors import BadInput
from chat.base.places import named
from chat.session.state import Session
from chat.transfer import script

from ..declare import Argument, Play, Suggestion, command
from ..screen import Screen
from ..settings.system import files as suggested


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    return (Suggestion(escapes.quote(path) if " " in path else path, note) for path, note in suggested(typed))


@command(Argument("file", _suggest), Argument("arguments", optional=True, rest=True, usage="arguments…"))
def source(session: Session, screen: Screen, name: str, typed: str | None) -> Play:
    """Do the lines of a file as if they were typed, one after another.

    /source review.tempera          stops at the first line that fails, and names it
    /source review.tempera a.txt    $1 in it is a.txt, $@ all arguments, $$ a dollar
    In such a file # begins a comment, and <<END at the end of a line stands for the lines that follow, up to
    one that is END: alone, they are a message. /export tempera writes such a file of what is in force.
    `run FILE` on the command line does it without a prompt.
    """
    words = [word.text for word in escapes.split(typed or "")]
    return of_file(named(name), script.Arguments(tuple(words), typed or ""))


def of_file(path: Path, given: script.Arguments) -> Play:
    """Read a script. Raises BadFile, and BadInput for one that can't be read as lines."""
    text = files.read_text(path, script.LARGEST)
    return Play(tuple(script.read(text, str(path), given)), str(path), path.resolve())


def of_lines(texts: Sequence[str]) -> Play:
    """Read what stands behind -c, each time with its own place. Raises BadInput."""
    found: list[script.Statement] = []
    for number, text in enumerate(texts, 1):
        if "\n" in text.strip():
            found += [script.Statement(each.text, number, each.message) for each in script.read(text, "-c")]
        else:
            found += [script.Statement(part, number) for part in script.parts(text)]
    if not found:
        raise BadInput("-c has nothing to do", '-c "/set temperature 0; Say hi"')
    return Play(tuple(found), "-c")
