"""What goes with the next message: pictures, sound, files, texts of files, addresses of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from urllib.parse import unquote, urlsplit

from ..base.dataclass import dataclass
from ..base.errors import BadInput
from ..base.short import several
from ..conversation.branch import Branch
from ..conversation.content import Form, audio_part, file_part, image_part, parts_of, text_part
from ..conversation.data import data_url
from ..conversation.message import Message, message_of
from ..media.medium import AUDIO, FILE, IMAGE, MOST_BYTES, TEXT, Broken, Medium, NotTaken, size
from ..tokens import pictures

#: OpenAI's bound of pictures in one request ("Images and vision", read 2026-11).
MOST = 500
#: Endings of what an address may lead to, and a part of a picture's address can't carry.
_NO_PICTURES = (".pdf", ".wav", ".mp3", ".txt", ".md", ".json", ".csv", ".html")


@dataclass(frozen=True)
class Attached:
    """One of them. `name` is for people; `medium` None is a picture at an address, `url`; `text` is that of a
    file as it stands in the message."""

    name: str
    medium: Medium | None = None
    url: str = ""
    text: str = field(default="", repr=False)

    @property
    def kind(self) -> str:
        """What it is: one of the kinds of `media.medium`."""
        return self.medium.kind if self.medium else IMAGE

    def part(self, detail: str) -> Form:
        """Give the part of the message that it becomes; that of a text is its text."""
        wanted = "" if detail == pictures.AUTO else detail
        if self.medium is None:
            return image_part(self.url, wanted)
        data = self.medium.data
        if self.kind == IMAGE:
            return image_part(data_url(data, self.medium.mime), wanted)
        if self.kind == AUDIO:
            return audio_part(data, self.medium.format.lower())
        if self.kind == FILE:
            return file_part(data, self.name, self.medium.mime)
        return text_part(self.text)

    def tokens(self, model: str, detail: str) -> int | None:
        """Estimate what it takes beside its text; None where nothing is published of it."""
        if self.kind == TEXT:
            return 0
        if self.kind != IMAGE:
            return None
        width, height = (self.medium.width, self.medium.height) if self.medium else (0, 0)
        return pictures.tokens(model, width, height, detail)

    def __str__(self) -> str:
        facts = self.medium.facts() if self.medium else ["a picture at an address, which the server fetches"]
        return f"{self.name} ({', '.join(facts)})"


@dataclass(frozen=True)
class Pending:
    """All that goes with the next message, in order; `detail` is how finely pictures are to be looked at."""

    files: tuple[Attached, ...] = ()
    detail: str = pictures.AUTO

    def __bool__(self) -> bool:
        return bool(self.files)

    def add(self, more: Sequence[Attached]) -> Pending:
        """Give it with these, too. Raises BadInput where they are too many, or too much."""
        files = (*self.files, *more)
        if len(files) > MOST:
            raise BadInput(f"{several(len(files), 'file')} are too many: at most {MOST} go with a message")
        total = sum(len(each.medium.data) for each in files if each.medium)
        if total > MOST_BYTES:
            raise BadInput(f"together they have {size(total)}: at most {size(MOST_BYTES)} go with a message")
        return replace(self, files=files)

    def message(self, text: str) -> Message:
        """Give the message: its text first, with those of files, then the rest."""
        said = "\n\n".join(filter(None, (text, *(each.text for each in self.files))))
        parts = [each.part(self.detail) for each in self.files if each.kind != TEXT]
        if not parts:
            return Message("user", said)
        return message_of({"role": "user", "content": [*([text_part(said)] if said else []), *parts]})

    def texts(self) -> str:
        """Give the texts of files, as they are counted."""
        return "\n\n".join(each.text for each in self.files if each.text)

    def tokens(self, model: str) -> int:
        """Estimate what they take beside their texts, as far as something is published of that."""
        return sum(each.tokens(model, self.detail) or 0 for each in self.files)

    def uncounted(self, model: str) -> tuple[Attached, ...]:
        """Give those of which nothing is published for a model."""
        return tuple(each for each in self.files if each.tokens(model, self.detail) is None)


NOTHING = Pending()


def from_bytes(name: str, data: bytes) -> Attached:
    """Look at what a file holds. Raises NotTaken, which names the file."""
    from ..media import reading  # late: most messages have nothing but text

    name = _told(name)
    try:
        medium = reading.read(data)
    except NotTaken as error:
        raise NotTaken(f"{name} {error.message}", error.hint.replace("{}", name)) from None
    return of_medium(name, medium)


def _told(name: str) -> str:
    """Give a file's name as it is shown and sent: a name may hold anything, and half a character."""
    return "".join(each if each.isprintable() else "\ufffd" for each in name)


def of_medium(name: str, medium: Medium) -> Attached:
    """Attach what was read already; text is fenced now, once."""
    if medium.kind != TEXT:
        return Attached(name, medium)
    from ..media.fence import fenced

    return Attached(name, medium, text=fenced(name, medium.data.decode()))


def is_address(text: str) -> bool:
    """Tell whether this is an address, and no file."""
    return text.lower().startswith(("http://", "https://"))


def at_address(url: str) -> Attached:
    """Take the address of a picture. Nothing is fetched here: the server does that. Raises BadInput."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or any(character.isspace() or not character.isprintable() for character in url):
        raise BadInput(f"{url} is no address")
    path = unquote(parts.path)
    if path.lower().endswith(_NO_PICTURES):
        raise BadInput(
            f"{url} is no picture, and only those are sent by their address",
            "download it, and /attach the file",
        )
    return Attached(path.rpartition("/")[2] or host, url=url)


def kinds_in(branch: Branch) -> list[str]:
    """Give what the messages of a branch hold beside text, each once: image, audio, file."""
    labels = {
        part.label
        for node in branch.backwards()
        if node.last and node.last.form is not None
        for part in parts_of(node.last.form)
    }
    return [kind for kind in (IMAGE, AUDIO, FILE) if kind in labels]


def taken_apart(message: Message) -> tuple[str, tuple[Attached, ...]] | None:
    """Take a message apart, as it was before it was sent: (its text, what went with it). None where that is
    not all of it, or where it is no message of a person."""
    if message.role != "user" or message.form is None:
        return (message.content, ()) if message.role == "user" else None
    text, found = again(message)
    whole = set(message.form) == {"role", "content"} and len(found) + bool(text) == len(
        parts_of(message.form)
    )
    return (text, found) if whole else None


def again(message: Message) -> tuple[str, tuple[Attached, ...]]:
    """Give what of a message can be attached again: (its text, what went with it)."""
    if message.form is None:
        return message.content, ()
    texts, found = [], []
    for part in parts_of(message.form):
        data = part.data
        content = data.decoded() if data else None
        name = (data.name if data else "") or part.label
        try:
            if content is not None:
                found.append(from_bytes(name, content))
            elif part.label == "image" and is_address(str(part.inner.get("url"))):
                found.append(Attached(name, url=str(part.inner["url"])))
            elif part.text:
                texts.append(part.text)
        except (NotTaken, Broken):
            continue
    return "\n".join(texts), tuple(found)
