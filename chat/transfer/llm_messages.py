"""Convert the messages of llm's tool calls and their results to the API's own form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from ..conversation.body import Body
from ..conversation.content import audio_part, file_part, image_part, text_part
from ..conversation.data import data_url
from ..conversation.message import Message, message_of
from ..prompts.prompt import shown
from .untrusted import Record, text

_SOUNDS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}


class Ids:
    """The ids by which results belong to calls; a call that has none is given one."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str]] = []
        self._given = 0

    def called(self, call: Record) -> str:
        """Give the id of a call."""
        self._given += 1
        own = text(call, "tool_call_id") or text(call, "id") or f"call_{self._given}"
        self._open.append((own, text(call, "name")))
        return own

    def answered(self, result: Record) -> str:
        """Find the call that a result belongs to. Return "" if there is none."""
        own, name = text(result, "tool_call_id") or text(result, "id"), text(result, "name")
        for each in self._open:
            if each[0] == own or (not own and each[1] == name):
                self._open.remove(each)
                return each[0]
        return ""


def assistant(words: str, calls: Iterable[Record], ids: Ids) -> Message:
    """Make a message of the assistant, with the tools that it calls as the API has them."""
    called = [
        {
            "id": ids.called(call),
            "type": "function",
            "function": {"name": text(call, "name"), "arguments": arguments(call)},
        }
        for call in calls
    ]
    form: Body = {"role": "assistant", "content": words or None, "tool_calls": called}
    return message_of(form) if called else Message("assistant", words)


def user(words: str, parts: Sequence[Body]) -> Message:
    """Make a message of the user, with what is attached to it."""
    notes = [each["text"] for each in parts if each["type"] == "text"]
    held = [each for each in parts if each["type"] != "text"]
    words = "\n".join(filter(None, [words, *notes]))
    if not held:
        return Message("user", words)
    return message_of({"role": "user", "content": [*([text_part(words)] if words else []), *held]})


def attached(attachment: Record) -> Body:
    """Make a part of an attachment, of which llm has the bytes, an address, or only where they were."""
    media, url, content = text(attachment, "type"), text(attachment, "url"), attachment.get("content")
    image = re.fullmatch(r"image/[\w.+-]+", media, re.ASCII)
    if isinstance(content, bytes) and content:
        if image:
            return image_part(data_url(content, media))
        if media in _SOUNDS:
            return audio_part(content, _SOUNDS[media])
        if media == "application/pdf":
            return file_part(content, f"{text(attachment, 'id')[:12]}.pdf", media)
    elif image and url.startswith(("https://", "http://")):
        return image_part(url)
    where = text(attachment, "path") or url or text(attachment, "id")[:12]
    return text_part(f"[attached: {' '.join(filter(None, (media, where)))}]")


def results(results: Iterable[Record], ids: Ids) -> list[Message]:
    """Make messages of the results of tools. A result without a call becomes a user's note, since no server
    takes it otherwise."""
    made = []
    for each in results:
        own, said = ids.answered(each), text(each, "output") or text(each, "exception")
        if own:
            made.append(message_of({"role": "tool", "tool_call_id": own, "content": said}))
        else:
            made.append(Message("user", f"[{text(each, 'name') or 'tool'}] {said}"))
    return made


def arguments(call: Record) -> str:
    """Give the arguments of a call as the API has them: JSON as text."""
    return shown(call.get("arguments"))


def key_of(message: Message) -> str:
    """Return a key for a message: all of it."""
    return json.dumps(message.sent(), sort_keys=True)
