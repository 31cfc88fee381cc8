"""/attach and /look: pictures, sound and files, for the next message, and those that are in messages."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chat.base import escapes
from chat.base.errors import BadInput, TemperaError
from chat.base.files import read_bytes
from chat.base.places import named
from chat.base.short import several
from chat.media import pixels
from chat.media.medium import IMAGE, MOST_BYTES
from chat.session import attached
from chat.session.attached import Attached
from chat.session.state import Session
from chat.tokens import pictures

from .. import senses
from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..settings.system import files
from ..turns import number_of, suggest_turns

_ACTIONS = (
    ("off", "send none of them, or not the one of that number"),
    ("paste", "the picture on the clipboard"),
    ("detail", "low, high or auto: how finely pictures are looked at"),
    ("scale", "make pictures smaller: the longer side in pixels"),
)
#: Files that one pattern may stand for.
_MOST_MATCHES = 100


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    first, space, rest = typed.partition(" ")
    at = len(typed) - len(rest)
    if space and first == "detail":
        yield from (Suggestion(each, "", at) for each in pictures.DETAILS if each.startswith(rest))
    elif space and first == "off":
        numbers = ((str(number), each.name) for number, each in enumerate(session.waiting.files, 1))
        yield from (Suggestion(text, note, at) for text, note in numbers if text.startswith(rest))
    else:
        if not space:
            yield from (each for each in offer(typed, _ACTIONS) if each.text.startswith(typed))
        at, last = _last_word(typed)
        for path, note in files(last):
            yield Suggestion(escapes.quote(path) if re.search(r"[\s\"'\\]", path) else path, note, at)


def _last_word(typed: str) -> tuple[int, str]:
    """Give (where it begins, what it means so far) of the last word; its quote may still be open."""
    at = end = 0
    text = ""
    try:
        for word in escapes.words(typed):
            at, end, text = word.start, word.end, word.text
    except BadInput:
        at = end + len(typed[end:]) - len(typed[end:].lstrip())
        return at, typed[at:].lstrip("\"'")
    return (at, text) if end == len(typed) else (len(typed), "")


@command(
    Argument("what", _suggest, optional=True, rest=True, usage="file…|url|paste|detail…|scale…|off"),
    aliases=("image", "file", "add"),
)
def attach(session: Session, screen: Screen, text: str | None) -> None:
    """Send pictures, sound and files with the next message, or list what is waiting.

    /attach photo.jpg "my notes.txt" scans/*.png   what they are is told by what they hold
    /attach https://example.org/cat.png            a picture's address, which the server fetches
    /attach paste                                  the picture on the clipboard
    /attach detail low                             how finely pictures are looked at: low, high, auto
    /attach scale 1024                             makes those that wait smaller, by Pillow
    /attach off 2                                  without the second; /attach off, without any
    PNG, JPEG, WEBP and GIF are pictures, WAV and MP3 sound, a PDF a file; text goes into the message between
    two lines that it can't imitate. Position, camera data and comments are taken out of pictures.
    """
    words = escapes.split(text or "")
    if not words:
        listed(session, screen)
    elif words[0].text == "off" and not words[0].quoted:
        _off(session, screen, [word.text for word in words[1:]])
    elif words[0].text == "detail" and not words[0].quoted:
        _detail(session, screen, [word.text for word in words[1:]])
    elif words[0].text == "scale" and not words[0].quoted:
        _scale(session, screen, [word.text for word in words[1:]])
    elif len(words) == 1 and words[0].text == "paste" and not words[0].quoted:
        take(session, screen, [attached.from_bytes("clipboard.png", screen.pasted_picture())])
    else:
        take(session, screen, (each for word in words for each in read(word.text, not word.quoted)))


def read(name: str, pattern: bool = True) -> Iterator[Attached]:
    """Read what a person names: an address, a file, or files by a pattern. Raises TemperaError."""
    if attached.is_address(name):
        yield attached.at_address(name)
        return
    if name == "-":
        raise BadInput("- is standard input, for one message: -a - on the command line")
    path = _local(name)
    if pattern and glob.has_magic(str(path)) and not path.exists():
        paths = [Path(each) for each in sorted(glob.glob(str(path))) if Path(each).is_file()]
        if not paths:
            raise BadInput(f"no file is named like {name}")
        if len(paths) > _MOST_MATCHES:
            raise BadInput(
                f"{len(paths)} files are named like {name}: at most {_MOST_MATCHES} are taken at once"
            )
    else:
        paths = [path]
    for each in paths:
        yield attached.from_bytes(each.name, read_bytes(each, MOST_BYTES))


def _local(name: str) -> Path:
    """Give the path that a name means; a file: address is one."""
    if name.lower().startswith("file://"):
        name = unquote(urlsplit(name).path)
    return named(name)


def take(session: Session, screen: Screen, found: Iterable[Attached]) -> None:
    """Let these go with the next message, all or none, and say what they are. Raises BadInput where they are
    too much."""
    before, waiting = len(session.waiting.files), session.waiting
    for each in found:  # one by one: what is too much is not read to its end
        waiting = waiting.add([each])
    session.waiting = waiting
    for each in waiting.files[before:]:
        screen.say(f"with the next message: {each}")
        for change in each.medium.changes() if each.medium else ():
            screen.say(f"  {change}", dim=True)
        draw(screen, each)
    told = senses.told(session, {each.kind for each in waiting.files[before:]})
    if told:
        screen.warn(told)


def draw(screen: Screen, each: Attached) -> None:
    """Draw a picture where the terminal can; why it is not drawn is no matter."""
    if each.medium is None or each.kind != IMAGE or not pixels.available():
        return
    try:
        screen.picture(each.medium)
    except TemperaError as error:
        screen.say(f"  not drawn: {error.message}", dim=True)


def listed(session: Session, screen: Screen) -> None:
    """Show what is waiting."""
    waiting = session.waiting
    if not waiting:
        screen.say(
            f"nothing is attached; /attach FILE sends one with the next message (detail {waiting.detail})"
        )
        return
    for number, each in enumerate(waiting.files, 1):
        screen.say(f"{number}  {each}{_cost(session, each)}")
    detail = f", detail {waiting.detail}" if any(each.kind == IMAGE for each in waiting.files) else ""
    screen.say(f"with the next message{detail}; /attach off leaves them out", dim=True)


def _cost(session: Session, each: Attached) -> str:
    found = each.tokens(session.model, session.waiting.detail)
    if each.kind == "text":
        return ""
    if found is None:
        return f", tokens unknown for {session.model or 'no model'}"
    return f", ≈{found:,} tokens"


def _off(session: Session, screen: Screen, numbers: Sequence[str]) -> None:
    files = session.waiting.files
    gone = {_place(session, number) for number in numbers} or {*range(len(files))}
    names = [each.name for place, each in enumerate(files) if place in gone]
    kept = [each for place, each in enumerate(files) if place not in gone]
    session.waiting = replace(session.waiting, files=tuple(kept))
    screen.say(f"not sent: {', '.join(names)}" if names else "nothing was attached")


def _place(session: Session, number: str) -> int:
    """Give where the file of that number stands. Raises BadInput."""
    place = number_of(number) - 1
    count = len(session.waiting.files)
    if place >= count:
        raise BadInput(f"there is no file {number}: {several(count, 'file') if count else 'none'} wait")
    return place


def _detail(session: Session, screen: Screen, words: Sequence[str]) -> None:
    if len(words) > 1 or (words and words[0] not in pictures.DETAILS):
        raise BadInput(
            f"detail is {', '.join(pictures.DETAILS[:-1])} or {pictures.DETAILS[-1]}, not {' '.join(words)}"
        )
    if words:
        session.waiting = replace(session.waiting, detail=words[0])
    screen.say(f"detail {session.waiting.detail}")


def _scale(session: Session, screen: Screen, words: Sequence[str]) -> None:
    """Make pictures smaller, all or those of these numbers."""
    if not words:
        raise BadInput("/attach scale takes the longer side in pixels", "/attach scale 1024")
    longest = number_of(words[0])
    chosen = {_place(session, each) for each in words[1:]} or {*range(len(session.waiting.files))}
    if not any(each.kind == IMAGE and each.medium for each in session.waiting.files):
        raise BadInput("no picture waits to be sent")
    scaled(session, screen, longest, chosen)


def scaled(session: Session, screen: Screen, longest: int, chosen: set[int]) -> None:
    """Scale the pictures that wait in these places, and say what became of each. Raises BadInput."""
    files = list(session.waiting.files)
    told = []
    for place in sorted(chosen):
        each = files[place]
        if each.medium is None or each.kind != IMAGE:
            continue
        small = pixels.scaled(each.medium, longest)
        if small is each.medium:
            told.append(f"{each.name} is {small.width:,}×{small.height:,} already")
            continue
        files[place] = replace(each, medium=small)
        frames = ", its first frame alone" if each.medium.frames > 1 else ""
        told.append(
            f"{each.name} is scaled from {each.medium.width:,}×{each.medium.height:,}{frames}: {files[place]}"
        )
    session.waiting = replace(session.waiting, files=tuple(files))
    for sentence in told:
        screen.say(sentence)


def dropped(text: str) -> str:
    """Say what /attach would do with a message that is the path of a file alone, as terminals write what is
    dropped on them; "" for any other."""
    line = text.strip()
    if not line or "\n" in line or len(line) > 1000 or line[0] not in "/~'\"fF.":
        return ""
    try:
        words = escapes.split(line)
        if len(words) != 1 or not _local(words[0].text).is_file():
            return ""
    except (TemperaError, OSError, ValueError):
        return ""
    return f"a file's name, sent as text: /attach {line} sends what is in it"


def _suggest_sent(session: Session, typed: str) -> Iterator[Suggestion]:
    for each in suggest_turns(session, typed):
        last = session.conversation.turn(int(each.text)).request.asked.last
        if last and last.form is not None:
            yield each


@command(Argument("n", _suggest_sent, optional=True))
def look(session: Session, screen: Screen, number: str | None) -> None:
    """Show what went with the last message that had something, or with that of turn n; pictures small.

    Where nothing was sent yet, it is what waits to be.
    """
    found = _sent(session, number) or (() if number else session.waiting.files)
    if not found:
        where = f"turn {number}" if number else "this conversation"
        raise TemperaError(
            f"there is no picture, sound or file in {where}", "/attach FILE sends one with the next message"
        )
    for each in found:
        screen.say(str(each))
        draw(screen, each)


def _sent(session: Session, number: str | None) -> tuple[Attached, ...]:
    """Give what went with the message of a turn; with the last that had something unless one is named."""
    if number:
        last = session.conversation.turn(number_of(number)).request.asked.last
        return attached.again(last)[1] if last else ()
    for node in session.branch.backwards():
        if node.last and node.last.form is not None and (found := attached.again(node.last)[1]):
            return found
    return ()
