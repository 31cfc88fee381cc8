"""What can be attached, once it is known what it is."""

from __future__ import annotations

from dataclasses import field

from ..base.dataclass import dataclass
from ..base.errors import BadInput
from ..base.files import MB
from ..base.short import several

IMAGE, AUDIO, FILE, TEXT = "image", "audio", "file", "text"

#: OpenAI takes 50 MB of pictures, or of files, in one request ("Images and vision", "File inputs", read
#: 2026-11).
MOST_BYTES = 50 * MB
#: Pixels of a picture. A server decodes it, and so may this program: a few kB can stand for gigabytes.
MOST_PIXELS = 100_000_000


#: Segments, chunks or blocks that a file may be made of: cameras write hundreds.
MOST_PIECES = 100_000


class Broken(ValueError):
    """What a file begins with, its rest does not keep. The text says what is wrong, after "it is"."""


def within(pieces: int) -> None:
    """Raise Broken where a file is made of more pieces than any is that a program has written."""
    if pieces > MOST_PIECES:
        raise Broken("made of too many pieces")


class NotTaken(BadInput):
    """A file that can't be attached. The message goes on after the file's name."""


@dataclass(frozen=True)
class Medium:
    """A picture, a sound, a file or a text. `data` is what is sent; `removed` names what was taken out of it.

    Sizes are in pixels, `seconds` is None where the length is not known. `turned`: a picture is to be turned
    before it is looked at, as its orientation says, which stays in it. `stays`: what is private and stays,
    too.
    """

    kind: str
    format: str
    mime: str
    data: bytes = field(repr=False)
    width: int = 0
    height: int = 0
    frames: int = 1
    seconds: float | None = None
    removed: tuple[str, ...] = ()
    turned: bool = False
    stays: str = ""

    def facts(self) -> list[str]:
        """Say what it is: its form, its dimensions or length, its size."""
        found = [self.format]
        if self.kind == IMAGE:
            found.append(f"{self.width:,}×{self.height:,}")
        if self.frames > 1:
            found.append(f"{several(self.frames, 'frame')}, a model may see only the first frame")
        if self.seconds is not None:
            found.append(length(self.seconds))
        return [*found, size(len(self.data))]

    def changes(self) -> list[str]:
        """Say what is other than in the file, and what may be seen otherwise."""
        found = [f"{listed(self.removed)} removed"] if self.removed else []
        if self.turned:
            found.append("its orientation mark is kept: a model may see it turned; /attach scale turns it")
        if self.stays:
            found.append(f"sent along with it: {self.stays}")
        return found


def listed(words: tuple[str, ...]) -> str:
    """Write a list as a sentence has it: a, b and c."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def size(count: int) -> str:
    """Say a number of bytes: 640 bytes, 12 kB, 1.4 MB."""
    if count < 1000:
        return several(count, "byte")
    if count < 1_000_000:
        return f"{count / 1000:.3g} kB"
    return f"{count / 1_000_000:.3g} MB"


def length(seconds: float) -> str:
    """Say how long a sound is: 2.5 s, 3:07 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} min"
